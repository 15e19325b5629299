"""The same number of right verdicts, divided otherwise: what do the measures say of it?"""

from dataclasses import dataclass
from functools import cached_property

from services.grammaticality.list import Counts, Scores, mcc_of

# CoLA's in-domain development sentences (Warstadt et al. 2019), on which the training record is.
UNACCEPTABLE, ACCEPTABLE = 162, 365


@dataclass(frozen=True)
class Measures:
    """Of one class, 0 to 1; None where it is 0/0 and has no value."""

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Confusion:
    """So many sentences of each kind, and how many of them were judged wrongly."""

    unacceptable: int
    acceptable: int
    accepted: int  # wrongly: false positives
    rejected: int  # wrongly: false negatives

    @property
    def counts(self) -> Counts:
        """((unacceptable said so, said acceptable), (acceptable said un-, said so))."""
        return (
            (self.unacceptable - self.accepted, self.accepted),
            (self.rejected, self.acceptable - self.rejected),
        )

    @property
    def whole(self) -> int:
        """How many sentences there are."""
        return self.unacceptable + self.acceptable

    @property
    def errors(self) -> int:
        """How many verdicts are wrong."""
        return self.accepted + self.rejected

    @property
    def accuracy(self) -> float:
        """The share of right verdicts."""
        return 1 - self.errors / self.whole

    @property
    def mcc(self) -> float | None:
        """Matthews correlation (Matthews 1975); None where the root is 0."""
        return mcc_of(self.counts)

    @property
    def of_acceptable(self) -> Measures:
        """Precision, recall and F1, where *acceptable* is what is looked for."""
        (_, fp), (fn, tp) = self.counts
        return _measures(tp, fp, fn)

    @property
    def of_unacceptable(self) -> Measures:
        """The same where *unacceptable* is what is looked for."""
        (tn, fp), (fn, _) = self.counts
        return _measures(tn, fn, fp)

    @cached_property
    def same_accuracy(self) -> tuple["Confusion", ...]:
        """The same number of errors in every division that has an MCC, fewest accepted first."""
        fewest = max(0, self.errors - self.acceptable)
        divided = (
            Confusion(self.unacceptable, self.acceptable, accepted, self.errors - accepted)
            for accepted in range(fewest, min(self.errors, self.unacceptable) + 1)
        )
        return tuple(one for one in divided if one.mcc is not None)

    @property
    def scores(self) -> Scores:
        """As the scores of a list are drawn."""
        majority = max(self.acceptable, self.unacceptable) / self.whole
        return Scores(self.counts, self.accuracy, majority, self.mcc or 0.0, None, None)


def _measures(right: int, wrongly: int, missed: int) -> Measures:
    """Of a class: rightly found, wrongly found, missed."""
    return Measures(
        precision=_ratio(right, right + wrongly),
        recall=_ratio(right, right + missed),
        f1=_ratio(2 * right, 2 * right + wrongly + missed),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def confuse(accepted: int, rejected: int) -> Confusion:
    """CoLA's development sentences with so many wrongly accepted and wrongly rejected."""
    return Confusion(UNACCEPTABLE, ACCEPTABLE, accepted, rejected)
