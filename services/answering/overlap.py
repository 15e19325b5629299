"""How right is an answer? SQuAD's scores against the gold answers (Rajpurkar et al. 2016, 6.1)."""

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SHARED, OTHER, DROPPED = "shared", "other", "dropped"


@dataclass(frozen=True)
class Word:
    """A word as it is written, and what the comparison makes of it."""

    text: str
    fate: str  # "shared" with the other side, "other", or "dropped" before comparing


@dataclass(frozen=True)
class Overlap:
    """An answer beside a right one, word by word; "no answer" has no words."""

    answer: tuple[Word, ...]
    gold: tuple[Word, ...]
    words: tuple[str, ...]  # of the answer, as they are compared
    gold_words: tuple[str, ...]
    shared: int  # words that both have, each counted as often as both have it

    @property
    def precision(self) -> float | None:
        """The share of the answer's words that are right; None where it has none."""
        return self.shared / len(self.words) if self.words else None

    @property
    def recall(self) -> float | None:
        """The share of the right words that the answer has; None where there are none."""
        return self.shared / len(self.gold_words) if self.gold_words else None

    @property
    def f1(self) -> float:
        """Harmonic mean of both; where a side has no words, 1 if neither has, else 0."""
        if not self.words or not self.gold_words:
            return float(self.words == self.gold_words)
        return 2 * self.shared / (len(self.words) + len(self.gold_words))

    @property
    def exact(self) -> bool:
        """Exact match: whether both are the same words in the same order."""
        return self.words == self.gold_words


def overlap(answer: str, gold: str) -> Overlap:
    """Compare an answer with a right one; an empty text is "no answer"."""
    words, gold_words = normalized(answer).split(), normalized(gold).split()
    shared = Counter(words) & Counter(gold_words)
    return Overlap(
        answer=_fates(answer, shared),
        gold=_fates(gold, shared),
        words=tuple(words),
        gold_words=tuple(gold_words),
        shared=shared.total(),
    )


def _fates(answer: str, shared: Counter[str]) -> tuple[Word, ...]:
    """The words of one side; where a word stands more often than it is shared, the first count."""
    left, told = Counter(shared), []
    for text in answer.split():
        parts = normalized(text).split()  # of "the-end" two, of "The" none
        fate = OTHER if parts else DROPPED
        if parts and all(left[part] > 0 for part in parts):
            fate = SHARED
            left.subtract(parts)
        told.append(Word(text, fate))
    return tuple(told)


def best_overlap(answer: str, golds: Sequence[str]) -> Overlap:
    """The overlap with the right answer that it is nearest to: the one that counts."""
    return max((overlap(answer, gold) for gold in golds), key=lambda one: (one.f1, one.exact))


def normalized(answer: str) -> str:
    """An answer as SQuAD compares it: lower case, no punctuation, no articles, single spaces."""
    text = "".join(mark for mark in answer.lower() if mark not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())
