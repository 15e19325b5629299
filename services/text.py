"""What a visitor may type, checked once, before any model sees it."""

from services.errors import UserError


def checked_text(value: object, *, name: str = "text", limit: int, empty: bool = False) -> str:
    """The text as it was typed, or a refusal that says what was seen and what is allowed.

    `limit` counts Unicode code points. With `empty`, an empty text is allowed too.
    Raises UserError.
    """
    if not isinstance(value, str):
        seen = "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
        raise UserError(f"The {name} must be text; {seen} came instead.")
    if len(value) > limit:
        raise UserError(
            f"The {name} has {len(value):,} characters; at most {limit:,} are allowed. Shorten it."
        )
    for place, character in enumerate(value):
        if character == "\0":
            raise UserError(
                f"The {name} has a NUL character (U+0000) at position {place}; "
                "every other character is allowed. Remove it."
            )
        if "\ud800" <= character <= "\udfff":
            raise UserError(
                f"The {name} has half of a surrogate pair (U+{ord(character):04X}) at position "
                f"{place}, which is no character by itself. Remove it."
            )
    if not empty and not value.strip():
        seen = "only spaces were" if value else "nothing was"
        raise UserError(f"The {name} is empty ({seen} typed). Type a sentence.")
    return value


def checked_choice(value: object, allowed: list[str] | tuple[str, ...], *, name: str) -> str:
    """One of the allowed words, or a refusal that lists them. Raises UserError."""
    if isinstance(value, str) and value in allowed:
        return value
    raise UserError(f"The {name} must be one of {', '.join(allowed)}; {str(value)[:60]!r} came.")


def checked_index(value: object, low: int, high: int, *, name: str) -> int:
    """A whole number from `low` to `high`, both allowed. Raises UserError."""
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or not low <= value <= high:  # type: ignore[operator]
        raise UserError(f"The {name} must be a whole number from {low} to {high}; {value!r} came.")
    return int(value)  # type: ignore[call-overload]
