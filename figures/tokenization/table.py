"""The tokens as tables: the same as the picture, for those who read rather than look."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.signs import visible
from figures.parts.table import heads, row, table
from figures.tokenization.ribbons import DRAWN, per_word

if TYPE_CHECKING:
    from services.tokenization.overview import Reading
    from services.tokenization.tokenize import Tokenization

COUNTS = ("tokenizer", "tokens", "added", "words", "tokens per word", "characters", "unknown")
COLUMNS = ("", "token", "id", "start", "end", "source", "segment", "special")


def reading_tables(reading: "Reading") -> str:
    """The counts side by side, then the tokens of each tokenizer as far as they are drawn."""
    lines = [_counts(tokenization) for tokenization in reading.tokenizations]
    tables = "".join(_tokens(tokenization) for tokenization in reading.tokenizations)
    return f"{table(heads(COUNTS, left=COUNTS), lines, caption='Counts')}{tables}"


def _counts(tokenization: "Tokenization") -> str:
    return row(
        [
            escape(tokenization.title),
            f"{len(tokenization.tokens):,}",
            f"{tokenization.added:,}",
            f"{tokenization.words:,}",
            per_word(tokenization) or "–",
            f"{tokenization.characters:,}",
            f"{tokenization.unknown:,}",
        ]
    )


def _tokens(tokenization: "Tokenization") -> str:
    lines = [
        row(
            [
                str(index),
                f"<code>{visible(token.text)}</code>",
                str(token.id),
                str(token.start),
                str(token.end),
                f"<code>{visible(tokenization.source(token))}</code>",
                str(token.segment),
                "yes" if token.special else "",
            ]
        )
        for index, token in enumerate(tokenization.tokens[:DRAWN])
    ]
    total = len(tokenization.tokens)
    shown = f"the first {DRAWN:,} of {total:,}" if total > DRAWN else f"{total:,}"
    caption = f"{tokenization.title}: tokens ({shown})"
    return table(heads(COLUMNS, left=COLUMNS), lines, caption=caption)
