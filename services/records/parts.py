"""The training record of a checkpoint, as frozen results."""

from dataclasses import dataclass
from typing import Any

from services.records.card import Card


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
    recipe: dict[str, Any]  # numbers, names and switches
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
    """One measure against what was aimed at; no aim where none was set."""

    name: str
    value: float
    aim: float | None = None
    percent: bool = True  # a share of 1, which is told as per cent
    beside: float | None = None  # the same on a second set
    least: bool = False  # the smaller, the better: the aim is not to be exceeded

    @property
    def reached(self) -> bool:
        """Whether the aim was reached; True where none was set."""
        if self.aim is None:
            return True
        return self.value <= self.aim if self.least else self.value >= self.aim


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


@dataclass(frozen=True)
class Part:
    """One part of the text that a language model was trained on."""

    name: str
    documents: int
    characters: int
    tokens: int
    documents_kept_out: int  # they share a paragraph with what scores are measured on


@dataclass(frozen=True)
class Trial:
    """A short run that compared settings, for a score or for speed alone."""

    trial: str  # what was compared
    settings: dict[str, Any]
    base: dict[str, Any]  # the other settings that were not the usual ones
    minutes: float
    device: str
    parameters: int | None = None
    tokens: int | None = None  # seen
    tokens_per_second: int | None = None
    held_back: float | None = None  # bits per character; None where only speed was measured
    failed: str = ""  # why there is no result
    chosen: bool = False  # the long run has these settings


@dataclass(frozen=True)
class Validation:
    """What a language model scores on text that it was not trained on."""

    bits_per_character: float
    held_back_bits_per_character: float  # other pages of these books were trained on
    perplexity_per_token: float
    documents: int
    characters: int
    tokens: int


@dataclass(frozen=True)
class Written:
    """A continuation; greedy where there is no seed."""

    prompt: str
    text: str
    seed: int | None = None


@dataclass(frozen=True)
class Hard:
    """The beginning of a validation document that is predicted badly."""

    bits_per_character: float
    text: str


@dataclass(frozen=True)
class GenerationRecord:
    """The record of a model that continues text; scores are bits per character."""

    run: Run
    card: Card
    scores: tuple[Score, ...]
    validation: Validation
    parameters: int
    tokens_seen: int
    tokens_per_second: int
    parts: tuple[Part, ...]
    trials: tuple[Trial, ...]
    measures: tuple[Trial, ...]  # of speed
    samples: tuple[Written, ...]  # drawn, and nobody picked them
    repeated: float  # share of runs of four words that were there before, in the samples
    greedy: tuple[Written, ...]
    greedy_repeated: float
    worst: tuple[Hard, ...]

    @property
    def passes(self) -> float:
        """Tokens seen, over those of all parts; the easy part is inside another."""
        once = sum(part.tokens for part in self.parts if part.name != "easy")
        return self.tokens_seen / max(1, once)
