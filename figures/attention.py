"""Pictures of attention."""

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.grid import grid
from figures.style import three_digits

if TYPE_CHECKING:
    from services.attention_views import Matrix

STRONGEST = 3  # targets named for each token in the table


def heatmap(matrix: "Matrix", *, caption: str, scale: str = "linear") -> str:
    """One matrix of attention: the row is the token that looks, the column the token looked at."""
    picture = grid(
        matrix.weights,
        matrix.rows,
        matrix.columns,
        label=f"{caption}. The table below holds the same in words.",
        say="{row} spends {value} of its attention on {column}",
        scale=scale,
        axes=("looking", "looked at"),
    )
    return f'<figure class="figure">{picture}<figcaption>{escape(caption)}</figcaption></figure>'


def strongest_table(matrix: "Matrix") -> str:
    """For each token the few that it looks at most, as a table."""
    count = min(STRONGEST, len(matrix.columns))
    head = "".join(f"<th>{place}</th>" for place in ("most", "second", "third")[:count])
    lines = []
    for name, weights in zip(matrix.rows, matrix.weights, strict=True):
        best = np.argsort(-weights, kind="stable")[:count]
        cells = "".join(
            f"<td><code>{escape(matrix.columns[place])}</code> {three_digits(weights[place])}</td>"
            for place in best
        )
        lines.append(f"<tr><th><code>{escape(name)}</code></th>{cells}</tr>")
    return (
        '<div class="scroll"><table><thead><tr><th>looking</th>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )
