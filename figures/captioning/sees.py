"""A picture as the model sees it: its patches, their places, and the vectors they become."""

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from figures.captioning.boards import Ground, Scale, around, board, outline, pixels_ground, tint
from figures.captioning.encoder import within
from figures.captioning.places import place_words, readout
from figures.parts.style import SIGNED, minus, percent
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.captioning.patches import Patches

ROOM = 38  # px of a patch that has room for its number
FEW = 22  # px of the numbers on a phone, where the picture shrinks to three quarters


def headline(patches: "Patches") -> str:
    """How many patches the picture becomes."""
    rows, columns = patches.grid
    return f"{rows} × {columns} = <b>{rows * columns:,}</b> patches"


def sees_figure(patches: "Patches", image: Image.Image, *, patch: int, title: str) -> str:
    """The resized picture with its patches numbered, and two maps of what becomes of them.

    `patch` counts from 0, row by row; a click on any of the three chooses another.
    """
    grid, patch = patches.grid, within(patches, patch)
    under = pixels_ground(patches.pixels, grid)
    side, count = patches.patch, grid[0] * grid[1]
    high, wide = patches.pixels.shape[:2]
    sentence = (
        f"As {title} sees it: {wide} x {high} pixels, {count:,} patches of {side} x {side}, "
        f"numbered from 0 row by row. Patch {patch}, framed, is at {place_words(patch, grid)}."
    )
    return (
        f'<figure class="figure captioning sees"><p class="caption-hint">Click a patch, or walk '
        "with the arrow keys and press Enter, to choose another.</p>"
        f"{_seen(patches, under, image, patch)}"
        f'<div class="caption-maps"><div>{_embedded(patches, under, patch)}</div>'
        f"<div>{_positions(patches, under, patch)}</div></div>"
        f"<figcaption>{escape(sentence)}</figcaption></figure>"
    )


def _seen(patches: "Patches", under: Ground, image: Image.Image, patch: int) -> str:
    """The picture at the model's own resolution, patches numbered, the chosen one enlarged."""
    side = patches.patch
    high, wide = patches.pixels.shape[:2]
    blocks = patches.pixels.reshape(under.rows, side, under.columns, side, 3)
    bright = blocks.mean(axis=(1, 3, 4))
    say = "Row {row}, column {column}: mean brightness {value} of 255"
    drawn = board(
        under,
        under.embedded,
        bright,
        label="The picture as the model sees it; arrow keys walk over the patches, Enter chooses",
        say=say,
        told=readout(say, patch, under.columns, bright.flat[patch]),
        at=patch,
        over=_numbers(under) + outline(under, around(under, patch)),
        picks="patch",
    )
    size = image.size
    squeeze = "" if size[0] == size[1] else ", squeezed to a square,"
    return (
        f'<h3>1. Cut into patches</h3><div class="caption-seen">{drawn}'
        f'<div class="caption-enlarged">{_enlarged(under, patch)}<p>The picture’s {size[0]:,} x '
        f"{size[1]:,} pixels become {wide} x {high}{squeeze} and are cut into {under.rows} x "
        f"{under.columns} patches. Patch {patch}: {side} x {side} pixels x 3 colours = "
        f"{3 * side * side:,} numbers, scaled around 0.</p></div></div>"
    )


def _enlarged(under: Ground, patch: int) -> str:
    row, column = divmod(patch, under.columns)
    view = f"{column * under.cell:g} {row * under.high:g} {under.cell:g} {under.high:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" width="112" height="112" '
        f'role="img" aria-label="Patch {patch}, enlarged">{under.again}</svg>'
    )


