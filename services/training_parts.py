"""The training record of a checkpoint, as frozen results."""

from dataclasses import dataclass
from typing import Any

from services.training_card import Card


@dataclass(frozen=True)
class Point:
    """One place of a stage's curve: how much was done, the mean loss since the point before."""

    share: float  # of the stage, 0 to 1
    loss: float
    scores: dict[str, float]  # measured there on held-back data; mostly empty


@dataclass(frozen=True)
class Stage:
    """One walk over batches of training data."""

    name: str
    batches: int
    minutes: float  # without the time that measuring took
    curve: tuple[Point, ...]


@dataclass(frozen=True)
class Run:
    """What every record has."""

    device: str  # as torch names it
    stages: tuple[Stage, ...]
    recipe: dict[str, float]
    data: dict[str, int]  # counts; parts of parts have both names, as "pairs, blimp"
    content: dict[str, Any]  # the whole record, every digit

    @property
    def minutes(self) -> float:
        """Minutes of training, all stages together."""
        return sum(stage.minutes for stage in self.stages)

    @property
    def batches(self) -> int:
        """Batches read, all stages together."""
        return sum(stage.batches for stage in self.stages)


@dataclass(frozen=True)
class Score:
    """One measure against what was aimed at, as a share of 1; no aim where none was set."""

    name: str
    value: float
    aim: float | None = None
    percent: bool = True
    beside: float | None = None  # the same on a second set

    @property
    def reached(self) -> bool:
        """Whether the aim was reached; True where none was set."""
        return self.aim is None or self.value >= self.aim


@dataclass(frozen=True)
class Bin:
    """One tenth of probability in a reliability diagram."""

    low: float
    high: float
    count: int
    mean_probability: float
    share_acceptable: float


@dataclass(frozen=True)
class Paradigm:
    """Held-out minimal pairs of one kind; `right` is the share in the right order."""

    corpus: str
    phenomenon: str
    paradigm: str
    pairs: int
    right: float
    phenomenon_unseen: bool  # no pair of the whole phenomenon was trained on


@dataclass(frozen=True)
class Judged:
    """A sentence with its label (1 acceptable) and the probability that the model gave."""

    text: str
    label: int
    acceptable: float

    @property
    def right(self) -> bool:
        """Whether the verdict agrees with the label."""
        return (self.acceptable > 0.5) == bool(self.label)


@dataclass(frozen=True)
class Masked:
    """The head that fills in masked words, on held-out pairs."""

    pairs: int
    pairs_right: float
    words: int
    first_guess: float
    nats: float


@dataclass(frozen=True)
class GrammarRecord:
    """The record of a model that judges sentences; scores are of CoLA's in-domain dev."""

    run: Run
    card: Card
    scores: tuple[Score, ...]
    sentences: int  # of dev
    confusion: tuple[tuple[int, int], ...]  # rows: is unacceptable, acceptable; columns: said so
    temperature: float
    before: tuple[Bin, ...]  # reliability on dev before the temperature
    after: tuple[Bin, ...]
    error_before: float  # expected calibration error
    error_after: float
    paradigms: tuple[Paradigm, ...]
    visitors: tuple[Judged, ...]
    samples: tuple[Judged, ...]
    worst: tuple[Judged, ...]
    masked: Masked | None


@dataclass(frozen=True)
class ThresholdPoint:
    """Scores on held-out questions, were "no answer" said above this margin."""

    threshold: float
    f1_with_threshold: float
    exact_with_threshold: float
    no_answer_f1: float
    f1_together: float


@dataclass(frozen=True)
class Threshold:
    """The margin (score of "no answer" less the best span's) above which nothing is answered."""

    value: float
    curve: tuple[ThresholdPoint, ...]


@dataclass(frozen=True)
class Asked:
    """A question with what was expected and what was said; empty stands for no answer."""

    question: str
    gold: str
    said: str
    margin: float
    article: str = ""
    passage: str = ""
    best: str = ""  # the best span, whatever was said


@dataclass(frozen=True)
class AnswerRecord:
    """The record of a model that answers; scores are of SQuAD articles never trained on."""

    run: Run
    card: Card
    scores: tuple[Score, ...]  # `beside` is FairytaleQA
    threshold: Threshold
    confusion: tuple[tuple[int, int], ...]  # rows: has no answer, has one; columns: said none, one
    articles: tuple[str, ...]
    visitors: tuple[Asked, ...]
    samples: tuple[Asked, ...]


Record = GrammarRecord | AnswerRecord
