"""What one window says: the scores of its tokens, and its own best span."""

from dataclasses import dataclass

import numpy as np

from core.numbers import softmax
from core.text import checked_index
from services.answering.answer import Answer
from services.answering.reading import Window
from services.answering.spans import LONGEST_ANSWER, Span, best_spans

OWN = -1  # stands for the window that holds the answer


@dataclass(frozen=True)
class WindowBest:
    """The best span of one window, whether or not it is the answer."""

    text: str
    first: int  # tokens of the window, [CLS] being 0
    last: int
    logit: float  # start + end
    score: float  # probability, were this sum the span's: among all spans and "no answer"


@dataclass(frozen=True)
class Scores:
    """Start and end scores over [CLS] and the tokens of one window."""

    window: int
    windows: int
    start: int  # characters of the passage
    end: int
    tokens: tuple[str, ...]  # [CLS] first
    offsets: tuple[tuple[int, int], ...]  # characters of each; (0, 0) of [CLS]
    start_logits: np.ndarray  # (token,)
    end_logits: np.ndarray
    start_shares: np.ndarray  # softmax over these tokens
    end_shares: np.ndarray
    best: WindowBest
    is_answer: bool  # whether that span is the answer
    answer: str
    answer_logit: float  # the highest sum of all windows
    answer_window: int
    separate: tuple[int, int]  # the token with the highest start, that with the highest end
    separate_text: str  # what they give together; empty where they give no span
    abstains: bool = True  # whether [CLS] stands for "no answer" to this model


def scores_of(answer: Answer, window: object = OWN) -> Scores:
    """The scores of one window, counted from 0; -1 is the one that holds the answer.

    Raises UserError when there is no such window.
    """
    reading = answer.reading
    number = checked_index(window, OWN, len(reading.windows) - 1, name="window")
    number = answer.best.window if number == OWN else number
    held = reading.windows[number]
    best = window_bests(answer)[number]
    offsets = ((0, 0), *reading.offsets[held.first : held.last])
    start, end = int(held.start_logits.argmax()), int(held.end_logits.argmax())
    inside = 1 <= start <= end < start + LONGEST_ANSWER
    shift = held.first - 1
    return Scores(
        window=number,
        windows=len(reading.windows),
        start=held.start,
        end=held.end,
        tokens=(reading.first_token, *reading.tokens[held.first : held.last]),
        offsets=offsets,
        start_logits=held.start_logits,
        end_logits=held.end_logits,
        start_shares=softmax(held.start_logits.astype(float)),
        end_shares=softmax(held.end_logits.astype(float)),
        best=best,
        is_answer=(best.first + shift, best.last + shift) == (answer.best.first, answer.best.last),
        answer=answer.best.text,
        answer_logit=answer.best.logit,
        answer_window=answer.best.window,
        separate=(start, end),
        separate_text=reading.context[offsets[start][0] : offsets[end][1]] if inside else "",
        abstains=reading.abstains,
    )


def window_bests(answer: Answer) -> tuple[WindowBest, ...]:
    """The best span of each window; all of their sums competed for the answer."""
    reading = answer.reading
    bests = []
    for window in reading.windows:
        span = _best_in(window)
        start = reading.offsets[window.first + span.first - 1][0]
        end = reading.offsets[window.first + span.last - 1][1]
        score = answer.best.score * float(np.exp(span.score - answer.best.logit))
        text = reading.context[start:end]
        bests.append(WindowBest(text, span.first, span.last, span.score, score))
    return tuple(bests)


def _best_in(window: Window) -> Span:
    allowed = np.arange(len(window.start_logits)) > 0  # [CLS] is no answer's first or last word
    start, end = window.start_logits.astype(float), window.end_logits.astype(float)
    return best_spans(start, end, allowed)[0]
