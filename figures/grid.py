"""A matrix as a grid of coloured cells: vector, exportable, light enough for 128 by 128."""

import base64
import json
from collections import defaultdict
from collections.abc import Sequence
from html import escape

import numpy as np

from figures.style import MAGNITUDE, SIGNED, STEPS, ramp, three_digits

LETTER = 8.4  # px: one letter of the monospace face at 14 px
SMALLEST, LARGEST, WIDTH = 12, 30, 620  # px of a cell, and of a grid that fits the page
FLOOR = 1e-4  # where the logarithmic scale ends: below a hundredth of a per cent


def grid(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    label: str,
    say: str,
    low: float = 0.0,
    high: float = 1.0,
    scale: str = "linear",
    axes: tuple[str, str] = ("", ""),
) -> str:
    """An SVG of values (row, column), with what `assets/page.js` needs to tell each cell.

    `say` is the sentence for one cell, with {row}, {column} and {value}; `label` describes the
    picture to those who do not see it. A scale that spans zero is drawn in the diverging colours.
    Names may repeat: a cell is its position, never its name.
    """
    cell = min(LARGEST, max(SMALLEST, WIDTH // max(len(columns), 1)))
    left = max(map(len, rows), default=0) * LETTER + 34
    top = max(map(len, columns), default=0) * LETTER + 34
    width, height = left + cell * len(columns) + 8, top + cell * len(rows) + 8
    colours = ramp(SIGNED if low < 0 else MAGNITUDE)
    body = [
        f'<g transform="translate({left:g} {top:g}) scale({cell})" shape-rendering="crispEdges">',
        f'<path fill="{colours[0]}" d="M0 0h{len(columns)}v{len(rows)}h-{len(columns)}z"/>',
        *_cells(_levels(values, low, high, scale), colours),
        "</g>",
        *_row_names(rows, left, top, cell),
        *_column_names(columns, left, top, cell),
        *_axis_titles(axes, left, top),
        f'<rect class="mark row-mark" width="{cell * len(columns)}" height="{cell}"/>',
        f'<rect class="mark column-mark" width="{cell}" height="{cell * len(rows)}"/>',
    ]
    data = base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()
    box = json.dumps({"left": left, "top": top, "cell": cell})
    return (
        f'<div class="grid" data-values="{data}" data-rows="{escape(json.dumps(list(rows)))}" '
        f'data-columns="{escape(json.dumps(list(columns)))}" data-say="{escape(say)}" '
        f'data-box="{escape(box)}">'
        f'<div class="scroll"><svg xmlns="http://www.w3.org/2000/svg" role="img" tabindex="0" '
        f'aria-label="{escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'style="width:{width:g}px;min-width:{0.62 * width:g}px" '
        f'font-family="Source Code Pro, monospace" font-size="14" fill="currentColor">'
        f"{''.join(body)}</svg></div>"
        f"{_legend(low, high, scale, colours)}"
        '<p class="readout" aria-live="polite"></p></div>'
    )


def _levels(values: np.ndarray, low: float, high: float, scale: str) -> np.ndarray:
    """The colour step (0 to 255) of each value."""
    if scale == "log":
        floor = max(low, FLOOR)
        values = np.log10(np.maximum(values, floor))
        low, high = np.log10(floor), np.log10(max(high, 10 * floor))
    share = (np.asarray(values, dtype=float) - low) / ((high - low) or 1.0)
    steps: np.ndarray = np.rint(np.clip(share, 0, 1) * (STEPS - 1)).astype(int)
    return steps


def _cells(levels: np.ndarray, colours: Sequence[str]) -> list[str]:
    """One path for each colour, not one rectangle for each cell: 256 elements draw 16,384 cells."""
    squares: dict[int, list[str]] = defaultdict(list)
    for (row, column), level in np.ndenumerate(levels):
        if level:  # the lowest colour is the background
            squares[int(level)].append(f"M{column} {row}h1v1h-1z")
    return [f'<path fill="{colours[level]}" d="{"".join(d)}"/>' for level, d in squares.items()]


def _row_names(names: Sequence[str], left: float, top: float, cell: float) -> list[str]:
    size = min(14, cell + 1)
    return [
        f'<text x="{left - 6:g}" y="{top + (i + 0.5) * cell:g}" text-anchor="end" '
        f'dominant-baseline="central" font-size="{size}">{escape(name)}</text>'
        for i, name in enumerate(names)
    ]


def _column_names(names: Sequence[str], left: float, top: float, cell: float) -> list[str]:
    size = min(14, cell + 1)
    return [
        f'<text transform="translate({left + (i + 0.5) * cell:g} {top - 6:g}) rotate(-90)" '
        f'dominant-baseline="central" font-size="{size}">{escape(name)}</text>'
        for i, name in enumerate(names)
    ]


def _axis_titles(axes: tuple[str, str], left: float, top: float) -> list[str]:
    down, across = axes
    face = 'font-family="Source Sans 3, sans-serif" font-size="13"'
    return [
        f'<text x="{left:g}" y="14" {face}>{escape(across)}</text>' if across else "",
        f'<text transform="translate(14 {top:g}) rotate(-90)" text-anchor="end" {face}>'
        f"{escape(down)}</text>"
        if down
        else "",
    ]


def _legend(low: float, high: float, scale: str, colours: Sequence[str]) -> str:
    stops = ", ".join(colours[:: (STEPS - 1) // 5])
    first = max(low, FLOOR) if scale == "log" else low
    ends = (f"≤ {three_digits(first)}" if scale == "log" else three_digits(first), high)
    return (
        f'<p class="legend"><span>{ends[0]}</span>'
        f'<span class="ramp" style="background:linear-gradient(to right, {stops})"></span>'
        f"<span>{three_digits(high)}</span></p>"
    )
