"""A matrix as a grid of coloured cells: vector, exportable, light enough for 128 by 128."""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from figures.parts.hatching import MASK_KEY, hatching
from figures.parts.legend import legend
from figures.parts.style import MAGNITUDE, SIGNED, STEPS, ink, ramp, three_digits

FONT, LETTER = 16.0, 0.6  # px of a name, and the width of a monospace letter in ems
SMALLEST, LARGEST, WIDTH = 14, 32, 640  # px of a cell, and of a grid that fits the page
PHONE, TIGHT = 300, 16  # px of a grid on a phone, and of the cells that it may shrink there
MARGIN = 34  # px beside the names, for the axis titles
MASKED = -1  # in place of a colour
FLOOR = 1e-4  # where the logarithmic scale ends: below a hundredth of a per cent


@dataclass(frozen=True)
class Cells:
    """How the cells of a grid differ from plain ones: squares as large as the page allows."""

    size: tuple[float, float] | None = None  # px wide and high
    at: tuple[int, int] | None = None  # the one (row, column) that is marked
    spoken: Sequence[str] = ()  # whole names to tell, where rows and columns are the same things
    longer: Sequence[str] = ()  # names of the rows where the page has room for them (figures.js)
    beside: np.ndarray | None = None  # a second number of each, told as {beside}
    written: Callable[[float], str] | None = None  # how a value is written into its cell
    letters: tuple[int, int] = (0, 0)  # least lengths of names, so that two grids line up
    # (row, column) of bool: hatched whatever their value, and told as `masked_say`; for the
    # causal mask of a square grid alone.
    masked: np.ndarray | None = None
    masked_say: str = ""
    colours: str = ""  # the scale; without one how much, or for and against where it spans zero
    below: bool = False  # whether values below the scale are there, in the colour of its end


PLAIN = Cells()


