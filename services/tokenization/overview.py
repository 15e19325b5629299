"""One text as several tokenizers cut it, and a closer look at what a model is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import checked_index, checked_text
from models.architectures import UNTYPED, first_position
from models.loaded import Loaded
from models.tokens import spells_bytes
from services.tokenization.plain import BUILT_IN, word_spans
from services.tokenization.tokenize import Tokenization, cut_plainly, tokenize
from services.tokenization.trace import Trace, trace

EXPLAINED = 8  # different unknown parts of a text that are explained; all of them are counted
MOST_PADDING = 8


@dataclass(frozen=True)
class InputRows:
    """What a model is given: for each token the rows that it adds up, and the attention mask."""

    tokenizer: str
    title: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    segments: tuple[int, ...]  # empty where the model knows no segments
    positions: tuple[int, ...]
    mask: tuple[int, ...]  # 1 where a token may be looked at, 0 for padding
    special: tuple[bool, ...]
    most: int  # positions that the model has
    pads: bool = True  # whether the tokenizer has a token for padding
    causal: bool = False  # whether the model hides later tokens from each one


@dataclass(frozen=True)
class Unknown:
    """A part of the text that the vocabulary cannot spell, and why."""

    source: str
    word: str  # as it was looked up
    character: str  # where no piece fits; empty for another reason
    reason: str  # `absent`, `long` or `typed`
    data: tuple[int, ...]  # the UTF-8 bytes of the source


@dataclass(frozen=True)
class Reading:
    """One text as several tokenizers cut it, what a model is given, and one word traced."""

    tokenizations: tuple[Tokenization, ...]
    rows: InputRows
    traces: tuple[Trace, ...]  # by each model that was chosen, or by the default one
    traced_by: tuple[str, ...]  # their titles
    unknowns: tuple[Unknown, ...]  # at most EXPLAINED of them
    unknown_parts: int  # how many different ones there are

    @property
    def trace(self) -> Trace:
        """That of the first model, which `rows` and `unknowns` are of."""
        return self.traces[0]


def read(
    models: Sequence[Loaded],
    tokenizers: Sequence[str],
    text: str,
    text_pair: str = "",
    *,
    word: str = "",
    padding: int = 0,
) -> Reading:
    """Cut a text with each tokenizer and look closer with the models'.

    `models` are those among the tokenizers, in their order, or one to look closer with where none
    is a model's. Without a word the one that is cut into the most pieces is traced; what a model
    is given, and what it cannot spell, is told of the first. Raises UserError for input that
    cannot be taken; nothing is cut short.
    """
    first, limits = models[0], models[0].limits
    padding = checked_index(padding, 0, MOST_PADDING, name="padding")
    checked_text(word, name="word to trace", limit=limits.trace_characters, empty=True)
    by_name = {model.checkpoint.name: model for model in models}
    cuts = {
        name: cut_plainly(name, text, text_pair, limits)
        if name in BUILT_IN
        else tokenize(by_name[name], text, text_pair)
        for name in tokenizers
    }
    closer = cuts.get(first.checkpoint.name) or tokenize(first, text, text_pair)
    unknown = unknown_sources(closer)
    chosen = word if word.strip() else most_pieces(closer, limits.trace_characters)
    spaced = f" {chosen}" if not word.strip() and f" {chosen}" in text else chosen
    libraries = [model.tokenizer for model in models]
    kind = kind_of(first.checkpoint, first.tokenizer)
    return Reading(
        tokenizations=tuple(cuts.values()),
        rows=input_rows(first.tokenizer, closer, padding, kind=kind),
        # A space belongs to the word after it where the vocabulary spells bytes.
        traces=tuple(trace(each, spaced if spells_bytes(each) else chosen) for each in libraries),
        traced_by=tuple(model.checkpoint.title for model in models),
        unknowns=tuple(_explained(first.tokenizer, source) for source in unknown[:EXPLAINED]),
        unknown_parts=len(unknown),
    )


def checked_tokenizers(names: object, known: Mapping[str, str], most: int) -> list[str]:
    """The names as they came, each one of `known` and asked for once. Raises UserError."""
    if not isinstance(names, list | tuple) or not names:
        raise UserError(f"No tokenizer is chosen. Choose 1 to {most} of {', '.join(known)}.")
    if len(names) > most:
        raise UserError(f"{len(names)} tokenizers are chosen; at most {most} fit side by side.")
    for name in names:
        if not isinstance(name, str) or name not in known:
            seen = str(name)[:60]
            raise UserError(f"There is no tokenizer {seen!r}; use one of {', '.join(known)}.")
    return list(dict.fromkeys(names))


def most_pieces(tokenization: Tokenization, limit: int) -> str:
    """The word of the first text with the most tokens, the first of several; empty without one.

    Words of more than `limit` code points are passed over.
    """
    spans = [(t.start, t.end) for t in tokenization.tokens if t.segment == 0 and t.start < t.end]
    best, most, place = "", 0, 0
    for start, end, word in word_spans(tokenization.text):
        while place < len(spans) and spans[place][1] <= start:  # a token may begin with a space
            place += 1
        first = place
        while place < len(spans) and spans[place][0] < end:
            place += 1
        if word and place - first > most and end - start <= limit:
            best, most = tokenization.text[start:end], place - first
    return best


def input_rows(
    tokenizer: Any, tokenization: Tokenization, padding: int = 0, *, kind: str = "bert"
) -> InputRows:
    """The rows for one text or pair, with `padding` places added at the end as in a batch.

    `kind` is the model's architecture: DistilBERT has no rows for segments, though its tokenizer
    counts them, and RoBERTa's positions begin after that of padding.
    """
    tokens = tokenization.tokens
    count = len(tokens)
    pad_id = tokenizer.pad_token_id
    padding = 0 if pad_id is None else padding  # some tokenizers have no such token
    segments = (*(token.segment for token in tokens), *[0] * padding)
    first = first_position(kind, pad_id)
    # Where positions are counted from padding's, padding itself keeps that one.
    padded = [first - 1] * padding if first else range(count, count + padding)
    typed = "token_type_ids" in tokenizer.model_input_names and kind not in UNTYPED
    return InputRows(
        tokenizer=tokenization.tokenizer,
        title=tokenization.title,
        tokens=(*tokenization.names, *[tokenizer.pad_token] * padding),
        ids=(*(token.id for token in tokens), *[pad_id] * padding),
        segments=segments if typed else (),
        positions=(*range(first, first + count), *padded),
        mask=(*[1] * count, *[0] * padding),
        special=(*(token.special for token in tokens), *[True] * padding),
        most=int(tokenizer.model_max_length),
        pads=pad_id is not None,
        causal=kind == "gpt2",
    )


def kind_of(entry: Checkpoint, tokenizer: Any) -> str:
    """The architecture, as the entry says it; where it does not, as the tokenizer's class does."""
    if entry.architecture:
        return entry.architecture
    known = {"RobertaTokenizer": "roberta", "GPT2Tokenizer": "gpt2"}
    return known.get(type(tokenizer).__name__, entry.family)


def unknown_sources(tokenization: Tokenization) -> list[str]:
    """The different parts of a text that are unknown, in order."""
    return list(
        dict.fromkeys(
            tokenization.source(token)
            for token in tokenization.tokens
            if token.id == tokenization.unknown_id
        )
    )


def _explained(tokenizer: Any, source: str) -> Unknown:
    data = tuple(source.encode("utf-8"))
    for word in trace(tokenizer, source).words:
        if word.why == "long":
            return Unknown(source, word.word, "", "long", data)
        if word.steps and word.steps[-1].failed:
            last = word.steps[-1]
            return Unknown(source, word.word, word.word[last.start], "absent", data)
    return Unknown(source, source, "", "typed", data)  # the unknown token itself was typed
