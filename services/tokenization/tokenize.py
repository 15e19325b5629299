"""How is a text cut into tokens?"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from core.errors import UserError
from core.spacefile import Limits
from core.text import checked_text
from models.checkpoints import Checkpoints
from models.loaded import tokenize_pair
from services.generation.reading import labels
from services.tokenization.plain import BUILT_IN, JOINERS, Plain, count_words, cut

CAPABILITY = "tokenization"
NO_UNKNOWN = -1  # in place of an id: this tokenizer has a token for every character


@dataclass(frozen=True)
class Token:
    """One token; `start` and `end` count Unicode code points of its own text."""

    text: str  # as the vocabulary spells it
    id: int
    start: int
    end: int
    special: bool  # put in by the tokenizer or typed as such; [UNK] is not: it stands for text
    segment: int  # 0 for the first text, 1 for the second


@dataclass(frozen=True)
class Tokenization:
    """One text, or a pair of them, as one tokenizer cuts it; nothing is left out."""

    tokenizer: str  # a model's name, or `characters`, `words`, `bytes`
    title: str
    vocabulary: int  # how many different tokens there are
    text: str
    text_pair: str
    tokens: tuple[Token, ...]
    words: int  # runs of letters and digits in both texts; signs are not counted
    characters: int  # Unicode code points of both texts
    unknown_id: int
    pieces: tuple[str, ...] = ()  # what each token stands for, where the vocabulary spells bytes

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens as people read them: " hen" for the vocabulary's "Ġhen"."""
        return self.pieces or tuple(token.text for token in self.tokens)

    @property
    def unknown(self) -> int:
        """How many tokens stand for text that the vocabulary cannot spell."""
        return sum(token.id == self.unknown_id for token in self.tokens)

    @property
    def added(self) -> int:
        """How many tokens the tokenizer put in by itself."""
        # RoBERTa's offsets leave out spaces, so that a token of a space alone is empty as well.
        return sum(token.special and token.start == token.end for token in self.tokens)

    @property
    def from_text(self) -> int:
        """How many tokens stand for a part of the text."""
        return len(self.tokens) - self.added

    def source(self, token: Token) -> str:
        """The part of the text that a token stands for; empty for a token that was added."""
        text = self.text_pair if token.segment else self.text
        return text[token.start : token.end]


def offered(checkpoints: Checkpoints) -> dict[str, str]:
    """The title of every tokenizer by its name: the checkpoints' first, then the built-in ones."""
    models = {entry.name: entry.title for entry in checkpoints.offered(CAPABILITY)}
    return models | {name: kind.title for name, kind in BUILT_IN.items()}


def tokenize(
    checkpoints: Checkpoints, tokenizer: object, text: str, text_pair: str = ""
) -> Tokenization:
    """Cut a text, or a pair, with the tokenizer of that name; no model is loaded for it.

    Raises UserError when there is no such tokenizer, or a text is empty, malformed or too long.
    """
    if isinstance(tokenizer, str) and tokenizer in BUILT_IN:
        return _plain(BUILT_IN[tokenizer], tokenizer, text, text_pair, checkpoints.limits)
    if not isinstance(tokenizer, str) or tokenizer not in offered(checkpoints):
        raise UserError(
            f"There is no tokenizer {str(tokenizer)[:60]!r}; "
            f"use one of {', '.join(offered(checkpoints))}."
        )
    entry = checkpoints.named(tokenizer, CAPABILITY)
    library = checkpoints.tokenizer(entry)
    encoded = tokenize_pair(library, text, text_pair, checkpoints.limits)
    second = text_pair if text_pair.strip() else ""
    return Tokenization(
        tokenizer=entry.name,
        title=entry.title,
        vocabulary=len(library),
        text=text,
        text_pair=second,
        tokens=tokens_of(library, encoded, text, second),
        words=count_words(text) + count_words(second),
        characters=len(text) + len(second),
        unknown_id=unknown_id(library),
        pieces=labels(library, encoded["input_ids"]) if spells_bytes(library) else (),
    )


def spells_bytes(tokenizer: Any) -> bool:
    """Whether the vocabulary is made of bytes, each written as a sign of its own (GPT-2)."""
    return type(tokenizer.backend_tokenizer.pre_tokenizer).__name__ == "ByteLevel"


def unknown_id(tokenizer: Any) -> int:
    """The id that stands for what the vocabulary cannot spell, or NO_UNKNOWN.

    A byte-level tokenizer can spell everything; GPT-2's names its end token as the unknown one,
    and never writes it for a part of a text.
    """
    unknown = tokenizer.unk_token_id
    return NO_UNKNOWN if unknown in (None, tokenizer.eos_token_id) else int(unknown)


def tokens_of(tokenizer: Any, encoded: Any, text: str, text_pair: str = "") -> tuple[Token, ...]:
    """The tokens of one encoding that was made with offsets.

    A token's end takes in the accents that follow its letter (`whole`).
    """
    ids: Sequence[int] = encoded["input_ids"]
    specials = set(tokenizer.all_special_ids) - {unknown_id(tokenizer)}
    # Models without segments know no type ids. Which text a token is of is known all the same, and
    # a separator belongs to the text before it, as BERT has it.
    segments = list(accumulate((part or 0 for part in encoded.sequence_ids()), max))
    tokens = tuple(
        Token(text, id, start, end, id in specials, segment)
        for text, id, (start, end), segment in zip(
            tokenizer.convert_ids_to_tokens(ids),
            ids,
            encoded["offset_mapping"],
            segments,
            strict=True,
        )
    )
    return whole(tokens, (text, text_pair))


def whole(tokens: Sequence[Token], texts: Sequence[str]) -> tuple[Token, ...]:
    """The same tokens, none of which ends between a letter and the accents that belong to it.

    A tokenizer that strips accents gives an offset for the bare letter: of "e" followed by U+0301
    (an é in two code points) the library's token ends before the accent. What stands in no token
    and cannot stand by itself goes to the token before it.
    """
    covered = [bytearray(len(text)) for text in texts]
    for token in tokens:
        if token.start < token.end:
            covered[token.segment][token.start : token.end] = b"\1" * (token.end - token.start)

    def stretched(token: Token) -> Token:
        text, taken, end = texts[token.segment], covered[token.segment], token.end
        while end < len(text) and not taken[end] and _leans(text[end]):
            end += 1
        return token if end == token.end or token.start == token.end else replace(token, end=end)

    return tuple(stretched(token) for token in tokens)


def _leans(character: str) -> bool:
    """Whether a character only alters the one before it."""
    return unicodedata.category(character) == "Mn" or character in JOINERS


def _plain(kind: Plain, name: str, text: str, text_pair: str, limits: Limits) -> Tokenization:
    checked_text(text, limit=limits.text_characters)
    checked_text(text_pair, name="second text", limit=limits.text_characters, empty=True)
    second = text_pair if text_pair.strip() else ""
    pieces = cut(name, text, second)
    return Tokenization(
        tokenizer=name,
        title=kind.title,
        vocabulary=kind.vocabulary or len({piece.id for piece in pieces}),
        text=text,
        text_pair=second,
        tokens=tuple(Token(p.text, p.id, p.start, p.end, False, p.segment) for p in pieces),
        words=count_words(text) + count_words(second),
        characters=len(text) + len(second),
        unknown_id=NO_UNKNOWN,
    )
