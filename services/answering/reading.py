"""What the model gives for a question beside every window of a passage."""

import sys
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.progress import Progress
from core.text import checked_text, nothing_left
from models.architectures import context_length, takes_segments
from models.batching import batch_of, padded
from models.loaded import Loaded
from services.answering.spans import windows

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

WINDOW, STRIDE = 384, 128  # tokens: what the model reads at once, and what neighbours share
BATCH_TOKENS = 768  # rows of a batch x their length: two windows, or a dozen short passages
TURNS = threading.BoundedSemaphore(2)  # batches at once: a long passage lets the others in between


@dataclass(frozen=True)
class Window:
    """One piece of the passage, as the model read it beside the question."""

    start: int  # characters of the passage: from here
    end: int  # up to here, left out
    first: int  # tokens of the passage: from here
    last: int  # up to here, left out
    start_logits: np.ndarray  # ([CLS] and the tokens of the piece,)
    end_logits: np.ndarray


@dataclass(frozen=True)
class Reading:
    """A question and a passage in tokens, and what the model gave for every window."""

    question: str
    context: str
    question_tokens: tuple[str, ...]
    tokens: tuple[str, ...]  # of the passage
    offsets: tuple[tuple[int, int], ...]  # the characters of each, in code points
    unknown: int  # tokens of the passage that stand for what the vocabulary cannot spell
    windows: tuple[Window, ...]
    first_token: str = "[CLS]"  # what stands before the question, as the vocabulary spells it
    # Whether the first token's scores mean "no answer": only a model that saw questions without an
    # answer has learned what they say.
    abstains: bool = True


@dataclass(frozen=True)
class Template:
    """What a tokenizer puts around a question and a passage, and their token types."""

    before: tuple[int, ...]  # ids; the first is [CLS]
    between: tuple[int, ...]  # one [SEP], or RoBERTa's two
    after: tuple[int, ...]
    types: tuple[int, ...]  # before, of the question, between, of the passage, after

    @property
    def length(self) -> int:
        """How many tokens are added."""
        return len(self.before) + len(self.between) + len(self.after)

    def row(self, asked: Sequence[int], piece: Sequence[int]) -> tuple[list[int], list[int]]:
        """The ids of a question beside a piece, and the type of each."""
        parts = (self.before, asked, self.between, piece, self.after)
        ids = [token for part in parts for token in part]
        types = [
            kind for part, kind in zip(parts, self.types, strict=True) for _ in range(len(part))
        ]
        return ids, types

    def begin(self, asked: Sequence[int]) -> int:
        """Where the piece begins in the row."""
        return len(self.before) + len(asked) + len(self.between)


def read(model: Loaded, question: str, context: str, progress: Progress | None = None) -> Reading:
    """Read the passage in windows, each beside the question, and keep all logits.

    `progress` is told after each batch; what it raises ends the reading.
    Raises UserError when a text is empty, malformed or too long.
    """
    asked = encoded_question(model, question)
    checked_text(context, name="passage", limit=model.limits.context_characters)
    encoded = _tokens(model, context, name="passage")
    ids, offsets = encoded["input_ids"], whole_signs(encoded["offset_mapping"], context)
    room = window_length(model) - len(asked) - template_of(model).length
    pieces = windows(len(ids), room, STRIDE)
    logits = piece_logits(model, asked, [ids[first:last] for first, last in pieces], progress)
    return Reading(
        question=question,
        context=context,
        question_tokens=tuple(model.tokenizer.convert_ids_to_tokens(asked)),
        tokens=tuple(map(sys.intern, model.tokenizer.convert_ids_to_tokens(ids))),  # 8 bytes each
        offsets=offsets,
        unknown=ids.count(model.tokenizer.unk_token_id),
        windows=tuple(
            Window(offsets[first][0], offsets[last - 1][1], first, last, *pair)
            for (first, last), pair in zip(pieces, logits, strict=True)
        ),
        first_token=model.tokenizer.cls_token,
        abstains=model.checkpoint.abstains,
    )


