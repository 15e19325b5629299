"""How does one changed word move what a model expects elsewhere?"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import UserError
from core.text import checked_text
from models.loaded import Loaded
from models.masked import logs_at
from models.tokens import labels
from services.masking.blanks import one_blank
from services.masking.fill import pieces_of

LEAST = 5e-4  # a token must have so much in one of the sentences to count as far
NAMED = 10  # tokens that are named on each side
MOST_FOUND = 12  # words that are looked up


@dataclass(frozen=True)
class Word:
    """One token of the vocabulary in both sentences."""

    label: str
    id: int
    first: float  # probability in the first sentence
    second: float
    ratio: float  # ln second − ln first, in nats


@dataclass(frozen=True)
class Compared:
    """All tokens of a vocabulary, each with its probability in two sentences."""

    first: str
    second: str
    logs: np.ndarray  # (2, token): ln of the probabilities
    towards_first: tuple[Word, ...]  # the farthest, first the farthest
    towards_second: tuple[Word, ...]
    found: tuple[Word, ...]  # those that were looked up

    @cached_property
    def moved(self) -> float:
        """How much of the probability is elsewhere: total variation, 0 to 1."""
        first, second = np.exp(self.logs.astype(float))
        return float(np.abs(first - second).sum() / 2)


def compare(model: Loaded, first: str, second: str, wanted: str = "") -> Compared:
    """Every token's probability in the blank of each of two sentences.

    Far are those whose two probabilities have the largest ratio, among tokens that have at least
    0.05 % in one of the two. `wanted` are words with commas between, each of one piece. Raises
    UserError when a sentence does not fit or has not one blank.
    """
    blanks = (
        one_blank(model, first, name="first sentence"),
        one_blank(model, second, name="second sentence"),
    )
    known = min(model.vocabulary, len(model.tokenizer))
    rows, places = [one.ids for one in blanks], [one.places[0] for one in blanks]
    logs = logs_at(model, rows, places)[:, :known]
    ratio = logs[1] - logs[0]
    counted = np.flatnonzero(logs.max(axis=0) >= np.log(LEAST))
    order = counted[np.argsort(ratio[counted], kind="stable")]
    sides = [order[ratio[order] < 0][:NAMED], order[ratio[order] > 0][::-1][:NAMED]]
    ids = _ids_of(model, wanted, spaced=blanks[0].spaced[0])

    def words(chosen: list[int]) -> tuple[Word, ...]:
        named = labels(model.tokenizer, chosen)
        columns = [logs[side, chosen].astype(float) for side in (0, 1)]
        values = zip(named, chosen, *columns, strict=True)
        return tuple(
            Word(label, one, float(np.exp(a)), float(np.exp(b)), float(b - a))
            for label, one, a, b in values
        )

    towards = [words(side.tolist()) for side in sides]
    return Compared(first, second, logs, towards[0], towards[1], words(ids))


def _ids_of(model: Loaded, wanted: str, *, spaced: bool) -> list[int]:
    """The tokens of the words that are looked up. Raises UserError where one is no token."""
    checked_text(wanted, name="list of words", limit=model.limits.text_characters, empty=True)
    asked = [word.strip() for word in wanted.split(",") if word.strip()]
    if len(asked) > MOST_FOUND:
        raise UserError(f"{len(asked)} words are looked up; at most {MOST_FOUND} are allowed.")
    found = []
    for word in asked:
        ids = pieces_of(model, word, spaced=spaced)
        if len(ids) != 1:
            pieces = " + ".join(model.tokenizer.convert_ids_to_tokens(ids))
            raise UserError(
                f"{word[:40]!r} is {len(ids)} pieces in this vocabulary ({pieces}), and a point "
                "is one piece; look up another word, or score this one in Fill in."
            )
        found.append(ids[0])
    return list(dict.fromkeys(found))
