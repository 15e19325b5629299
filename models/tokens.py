"""Tokens as a vocabulary has them and as people read them: text, bytes, places in a text."""

import threading
import unicodedata
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

NO_UNKNOWN = -1  # in place of an id: this tokenizer has a token for every character
JOINERS = "\u200c\u200d"  # zero-width (non-)joiner: part of what they join
BROKEN = "\ufffd"  # what a decoder writes for bytes that are not a character
_labels: "weakref.WeakKeyDictionary[Any, dict[int, str]]" = weakref.WeakKeyDictionary()
_first = threading.Lock()


def names_of(tokens: "Sequence[Token]", pieces: Sequence[str]) -> tuple[str, ...]:
    """Tokens as people read them: their pieces (" hen" for the vocabulary's "Ġhen"), if any."""
    return tuple(pieces) or tuple(token.text for token in tokens)


class Named:
    """What a model read, token by token, whose tokens can be named."""

    tokens: "tuple[Token, ...]"
    pieces: tuple[str, ...]  # what each token stands for, where the vocabulary spells bytes

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens as people read them."""
        return names_of(self.tokens, self.pieces)


class Pieces:
    """The text of tokens as they come.

    A byte-level token may be half a character: the token that completes it brings it, the ones
    before bring nothing. All that was given, with `rest`, is what the tokenizer decodes.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._before: list[int] = []  # given last: some tokenizers put spaces between tokens
        self._new: list[int] = []

    def push(self, token: int) -> str:
        """What this token adds to the text that can be shown."""
        self._new.append(token)
        return self._complete(hold=True)

    def rest(self) -> str:
        """What is left at the end: halves of characters, as the tokenizer writes them."""
        return self._complete(hold=False)

    def _complete(self, hold: bool) -> str:
        before = decoded(self._tokenizer, self._before)
        text = decoded(self._tokenizer, self._before + self._new)
        if not self._new or (hold and text.endswith(BROKEN)):
            return ""
        self._before, self._new = self._new, []
        return text[len(before) :]


def decoded(tokenizer: Any, ids: Sequence[int]) -> str:
    """The text of tokens, exactly."""
    return str(tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))


def pieces(tokenizer: Any, ids: Sequence[int]) -> tuple[str, ...]:
    """What each token adds to the text; together they are the text."""
    made = Pieces(tokenizer)
    texts = [made.push(token) for token in ids]
    if texts:
        texts[-1] += made.rest()
    return tuple(texts)


def labels(tokenizer: Any, ids: Iterable[int]) -> tuple[str, ...]:
    """Each token alone: its text, or in hexadecimal its bytes where they are half a character."""
    with _first:
        known = _labels.setdefault(tokenizer, {})
    return tuple(
        known.get(token) or known.setdefault(token, _label(tokenizer, token)) for token in ids
    )


def _label(tokenizer: Any, token: int) -> str:
    text = decoded(tokenizer, [token])
    if BROKEN not in text:
        return text
    values = [BYTES.get(sign) for sign in tokenizer.convert_ids_to_tokens(token)]
    if None in values:
        return text
    return " ".join(f"0x{value:02X}" for value in values)


def _byte_signs() -> dict[str, int]:
    """The byte behind each sign of a byte-level vocabulary (Radford et al. 2019, their encoder).

    Printable bytes of Latin-1 stand for themselves, the others for the signs from 256 on.
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(plain)]
    shifted = {chr(256 + index): byte for index, byte in enumerate(others)}
    return {chr(byte): byte for byte in plain} | shifted


BYTES = _byte_signs()


@dataclass(frozen=True)
class Token:
    """One token; `start` and `end` count Unicode code points of its own text."""

    text: str  # as the vocabulary spells it
    id: int
    start: int
    end: int
    special: bool  # put in by the tokenizer or typed as such; [UNK] is not: it stands for text
    segment: int  # 0 for the first text, 1 for the second


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


def signs_in(tokenizer: Any, text: str) -> tuple[str, ...]:
    """The tokenizer's own signs that are typed in a text, such as [MASK], each once, in order."""
    own = {
        number: added.content
        for number, added in tokenizer.added_tokens_decoder.items()
        if added.special and added.content in text
    }
    if not own:  # as nearly always
        return ()
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return tuple(dict.fromkeys(own[number] for number in ids if number in own))


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