def window_length(model: Loaded) -> int:
    """Tokens that are read at once: WINDOW, or as many as the model can."""
    return min(WINDOW, context_length(model.model.config))


def template_of(model: Loaded) -> Template:
    """The tokenizer's own way to set a pair, read off a pair of one letter each."""
    pair = model.tokenizer("a", "a", verbose=False, return_token_type_ids=True)
    texts, ids, kinds = pair.sequence_ids(), pair["input_ids"], pair["token_type_ids"]
    first, last = texts.index(0), len(texts) - texts[::-1].index(0)
    second, end = texts.index(1), len(texts) - texts[::-1].index(1)
    return Template(
        before=tuple(ids[:first]),
        between=tuple(ids[last:second]),
        after=tuple(ids[end:]),
        types=(kinds[0], kinds[first], kinds[last], kinds[second], kinds[-1]),
    )


def encoded_question(model: Loaded, question: str, *, name: str = "question") -> list[int]:
    """The token numbers of a question, without special tokens. Raises UserError."""
    checked_text(question, name=name, limit=model.limits.text_characters)
    ids: list[int] = _tokens(model, question, name=name)["input_ids"]
    most = model.limits.question_tokens
    if len(ids) > most:
        raise UserError(
            f"The {name} has {len(ids):,} tokens; 1 to {most} are allowed, so that a window of "
            f"{window_length(model)} tokens keeps room for the passage. Put it in other words."
        )
    return ids


def whole_signs(offsets: Sequence[tuple[int, int]], context: str) -> tuple[tuple[int, int], ...]:
    """The characters of each token, with the accents that follow it as signs of their own.

    The tokenizer drops them, and an answer would end before the accent of its last letter.
    """
    after = list(range(len(context) + 1))  # where the accents end that begin here, if any do
    for index in reversed(range(len(context))):
        if unicodedata.category(context[index])[0] == "M":
            after[index] = after[index + 1]
    return tuple((start, after[end]) for start, end in offsets)


def _tokens(model: Loaded, text: str, *, name: str) -> dict[str, list]:
    """The tokens of a text alone. Raises UserError where none is left."""
    encoded: dict[str, list] = model.tokenizer(
        text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    if not encoded["input_ids"]:
        raise UserError(nothing_left(name, text))
    return encoded


def piece_logits(
    model: Loaded, asked: list[int], pieces: Sequence[list[int]], progress: Progress | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Start and end logits of [CLS] and of each token of each piece, read beside the question."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    template = template_of(model)
    for first, last in batches([len(asked) + len(piece) + template.length for piece in pieces]):
        with TURNS:
            found += _batch_logits(model, template, asked, pieces[first:last])
        if progress:
            progress(last, len(pieces))
    return found


def batches(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """(from, to) runs of rows that are read together: at most BATCH_TOKENS with their padding."""
    runs: list[tuple[int, int]] = []
    first = 0
    for index in range(1, len(lengths) + 1):
        full = index < len(lengths) and (
            max(lengths[first : index + 1]) * (index + 1 - first) > BATCH_TOKENS
        )
        if full or index == len(lengths):
            runs.append((first, index))
            first = index
    return runs


def _batch_logits(
    model: Loaded, template: Template, asked: list[int], pieces: Sequence[list[int]]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows as the template sets them, with token types where the model learned them for pairs."""
    rows = [template.row(asked, piece) for piece in pieces]
    given = batch_of(model, [row for row, _ in rows])
    if takes_segments(model.model.config):
        given["token_type_ids"] = padded([kinds for _, kinds in rows])
    with torch.inference_mode():
        output = model.model(**given)
    sides = output.start_logits.numpy(), output.end_logits.numpy()
    begin = template.begin(asked)
    places = [np.r_[0, begin : begin + len(piece)] for piece in pieces]
    return [(sides[0][row, index], sides[1][row, index]) for row, index in enumerate(places)]
