"""The pieces of a sentence as people read them, and the words that they make."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.tokens import BYTES

Span = tuple[int, int]  # the first piece of a word, and the one after its last
META = "\u2581"  # what sentencepiece writes for the space before a word
SPACED = chr(288)  # and a byte-level vocabulary


def pieces_of(tokenizer: Any, ids: Sequence[int]) -> tuple[str, ...]:
    """Tokens as their vocabulary has them: with the space before them, bytes read as text.

    Half a character is given in hexadecimal; a special token by its name. A tokenizer is asked
    three times, however many tokens there are: it looks its special ones up each time.
    """
    names, specials = tokenizer.convert_ids_to_tokens(list(ids)), set(tokenizer.all_special_ids)
    spells = _spells_bytes(tokenizer)
    return tuple(
        _read(name)
        if spells and token not in specials and META not in name
        else name.replace(META, " ")
        for name, token in zip(map(str, names), ids, strict=True)
    )


def _read(name: str) -> str:
    """What the signs of a byte-level vocabulary stand for."""
    values = bytes(BYTES[sign] for sign in name if sign in BYTES)
    try:
        return values.decode()
    except UnicodeDecodeError:
        return " ".join(f"0x{value:02X}" for value in values)


def words_of(pieces: Sequence[str], special: Sequence[bool]) -> tuple[Span, ...]:
    """Which pieces make a word together.

    A word begins at a space, at a special token, and where letters follow signs or signs letters:
    *cat* and *.* are two, and so are *J'* and *ai*.
    """
    spans: list[Span] = []
    for index, piece in enumerate(pieces):
        before = pieces[index - 1] if index else ""
        begins = (
            index == 0
            or special[index]
            or special[index - 1]
            or piece[:1].isspace()
            or (not before.isspace() and _letter(piece[:1]) != _letter(before[-1:]))
        )
        if begins:
            spans.append((index, index + 1))
        else:
            spans[-1] = (spans[-1][0], index + 1)
    return tuple(spans)


def word_names(pieces: Sequence[str], spans: Sequence[Span]) -> tuple[str, ...]:
    """The words as they are written, without the spaces at their ends."""
    return tuple("".join(pieces[first:end]).strip() or " " for first, end in spans)


def by_words(weights: np.ndarray, rows: Sequence[Span], columns: Sequence[Span]) -> np.ndarray:
    """(…, row word, column word) of (…, row, column): columns are added, rows averaged.

    So a word that looks still spends its whole attention.
    """
    added = np.stack([weights[..., first:end].sum(-1) for first, end in columns], -1)
    return np.stack([added[..., first:end, :].mean(-2) for first, end in rows], -2)


def _spells_bytes(tokenizer: Any) -> bool:
    return tokenizer.convert_tokens_to_ids(SPACED) not in (None, tokenizer.unk_token_id)


def _letter(sign: str) -> bool:
    """Whether a sign belongs to words: letters, their accents, digits."""
    return bool(sign) and unicodedata.category(sign)[0] in "LMN"