@dataclass(frozen=True)
class _Box:
    """Where the cells lie in the picture, in px of the unscaled SVG."""

    left: float
    top: float
    cell: float  # the width of a cell
    high: float  # and its height
    columns: int
    rows: int

    @property
    def width(self) -> float:
        return self.left + self.cell * self.columns + 8

    @property
    def height(self) -> float:
        return self.top + self.high * self.rows + 8


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
    cells: Cells = PLAIN,
) -> str:
    """An SVG of values (row, column), with what `assets/page/grid.js` needs to tell each cell.

    `say` is the sentence for one cell, with {row}, {column} and {value}; `label` describes the
    picture to those who do not see it. A scale that spans zero is drawn in the diverging colours.
    Names may repeat: a cell is its position, never its name. `cells` is how they differ from
    plain ones.
    """
    side = min(LARGEST, max(SMALLEST, WIDTH // max(len(columns), 1)))
    wide, tall = cells.size or (side, side)
    at, beside, masked, written = cells.at, cells.beside, cells.masked, cells.written
    named = wide >= SMALLEST  # narrower columns cannot carry their names
    font = min(FONT, tall + 1)
    over = max(_longest(columns), cells.letters[1]) * LETTER * min(FONT, wide + 1) if named else 0
    box = _Box(
        left=max(_longest(rows), cells.letters[0]) * LETTER * font + (MARGIN if axes[0] else 8),
        top=over + MARGIN,
        cell=wide,
        high=tall,
        columns=len(columns),
        rows=len(rows),
    )
    across = [_column_names(columns, box) if named else "", _across_title(axes[1], box)]
    down = [_row_names(rows, box, font, cells), _down_title(axes[0], box)]
    small = 1.0 if written or wide < TIGHT else _small(box)
    colours = ramp(cells.colours or (SIGNED if low < 0 else MAGNITUDE))
    levels = levels_of(values, low, high, scale)
    place = {"left": box.left, "top": box.top, "cell": wide, "high": tall}
    tell_rows, tell_columns = cells.spoken or rows, cells.spoken or columns
    second = "" if beside is None else f'data-beside="{packed(beside)}" '
    text = ""
    if at is not None:
        other = None if beside is None else beside[at]
        sentence = cells.masked_say if masked is not None and masked[at] else say
        text = sentence_of(sentence, tell_rows[at[0]], tell_columns[at[1]], values[at], other)
    levels = levels if masked is None else np.where(masked, MASKED, levels)
    hidden = "" if masked is None else f'data-masked-say="{escape(cells.masked_say)}" '
    longer = f'data-longer="{escape(json.dumps(list(cells.longer)))}" ' if cells.longer else ""
    return (
        f'<div class="grid{" text" if at else ""}" data-values="{packed(values)}" {second}'
        f'data-rows="{escape(json.dumps(list(tell_rows)))}" '
        f'data-columns="{escape(json.dumps(list(tell_columns)))}" data-say="{escape(say)}" '
        f"{hidden}{longer}"
        f'data-box="{escape(json.dumps(place))}" data-at="{json.dumps(at or (0, 0))}" '
        f'style="--w:{box.width:g};--h:{box.height:g};--left:{box.left:g};--top:{box.top:g};'
        f'--small:{small:.3f}">'
        '<div class="scroll">'
        f'<svg class="cells" xmlns="http://www.w3.org/2000/svg" role="img" tabindex="0" '
        f'aria-label="{escape(label)}" viewBox="0 0 {box.width:g} {box.height:g}" {_FACE}>'
        f"{_cells(levels, colours, box)}{'' if masked is None else hatching(masked, box)}"
        f"{_written(values, levels, colours, box, written) if written else ''}"
        f"{''.join(down)}{''.join(across)}{_marks(box, at or (0, 0))}</svg>"
        f"{_pinned('left', box.left, box.height, down)}"
        f"{_pinned('top', box.width, box.top, across)}"
        f"{_pinned('corner', box.left, box.top, [])}</div>"
        f"{_legend(low, high, scale, colours, cells)}"
        f'<p class="readout" aria-live="polite">{escape(text)}</p></div>'
    )


_FACE = 'font-family="IBM Plex Mono, monospace" fill="currentColor"'


def _longest(names: Sequence[str]) -> int:
    return max(map(len, names), default=0)


def _small(box: _Box) -> float:
    """How far the cells shrink on a phone, to show all columns as far as they may."""
    return max(TIGHT, min(box.cell, (PHONE - box.left - 8) / box.columns)) / box.cell


def packed(values: np.ndarray) -> str:
    """Numbers as the browser reads them: float32, base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def sentence_of(say: str, row: str, column: str, value: float, beside: float | None = None) -> str:
    """What is told of one cell; `assets/page/grid.js` makes the same sentence for the others."""
    if beside is not None:
        say = say.replace("{beside}", three_digits(float(beside)))
    parts = say.replace("{value}", three_digits(float(value))).split("{row}")
    return row.join(part.replace("{column}", column) for part in parts)


def levels_of(values: np.ndarray, low: float, high: float, scale: str) -> np.ndarray:
    """The colour step (0 to 255) of each value."""
    if scale == "log":
        floor = max(low, FLOOR)
        values = np.log10(np.maximum(values, floor))
        low, high = np.log10(floor), np.log10(max(high, 10 * floor))
    share = (np.asarray(values, dtype=float) - low) / ((high - low) or 1.0)
    steps: np.ndarray = np.rint(np.clip(share, 0, 1) * (STEPS - 1)).astype(int)
    return steps


def colour_paths(levels: np.ndarray, colours: Sequence[str], *, without: int | None = None) -> str:
    """Cells of 1 by 1 in the colours of their levels, but for those of the level `without`.

    One path for each colour, not one rectangle for each cell: 256 elements draw 16,384 cells.
    Neighbours of one colour are drawn in one go.
    """
    runs: dict[int, list[str]] = defaultdict(list)
    for row, line in enumerate(levels.tolist()):
        start = 0
        for column in range(1, len(line) + 1):
            if column == len(line) or line[column] != line[start]:
                run = column - start
                runs[line[start]].append(f"M{start} {row}h{run}v1h-{run}z")
                start = column
    if without is not None:
        runs.pop(without, None)
    return "".join(f'<path fill="{colours[c]}" d="{"".join(d)}"/>' for c, d in runs.items())


def _cells(levels: np.ndarray, colours: Sequence[str], box: _Box) -> str:
    """All cells; the commonest colour is the background, unless masked ones show the page."""
    masked = bool((levels == MASKED).any())
    common = MASKED if masked else int(np.bincount(levels.ravel(), minlength=1).argmax())
    paths = colour_paths(levels, colours, without=common)
    sheet = f'<path fill="{colours[common]}" d="M0 0h{box.columns}v{box.rows}h-{box.columns}z"/>'
    return (
        f'<g transform="translate({box.left:g} {box.top:g}) scale({box.cell:g} {box.high:g})" '
        f'shape-rendering="crispEdges">{"" if masked else sheet}{paths}</g>'
        f'<rect class="edge" x="{box.left:g}" y="{box.top:g}" width="{box.cell * box.columns:g}" '
        f'height="{box.high * box.rows:g}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.3"/>'
    )


def _written(
    values: np.ndarray,
    levels: np.ndarray,
    colours: Sequence[str],
    box: _Box,
    write: Callable[[float], str],
) -> str:
    """The value of each cell, in whichever of black and white stands out from its colour."""
    inks = [ink(colour) for colour in colours]
    return "".join(
        f'<text x="{box.left + (column + 0.5) * box.cell:g}" '
        f'y="{box.top + (row + 0.5) * box.high:g}" text-anchor="middle" '
        f'dominant-baseline="central" font-size="{FONT:g}" '
        f'fill="{inks[int(levels[row, column])]}">{escape(write(float(value)))}</text>'
        for (row, column), value in np.ndenumerate(values)
    )


def _row_names(names: Sequence[str], box: _Box, font: float, cells: Cells) -> str:
    texts = "".join(
        f'<text x="{box.left - 6:g}" y="{box.top + (i + 0.5) * box.high:g}" text-anchor="end" '
        f'dominant-baseline="central">{escape(name)}</text>'
        for i, name in enumerate(names)
    )
    return _names(texts, font, "growing" if cells.longer else "")


def _names(texts: str, font: float = FONT, kind: str = "") -> str:
    """Texts that keep their size where the style sheet shrinks the cells (`--small`)."""
    return f'<g class="names {kind}" font-size="{font:g}" style="--font:{font:g}">{texts}</g>'


def _column_names(names: Sequence[str], box: _Box) -> str:
    font = min(FONT, box.cell + 1)
    if _longest(names) * LETTER * font < box.cell:  # short enough to stand upright
        texts = "".join(
            f'<text x="{box.left + (i + 0.5) * box.cell:g}" y="{box.top - 8:g}" '
            f'text-anchor="middle">{escape(name)}</text>'
            for i, name in enumerate(names)
        )
    else:
        texts = "".join(
            f'<text transform="translate({box.left + (i + 0.5) * box.cell:g} {box.top - 6:g}) '
            f'rotate(-90)" dominant-baseline="central">{escape(name)}</text>'
            for i, name in enumerate(names)
        )
    return _names(texts, font)


_TITLE = 'font-family="Source Sans Pro, sans-serif"'


def _across_title(title: str, box: _Box) -> str:
    text = f'<text x="{box.left:g}" y="16" {_TITLE}>{escape(title)}</text>'
    return _names(text, kind="across") if title else ""


def _down_title(title: str, box: _Box) -> str:
    turned = f'transform="translate(16 {box.top:g}) rotate(-90)" text-anchor="end"'
    return _names(f"<text {turned} {_TITLE}>{escape(title)}</text>", kind="down") if title else ""


def _marks(box: _Box, at: tuple[int, int]) -> str:
    """Frames around the row, the column and the cell that are told; moved by grid.js."""
    x, y = box.left + at[1] * box.cell, box.top + at[0] * box.high
    wide, tall = box.cell * box.columns, box.high * box.rows
    return (
        f'<rect class="mark row-mark" x="{box.left:g}" y="{y:g}" width="{wide:g}" '
        f'height="{box.high:g}"/>'
        f'<rect class="mark column-mark" x="{x:g}" y="{box.top:g}" width="{box.cell:g}" '
        f'height="{tall:g}"/>'
        f'<rect class="mark cell-mark" x="{x:g}" y="{y:g}" width="{box.cell:g}" '
        f'height="{box.high:g}"/>'
    )


def _pinned(side: str, width: float, height: float, names: list[str]) -> str:
    """The names once more, kept in view while a large grid is scrolled under them."""
    return (
        f'<div class="pin {side}" data-export="no" aria-hidden="true">'
        f'<svg viewBox="0 0 {width:g} {height:g}" {_FACE}>{"".join(names)}</svg></div>'
    )


def _legend(low: float, high: float, scale: str, colours: Sequence[str], cells: Cells) -> str:
    first = three_digits(max(low, FLOOR)) if scale == "log" else _end(low)
    first = f"≤ {first}" if scale == "log" or cells.below else first
    return legend(colours, first, _end(high), more=MASK_KEY if cells.masked is not None else "")


def _end(value: float) -> str:
    """An end of the colour scale: a whole number where it is one."""
    return f"{value:g}" if value in (-1, 0, 1) else three_digits(value)
