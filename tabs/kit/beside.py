"""A second model beside the first: the same input in the same view, read by both."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import gradio as gr

from core.errors import as_user_error
from models.checkpoints import Checkpoints
from tabs.kit.exports import as_files
from tabs.kit.notes import note_html
from tabs.kit.ranges import Last
from tabs.kit.room import model_choice
from tabs.kit.runs import Outdated

Shown = tuple[str, str, str]  # a picture and its table as HTML, and the code
Numbers = tuple[Iterable[Sequence[Any]], dict[str, Any]]  # lines of a CSV, and JSON
ALONE = ("training", "branches")  # views of what one model was made of, or has written


class Asked(Protocol):
    """What every tab's `Choices` have."""

    @property
    def model(self) -> str: ...

    @property
    def view(self) -> str: ...

    @property
    def beside(self) -> str: ...  # the second model; "" is none


C = TypeVar("C", bound=Asked)


def second_choice(checkpoints: Checkpoints, capability: str) -> gr.Dropdown:
    """The models that can stand beside the chosen one; at first none."""
    return model_choice(checkpoints, capability, label="Beside it", none="No second model")


def each(
    checkpoints: Checkpoints,
    capability: str,
    choices: C,
    ends: Mapping[str, Last] | None = None,
) -> list[C]:
    """The choices for each model that is shown; of one alone, `beside` is empty.

    With two, a setting behind a model's end (`ends`) is that end there: the other may have more
    layers.
    """
    if choices.beside in ("", choices.model) or choices.view in ALONE:
        return [replace(choices, beside="")]  # type: ignore[type-var]
    shown = []
    for name in (choices.model, choices.beside):
        entry = checkpoints.named(name, capability)
        fit = {
            setting: min(value, end(entry))
            for setting, end in (ends or {}).items()
            if isinstance(value := getattr(choices, setting), int | float)  # else refused later
        }
        shown.append(replace(choices, model=entry.name, **fit))  # type: ignore[type-var]
    return shown


def is_second(choices: Asked) -> bool:
    """Whether these are what `each` gave for the second model."""
    return choices.model == choices.beside


def shown_beside(
    checkpoints: Checkpoints, capability: str, shown: Sequence[C], show: Callable[[C], Shown]
) -> Shown:
    """Picture, table and code of each model, in one.

    A second model that cannot answer says why in its place, and the first stays. Raises what the
    first raises.
    """
    if len(shown) == 1:
        return show(shown[0])
    parts = []
    for number, choices in enumerate(shown):
        try:
            picture, table, code = show(choices)
        except Exception as error:
            if number == 0 or isinstance(error, Outdated):
                raise
            picture, table, code = note_html(as_user_error(error)), "", ""
        title = checkpoints.named(choices.model, capability).title
        parts.append((title, picture, table, code))
    pictures = "".join(_headed(title, picture) for title, picture, *_ in parts)
    tables = "".join(_headed(title, table) for title, _, table, _ in parts if table)
    codes = [f"# {title}\n{code}" for title, *_, code in parts if code]
    return f'<div class="duo">{pictures}</div>', tables, "\n\n".join(codes)


def files_beside(shown: Sequence[C], numbers: Callable[[C], Numbers]) -> tuple[str, str]:
    """CSV and JSON of each model, in one: in the CSV a first column names the model.

    What a second model cannot answer stands in the JSON as its `error`. Raises what the first
    raises.
    """
    if len(shown) == 1:
        return as_files(*numbers(shown[0]))
    lines: list[Sequence[Any]] = []
    contents = []
    for number, choices in enumerate(shown):
        try:
            own, content = numbers(choices)
        except Exception as error:
            if number == 0:
                raise
            own, content = [], {"model": choices.model, "error": str(as_user_error(error))}
        lines += _named(choices.model, own, lines)
        contents.append(content)
    return as_files(lines, {"models": contents})


def _named(
    model: str, own: Iterable[Sequence[Any]], before: Sequence[Sequence[Any]]
) -> list[Sequence[Any]]:
    """The lines with the model in front; of tables with the same header it is said once."""
    named: list[Sequence[Any]] = []
    header = True  # the first line, and the one after an empty one
    for line in own:
        if header and not named and before and list(before[0]) == ["model", *line]:
            header = False
            continue
        named.append(["model" if header else model, *line] if line else [])
        header = not line
    return named


def _headed(title: str, content: str) -> str:
    return f"<section><h3>{html.escape(title)}</h3>{content}</section>"
