"""A lecture slide with errors in it, to be found: made up of errors seen on real ones."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of the slide."""

    part: str
    formula: str
    says: str
    wrong: str = ""  # what is wrong with it, and the right number; "" where it is right


TITLE = "BERT base: 110 million parameters"
# Counted in `services.anatomy.count` for "bert-base"; a test holds both sides of each line.
LINES = (
    Line("Token embeddings", "30,522 × 768", "23.4 M"),
    Line(
        "Position embeddings",
        "512 × 768",
        "3.9 M",
        "A decimal point has slipped: 512 × 768 = 393,216, which is 0.4 M.",
    ),
    Line("Segment embeddings", "2 × 768", "1.5 K"),
    Line(
        "Attention, Q K V, 12 layers",
        "12 × 3 × 768 × 64",
        "1.8 M",
        "768 × 64 is one head of the twelve: all heads together are 768 × 768, and the line "
        "21.2 M.",
    ),
    Line("Attention, W_O, 12 layers", "12 × 768 × 768", "7.1 M"),
    Line("Feed-forward, 12 layers", "12 × 2 × 768 × 3,072", "56.6 M"),
    Line("LayerNorms", "25 × 2 × 768", "38.4 K"),
    Line("Pooler", "768 × 768", "0.6 M"),
    Line(
        "Sum",
        "all lines above",
        "110 M",
        "The lines above do not add up to it: as they stand they give 93.4 M. With both mended "
        "they give 109.4 M, and the biases the rest.",
    ),
)
WRONG = frozenset(number for number, line in enumerate(LINES) if line.wrong)


@dataclass(frozen=True)
class Found:
    """What somebody has marked as wrong, and how much of that is."""

    marked: frozenset[int]

    @property
    def hits(self) -> int:
        """How many of the wrong lines are marked."""
        return len(self.marked & WRONG)

    @property
    def false(self) -> int:
        """How many lines are marked that are right."""
        return len(self.marked - WRONG)

    def toggled(self, line: int) -> str:
        """The marks with one more or one less, as a link has them."""
        return written(self.marked ^ {line})


def read_marks(text: str) -> Found:
    """The marks of a link, as `1,3,8`; what names no line is passed over."""
    numbers = {part.strip() for part in text[:100].split(",")}
    return Found(frozenset(n for n in range(len(LINES)) if str(n) in numbers))


def written(marks: Iterable[int]) -> str:
    """Marks as a link has them."""
    return ",".join(str(number) for number in sorted(marks))
