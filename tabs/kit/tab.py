"""A tab as a value: its settings, its views, and what it does beside them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.errors import UserError
from core.spacefile import Checkpoint
from models.serving import Desk
from tabs.kit.beside import files_beside
from tabs.kit.settings import Setting, settings_of
from tabs.kit.signs import signs_note
from tabs.kit.view import Asked, Drawn, Numbers, View, silent

if TYPE_CHECKING:
    from core.progress import Progress
    from tabs.kit.scaffold import Scaffold

Choices = Any  # each tab has a dataclass of its own


def nothing(scaffold: "Scaffold") -> None:
    """Nothing more stands here."""


def silence(asked: Asked[Any]) -> str:
    """Nothing is to be said."""
    return ""


def as_chosen(asked: Asked[Any]) -> Choices:
    """The second model is asked what the first is."""
    return asked.choices


@dataclass(frozen=True, eq=False)
class Tab:
    """One capability on the page; `kit.build` draws it."""

    stem: str  # in a link, in every folder
    title: str
    choices: type  # a frozen dataclass of settings (`kit.settings`)
    views: tuple[View, ...]
    opening: Callable[[Asked[Any]], tuple[Drawn, str]]  # picture and code, computed beforehand
    endpoints: Mapping[str, Callable[[Desk], Callable[..., Any]]]
    at_once: Mapping[str, int] = field(default_factory=dict)  # calls of an endpoint, if not usual
    long: bool = True  # whether a run may take seconds: then it tells how far it is
    queue: str = "models"  # of short runs: those of one queue wait for each other
    plots: bool = False  # whether a view draws a plot beside its figure
    height: int = 0  # pixels that the picture keeps free before it is drawn
    picks: tuple[str, ...] = ()  # the controls that a click in the picture sets
    chooses: tuple[str, ...] = ()  # those that a click in `Drawn.chooser` sets
    note_first: bool = False  # whether the note stands above the inputs, which are tall
    chosen_as: str = "settings"  # what the choices are called in an exported file
    # What stands in an area beside the settings, and what follows what in the browser.
    beside_input: Callable[["Scaffold"], None] = nothing
    beside_result: Callable[["Scaffold"], None] = nothing
    below: Mapping[str, Callable[["Scaffold"], None]] = field(default_factory=dict)  # a control
    wire: Callable[["Scaffold"], None] = nothing
    run: Callable[["Scaffold"], None] | None = None  # instead of the kit's own runs
    # What the tab keeps beside the choices: made of the values of `Scaffold.more`.
    gathered: Callable[[Desk, Choices, Sequence[Any]], Any] = field(
        default=lambda desk, choices, more: more[0] if more else None
    )
    # Shown for a picture while there is nothing to look at yet; made of the sentence on that.
    empty: Callable[[str], str] | None = None
    # HTML above every picture: what is to be said of what was typed.
    remarks: Callable[[Asked[Any]], str] = silence
    second: Callable[[Asked[Any]], Choices] = as_chosen  # what the second model is asked
    routes: tuple[Any, ...] = ()  # of Starlette: what the tab's scripts fetch
    # Visitors have left the page: their sessions.
    left: Callable[[Collection[str]], None] | None = None

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """The settings by name, in the order of the fields; the views are known here."""
        settings = settings_of(self.choices)
        if "view" in settings:
            offered = [(view.label, view.name) for view in self.views]
            settings["view"] = replace(settings["view"], offered=offered, start=self.views[0].name)
        return settings

    def view(self, choices: Choices) -> View:
        """The chosen view; a tab of one view has no choice, and `checked` refuses another."""
        name = getattr(choices, "view", self.views[0].name)
        return next((view for view in self.views if view.name == name), self.views[0])

    def checked(self, desk: Desk, choices: Choices) -> Checkpoint:
        """The entry that is asked, where every setting is in its range. Raises UserError."""
        named = hasattr(choices, "model")
        entry = desk.named(choices.model, self.stem) if named else desk.default(self.stem)
        for name, setting in self.settings.items():
            setting.check(name, getattr(choices, name), entry, desk.limits)
        return entry

    def shown(self, desk: Desk, choices: Choices) -> list[Choices]:
        """The choices for each model that is shown; of one alone, `beside` is empty.

        With two, a setting behind a model's end is that end there: the other may have more layers.
        """
        beside = getattr(choices, "beside", "")
        if beside in ("", getattr(choices, "model", "")) or self._alone(choices):
            return [replace(choices, beside="") if beside else choices]
        shown = []
        for name in (choices.model, beside):
            entry = desk.named(name, self.stem)
            fit = {
                setting: min(value, declared.last(entry, desk.limits))
                for setting, declared in self.settings.items()
                if callable(declared.high)
                and isinstance(value := getattr(choices, setting), int | float)  # else refused
            }
            shown.append(replace(choices, model=entry.name, **fit))
        return shown

    def _alone(self, choices: Choices) -> bool:
        return any(view.alone and view.name == choices.view for view in self.views)

    def asked(
        self,
        desk: Desk,
        choices: Choices,
        kept: Any = None,
        progress: "Progress" = silent,
        first: str = "",
    ) -> Asked[Any]:
        """What is asked of one model, checked. Raises UserError."""
        entry = self.checked(desk, choices)
        view = self.view(choices)
        if why := view.fits(entry):
            raise UserError(why)
        if view.reads:
            entry = desk.read(entry)
        asked = Asked(desk, entry, choices, progress, first, kept)
        return replace(asked, choices=self.second(asked)) if first else asked

    def draw(self, desk: Desk, choices: Choices, kept: Any = None) -> Drawn:
        """The picture of one model. Raises UserError."""
        return self.drawn(self.asked(desk, choices, kept))

    def drawn(self, asked: Asked[Any]) -> Drawn:
        """The picture of what is asked, and above it what is to be said of what was typed."""
        return self._told(asked, self.view(asked.choices).draw(asked))

    def early(self, asked: Asked[Any]) -> Drawn | None:
        """The same, of what is there at once; None where nothing comes before the rest."""
        early = self.view(asked.choices).early
        drawn = early(asked) if early else None
        return drawn and self._told(asked, drawn)

    def coming(self, asked: Asked[Any]) -> Iterator[Drawn]:
        """The same, of what is made piece by piece, as the pieces come."""
        coming = self.view(asked.choices).coming
        said = None  # once: each token of a text comes as a picture
        for drawn in coming(asked) if coming else ():
            said = self._said(asked) if said is None else said
            yield replace(drawn, picture=said + drawn.picture)

    def _told(self, asked: Asked[Any], drawn: Drawn) -> Drawn:
        return replace(drawn, picture=self._said(asked) + drawn.picture)

    def _said(self, asked: Asked[Any]) -> str:
        """What is to be said above a picture of what was typed, in HTML."""
        view = self.view(asked.choices)
        return signs_note(asked, view, self._typed(view, asked.choices)) + self.remarks(asked)

    def _typed(self, view: View, choices: Choices) -> list[str]:
        """The texts that are seen with a view."""
        named = {name for one in self.views for name in one.names}
        texts = [
            getattr(choices, name)
            for name, setting in self.settings.items()
            if setting.typed and (name in view.names or name not in named)
        ]
        return [text for text in texts if isinstance(text, str)]

    def snippet(self, asked: Asked[Any]) -> str:
        """The code that computes what is on screen."""
        return self.view(asked.choices).snippet(asked)

    def numbers(self, asked: Asked[Any]) -> Numbers:
        """What is on screen, every digit kept, and what was chosen."""
        lines, content = self.view(asked.choices).numbers(asked)
        model = {"model": asked.entry.name} if hasattr(asked.choices, "model") else {}
        chosen = asdict(asked.choices)
        exported = {name: chosen[name] for name, one in self.settings.items() if one.exported}
        return lines, model | content | {self.chosen_as: exported}

    def files(self, desk: Desk, choices: Choices, kept: Any = None) -> tuple[str, str]:
        """The numbers of all models shown as CSV and as JSON. Raises UserError."""
        shown = self.shown(desk, choices)
        first = choices.model if len(shown) > 1 else ""

        def numbers_of(one: Choices) -> Numbers:
            second = first if one is not shown[0] else ""
            return self.numbers(self.asked(desk, one, kept, first=second))

        return files_beside(shown, numbers_of)
