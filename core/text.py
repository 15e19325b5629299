"""What a visitor may type, checked once, before any model sees it."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from core.errors import UserError

DROPPED = "accents without a letter, zero-width spaces and control characters"
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


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


def number_in(text: str) -> int | float | None:
    """The number that a text is, in the digits 0 to 9 and without an exponent; None for no number.

    Python would read `1_0` and the digits of other scripts as well, which no endpoint takes.
    """
    if not NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def finite(value: object) -> int | float | None:
    """The value where it is a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def written(number: int | float) -> str:
    """A finite number with all its digits, never as a power of ten: 4,294,967,295; 0.01."""
    if isinstance(number, int):
        return f"{number:,}"
    return f"{int(number):,}" if number.is_integer() else f"{Decimal(repr(number)):,f}"


def seen(value: object) -> str:
    """What was given, short enough to be read; a number of any length."""
    number = finite(value)
    if number is not None and abs(number) >= 10**20:
        digits = int(int(number).bit_length() * math.log10(2)) + 1
        return f"a number of about {digits:,} digits"
    if value is None:
        return "nothing"
    text = repr(value)
    if number is not None and (isinstance(number, int) or "e" in text):
        whole = written(number)
        text = whole if len(whole) <= 40 else text  # 1e-300, as it came
    return text if len(text) <= 60 else text[:59] + "…"


def lines_of(text: str) -> list[str]:
    """The lines of a text, the empty ones too.

    Not splitlines(), which also ends a line at U+2028 or a form feed inside a sentence.
    """
    return re.split(r"\r\n|\r|\n", text)


def nothing_left(name: str, text: str) -> str:
    """What is said of a text of which a tokenizer keeps nothing: one sentence, and what to do."""
    signs = "1 character" if len(text) == 1 else f"{len(text):,} characters"
    why = f"this model's tokenizer drops {DROPPED}"
    return f"The {name} has {signs} but no token: {why}. Type a word."


def all_of(parts: Sequence[str]) -> str:
    """What is listed, as it is said: one; one and two; one, two and three."""
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
