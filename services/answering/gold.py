"""How right is the answer, had a person said what the right one is?"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import UserError
from core.text import checked_text
from services.answering.answer import Answer
from services.answering.overlap import Overlap, best_overlap, normalized

MOST_GOLD = 10  # right answers to one question; SQuAD has three


@dataclass(frozen=True)
class Graded:
    """An answer and its runners-up against the right answers."""

    answer: Answer
    golds: tuple[str, ...]  # ("",) where the question has no answer
    given: str  # what the page says under the threshold; empty for "no answer"
    overlap: Overlap  # of what is given with the right answer nearest to it
    of_candidates: tuple[Overlap, ...]  # the same of every span in the list, had it been given

    @property
    def better(self) -> int | None:
        """The place of the span in the list with the best F1; None where what is given has it."""
        scores = [one.f1 for one in self.of_candidates]
        best = max(scores)
        return scores.index(best) if best > self.overlap.f1 else None


def grade(answer: Answer, golds: Sequence[str], threshold: float) -> Graded:
    """What is said under a threshold, and each span of the list, against the right answers."""
    given = "" if answer.says_none(threshold) else answer.best.text
    return Graded(
        answer=answer,
        golds=tuple(golds),
        given=given,
        overlap=best_overlap(given, golds),
        of_candidates=tuple(best_overlap(one.text, golds) for one in answer.candidates),
    )


def checked_gold(lines: Sequence[str], limit: int) -> tuple[str, ...]:
    """The right answers, one a line, each of at most `limit` characters; none: there is no answer.

    Raises UserError when one is malformed or too long or has no word that is compared, or when
    they are too many.
    """
    golds = tuple(line.strip() for line in lines if line.strip())
    if len(golds) > MOST_GOLD:
        raise UserError(
            f"There are {len(golds):,} right answers, one on each line; at most {MOST_GOLD} are "
            "compared."
        )
    for gold in golds:
        checked_text(gold, name="right answer", limit=limit)
        if not normalized(gold):
            raise UserError(
                f"The right answer {gold[:40]!r} has no word that is compared: punctuation, and "
                "the words a, an, the are dropped."
            )
    return golds or ("",)
