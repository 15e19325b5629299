"""What a model is given: the rows of its input embeddings, and the attention mask."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.signs import Colours, visible

if TYPE_CHECKING:
    from services.tokenization.overview import InputRows

COLUMNS = 64  # tokens drawn; more than a projector shows without scrolling three times


def rows_figure(rows: "InputRows", keys: Sequence[str], colours: Colours) -> str:
    """The figure of input embeddings of the BERT paper (Devlin et al. 2019, figure 2) as a table.

    Each column is a token; BERT looks up one vector for each of the three rows and adds them, a
    GPT-2 for the two that it has. `keys` pair the tokens with their source.
    """
    count = min(len(rows.tokens), COLUMNS)
    columns = range(count)
    lines = [
        _line("token", [_token(rows, keys, colours, index) for index in columns]),
        *_segments(rows, count),
        _line("+ position", [f"<td>{rows.positions[index]}</td>" for index in columns]),
        _line("attention mask", [_mask(rows.mask[index]) for index in columns]),
    ]
    title = escape(rows.title)
    return (
        f'<section class="rows"><h3>What {title} is given</h3>'
        f"<p>{_tables(rows)} The attention mask says which places may be looked "
        f"at: 1 a token, 0 padding.{_causal(rows)}</p>{_too_long(rows)}"
        f'<div class="scroll" tabindex="0" role="group" aria-label="Input of {title}">'
        f"<table>{''.join(lines)}</table></div>{_not_drawn(rows)}</section>"
    )


def _tables(rows: "InputRows") -> str:
    """How many vectors are added, and which."""
    if rows.segments:
        return paragraph("tokenization", "three_tables")
    second = "a second text simply follows the first"
    if not rows.causal:
        second = "only separators tell the two texts of a pair apart"
    counted = ""
    if rows.positions and rows.positions[0]:
        counted = (
            f" Positions are counted from {rows.positions[0]}; padding has the one before that."
        )
    return (
        "For each token the model looks up one learned vector in each of two tables and adds them "
        f"(token and position embedding): it does not know segments, and {second}.{counted}"
    )


def _causal(rows: "InputRows") -> str:
    """What the mask is not, in a model that looks back only."""
    if not rows.causal:
        return ""
    padding = (
        "" if rows.pads else " This tokenizer has no token for padding, so nothing is padded."
    )
    return f" The causal mask, which hides later tokens, is made inside the model.{padding}"


def _line(name: str, cells: Sequence[str]) -> str:
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _token(rows: "InputRows", keys: Sequence[str], colours: Colours, index: int) -> str:
    token = rows.tokens[index]
    pair = f' data-pair="{keys[index]}"' if index < len(keys) else ""
    special = " special" if rows.special[index] else ""
    return (
        f'<td><span class="tok {colours[token]}{special}"{pair}><span>{visible(token)}</span>'
        f"<b>{rows.ids[index]}</b></span></td>"
    )


def _segments(rows: "InputRows", count: int) -> list[str]:
    if not rows.segments:
        return []
    cells = [
        f'<td class="segment{segment}">{"AB"[segment]} <b>{segment}</b></td>'
        for segment in rows.segments[:count]
    ]
    return [_line("+ segment", cells)]


def _mask(allowed: int) -> str:
    return f'<td class="mask{allowed}">{allowed}</td>'


def _too_long(rows: "InputRows") -> str:
    if len(rows.positions) <= rows.most:
        return ""
    return (
        f'<p class="cut">There are {len(rows.positions):,} tokens, but the model has learned '
        f"{rows.most:,} positions: it cannot take this text all at once.</p>"
    )


def _not_drawn(rows: "InputRows") -> str:
    if len(rows.tokens) <= COLUMNS:
        return ""
    return (
        f'<p class="cut">The first {COLUMNS} of {len(rows.tokens):,} columns are drawn; '
        "all are in the export.</p>"
    )
