"""The branches of one text: continuations of one prompt that share their beginnings.

No model is needed here; a tree is small enough for a browser's state and, as choices, for a link.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UserError

MOST_BRANCHES = 64
MOST_TOKENS = 4096  # of one branch
NO_PARENT = -1


@dataclass(frozen=True)
class Path:
    """One continuation, from the prompt to its end."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]  # (token,) nats, as the model gave them

    @property
    def total(self) -> float:
        """The log-probability of the whole continuation, in nats."""
        return math.fsum(self.logprobs)


@dataclass(frozen=True)
class Branch:
    """What one continuation does not share with the branch that it leaves."""

    parent: int  # number of that branch; -1 for the first
    at: int  # how many tokens it shares with its parent
    own: Path  # the tokens after those


@dataclass(frozen=True)
class Comparison:
    """Two continuations: what they share, and what each makes of the rest."""

    shared: int  # tokens
    own: tuple[Path, Path]  # after those
    change: float  # log-probability of the second minus that of the first, in nats

    @property
    def means(self) -> tuple[float, float]:
        """Nats per token after the fork; 0 where there is none."""
        first, second = (path.total / max(1, len(path.ids)) for path in self.own)
        return first, second


@dataclass(frozen=True)
class Tree:
    """All branches, in the order they were grown; each leaves one before it."""

    branches: tuple[Branch, ...] = ()

    def path(self, number: int) -> Path:
        """The whole continuation of a branch."""
        branch = self.branches[number]
        if branch.parent == NO_PARENT:
            return branch.own
        shared = self.path(branch.parent)
        return Path(
            shared.ids[: branch.at] + branch.own.ids,
            shared.logprobs[: branch.at] + branch.own.logprobs,
        )

    def find(self, ids: Sequence[int]) -> tuple[int, int]:
        """The branch that shares the most tokens with these, and how many; the first at a tie.

        (-1, 0) in an empty tree.
        """
        best = (NO_PARENT, 0)
        for number in range(len(self.branches)):
            shared = common(self.path(number).ids, ids)
            if number == 0 or shared > best[1]:
                best = (number, shared)
        return best

    def add(self, path: Path) -> tuple["Tree", int]:
        """The tree with one continuation more, and its number; the old number if it is there.

        What is the beginning of a branch is there too. Raises UserError when the tree is full.
        """
        parent, at = self.find(path.ids)
        if parent != NO_PARENT and at == len(path.ids):
            return self, parent
        if len(self.branches) >= MOST_BRANCHES:
            raise UserError(
                f"The tree has {len(self.branches)} branches; at most {MOST_BRANCHES} are kept. "
                "Start again from one of them."
            )
        branch = Branch(parent, at, Path(path.ids[at:], path.logprobs[at:]))
        return Tree((*self.branches, branch)), len(self.branches)

    def compare(self, first: int, second: int) -> Comparison:
        """Two branches from their fork on."""
        a, b = self.path(first), self.path(second)
        shared = common(a.ids, b.ids)
        own = (
            Path(a.ids[shared:], a.logprobs[shared:]),
            Path(b.ids[shared:], b.logprobs[shared:]),
        )
        return Comparison(shared, own, own[1].total - own[0].total)

    @property
    def choices(self) -> list[tuple[int, int, int]]:
        """(branch, tokens shared with it, token chosen there) of every branch but the first.

        With prompt, settings and seed all else can be grown again: what a link holds.
        """
        return [(b.parent, b.at, b.own.ids[0]) for b in self.branches[1:]]


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two continuations share at their beginning."""
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))


def read_choices(rows: object) -> list[tuple[int, int, int]]:
    """Choices as a link holds them, checked. Raises UserError."""
    found: list[tuple[int, int, int]] = []
    for row in _list(rows, MOST_BRANCHES - 1, "choices"):
        if not isinstance(row, list | tuple) or len(row) != 3:
            raise _wrong(f"choice {len(found)} has not three parts")
        parent, at, token = _ids(list(row))
        if parent > len(found) or at > MOST_TOKENS:
            raise _wrong(f"choice {len(found)} leaves a branch that is not there")
        found.append((parent, at, token))
    return found


def _ids(values: object) -> list[int]:
    for value in _list(values, MOST_TOKENS, "tokens"):
        if type(value) is not int or not 0 <= value < 2**31:
            raise _wrong(f"{str(value)[:20]!r} is not a token")
    return values  # type: ignore[return-value]


def _list(values: object, most: int, name: str) -> list[Any]:
    if not isinstance(values, list) or len(values) > most:
        seen = f"{len(values):,}" if isinstance(values, list) else type(values).__name__
        raise _wrong(f"a list of at most {most:,} {name} is allowed, got {seen}")
    return values


def _wrong(why: str) -> UserError:
    return UserError(f"The branches could not be read: {why}. Start again.")
