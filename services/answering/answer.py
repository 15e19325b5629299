"""Which stretch of a passage answers a question?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.progress import Progress
from core.text import checked_index
from models.loaded import Loaded
from services.answering.reading import Reading, Window, read
from services.answering.spans import LONGEST_ANSWER

MOST_CANDIDATES = 10


@dataclass(frozen=True)
class Candidate:
    """One span of the passage that could be the answer."""

    text: str
    start: int  # characters of the passage
    end: int
    score: float  # its probability among all allowed spans and "no answer"
    logit: float  # start logit of its first token + end logit of its last
    first: int  # tokens of the passage, both inside
    last: int
    window: int  # where it has that logit, the highest of all windows that hold it


@dataclass(frozen=True)
class Answer:
    """The best span, the runners-up, and how likely it is that the passage has no answer.

    The probabilities of all allowed spans and of "no answer" sum to 1; those of the spans alone
    where the model never learned what has no answer, and what is said of that is None.
    """

    reading: Reading
    candidates: tuple[Candidate, ...]  # best first; different stretches of the passage
    no_answer: float | None  # probability
    no_answer_logit: float | None
    no_answer_window: int | None  # the one least sure of it, whose logit counts
    spans: int  # allowed spans that compete

    @property
    def best(self) -> Candidate:
        """The answer: always the likeliest span, whatever "no answer" scores."""
        return self.candidates[0]

    @property
    def margin(self) -> float | None:
        """How much likelier "no answer" is than the best span, in logits."""
        return None if self.no_answer_logit is None else self.no_answer_logit - self.best.logit

    def says_none(self, threshold: float) -> bool:
        """Whether the margin is above the threshold; never without a margin."""
        return self.margin is not None and self.margin > threshold


def answer(
    model: Loaded, question: str, context: str, top: int = 3, progress: Progress | None = None
) -> Answer:
    """Find the likeliest span of the passage (Devlin et al. 2019, sections 4.2 and 4.3).

    Raises UserError when a text is empty, malformed or too long, or `top` is not 1 to 10.
    """
    top = checked_top(top)
    return ranked(read(model, question, context, progress), top)


def checked_top(top: object) -> int:
    """How many candidates are wanted. Raises UserError."""
    return checked_index(top, 1, MOST_CANDIDATES, name="number of candidates")


def span_logits(pieces: Sequence[tuple[int, np.ndarray, np.ndarray]], tokens: int) -> np.ndarray:
    """Start + end logit of every allowed span as (first token, tokens after it); else -inf.

    Each piece is its first token and the logits of its tokens, without [CLS]. A span that several
    pieces hold has the highest of its sums. Spans have at most LONGEST_ANSWER tokens.
    """
    band = np.full((tokens, LONGEST_ANSWER), -np.inf)
    for first, start, end in pieces:
        start, end = start.astype(float), end.astype(float)
        for more in range(min(LONGEST_ANSWER, len(start))):
            held = band[first : first + len(start) - more, more]
            np.maximum(held, start[: len(start) - more] + end[more:], out=held)
    return band


def log_total(band: np.ndarray, no_answer: float | None) -> float:
    """ln of the sum of exp over all allowed spans and "no answer": what each is divided by.

    None is for a model without a "no answer".
    """
    none = -np.inf if no_answer is None else no_answer
    most = max(float(band.max()), none)
    return most + float(np.log(np.exp(band - most).sum() + np.exp(none - most)))


def no_answer_of(windows: Sequence[Window]) -> tuple[float, int]:
    """The logit of "no answer", and the window it is from: the one least sure of it.

    [CLS] stands for no answer (Devlin et al. 2019, 4.3). A window without the answer is sure that
    there is none, so the minimum counts, as in the baseline of SQuAD 2.0.
    """
    logits = [float(w.start_logits[0]) + float(w.end_logits[0]) for w in windows]
    least = int(np.argmin(logits))
    return logits[least], least


def ranked(reading: Reading, top: int) -> Answer:
    """The likeliest spans of what was read, and their probabilities: one softmax over all."""
    no_answer: float | None = None
    window: int | None = None
    band = span_logits(
        [(w.first, w.start_logits[1:], w.end_logits[1:]) for w in reading.windows],
        len(reading.tokens),
    )
    if reading.abstains:
        no_answer, window = no_answer_of(reading.windows)
    total = log_total(band, no_answer)
    candidates = []
    for first, last in best_places(band, reading.offsets, top):
        logit = float(band[first, last - first])
        start, end = reading.offsets[first][0], reading.offsets[last][1]
        candidates.append(
            Candidate(
                text=reading.context[start:end],
                start=start,
                end=end,
                score=float(np.exp(logit - total)),
                logit=logit,
                first=first,
                last=last,
                window=_holder(reading.windows, first, last),
            )
        )
    return Answer(
        reading=reading,
        candidates=tuple(candidates),
        no_answer=None if no_answer is None else float(np.exp(no_answer - total)),
        no_answer_logit=no_answer,
        no_answer_window=window,
        spans=int(np.isfinite(band).sum()),
    )


def best_places(
    band: np.ndarray, offsets: Sequence[tuple[int, int]], top: int
) -> list[tuple[int, int]]:
    """(first, last) token of the best spans, each another stretch of the text; earlier wins ties.

    Several tokens may share one character (the parts of a Korean syllable), so that two spans of
    tokens can be the same text: the better one counts.
    """
    allowed = int(np.isfinite(band).sum())
    looked = min(allowed, 16 * top)
    while True:
        places = np.sort(np.argpartition(-band, looked - 1, axis=None)[:looked])
        places = places[np.argsort(-band.flat[places], kind="stable")]
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for first, more in zip(*np.unravel_index(places, band.shape), strict=True):
            last = int(first + more)
            found.setdefault((offsets[first][0], offsets[last][1]), (int(first), last))
        if len(found) >= top or looked == allowed:
            return list(found.values())[:top]
        looked = min(allowed, 4 * looked)


def _holder(windows: Sequence[Window], first: int, last: int) -> int:
    """The window in which a span has its highest logit."""

    def logit(window: Window) -> float:
        if not window.first <= first <= last < window.last:
            return -np.inf
        shift = 1 - window.first  # [CLS] comes first
        start, end = window.start_logits[first + shift], window.end_logits[last + shift]
        return float(start) + float(end)

    return int(np.argmax([logit(window) for window in windows]))
