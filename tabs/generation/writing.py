"""The text of the Generation tab as it is written: token by token, branch by branch."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from core.spacefile import Checkpoint
from models.serving import Desk
from services.generation.branches import forced_ids, path_of
from services.generation.generate import Generation, Step, continuation, gathered
from services.generation.reading import Prompt
from services.generation.settings import Settings
from services.generation.tree import Tree
from tabs.generation.choices import Choices, sampling_of
from tabs.kit.view import Asked, View

Choice = tuple[int, int, int]  # branch, tokens shared with it, token chosen there


@dataclass(frozen=True)
class TextView(View):
    """A view of one text, which is written token by token before it is drawn."""

    streams: bool = False  # whether the tokens are shown as they come


@dataclass(frozen=True)
class Written:
    """One visitor's text with its branches: kept, so that looking at a token computes nothing."""

    model: str
    prompt: str
    settings: Settings
    choices: tuple[Choice, ...]  # that made the branches after the first
    tree: Tree
    texts: tuple[Generation, ...]  # one for each branch
    last: int = 0  # the branch that the last choice made, or led back to

    @property
    def branches(self) -> str:
        """The choices as a link holds them."""
        return ",".join(".".join(map(str, choice)) for choice in self.choices)

    def new_ids(self, branch: int, step: int) -> tuple[int, ...]:
        """The tokens of a branch up to and with one of them."""
        return self.texts[branch].ids[: step + 1]

    def at(self, branch: int, step: int) -> tuple[int, int]:
        """The branch and the token of it that are shown: those asked for, or the last there is."""
        branch = min(branch, len(self.texts) - 1)
        return branch, max(0, min(step, len(self.texts[branch].steps) - 1))


Kept = tuple[Written, ...]  # what the page keeps for a visitor: the text of each model shown


@dataclass(frozen=True)
class Piece:
    """What arrived: the prompt of a branch that begins, or one token of it."""

    prompt: Prompt
    step: Step | None


def never() -> bool:
    """Nobody stops it."""
    return False


def text_of(asked: Asked[Choices]) -> Written:
    """The text that a view shows: the one that a run has just written, or the one kept.

    For an export it is completed, which computes something only where the page has just been
    opened. Raises UserError.
    """
    if isinstance(asked.kept, Written):
        return asked.kept
    *_, whole = write(asked.desk, asked.entry, asked.choices, kept_of(asked.kept, asked.entry))
    assert isinstance(whole, Written)
    return whole


def kept_of(kept: Kept | None, entry: Checkpoint) -> Written | None:
    """The text that is kept of a model."""
    return next((text for text in kept or () if text.model == entry.name), None)


def write(
    desk: Desk,
    entry: Checkpoint,
    choices: Choices,
    kept: Written | None,
    stopped: Callable[[], bool] = never,
) -> Iterator[Piece | Written]:
    """The pieces of all that is not written yet, then the whole. Raises UserError.

    What was kept is taken as far as it was made in the same way; a text that was stopped stays as
    it is until it is asked for anew.
    """
    settings, asked = sampling_of(desk.limits, choices), tuple(choices.chosen)
    made_of = (entry.name, choices.prompt, settings)
    if kept is None or (kept.model, kept.prompt, kept.settings) != made_of:
        kept = Written(*made_of, choices=(), tree=Tree(), texts=())
    if asked[: len(kept.choices)] != kept.choices:
        kept = _trimmed(kept, asked)
    if not kept.texts:
        kept = yield from _branch(desk, entry, kept, None, stopped)
    for choice in asked[len(kept.choices) :]:
        if stopped():
            break
        kept = yield from _branch(desk, entry, kept, choice, stopped)
    yield kept


def _trimmed(kept: Written, asked: tuple[Choice, ...]) -> Written:
    """The branches whose choices are still asked for, in their order."""
    same = 0
    while same < min(len(asked), len(kept.choices)) and asked[same] == kept.choices[same]:
        same += 1
    tree, texts = Tree(kept.tree.branches[: same + 1]), kept.texts[: same + 1]
    return replace(kept, choices=asked[:same], tree=tree, texts=texts)


def _branch(
    desk: Desk,
    entry: Checkpoint,
    kept: Written,
    choice: Choice | None,
    stopped: Callable[[], bool],
) -> Generator[Piece, None, Written]:
    """The pieces of one more branch; returns what is kept then.

    A choice that leads back to a branch that is there makes none, and is forgotten.
    """
    forced = forced_ids(kept.tree, *choice) if choice else ()
    steps: list[Step] = []
    # Whoever leaves closes this generator, and with it what computes the tokens.
    with closing(desk.stream(continuation, entry, kept.prompt, kept.settings, forced)) as coming:
        prompt = next(coming)
        yield Piece(prompt, None)
        while not stopped() and (step := next(coming, None)):
            steps.append(step)
            yield Piece(prompt, step)
    made = gathered(prompt, kept.settings, steps)
    tree, number = kept.tree.add(path_of(made))
    if number < len(kept.texts):
        return replace(kept, last=number)
    choices = (*kept.choices, choice) if choice else ()
    return replace(
        kept, choices=choices, tree=tree, texts=(*kept.texts, made), last=len(kept.texts)
    )
