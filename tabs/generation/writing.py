"""The text of the Generation tab as it is written: token by token, branch by branch."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

from models.loaded import Loaded
from services.generation.branches import forced_ids, path_of
from services.generation.generate import Generation, Step, gathered, stream
from services.generation.reading import Prompt
from services.generation.settings import Settings
from services.generation.tree import Tree
from tabs.generation.choices import Choices, sampling_of

Choice = tuple[int, int, int]  # branch, tokens shared with it, token chosen there


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

    def said(self, branch: int, step: int) -> tuple[int, ...]:
        """The tokens of a branch up to and with one of them."""
        return self.texts[branch].ids[: step + 1]

    def at(self, branch: int, step: int) -> tuple[int, int]:
        """The branch and the token of it that are shown: those asked for, or the last there is."""
        branch = min(branch, len(self.texts) - 1)
        return branch, max(0, min(step, len(self.texts[branch].steps) - 1))


@dataclass(frozen=True)
class Piece:
    """What arrived: the prompt of a branch that begins, or one token of it."""

    prompt: Prompt
    step: Step | None


def write(
    gpt2: Loaded, choices: Choices, kept: Written | None, stopped: Callable[[], bool]
) -> Iterator[Piece | Written]:
    """The pieces of all that is not written yet, then the whole. Raises UserError.

    What was kept is taken as far as it was made in the same way; a text that was stopped stays as
    it is until it is asked for anew.
    """
    settings, asked = sampling_of(gpt2, choices), tuple(choices.chosen)
    made_of = (gpt2.checkpoint.name, choices.prompt, settings)
    if kept is None or (kept.model, kept.prompt, kept.settings) != made_of:
        kept = Written(*made_of, choices=(), tree=Tree(), texts=())
    if asked[: len(kept.choices)] != kept.choices:
        kept = _trimmed(kept, asked)
    if not kept.texts:
        kept = yield from _branch(gpt2, kept, None, stopped)
    for choice in asked[len(kept.choices) :]:
        if stopped():
            break
        kept = yield from _branch(gpt2, kept, choice, stopped)
    yield kept


def _trimmed(kept: Written, asked: tuple[Choice, ...]) -> Written:
    """The branches whose choices are still asked for, in their order."""
    same = 0
    while same < min(len(asked), len(kept.choices)) and asked[same] == kept.choices[same]:
        same += 1
    tree, texts = Tree(kept.tree.branches[: same + 1]), kept.texts[: same + 1]
    return replace(kept, choices=asked[:same], tree=tree, texts=texts)


def _branch(
    gpt2: Loaded, kept: Written, choice: Choice | None, stopped: Callable[[], bool]
) -> Generator[Piece, None, Written]:
    """The pieces of one more branch; returns what is kept then.

    A choice that leads back to a branch that is there makes none, and is forgotten.
    """
    forced = forced_ids(kept.tree, *choice) if choice else ()
    prompt, coming = stream(gpt2, kept.prompt, kept.settings, forced=forced, stopped=stopped)
    yield Piece(prompt, None)
    steps: list[Step] = []
    for step in coming:
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
