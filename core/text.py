"""What a visitor may type, checked once, before any model sees it."""

import math
from collections.abc import Sequence

from core.errors import UserError


def checked_text(value: object, *, name: str = "text", limit: int, empty: bool = False) -> str:
    """The text as it was typed, or a refusal that says what was seen and what is allowed.

    `limit` counts Unicode code points. With `empty`, an empty text is allowed too.
    Raises UserError.
    """
    if not isinstance(value, str):
        got = "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
        raise UserError(f"The {name} must be text; got {got}.")
    if len(value) > limit:
        raise UserError(
            f"The {name} has {len(value):,} characters; at most {limit:,} are allowed. Shorten it."
        )
    for index, character in enumerate(value):
        if character == "\0":
            raise UserError(
                f"The {name} has a NUL character (U+0000) at position {index}; "
                "every other character is allowed. Remove it."
            )
        if "\ud800" <= character <= "\udfff":
            raise UserError(
                f"The {name} has half of a surrogate pair (U+{ord(character):04X}) at position "
                f"{index}, which is not a character by itself. Remove it."
            )
    if not empty and not value.strip():
        typed = "only spaces were" if value else "nothing was"
        raise UserError(f"The {name} is empty ({typed} typed). Type a sentence.")
    return value


def checked_texts(
    values: object, *, fewest: int = 1, most: int, where: str = "here"
) -> tuple[str, ...]:
    """A list of `fewest` to `most` sentences as they came, each of which is to be checked yet.

    Raises UserError with both numbers; `where` ends its sentence.
    """
    if isinstance(values, str) or not isinstance(values, Sequence):
        got = "one text" if isinstance(values, str) else type(values).__name__
        raise UserError(f"The sentences must be a list of texts; got {got}.")
    if not fewest <= len(values) <= most:
        there = "is 1 sentence" if len(values) == 1 else f"are {len(values):,} sentences"
        raise UserError(f"There {there}; {fewest} to {most:,} are allowed {where}.")
    return tuple(values)


def checked_choice(value: object, allowed: list[str] | tuple[str, ...], *, name: str) -> str:
    """One of the allowed words, or a refusal that lists them. Raises UserError."""
    if isinstance(value, str) and value in allowed:
        return value
    raise UserError(f"The {name} must be one of {', '.join(allowed)}; got {str(value)[:60]!r}.")


def checked_switch(value: object, *, name: str) -> bool:
    """True or false as such, or a refusal. Raises UserError."""
    if isinstance(value, bool):
        return value
    raise UserError(f"The {name} must be true or false; got {seen(value)}.")


def checked_index(value: object, low: int, high: int, *, name: str, more: str = "") -> int:
    """A whole number from `low` to `high`, both allowed; `more` says what a number may mean.

    Raises UserError.
    """
    number = finite(value)
    if number is None or number != number // 1 or not low <= number <= high:
        raise UserError(
            f"The {name} must be a whole number from {low:,} to {high:,}{more}; got {seen(value)}."
        )
    return int(number)


def finite(value: object) -> int | float | None:
    """The value where it is a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def seen(value: object) -> str:
    """What was given, short enough to be read; a whole number of any length."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20:
        return f"a number of about {int(value.bit_length() * math.log10(2)) + 1:,} digits"
    if value is None:
        return "nothing"
    text = f"{value:,}" if type(value) is int else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
