"""The view: one way to look at a capability, and the unit in which a tab grows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.progress import Progress
from core.spacefile import Checkpoint
from models.serving import Desk

C = TypeVar("C")
Result = TypeVar("Result")
Lines = list[Sequence[Any]]
Numbers = tuple[Iterable[Sequence[Any]], dict[str, Any]]  # lines of a CSV, and JSON


def silent(done: int, whole: int) -> None:
    """The progress of what nobody watches."""


@dataclass(frozen=True)
class Asked(Generic[C]):
    """What a visitor asks of one model: all that a view knows."""

    desk: Desk
    entry: Checkpoint  # of the model, with what its files tell where the view reads it
    choices: C
    progress: Progress = silent
    first: str = ""  # for the second of two models: the name of the first; else ""
    kept: Any = None  # what the tab keeps for its visitor beside the choices: a picture, a text

    @property
    def second(self) -> bool:
        """Whether this is the model that stands beside the chosen one."""
        return bool(self.first)

    def ask(self, verb: Callable[..., Result], *inputs: Any, **settings: Any) -> Result:
        """The verb's result for this model (`Desk.ask`)."""
        return self.desk.ask(verb, self.entry, *inputs, **settings)


@dataclass(frozen=True)
class Drawn:
    """What is on screen: a figure in HTML, the same as a table, and a plot where there is one."""

    picture: str
    table: str = ""
    plot: Any = None
    headline: str = ""  # HTML: the one number, or the verdict, that the picture is about
    chooser: str = ""  # HTML beside the controls, in which what is looked at is picked


@dataclass(frozen=True)
class Only:
    """A control that a view shows while one of its radios has a value."""

    control: str
    radio: str
    value: str


def always(entry: Checkpoint) -> str:
    """Every model can show it."""
    return ""


def itself(asked: Asked[Any]) -> Sequence[Checkpoint]:
    """The model that is asked reads the text, and no other."""
    return (asked.entry,)


@dataclass(frozen=True)
class View:
    """One way to look at a capability: what it shows, saves, and says in code.

    `draw`, `numbers` and `snippet` raise UserError for what the visitor must mend.
    """

    name: str  # in a link
    label: str  # on the radio
    draw: Callable[[Asked[Any]], Drawn]
    numbers: Callable[[Asked[Any]], Numbers]
    snippet: Callable[[Asked[Any]], str]
    controls: tuple[str | Only, ...] = ()  # seen with it; those of no view are seen with all
    fits: Callable[[Checkpoint], str] = always  # "", or why this model cannot show it
    reads: bool = True  # whether a model is read for it
    alone: bool = False  # of one model only: what it was made of, or has written
    # The models that read what is typed: each may have signs of its own in it (`kit.signs`).
    read_by: Callable[[Asked[Any]], Sequence[Checkpoint]] = itself
    # The question that the picture answers, for a text that is no example's (`prose.marked`).
    asks: str = ""
    # What of the picture is there at once, where all of it takes long; None where it does not.
    early: Callable[[Asked[Any]], Drawn | None] | None = None
    # The pictures on the way to the whole one, as what they show is made; None where none are.
    coming: Callable[[Asked[Any]], Iterator[Drawn]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The controls that are seen with it and not with all, by their names."""
        return tuple(one.control if isinstance(one, Only) else one for one in self.controls)
