"""Cells that are masked: hatched, so that they differ from a weight that is merely small."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

LINE = 'stroke="currentColor" stroke-width="1" stroke-opacity="0.45" fill="none"'
MASK_KEY = (
    '<span class="mask-key"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">'
    f'<path {LINE} d="M0 16L16 0M0 8L8 0M8 16L16 8M0.5 0.5h15v15h-15z"/></svg>'
    " masked: later tokens</span>"
)


class Box(Protocol):
    """Where the cells of a grid lie, in px."""

    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def cell(self) -> float: ...
    @property
    def high(self) -> float: ...


def hatching(masked: np.ndarray, box: Box) -> str:
    """Diagonal lines over the cells (row, column) that are masked, as one path.

    Lines and no pattern: a pattern is lost where its SVG is out of sight or is exported.
    """
    strokes = []
    for row, first, last in _rising(masked):
        x, y = box.left + first * box.cell, box.top + (row + 1) * box.high
        wide, tall = (last - first + 1) * box.cell, (last - first + 1) * box.high
        strokes.append(f"M{x:g} {y:g}l{wide:g} -{tall:g}")
    return f'<path class="hatching" {LINE} d="{"".join(strokes)}"/>'


def _rising(masked: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """(lowest row, first column, last column) of each run of masked cells up to the right."""
    rows, columns = masked.shape
    for total in range(rows + columns - 1):  # row + column is the same along such a line
        start = None
        for column in range(max(0, total - rows + 1), min(total, columns - 1) + 1):
            if masked[total - column, column]:
                start = column if start is None else start
            elif start is not None:
                yield total - start, start, column - 1
                start = None
        if start is not None:
            yield total - start, start, min(total, columns - 1)
