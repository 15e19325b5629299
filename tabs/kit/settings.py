"""A setting is declared once: its control, its name in a link, its range and its check follow.

A tab's `Choices` is a frozen dataclass whose fields are made by the functions below:

    layer: int = slider("Layer (0 is the first)", 0, last_layer)

The field's name is the link's name. With which views a control is seen, the views say
(`View.controls`); all else that is to know of it stands here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import gradio as gr

from core.errors import UserError
from core.spacefile import Checkpoint, Limits
from core.text import checked_choice, checked_index, checked_switch, finite, seen, written
from models.serving import Desk

Offered = Sequence[tuple[str, str]]  # label and value
Last = Callable[[Checkpoint], int]  # the largest value that makes sense for a model
# Where a range ends: a number, what the chosen model has, or a limit of the Spacefile by its name.
Bound = int | float | Last | str
# The areas of a tab in which a control may stand.
BAR, INPUT, SETTINGS = "bar", "input", "settings"
ENDLESS = 10**18  # where nothing but sense ends a range


@dataclass(frozen=True)
class Setting:
    """One control: what it is called, what it may hold, where it stands."""

    label: str
    make: Callable[
        ["Setting", str, Desk], gr.components.Component
    ]  # the stem stands in the middle
    start: Any = ""  # or, where that depends on what is served, a function of the desk
    low: int | float | None = None
    high: Bound | None = None
    step: int | float | None = None
    offered: Offered = ()
    where: str = SETTINGS
    folded: str = ""  # the accordion in which it stands
    lines: bool = False  # one value on each line: a link repeats the name
    aliases: tuple[tuple[str, str], ...] = ()  # what a link may say, and what is meant by it
    redraws: bool = True  # a change of it draws the picture anew
    exported: bool = True  # whether a file of what is on screen names its value
    called: str = ""  # in a refusal, where the link's name would say too little
    more: str = ""  # said of its range in a refusal
    about: str = ""  # said of it in docs/api.md, after what it may be
    checks: Callable[[object], Any] | None = None  # instead of the range; raises UserError
    # Raises UserError where a text of a link names a part that a model does not have.
    has: Callable[[str, Checkpoint], None] | None = None
    look: Mapping[str, Any] = field(default_factory=dict)  # what else Gradio's component takes
    on_or_off: bool = False  # whether it may be true and false, and nothing else
    typed: bool = False  # whether it is a text of the visitor's, which a model reads

    def last(self, entry: Checkpoint, limits: Limits) -> int | float:
        """Where the range ends for a model."""
        if self.high is None:
            return ENDLESS
        if isinstance(self.high, str):
            return int(getattr(limits, self.high))
        return self.high(entry) if callable(self.high) else self.high

    def widest(self, entries: Iterable[Checkpoint], limits: Limits) -> int | float | None:
        """Where the range ends over all models: what the server's slider must allow."""
        return None if self.high is None else max(self.last(entry, limits) for entry in entries)

    def check(self, name: str, value: object, entry: Checkpoint, limits: Limits) -> None:
        """Raises UserError, with what is allowed and what was seen, where a value does not fit."""
        called = self.called or name
        if self.checks:
            self.checks(value)
            return
        if self.on_or_off:
            checked_switch(value, name=called)
        if self.offered:
            checked_choice(value, [allowed for _, allowed in self.offered], name=called)
        if self.low is None:
            return
        high, more = self.last(entry, limits), self.said_of([entry])
        if self.step == 1:
            checked_index(value, int(self.low), int(high), name=called, more=more)
        elif (number := finite(value)) is None or not self.low <= number <= high:
            allowed = f"a number from {written(self.low)} to {written(high)}{more}"
            raise UserError(f"The {called} must be {allowed}; got {seen(value)}.")

    def said_of(self, entries: Sequence[Checkpoint]) -> str:
        """What is said after the range: what a number means, and whose range it is."""
        whose = " or ".join(entry.title for entry in entries) if callable(self.high) else ""
        return f"{self.more} in {whose}" if whose else self.more


def settings_of(choices: type) -> dict[str, Setting]:
    """The settings of a tab by name, in the order of the fields."""
    return {part.name: part.metadata["setting"] for part in fields(choices)}


