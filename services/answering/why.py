"""Why this span? What becomes of it without a sentence, or without a word of the question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.errors import UserError
from core.progress import Progress
from models.loaded import Loaded
from services.answering.answer import Answer, best_places, log_total, span_logits
from services.answering.reading import encoded_question, piece_logits

# A full stop after these, or after a single capital, ends no sentence.
SHORT = ("mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "vol", "fig", "e.g", "i.e")


@dataclass(frozen=True)
class Without:
    """One thing left out, and what the model says then."""

    start: int  # what was left out: characters of the passage or of the question
    end: int
    kept: bool  # False where the answer itself was left out
    score: float  # probability of the same answer; 0 where it was left out
    change: float  # ln of its probability with, minus without: above 0 it spoke for the answer
    text: str  # the best span then; empty where nothing is left to choose from
    text_score: float
    no_answer: float | None

    @property
    def says_none(self) -> bool:
        """Whether "no answer" leads then."""
        return self.no_answer is not None and self.no_answer > self.text_score


@dataclass(frozen=True)
class Why:
    """The answer in the window that holds it, and each sentence and each word left out."""

    question: str
    text: str  # of the window
    shift: int  # characters of the passage before it
    answer: str
    start: int  # characters of the passage
    end: int
    score: float  # its probability in this window alone
    no_answer: float | None  # as in `Answer`
    window: int
    windows: int  # how many the passage has
    sentences: tuple[Without, ...]
    words: tuple[Without, ...]


def explain(model: Loaded, answer: Answer, progress: Progress | None = None) -> Why:
    """Leave out each sentence of the answer's window, then each word of the question.

    What is left is read as if the sentence had never been written; anybody can do the same in the
    box (occlusion, Zeiler and Fergus 2014). Raises UserError as `read` does.
    """
    best, reading = answer.best, answer.reading
    window = reading.windows[best.window]
    asked = encoded_question(model, reading.question)
    ids: list[int] = model.tokenizer.convert_tokens_to_ids(
        list(reading.tokens[window.first : window.last])
    )
    here = Here(
        context=reading.context,
        offsets=reading.offsets[window.first : window.last],
        first=best.first - window.first,
        last=best.last - window.first,
        abstains=reading.abstains,
    )
    whole = here.without(range(len(ids)), (0, 0), (window.start_logits, window.end_logits), 0.0)
    spans = sentences(reading.context, window.start, window.end)
    left = [here.outside(span) for span in spans]
    words = [match.span() for match in re.finditer(r"\S+", reading.question)]
    texts = [_cut(reading.question, word) for word in words]
    total = sum(map(bool, left)) + len(words)

    def told(done: int, _: int, before: int = 0) -> None:
        if progress:
            progress(done + before, total)

    pieces = [[ids[index] for index in places] for places in left if places]
    logits = iter(piece_logits(model, asked, pieces, told))
    by_sentence = [
        here.without(places, span, next(logits) if places else None, whole.score)
        for places, span in zip(left, spans, strict=True)
    ]
    by_word = []
    for number, (word, text) in enumerate(zip(words, texts, strict=True)):
        try:
            shorter = encoded_question(model, text)
        except UserError:  # it was the only word
            continue
        pair = piece_logits(model, shorter, [ids])[0]
        by_word.append(here.without(range(len(ids)), word, pair, whole.score))
        told(number + 1, total, len(pieces))
    return Why(
        question=reading.question,
        text=reading.context[window.start : window.end],
        shift=window.start,
        answer=best.text,
        start=best.start,
        end=best.end,
        score=whole.score,
        no_answer=whole.no_answer,
        window=best.window,
        windows=len(reading.windows),
        sentences=tuple(by_sentence),
        words=tuple(by_word),
    )


@dataclass(frozen=True)
class Here:
    """The tokens of one window, and which of them are the answer."""

    context: str
    offsets: tuple[tuple[int, int], ...]
    first: int
    last: int
    abstains: bool = True

    def outside(self, span: tuple[int, int]) -> list[int]:
        """The tokens that do not begin inside a stretch of characters."""
        return [
            index
            for index, (start, _) in enumerate(self.offsets)
            if not span[0] <= start < span[1]
        ]

    def without(
        self,
        places: Sequence[int],
        span: tuple[int, int],
        logits: tuple[np.ndarray, np.ndarray] | None,
        before: float,
    ) -> Without:
        """What the logits of the tokens at these places say; `before` was the probability."""
        if logits is None:
            return Without(*span, False, 0.0, 0.0, "", 0.0, 1.0 if self.abstains else None)
        start, end = logits
        band = span_logits([(0, start[1:], end[1:])], len(places))
        no_answer = float(start[0]) + float(end[0]) if self.abstains else None
        total = log_total(band, no_answer)
        at = {index: number for number, index in enumerate(places)}
        kept = all(index in at for index in range(self.first, self.last + 1))
        score = change = 0.0
        if kept:
            logit = band[at[self.first], self.last - self.first]
            score = float(np.exp(logit - total))
            change = float(np.log(before) - (logit - total)) if before else 0.0
        first, last = best_places(band, [self.offsets[index] for index in places], 1)[0]
        return Without(
            *span,
            kept=kept,
            score=score,
            change=change,
            text=self._text(
                places[first], places[last], span if len(places) < len(self.offsets) else None
            ),
            text_score=float(np.exp(band[first, last - first] - total)),
            no_answer=None if no_answer is None else float(np.exp(no_answer - total)),
        )

    def _text(self, first: int, last: int, cut: tuple[int, int] | None) -> str:
        """The text from token to token, without what was left out between them."""
        start, end = self.offsets[first][0], self.offsets[last][1]
        if cut and start < cut[0] < cut[1] < end:
            return self.context[start : cut[0]] + self.context[cut[1] : end]
        return self.context[start:end]


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """(from, to) of each sentence between two characters, the spaces after it included.

    A sentence ends with . ! or ? and a space, or with the line; after an initial or a common
    abbreviation it goes on. Sentences that begin before `start` are those parts of them.
    """
    ends = []
    for match in re.finditer(r"""[.!?…]+["'”’)\]]*\s+|[。！？]\s*|\n\s*""", text[start:end]):
        begin = place = start + match.start()
        while begin > start and not (text[begin - 1].isspace() or text[begin - 1] in '([“"'):
            begin -= 1
        word = text[begin:place]
        initial = len(word) == 1 and word.isupper()
        if match.group()[0] == "." and (initial or word.lower() in SHORT):
            continue
        ends.append(start + match.end())
    edges = [start, *(edge for edge in ends if edge < end), end]
    return list(pairwise(edges))


def _cut(text: str, span: tuple[int, int]) -> str:
    return text[: span[0]] + text[span[1] :]