def _numbers(under: Ground) -> str:
    """The number of each patch; where there is no room, of the first row and column alone."""
    roomy = under.cell >= ROOM
    every = max(1, math.ceil(ROOM / under.cell))
    count = under.rows * under.columns
    edge = [
        index
        for index in range(count)
        if (index < under.columns and index % every == 0)
        or (index % under.columns == 0 and index // under.columns % every == 0)
    ]
    few = _texts(under, edge, FEW, "mark few" if roomy else "")
    return (_texts(under, range(count), 16, "all") if roomy else "") + few


def _texts(under: Ground, places: "range | list[int]", size: int, kind: str) -> str:
    def across(index: int) -> str:
        column = index % under.columns
        if column == 0 and size * len(str(index)) > under.cell:  # else it would be cut off
            return 'x="2" text-anchor="start"'
        return f'x="{(column + 0.5) * under.cell:g}"'

    texts = "".join(
        f'<text {across(index)} y="{(index // under.columns + 0.5) * under.high:g}">{index}</text>'
        for index in places
    )
    return (
        f'<g class="{kind}" font-family="IBM Plex Mono, monospace" font-size="{size}" '
        'text-anchor="middle" dominant-baseline="central" fill="#000" stroke="#fff" '
        f'stroke-width="4" stroke-linejoin="round" paint-order="stroke">{texts}</g>'
    )


def _embedded(patches: "Patches", under: Ground, patch: int) -> str:
    """The patch embeddings as colours."""
    first, second, third = (percent(float(share)) for share in patches.explained)
    colours = np.rint(np.clip(patches.embeddings, 0, 1) * 255).astype(int)
    cells = "".join(
        f'<path fill="#{red:02x}{green:02x}{blue:02x}" d="M{index % under.columns} '
        f'{index // under.columns}h1v1h-1z"/>'
        for index, (red, green, blue) in enumerate(colours.tolist())
    )
    picture = (
        f'<g transform="scale({under.cell:g} {under.high:g})" shape-rendering="crispEdges">'
        f"{cells}</g>"
    )
    shape = (under.rows, under.columns)
    parts = patches.embeddings[:, :2]
    say = "Row {row}, column {column}: component 1 at {value}, component 2 at {beside}"
    drawn = board(
        under,
        picture,
        parts[:, 0].reshape(shape),
        label="Patch embeddings as colours; arrow keys walk over the patches, Enter chooses",
        say=say,
        told=readout(say, patch, under.columns, parts[patch, 0], parts[patch, 1]),
        at=patch,
        beside=parts[:, 1].reshape(shape),
        over=outline(under, around(under, patch)),
        picks="patch",
    )
    numbers = 3 * patches.patch**2
    return (
        f"<h3>2. Embedded</h3>{drawn}<p>The {numbers:,} numbers of a patch, times a learned "
        "matrix, give its vector (the patch embedding). Colours are the first three principal "
        f"components of all patches’ vectors, as red ({first} of the variance), green ({second}) "
        f"and blue ({third}). Similar colours mean similar vectors in these three directions, "
        "wherever the patch is.</p>"
    )


def _positions(patches: "Patches", under: Ground, patch: int) -> str:
    """How similar the position embeddings are to that of the chosen patch."""
    values = patches.positions[patch].reshape(under.rows, under.columns)
    scale = Scale(SIGNED, 1.0)
    say = "Row {row}, column {column}: cosine {value}"
    drawn = board(
        under,
        tint(under, values, scale, opacity=1),
        values,
        label=f"Cosine of each position embedding with that of patch {patch}",
        say=say,
        told=readout(say, patch, under.columns, values.flat[patch]),
        at=patch,
        over=outline(under, around(under, patch)),
        picks="patch",
    )
    return (
        f"<h3>3. Told where it is</h3>{drawn}{scale.key('−1', '1: the same direction', tint=1)}"
        "<p>A vector for its place is added to each patch’s vector (the position embedding). "
        f"Here: the cosine of each of these with that of patch {patch}. Nothing else tells the "
        "model which places are neighbours. They are the same for every picture.</p>"
    )


def sees_table(patches: "Patches", *, patch: int) -> str:
    """Each patch with the cosine of its position and the colour of its embedding."""
    columns, patch = patches.grid[1], within(patches, patch)
    lines = []
    for index, parts in enumerate(patches.embeddings.tolist()):
        row, column = divmod(index, columns)
        cells = numbers(minus(part) for part in parts)
        lines.append(
            f"<tr><td>{index}</td><td class=number>{row}</td><td class=number>{column}</td>"
            f"<td class=number>{minus(float(patches.positions[patch, index]))}</td>{cells}</tr>"
        )
    names = ["row", "column", f"cosine with the position of {patch}"]
    names += [
        f"component {index} ({percent(float(share))})"
        for index, share in enumerate(patches.explained, start=1)
    ]
    head = heads(names)
    return table(f"<th>patch</th>{head}", lines)