def declared(setting: Setting) -> Any:
    """The dataclass field that carries a setting."""
    start = None if callable(setting.start) else setting.start
    return field(default=start, metadata={"setting": setting})


# What a field of `Choices` may be ----------------------------------------------------------------


def text_box(label: str, start: str = "", *, lines: int = 1, most: int = 20, **more: Any) -> Any:
    """A text box of so many lines, which grows to `most` as it is filled."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return gr.Textbox(
            setting.start, label=setting.label, lines=lines, max_lines=most, **setting.look
        )

    more = {"typed": True} | more
    many = more.pop("list_of_lines", False)
    return declared(Setting(label, make, start, lines=many, **more))


def second_sentence(most: int) -> Any:
    """The other text of a pair, of at most so many lines on screen.

    The tab's style sheet hides it where the model reads one text alone.
    """
    look = {"elem_classes": ["for-pairs"]}
    return text_box("Second sentence (optional)", most=most, look=look)


def radio(label: str, offered: Offered, start: str = "", **more: Any) -> Any:
    """One of a few, all in sight; the first unless told otherwise."""
    start = start or (offered[0][1] if offered else "")
    return declared(Setting(label, _radio, start, offered=offered, **more))


def view_choice() -> Any:
    """The view: those of the tab, the first of them at the start."""
    return radio("View", (), where=BAR, look={"elem_classes": ["segments"], "container": False})


def dropdown(label: str, offered: Offered, start: str = "", **more: Any) -> Any:
    """One of many; the first unless told otherwise."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return gr.Dropdown(list(setting.offered), value=setting.start, label=setting.label)

    return declared(Setting(label, make, start or offered[0][1], offered=offered, **more))


def switch(label: str, start: bool, **more: Any) -> Any:
    """On or off."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return gr.Checkbox(setting.start, label=setting.label, **setting.look)

    return declared(Setting(label, make, start, on_or_off=True, **more))


def slider(label: str, low: int | float, high: Bound, start: Any = None, **more: Any) -> Any:
    """A number from low to high; where the end depends on the model, the slider follows it."""
    step = more.pop("step", 1)

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        high = setting.widest(desk.offered(stem), desk.limits)
        look = {"step": setting.step, "label": setting.label, **setting.look}
        return gr.Slider(low, high or 0, setting.start, **look)

    start = low if start is None else start
    return declared(Setting(label, make, start, low, high, step, **more))


def number_box(label: str, low: int | None, high: Bound | None, start: int, **more: Any) -> Any:
    """A whole number that is typed. Gradio has no range of it: its refusal would not name it."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        look: dict[str, Any] = {"step": 1, "precision": 0, "label": setting.label, **setting.look}
        return gr.Number(setting.start, **look)

    return declared(Setting(label, make, start, low, high, 1, **more))


def hidden(label: str, start: str = "", **more: Any) -> Any:
    """A text that a link carries and nobody types."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return gr.Textbox(setting.start, label=setting.label, visible="hidden")

    return declared(Setting(label, make, start, **more))


def model_choice(label: str = "Model") -> Any:
    """The models that the Spacefile offers for the tab, by their titles."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return model_list(desk, stem, setting.label)

    return declared(Setting(label, make))


def second_model(label: str = "Second model") -> Any:
    """The models that can stand beside the chosen one; at first none."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return model_list(desk, stem, setting.label, none="No second model")

    return declared(Setting(label, make, about="a second model"))


def model_list(desk: Desk, stem: str, label: str, none: str = "") -> gr.Dropdown:
    """The models offered; where there may be none, that is chosen at first, under the name given.

    What is on the Hub alone, and cannot come while the page runs without it, says so.
    """
    absent = {entry["name"] for entry in desk.checkpoints.describe() if entry["absent"]}
    offered = [
        (f"{entry.title} (not here)" if entry.name in absent else entry.title, entry.name)
        for entry in desk.offered(stem)
    ]
    if none:
        offered.insert(0, (none, ""))
    return gr.Dropdown(
        offered, value=offered[0][1], label=label, filterable=False, interactive=True
    )


def _radio(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
    return gr.Radio(
        list(setting.offered), value=setting.start, label=setting.label, **setting.look
    )
