"""The tokens as tables: the same as the picture, for those who read rather than look."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.signs import visible
from figures.tokenization.ribbons import DRAWN, per_word

if TYPE_CHECKING:
    from services.tokenization.overview import Reading
    from services.tokenization.tokenize import Tokenization

COUNTS = ("tokenizer", "tokens", "added", "words", "tokens per word", "characters", "unknown")
COLUMNS = ("", "token", "id", "start", "end", "source", "segment", "special")


def reading_tables(reading: "Reading") -> str:
    """The counts side by side, then the tokens of each tokenizer as far as they are drawn."""
    lines = "".join(_counts(tokenization) for tokenization in reading.tokenizations)
    tables = "".join(_tokens(tokenization) for tokenization in reading.tokenizations)
    return f"{_table('Counts', COUNTS, lines)}{tables}"


def _table(caption: str, columns: tuple[str, ...], lines: str) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns)
    return (
        f'<div class="scroll"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _row(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _counts(tokenization: "Tokenization") -> str:
    return _row(
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
        _row(
            [
                str(place),
                f"<code>{visible(token.text)}</code>",
                str(token.id),
                str(token.start),
                str(token.end),
                f"<code>{visible(tokenization.source(token))}</code>",
                str(token.segment),
                "yes" if token.special else "",
            ]
        )
        for place, token in enumerate(tokenization.tokens[:DRAWN])
    ]
    total = len(tokenization.tokens)
    shown = f"the first {DRAWN:,} of {total:,}" if total > DRAWN else f"{total:,}"
    caption = f"{escape(tokenization.title)}: tokens ({shown})"
    return _table(caption, COLUMNS, "".join(lines))
