"""Pictures of attention weights."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.bars import track
from figures.parts.grid import FONT, LARGEST, LETTER, MARGIN, SMALLEST, Cells, grid
from figures.parts.headline import decimals, short
from figures.parts.signs import signs
from figures.parts.style import three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.attention.attend import Attention
    from services.attention.matrix import Matrix
    from services.attention.patterns import Ranking

SPENDS = "{row} spends {value} of its attention on {column}"
GIVES = "{column} gives {row} {value} of what is added"
MASKED_SAY = "{row} cannot look at {column}, a later token: masked, exactly 0"
AXES = ("query (from)", "key (to)")  # of a matrix: rows look, columns are looked at
NAMED = 12  # characters of a token that a headline has room for
NO_PAIR = "No two ordinary tokens"
STRONGEST = 3  # targets named for each token in the table
BESIDE = 385  # px of a grid that stands beside another, at a page width of 1280


def headline(matrix: "Matrix") -> str:
    """The weight to name first: of one pair of tokens, or where the rows rest."""
    if matrix.peak is None:
        return NO_PAIR
    row, column, weight = matrix.peak.row, matrix.peak.column, matrix.peak.weight
    number = f"<b>{decimals(weight)}</b>"
    looked_at = signs(matrix.columns, matrix.in_bytes)[column]
    if row is None:
        return f"{_named(looked_at)} gets {number} of a row on average"
    if matrix.masked is not None and matrix.masked[row, column]:
        number = "<b>0</b>, masked"
    return looks_at(signs(matrix.rows, matrix.in_bytes)[row], looked_at, number)


def gives_headline(weights: "Matrix", given: "Matrix") -> str:
    """The token that most of the weight is on: how much that is, and how much it gives."""
    rests, gives = (matrix.weights.mean(axis=0) for matrix in (weights, given))
    column = int(rests.argmax())
    name = _named(signs(weights.columns, weights.in_bytes)[column])
    return (
        f"{name}: weight {decimals(float(rests[column]))}, "
        f"gives <b>{decimals(float(gives[column]))}</b>"
    )


def heads_headline(attention: "Attention", layers: Sequence[int], heads: Sequence[int]) -> str:
    """The strongest look between two ordinary tokens, and the head whose it is."""
    best = attention.strongest_head(layers, heads)
    if best is None:
        return NO_PAIR
    layer, head, row, column = best
    names = signs(attention.names, attention.in_bytes)
    text = looks_at(
        names[row], names[column], f"<b>{decimals(float(attention.weights[best]))}</b>"
    )
    return text if len(layers) == len(heads) == 1 else f"{text} in head {layer}.{head}"


def looks_at(row: str, column: str, number: str) -> str:
    """One token looking at another, with a number that is HTML already."""
    return f"{_named(row)} → {_named(column)} {number}"


def _named(token: str) -> str:
    return _code(short(token, NAMED))


def heatmap(
    matrix: "Matrix",
    *,
    caption: str,
    scale: str = "linear",
    other: "Matrix | None" = None,
    titles: tuple[str, str] = ("", ""),
    say: str = SPENDS,
) -> str:
    """One matrix of attention: the row is the token that looks, the column the token looked at.

    With `other`, the same head on a second text stands beside it, or below it on a phone; both
    carry their `titles`, have cells of one size and begin at one height.
    """
    drawn = _matrix_grid(matrix, caption, scale=scale, say=say)
    if other is not None:
        both = matrix, other
        letters = (
            max(len(name) for one in both for name in one.rows),
            max(len(name) for one in both for name in one.columns),
        )
        side = cell_beside(max(len(one.columns) for one in both), letters[0])
        parts = "".join(
            f"<div><p>{escape(title)}</p>"
            f"{_matrix_grid(one, title, scale=scale, say=say, side=side, letters=letters)}</div>"
            for one, title in zip(both, titles, strict=True)
        )
        drawn = f'<div class="beside titled">{parts}</div>'
    mask = " data-causal" if matrix.masked is not None else ""
    return (
        f'<figure class="figure" data-view="heatmap"{mask}>{drawn}'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def cell_beside(columns: int, letters: int) -> float:
    """px of a cell in one of two grids beside each other, whose row names are so long."""
    return min(LARGEST, max(SMALLEST, (BESIDE - letters * LETTER * FONT - MARGIN - 8) // columns))


def _matrix_grid(
    matrix: "Matrix",
    caption: str,
    *,
    scale: str,
    say: str,
    side: float | None = None,
    letters: tuple[int, int] = (0, 0),
) -> str:
    return grid(
        matrix.weights,
        signs(matrix.rows, matrix.in_bytes),
        signs(matrix.columns, matrix.in_bytes),
        label=f"{caption}. The table below holds the same in words.",
        say=say,
        scale=scale,
        axes=AXES,
        cells=Cells(
            size=None if side is None else (side, side),
            letters=letters,
            masked=matrix.masked,
            masked_say=MASKED_SAY,
        ),
    )


def strongest_table(matrix: "Matrix") -> str:
    """For each token the few that it looks at most, as a table; none of them masked."""
    count = min(STRONGEST, len(matrix.columns))
    lines = []
    names, columns = signs(matrix.rows, matrix.in_bytes), signs(matrix.columns, matrix.in_bytes)
    for row, (name, weights) in enumerate(zip(names, matrix.weights, strict=True)):
        best = np.argsort(-weights, kind="stable")[:count]
        if matrix.masked is not None:
            best = best[~matrix.masked[row, best]]
        targets = [_target(columns[index], weights[index]) for index in best]
        lines.append([_code(name), *targets, *[""] * (count - len(targets))])
    return headed_table([AXES[0], *("most", "second", "third")[:count]], lines)


def heads_table(attention: "Attention", layers: Sequence[int], heads: Sequence[int]) -> str:
    """For each head its strongest look from one ordinary token at another, as a table."""
    names = signs(attention.names, attention.in_bytes)
    lines = []
    for layer in layers:
        for head in heads:
            pair = attention.strongest(layer, head)
            if pair is not None:
                row, column = pair
                target = _target(names[column], attention.weights[layer, head, row, column])
                lines.append([f"{layer}.{head}", _code(names[row]), target])
    return headed_table(["head", AXES[0], f"strongest {AXES[1]}"], lines)


def head_list(ranking: "Ranking", *, look_for: str) -> str:
    """The heads of a ranking as buttons with bars; `data-pick` holds layer and head."""
    items = "".join(
        f'<li><button type="button" data-pick="[{found.layer}, {found.head}]" '
        f'aria-label="Go to layer {found.layer}, head {found.head}: '
        f'score {three_digits(found.score)}"><span>layer {found.layer}, head {found.head}</span>'
        f"{track(found.score, kind='bar')}"
        f"<span>{three_digits(found.score)}</span></button></li>"
        for found in ranking.heads
    )
    return (
        f'<p>{escape(look_for)}</p><ol class="heads">{items}</ol>'
        "<p>A head that spread its attention evenly over all tokens that it may see would score "
        f"{three_digits(ranking.even)} on this text.</p>"
    )


def _code(name: str) -> str:
    return f"<code>{escape(name)}</code>"


def _target(name: str, weight: float) -> str:
    number = three_digits(float(weight))
    return f'<span class="target">{_code(name)} <span>{number}</span></span>'
