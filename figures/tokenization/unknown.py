"""Remarks on a text: why a part of it is unknown, or nothing is left of it."""

from html import escape
from typing import TYPE_CHECKING

from core.text import DROPPED
from figures.parts.signs import byte_sign, described, visible

if TYPE_CHECKING:
    from services.tokenization.overview import Reading, Unknown

BYTES = 24  # of one unknown part that are shown


def remarks(reading: "Reading") -> str:
    """What is to be said about this text; empty where there is nothing."""
    model, longest = reading.rows.title, reading.trace.longest
    dropped = [
        f"{escape(one.title)} keeps nothing of the {name}: its tokenizer drops {DROPPED}."
        for one in reading.tokenizations
        for name in one.dropped
    ]
    # Where the unknown token itself is typed, `tabs.kit.signs` says so.
    unknown = [one for one in reading.unknowns if one.reason != "typed"]
    lines = dropped + [_why(one, model, longest) for one in unknown]
    more = reading.unknown_parts - len(reading.unknowns)
    if more:
        lines.append(f"{more:,} more parts of the text are unknown; they are in the export.")
    if not lines:
        return ""
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section class="remarks"><h3>Unknown</h3><ul>{items}</ul></section>'


def _why(unknown: "Unknown", model: str, longest: int) -> str:
    source = f'<code dir="auto">{visible(unknown.source)}</code>'
    token = "<code>[UNK]</code>"
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
