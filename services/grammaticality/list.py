"""What does the model say of a whole list of sentences, and how often is it right?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.progress import Progress
from models.loaded import Loaded
from services.grammaticality.judge import Judgement, encode, judge
from services.grammaticality.rows import Listed
from services.records.parts import Bin

AT_ONCE = 64  # sentences between two reports of progress
CALIBRATED = 50  # labelled sentences from which on a calibration table says something
TENTHS = 10
Counts = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Scores:
    """Verdicts against labels."""

    confusion: Counts  # ((unacceptable said so, said acceptable), (acceptable said un-, said so))
    accuracy: float
    majority: float  # accuracy of always saying the commoner label
    mcc: float  # 0 where a row or a column of the matrix is empty
    bins: tuple[Bin, ...] | None  # calibration; None below 50 sentences
    gap: float | None  # expected calibration error: mean gap of the bins, weighted by count

    @property
    def defined(self) -> bool:
        """Whether MCC has a value of its own: no row and no column of the matrix is empty."""
        return bool(root_of(self.confusion))


@dataclass(frozen=True)
class JudgedList:
    """A list with a verdict on each sentence, and scores where it came with labels."""

    listed: Listed
    judgements: tuple[Judgement, ...]
    scores: Scores | None


def judge_list(model: Loaded, listed: Listed, progress: Progress | None = None) -> JudgedList:
    """A verdict on every sentence, those of about equal length together.

    `progress` is told after each part; what it raises ends the work. Raises UserError that names
    the line of a sentence that is malformed or too long, before any is judged.
    """
    lengths = [
        len(encode(model, sentence, name=f"sentence on line {line}")["input_ids"])
        for sentence, line in zip(listed.sentences, listed.lines, strict=True)
    ]
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    found: dict[int, Judgement] = {}
    for begin in range(0, len(order), AT_ONCE):
        places = order[begin : begin + AT_ONCE]
        judged = judge(model, [listed.sentences[index] for index in places])
        found |= zip(places, judged, strict=True)
        if progress:
            progress(len(found), len(order))
    judgements = tuple(found[index] for index in range(len(order)))
    if listed.labels is None:
        return JudgedList(listed, judgements, None)
    verdicts = [int(judgement.acceptable) for judgement in judgements]
    chances = [judgement.probability for judgement in judgements]
    return JudgedList(listed, judgements, score(listed.labels, verdicts, chances))


def score(labels: Sequence[int], verdicts: Sequence[int], chances: Sequence[float]) -> Scores:
    """Verdicts (0 or 1) against labels, and the probabilities of 1 against how often 1 was true.

    Accuracy and Matthews correlation as CoLA is scored (Warstadt et al. 2019, section 4).
    """
    judged, true = np.asarray(verdicts), np.asarray(labels)
    counts = [
        [int(((true == label) & (judged == verdict)).sum()) for verdict in (0, 1)]
        for label in (0, 1)
    ]
    confusion: Counts = ((counts[0][0], counts[0][1]), (counts[1][0], counts[1][1]))
    bins = calibration(np.asarray(chances), true) if len(labels) >= CALIBRATED else None
    gaps = [row.count * abs(row.mean_probability - row.share_acceptable) for row in bins or ()]
    return Scores(
        confusion=confusion,
        accuracy=float((judged == true).mean()),
        majority=float(max(true.mean(), 1 - true.mean())),
        mcc=matthews(confusion, true, judged),
        bins=bins,
        gap=sum(gaps) / len(labels) if bins else None,
    )


def root_of(confusion: Counts) -> int:
    """What stands under the root in MCC's formula: the product of rows' and columns' sums."""
    (tn, fp), (fn, tp) = confusion
    return (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)


def mcc_of(confusion: Counts) -> float | None:
    """Matthews correlation (Matthews 1975) of counts alone; None where the root is 0."""
    (tn, fp), (fn, tp) = confusion
    root = root_of(confusion)
    return (tp * tn - fp * fn) / math.sqrt(root) if root else None


def matthews(confusion: Counts, labels: np.ndarray, verdicts: np.ndarray) -> float:
    """Matthews correlation (Matthews 1975), by scikit-learn; 0 where it is not defined."""
    if not root_of(confusion):
        return 0.0  # scikit-learn says 0 as well, and warns where there is only one label
    from sklearn.metrics import matthews_corrcoef  # here, for the page is up before it is

    return float(matthews_corrcoef(labels, verdicts))


def calibration(chances: np.ndarray, labels: np.ndarray) -> tuple[Bin, ...]:
    """Tenths of probability: how many, their mean, and the share that was acceptable.

    Tenths without a sentence are left out (Guo et al. 2017, section 2).
    """
    tenths = np.minimum((chances * TENTHS).astype(int), TENTHS - 1)
    return tuple(
        Bin(
            low=tenth / TENTHS,
            high=(tenth + 1) / TENTHS,
            count=int((tenths == tenth).sum()),
            mean_probability=float(chances[tenths == tenth].mean()),
            share_acceptable=float(labels[tenths == tenth].mean()),
        )
        for tenth in sorted(set(tenths.tolist()))
    )
