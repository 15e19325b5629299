"""A few sentences with our labels, the visitor's own, and how far any two judges agree."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.errors import UserError
from core.paths import ASSETS
from core.text import seen
from services.grammaticality.list import Counts, mcc_of

UNSAID = "-"
SIGNS = ("0", "1", UNSAID)


@dataclass(frozen=True)
class Sentence:
    """One sentence to be judged; `label` is 1 where we take it to be acceptable."""

    text: str
    label: int
    reason: str  # of the label, in a line
    contested: bool = False  # whether many speakers say otherwise


@dataclass(frozen=True)
class Agreement:
    """Two judges on the sentences that both have judged."""

    counts: Counts  # ((both 0, first 0 and second 1), (first 1 and second 0, both 1))

    @property
    def judged(self) -> int:
        """How many sentences both have judged."""
        return sum(map(sum, self.counts))

    @property
    def agreed(self) -> int:
        """On how many of them they say the same."""
        return self.counts[0][0] + self.counts[1][1]

    @property
    def mcc(self) -> float | None:
        """Matthews correlation (Matthews 1975); None where the root is 0."""
        return mcc_of(self.counts)

    @property
    def kappa(self) -> float | None:
        """Agreement beyond chance (Cohen 1960); None where it is 0/0."""
        if not self.judged:
            return None
        (neither, second), (first, both) = self.counts
        by_chance = (neither + second) * (neither + first) + (first + both) * (second + both)
        expected = by_chance / self.judged**2
        if expected == 1:
            return None
        return (self.agreed / self.judged - expected) / (1 - expected)


@cache
def sentences() -> tuple[Sentence, ...]:
    """The sentences, in their order."""
    content = tomllib.loads((ASSETS / "grammaticality" / "yours.toml").read_text("utf-8"))
    return tuple(Sentence(**one) for one in content["sentence"])


def texts() -> tuple[str, ...]:
    """The sentences alone."""
    return tuple(one.text for one in sentences())


def read_labels(labels: object) -> tuple[int | None, ...]:
    """`1,0,-`: the visitor's label of each sentence, None where there is none; "" for none at all.

    Raises UserError for other signs and for more labels than sentences.
    """
    most = len(sentences())
    parts = labels.split(",") if isinstance(labels, str) and labels else []
    if not isinstance(labels, str) or len(parts) > most or any(p not in SIGNS for p in parts):
        raise UserError(
            f"The labels must be at most {most} of 1, 0 and -, with commas between; "
            f"got {seen(labels)}."
        )
    read = [None if part == UNSAID else int(part) for part in parts]
    return (*read, *[None] * (most - len(read)))


def check_labels(labels: object) -> None:
    """Raises UserError where labels are not `1,0,-` and so forth."""
    read_labels(labels)


def agree(first: Sequence[int | None], second: Sequence[int | None]) -> Agreement:
    """How often two judges say the same, over the sentences that both have judged."""
    pairs = [*zip(first, second, strict=True)]
    counts = [[pairs.count((one, other)) for other in (0, 1)] for one in (0, 1)]
    return Agreement(((counts[0][0], counts[0][1]), (counts[1][0], counts[1][1])))
