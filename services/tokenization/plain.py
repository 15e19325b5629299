"""Tokenizers that need no model: characters, words, bytes."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from models.tokens import JOINERS

APOSTROPHES = "'\u2019"
FLAGS = range(0x1F1E6, 0x1F200)  # regional indicators: two of them are one flag
SKINS = range(0x1F3FB, 0x1F400)  # emoji modifiers: the colour of the hand before them
TAGS = range(0xE0020, 0xE0080)  # the rest of a flag such as Scotland's


@dataclass(frozen=True)
class Plain:
    """A tokenizer that is a rule and no vocabulary file."""

    title: str
    vocabulary: int  # how many different tokens there can be; 0: those of the text itself


BUILT_IN = {
    "characters": Plain("Characters", 0x110000),
    "words": Plain("Words", 0),
    "bytes": Plain("Bytes (UTF-8)", 256),
}


class Piece(NamedTuple):  # not a dataclass, because 80,000 bytes are made four times as fast
    """A part of a text with its id; offsets count code points."""

    text: str
    id: int
    start: int
    end: int
    segment: int


def cut(name: str, *texts: str) -> list[Piece]:
    """Cut the texts, one segment each, with the built-in tokenizer of that name."""
    return list({"characters": _characters, "words": _words, "bytes": _bytes}[name](texts))


def _characters(texts: Sequence[str]) -> Iterator[Piece]:
    """The id of a character is its code point."""
    for segment, text in enumerate(texts):
        for index, character in enumerate(text):
            yield Piece(character, ord(character), index, index + 1, segment)


def _bytes(texts: Sequence[str]) -> Iterator[Piece]:
    """All bytes of one character point at that character."""
    for segment, text in enumerate(texts):
        for index, character in enumerate(text):
            for byte in character.encode("utf-8"):
                yield Piece(f"0x{byte:02X}", byte, index, index + 1, segment)


def _words(texts: Sequence[str]) -> Iterator[Piece]:
    """The id of a word is its place among the different words and signs of these very texts."""
    known: dict[str, int] = {}
    for segment, text in enumerate(texts):
        for start, end, _ in word_spans(text):
            word = text[start:end]
            yield Piece(word, known.setdefault(word, len(known)), start, end, segment)


def count_words(text: str) -> int:
    """How many runs of letters and digits a text has; signs are not counted."""
    return sum(word for _, _, word in word_spans(text))


def word_spans(text: str) -> list[tuple[int, int, bool]]:
    """(start, end, whether it is a word) of every word and of every sign; spaces are left out.

    A word is a run of letters, digits and underscores of any script with the marks that belong to
    them, and apostrophes inside it. Every other sign stands alone, an emoji sequence being one.
    A language that writes no spaces gives one long word: no rule without a dictionary does better.
    """
    spans = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        word = _lettered(text[place])
        end = _end_of_word(text, place) if word else _end_of_sign(text, place)
        spans.append((place, end, word))
        place = end
    return spans


def _lettered(character: str) -> bool:
    return character.isalnum() or character == "_"


def _mark(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character)[0] == "M"


def _end_of_word(text: str, start: int) -> int:
    end = start + 1
    while end < len(text):
        inside = text[end] in APOSTROPHES and text[end + 1 : end + 2].isalpha()
        if not (_lettered(text[end]) or inside or _mark(text[end])):
            break
        end += 1
    return end


def _end_of_sign(text: str, start: int) -> int:
    end = start + 1
    if ord(text[start]) in FLAGS and end < len(text) and ord(text[end]) in FLAGS:
        end += 1
    while end < len(text):
        joined = text[end - 1] == "\u200d" and not (text[end].isspace() or _lettered(text[end]))
        if not (joined or _mark(text[end]) or ord(text[end]) in SKINS or ord(text[end]) in TAGS):
            break
        end += 1
    return end
