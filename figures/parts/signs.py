"""Text with nothing hidden: spaces, line ends, joiners and lone accents as something to see."""

import re
import unicodedata
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from zlib import crc32

from figures.parts.style import CATEGORIES

BYTES = re.compile(r"0x[0-9A-F]{2}( 0x[0-9A-F]{2})*")  # the label of a part of a character
SPACES = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽"}
NAMES = {
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u2060": "WJ",
    "\ufeff": "BOM",
    "\u00ad": "SHY",
    "\ufe0e": "VS15",
    "\ufe0f": "VS16",
}
LEGEND = "· space, ↵ new line, ⇥ tab; other invisible characters are shown by name, such as ZWJ"


class Colours(dict[str, str]):
    """The colour of each token of a picture, as a class: the same token has the same one.

    Neighbours differ, so that the cuts can be seen, as long as a token has fewer kinds of
    neighbours than there are colours. A token of no sequence has one all the same.
    """

    def __init__(self, *sequences: Sequence[str]) -> None:
        super().__init__()
        beside: dict[str, set[str]] = {}
        for tokens in sequences:
            for one, other in pairwise(tokens):
                beside.setdefault(one, set()).add(other)
                beside.setdefault(other, set()).add(one)
        for token, others in beside.items():
            taken = {self[other] for other in others if other in self}
            own = int(self[token][1:])
            turned = [f"c{(own + step) % len(CATEGORIES)}" for step in range(len(CATEGORIES))]
            self[token] = next((colour for colour in turned if colour not in taken), turned[0])

    def __missing__(self, token: str) -> str:
        return f"c{crc32(token.encode('utf-8', 'replace')) % len(CATEGORIES)}"


def visible(text: str) -> str:
    """A piece of text as escaped HTML in which everything can be seen.

    Marks and joiners inside a piece are left to the font, so that an emoji sequence stays one
    picture; where they begin a piece they stand by themselves and are named or carried.
    """
    return "".join(_sign(character, index > 0) for index, character in enumerate(text))


def signs(names: Sequence[str], in_bytes: bool) -> list[str]:
    """Tokens as plain text, not escaped; the spaces that byte-level tokens hold become signs."""
    if not in_bytes:
        return list(names)
    return ["".join(SPACES.get(character, character) for character in name) for name in names]


def _sign(character: str, inside: bool) -> str:
    category = unicodedata.category(character)
    if character in SPACES:
        shown = SPACES[character]
    elif inside and (category[0] == "M" or character in "\u200c\u200d" or _tag(character)):
        return escape(character)
    elif character in NAMES:
        shown = NAMES[character]
    elif character.isspace() or category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
        shown = f"U+{ord(character):04X}"
    elif category[0] == "M":
        return f"◌{escape(character)}"
    else:
        return escape(character)
    return f'<i class="ws" title="{described(character)}">{shown}</i>'


def _tag(character: str) -> bool:
    return 0xE0020 <= ord(character) < 0xE0080


def described(character: str) -> str:
    """A character as U+1F642 with its Unicode name, escaped."""
    name = unicodedata.name(character, "")
    return escape(f"U+{ord(character):04X} {name}".strip())


def byte_sign(byte: int) -> str:
    """One byte as escaped HTML: printable ASCII as itself, any other byte as two hex digits."""
    if 0x20 < byte < 0x7F:
        return escape(chr(byte))
    return visible(chr(byte)) if chr(byte) in " \n\t\r" else f"{byte:02X}"


def token_sign(label: str) -> str:
    """A token that stands alone, as escaped HTML in which everything can be seen."""
    return escape(label) if BYTES.fullmatch(label) else visible(label)
