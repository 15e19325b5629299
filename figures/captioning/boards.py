"""A picture with its grid of patches under a map, and the same map as a thumbnail.

The picture is embedded once, by its large map; the thumbnails of the same figure refer to it.
"""

import base64
import io
import json
from dataclasses import dataclass
from html import escape
from zlib import crc32

import numpy as np
from PIL import Image, ImageOps

from figures.parts.grid import colour_paths, levels_of, packed
from figures.parts.legend import legend
from figures.parts.style import MAGNITUDE, SIGNED, STEPS, ramp

LONG = 480  # px of a picture's longer side
SLIMMEST = 10  # times longer than wide: beyond it a patch could not be seen, let alone met
TINT = 0.68  # how much of a map covers the picture: both are read from the last row
GREYS = (70, 255)  # the picture under a map, so that no colour of it is taken for a weight
QUALITY, EXACT = 82, 95  # of JPEG: under a map, and where pixels are what is shown
LIGHT = 50_000  # bytes: a PNG below that is kept where pixels are what is shown
SHADES = 16  # of a thumbnail


@dataclass(frozen=True)
class Ground:
    """A picture in a figure, and where its patches lie: px of the unscaled SVG."""

    name: str  # by which thumbnails refer to it
    url: str
    width: float
    height: float
    rows: int
    columns: int
    attributes: str = ""

    @property
    def cell(self) -> float:
        return self.width / self.columns

    @property
    def high(self) -> float:
        return self.height / self.rows

    @property
    def embedded(self) -> str:
        """The picture itself; the first board of a figure has it."""
        return (
            f'<image id="{self.name}" href="{self.url}" width="{self.width:g}" '
            f'height="{self.height:g}" preserveAspectRatio="none" {self.attributes}/>'
        )

    @property
    def again(self) -> str:
        """The picture once more, in a few bytes."""
        return f'<use href="#{self.name}"/>'


@dataclass(frozen=True)
class Scale:
    """A colour scale from 0, or from minus `high` where it is signed, to `high`."""

    name: str  # MAGNITUDE or SIGNED
    high: float

    def levels(self, values: np.ndarray) -> np.ndarray:
        """The colour step (0 to 255) of each value."""
        low = -self.high if self.name == SIGNED else 0.0
        return levels_of(values, low, self.high, "linear")

    def key(self, low: str, high: str, *, tint: float = TINT) -> str:
        """The scale with the names of its ends, as it looks over a picture of middle grey."""
        return legend(self.name, escape(low), escape(high), look=lambda c: _over_grey(c, tint))


def shares(most: float) -> Scale:
    """The scale of attention weights: from 0 to the largest one drawn."""
    return Scale(MAGNITUDE, float(most) or 1.0)


def _over_grey(colour: str, tint: float) -> str:
    parts = [int(colour[index : index + 2], 16) for index in (1, 3, 5)]
    middle = sum(GREYS) / 2
    return "#" + "".join(f"{round(tint * part + (1 - tint) * middle):02x}" for part in parts)


# The picture ------------------------------------------------------------------------------------


def ground(image: Image.Image, grid: tuple[int, int], *, grey: bool = True) -> Ground:
    """A picture to lay a map on: grey, in its own proportions, at most 480 px long.

    `grid` is how many (rows, columns) of patches the model cuts it into, whatever its proportions.
    """
    small = image.convert("RGB")
    small.thumbnail((LONG, LONG))
    if grey:
        low, high = GREYS
        bright = ImageOps.autocontrast(ImageOps.grayscale(small), cutoff=1)
        small = bright.point([round(low + (high - low) * step / 255) for step in range(256)])
    width, height = size_of(image)
    return _ground(_smallest(small, QUALITY), width, height, grid)


def pixels_ground(pixels: np.ndarray, grid: tuple[int, int]) -> Ground:
    """What the model sees, uint8 (side, side, 3): each pixel a square, no colour changed."""
    file = _smallest(Image.fromarray(pixels), EXACT, light=LIGHT)
    return _ground(file, LONG, LONG, grid, 'image-rendering="pixelated"')


def size_of(image: Image.Image) -> tuple[float, float]:
    """(width, height) of a picture in a figure: its longer side is 480 px."""
    long = max(image.size)
    width, height = (max(side / long, 1 / SLIMMEST) * LONG for side in image.size)
    return round(width, 2), round(height, 2)


def _ground(
    file: tuple[str, bytes],
    width: float,
    height: float,
    grid: tuple[int, int],
    attributes: str = "",
) -> Ground:
    kind, data = file
    url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    # Named by what it shows: two figures of one picture may say the same name.
    name = f"picture-{crc32(data):08x}"
    return Ground(name, url, width, height, *grid, attributes)


def _smallest(image: Image.Image, quality: int, *, light: int = 0) -> tuple[str, bytes]:
    """A picture as PNG or as JPEG, whichever has fewer bytes, and which of the two.

    A PNG of at most `light` bytes is small enough.
    """
    files = {}
    for kind, settings in (
        ("png", {"optimize": True}),
        ("jpeg", {"quality": quality, "subsampling": 0}),
    ):
        file = io.BytesIO()
        image.save(file, kind, **settings)
        files[kind] = file.getvalue()
    light_enough = len(files["png"]) <= light
    kind = "png" if light_enough else min(files, key=lambda name: len(files[name]))
    return kind, files[kind]


