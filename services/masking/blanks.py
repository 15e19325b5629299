"""A text with words that are masked: where they are, and the text as a model is to read it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.text import checked_text, seen
from models.loaded import Loaded
from models.tokens import unknown_id

MOST = 16  # hidden words of one text
# A mask as BERT or RoBERTa writes it, and a blank as teachers do.
MASK = r"\[MASK\]|<mask>|(?<!\w)_+(?!\w)"
# What has no width of its own belongs to the sign before it: soft hyphen, accents, joiners.
LESS = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff"
LETTERS = f"(?:[^\\W_][{LESS}]*)+"
# Numbers with their points; letters with apostrophes and hyphens between them; any other sign.
WORD = rf"\d+(?:[.,]\d+)+|{LETTERS}(?:['’-]{LETTERS})*|[^\w\s{LESS}][{LESS}]*"
PART = re.compile(f"(?P<mask>{MASK})|{WORD}", re.IGNORECASE)
SEVERAL = "Press a word of the text to mask it, or type [MASK] in its place."


@dataclass(frozen=True)
class Part:
    """A word, a sign or a mask of a text; text[start:end] is how it was typed."""

    text: str
    start: int  # in code points
    end: int
    typed: bool  # as a mask
    hidden: bool  # typed as one, or a word that is hidden

    @property
    def was(self) -> str:
        """The word that is hidden here; "" where none is known."""
        return self.text if self.hidden and not self.typed else ""


@dataclass(frozen=True)
class Blanked:
    """A text with masks as a model reads it."""

    text: str  # as it was typed
    parts: tuple[Part, ...]
    ids: tuple[int, ...]
    places: tuple[int, ...]  # of the masks among the ids, in the order of the hidden parts
    spaced: tuple[bool, ...]  # whether a space stands before each mask
    unknown: int  # tokens that the vocabulary cannot spell
    sign: str  # the mask, as the model's vocabulary has it

    @property
    def hidden(self) -> tuple[int, ...]:
        """Which parts are hidden."""
        return tuple(index for index, part in enumerate(self.parts) if part.hidden)


def parts_of(text: str, hidden: Collection[int] = ()) -> tuple[Part, ...]:
    """The words and signs of a text; of these the numbers are hidden, and every mask is."""
    found = []
    for number, match in enumerate(PART.finditer(text)):
        typed = match["mask"] is not None
        found.append(Part(match[0], *match.span(), typed, typed or number in hidden))
    return tuple(found)


def masked_text(text: str, parts: tuple[Part, ...], sign: str) -> str:
    """The text with the model's own mask wherever a part is hidden."""
    written, end = [], 0
    for part in parts:
        if part.hidden:
            written += [text[end : part.start], sign]
            end = part.end
    return "".join([*written, text[end:]])


def spaced(text: str, start: int) -> bool:
    """Whether a space stands before a place of a text: byte-level words have it in their token."""
    return text[start - 1 : start].isspace()


def blanked(model: Loaded, text: str, hidden: Collection[int] = ()) -> Blanked:
    """The text as the model reads it. Nothing need be hidden in it.

    Raises UserError when the text does not fit or more than MOST words of it are hidden.
    """
    checked_text(text, limit=model.limits.text_characters)
    parts = parts_of(text, hidden)
    count = sum(part.hidden for part in parts)
    if count > MOST:
        raise UserError(
            f"{count:,} words of the text are masked; at most {MOST} are allowed. Show some of "
            "them again, or type fewer masks."
        )
    tokenizer = model.tokenizer
    encoded = model.encode(masked_text(text, parts, tokenizer.mask_token))
    ids = tuple(encoded["input_ids"])
    places = tuple(index for index, one in enumerate(ids) if one == tokenizer.mask_token_id)
    unknown = unknown_id(tokenizer)
    return Blanked(
        text=text,
        parts=parts,
        ids=ids,
        places=places,
        spaced=tuple(spaced(text, part.start) for part in parts if part.hidden),
        unknown=sum(one == unknown for one in ids),
        sign=tokenizer.mask_token,
    )


def one_blank(model: Loaded, text: str, *, name: str = "text") -> Blanked:
    """A text in which exactly one word is hidden. Raises UserError."""
    found = blanked(model, text)
    if len(found.places) != 1:
        raise UserError(
            f"The {name} must have one [MASK] or one blank (_); got {len(found.places):,}."
        )
    return found


def numbers_in(hidden: Any) -> tuple[int, ...]:
    """The numbers of hidden words as a link holds them, with commas between. Raises UserError."""
    if not isinstance(hidden, str) or not re.fullmatch(r"([0-9]{1,6}(,[0-9]{1,6})*)?", hidden):
        raise UserError(
            "The masked words must be numbers from 0 with commas between, as 2,5; "
            f"got {seen(hidden)}."
        )
    return tuple(sorted({int(number) for number in hidden.split(",") if number}))


def toggled(blanked: Blanked, number: int) -> str:
    """The numbers of the hidden words with one of them hidden, or shown again."""
    hidden = {index for index, part in enumerate(blanked.parts) if part.was}
    return ",".join(map(str, sorted(hidden ^ {number})))


def put_in(blanked: Blanked, number: int, guess: str) -> tuple[str, str]:
    """The text with a guess in place of one hidden part, and the numbers of those still hidden.

    A piece that goes on a word (##s) is put to the word before it.
    """
    part, text = blanked.parts[number], blanked.text
    before, after = text[: part.start], text[part.end :]
    word = guess.strip()
    if word.startswith("##") and len(word) > 2:
        before, word = before.rstrip(), word[2:]
    changed = f"{before}{word}{after}"
    moved = len(changed) - len(text)
    starts = {
        one.start + (moved if index > number else 0)
        for index, one in enumerate(blanked.parts)
        if one.was and index != number
    }
    left = [str(index) for index, one in enumerate(parts_of(changed)) if one.start in starts]
    return changed, ",".join(left)
