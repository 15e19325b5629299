"""Remarks on a text: why a part of it is unknown, and special tokens that were typed."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.signs import byte_sign, described, visible

if TYPE_CHECKING:
    from models.tokens import Token
    from services.tokenization.overview import Reading, Unknown

BYTES = 24  # of one unknown part that are shown


def remarks(reading: "Reading") -> str:
    """What is to be said about this text; empty where there is nothing."""
    model, longest = reading.rows.title, reading.trace.longest
    lines = [_why(unknown, model, longest) for unknown in reading.unknowns]
    typed = [
        f"You typed <code>{escape(token.text)}</code> yourself. The tokenizer takes it as the "
        "special token, in addition to those that it adds."
        for token in _typed_specials(reading)
    ]
    more = reading.unknown_parts - len(lines)
    if more:
        lines.append(f"{more:,} more parts of the text are unknown; they are in the export.")
    if not lines and not typed:
        return ""
    items = "".join(f"<li>{line}</li>" for line in [*typed, *lines])
    return f'<section class="remarks"><h3>Unknown and special</h3><ul>{items}</ul></section>'


def _typed_specials(reading: "Reading") -> list["Token"]:
    found = {
        token.text: token
        for tokenization in reading.tokenizations
        for token in tokenization.tokens
        if token.special and token.start < token.end
    }
    return list(found.values())


def _why(unknown: "Unknown", model: str, longest: int) -> str:
    source = f'<code dir="auto">{visible(unknown.source)}</code>'
    token = "<code>[UNK]</code>"
    if unknown.reason == "typed":
        return f"{source} was typed like this: it is the unknown token itself."
    if unknown.reason == "long":
        count = f"{len(unknown.word):,} code points"
        why = f"it has {count}, and words of more than {longest} are not searched"
    else:
        letter = f"<code>{visible(unknown.character)}</code> ({described(unknown.character)})"
        why = f"no piece in the vocabulary fits at {letter}"
        if len(unknown.word) > 1:
            why += ", and one such character makes the whole word unknown"
    return f"{source} is {token} for {escape(model)}: {why}. {_bytes(unknown)}"


def _bytes(unknown: "Unknown") -> str:
    shown = " ".join(byte_sign(byte) for byte in unknown.data[:BYTES])
    more = " …" if len(unknown.data) > BYTES else ""
    count = len(unknown.data)
    return (
        f"As bytes it is {count:,} token{'' if count == 1 else 's'}, "
        f"<code>{shown}{more}</code>: nothing is lost."
    )