# The large map ----------------------------------------------------------------------------------


def board(
    under: Ground,
    picture: str,
    values: np.ndarray,
    *,
    label: str,
    say: str,
    told: str,
    at: int,
    beside: np.ndarray | None = None,
    over: str = "",
    picks: str = "",
) -> str:
    """A picture whose patches can be pointed at, walked with arrow keys and, with `picks`, chosen.

    `picture` is what is drawn of it (see `tint`); `values` (row, column) are what `say` tells of
    each patch as {value}, `beside` a second number as {beside}; {row} and {column} count from 0.
    `told` is that sentence for the patch `at`. `picks` names the field that a click sets
    (assets/page/patches.js); `over` is drawn on top.
    """
    row, column = divmod(at, under.columns)
    box = {"left": 0, "top": 0, "cell": under.cell, "high": under.high}
    second = "" if beside is None else f'data-beside="{packed(beside)}" '
    chosen = f'data-picks="{picks}" ' if picks else ""
    return (
        f'<div class="grid board" data-values="{packed(values)}" {second}{chosen}'
        f'data-rows="{_counted(under.rows)}" data-columns="{_counted(under.columns)}" '
        f'data-say="{escape(say)}" data-box="{escape(json.dumps(box))}" '
        f'data-at="[{row}, {column}]">'
        f'<svg class="cells" xmlns="http://www.w3.org/2000/svg" role="img" tabindex="0" '
        f'aria-label="{escape(label)}" viewBox="0 0 {under.width:g} {under.height:g}" '
        f'style="max-width:{under.width:g}px">{picture}{_lines(under)}{over}'
        f'<rect class="mark row-mark"/><rect class="mark column-mark"/>{_mark(under, at)}</svg>'
        f'<p class="readout" aria-live="polite">{escape(told)}</p></div>'
    )


def tint(under: Ground, values: np.ndarray, scale: Scale, *, opacity: float = TINT) -> str:
    """A map (row, column) over its picture: one path for each colour, neighbours in one go."""
    paths = colour_paths(scale.levels(values), ramp(scale.name))
    return (
        f'<g opacity="{opacity:g}" transform="scale({under.cell:g} {under.high:g})" '
        f'shape-rendering="crispEdges">{paths}</g>'
    )


def outline(under: Ground, block: tuple[int, int, int, int]) -> str:
    """A frame around a block of patches: first and last row, first and last column.

    Black within white: it is seen on every picture and on every colour of a map.
    """
    top, bottom, left, right = block
    box = (
        f'x="{left * under.cell:g}" y="{top * under.high:g}" '
        f'width="{(right + 1 - left) * under.cell:g}" '
        f'height="{(bottom + 1 - top) * under.high:g}" fill="none"'
    )
    return (
        f'<rect {box} stroke="#fff" stroke-width="6"/><rect {box} stroke="#000" stroke-width="3"/>'
    )


def around(under: Ground, patch: int) -> tuple[int, int, int, int]:
    """One patch as a block."""
    row, column = divmod(patch, under.columns)
    return row, row, column, column


def _lines(under: Ground) -> str:
    """Where one patch ends and the next begins."""
    down = "".join(f"M{c * under.cell:.4g} 0V{under.height:g}" for c in range(1, under.columns))
    across = "".join(f"M0 {r * under.high:.4g}H{under.width:g}" for r in range(1, under.rows))
    return f'<path d="{down}{across}" stroke="#fff" stroke-opacity=".22" fill="none"/>'


def _mark(under: Ground, patch: int) -> str:
    """The frame around the patch that is told; moved by assets/page/grid.js."""
    row, column = divmod(patch, under.columns)
    return (
        f'<rect class="mark cell-mark" x="{column * under.cell:g}" y="{row * under.high:g}" '
        f'width="{under.cell:g}" height="{under.high:g}"/>'
    )


def _counted(count: int) -> str:
    return escape(json.dumps([str(index) for index in range(count)]))


# The small map ----------------------------------------------------------------------------------


def map_url(values: np.ndarray, scale: Scale) -> str:
    """A map (row, column) as a picture of one pixel for each patch, to be laid over another."""
    shades = np.rint(scale.levels(values) / (STEPS - 1) * (SHADES - 1)).astype(np.uint8)
    small = Image.fromarray(shades, "P")
    last = (STEPS - 1) / (SHADES - 1)
    colours = [ramp(scale.name)[round(step * last)] for step in range(SHADES)]
    small.putpalette([int(c[index : index + 2], 16) for c in colours for index in (1, 3, 5)])
    file = io.BytesIO()
    small.save(file, "png", bits=4, optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def thumb(under: Ground, values: np.ndarray, scale: Scale, *, long: int) -> str:
    """A map (row, column) over its picture, `long` px along the picture's longer side."""
    factor = long / max(under.width, under.height)
    url = map_url(values, scale)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {under.width:g} {under.height:g}" '
        f'width="{under.width * factor:g}" height="{under.height * factor:g}" aria-hidden="true">'
        f'{under.again}<image href="{url}" width="{under.width:g}" height="{under.height:g}" '
        f'preserveAspectRatio="none" image-rendering="pixelated" opacity="{TINT}"/></svg>'
    )
