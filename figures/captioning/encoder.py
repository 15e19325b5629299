"""Where the encoder looks from one patch of the picture, by layer and head."""

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from figures.captioning.boards import Ground, around, board, ground, outline, shares, tint
from figures.captioning.heads import head_maps, heads_words
from figures.captioning.places import place_words, readout, squeezed
from figures.parts.headline import share
from figures.parts.prose import paragraph
from figures.parts.style import percent, three_digits
from figures.parts.table import table

if TYPE_CHECKING:
    from services.captioning.patches import Patches


def within(patches: "Patches", patch: int) -> int:
    """The patch looked at; the last one where a finer grid was looked at before."""
    return min(max(patch, 0), len(patches.positions) - 1)


def headline(patches: "Patches", *, patch: int, layer: int, head: int) -> str:
    """Where a patch looks most, and with what share of its attention."""
    patch = within(patches, patch)
    weights = patches.looked(patch, layer, head)[1:]
    most = int(weights.argmax())
    where = "itself" if most == patch else f"patch {most}"
    return f"Patch {patch} → {where} <b>{share(float(weights[most]))}</b>"


def encoder_figure(
    patches: "Patches", image: Image.Image, *, patch: int, layer: int, head: int, title: str
) -> str:
    """The picture under the self-attention of one patch, and the same of every layer and head.

    `patch` counts from 0, row by row; `layer` and `head` are -1 for the mean of all.
    """
    grid, patch = patches.grid, within(patches, patch)
    under = ground(image, grid)
    weights = patches.looked(patch, layer, head)  # (1 + patch,)
    fields = ("encoder_layer", "encoder_head")
    maps = head_maps(under, patches.heads_of(patch), layer=layer, head=head, fields=fields)
    sentence = (
        f"Self-attention in the encoder of {title}: what patch {patch}, framed, takes from each "
        f"of {grid[0] * grid[1]:,} patches and from the class token; together 100%. Patches, rows "
        f"and columns count from 0.{squeezed(image)}"
    )
    return (
        f'<figure class="figure captioning encoder"><div class="caption-pair"><div>'
        f"<h3>Where patch {patch} looks</h3>{_map(under, weights[1:].reshape(grid), patch)}</div>"
        f"<div>{_in_words(patches, weights, patch, heads_words(layer, head))}</div></div>"
        f"<section><h3>Patch {patch} by layer and head</h3>"
        f"<p class=caption-hint>{paragraph('captioning', 'small_maps')}</p>"
        f"{maps}</section>"
        f"<figcaption>{escape(sentence)}</figcaption></figure>"
    )


def _map(under: Ground, values: np.ndarray, patch: int) -> str:
    """The picture under the attention (row, column) of one patch, and its scale."""
    scale = shares(values.max())
    say = "Row {row}, column {column}: {value}% of its attention"
    drawn = board(
        under,
        f"{under.embedded}{tint(under, values, scale)}",
        100 * values,
        label=f"Where patch {patch} looks; arrow keys walk over the patches, Enter chooses one",
        say=say,
        told=readout(say, patch, under.columns, 100 * values.flat[patch]),
        at=patch,
        over=outline(under, around(under, patch)),
        picks="patch",
    )
    return drawn + scale.key("0%", f"{percent(float(values.max()))} of its attention")


def _in_words(patches: "Patches", weights: np.ndarray, patch: int, which: str) -> str:
    grid = patches.grid
    most = int(weights[1:].argmax())
    far = mean_distance(weights[1:], patch, grid)
    if most == patch:
        peak = "Most on itself."
    else:
        much = percent(float(weights[1 + most]))
        peak = f"Most at {place_words(most, grid)}, patch {most}: {much}."
    return (
        '<p class="caption-hint">Click a patch, or walk with the arrow keys and press Enter, to '
        f"look from there.</p><h3>Patch {patch}: {place_words(patch, grid)}</h3>"
        f"<p>Self-attention, {which}. {peak}</p>"
        f'<ul class="caption-facts"><li>{percent(float(weights[1 + patch]))} on itself</li>'
        f"<li>{percent(float(weights[0]))} on the class token, which is not a place in the "
        "picture</li>"
        f"<li>{percent(float(np.sort(weights[1:])[-5:].sum()))} on its five strongest patches</li>"
        f"<li>mean distance {three_digits(far)} patches, or {three_digits(far * patches.patch)} "
        "pixels of what the model sees</li></ul>"
        f"<p>{paragraph('captioning', 'mean_distance')}</p>"
        f"<p>{paragraph('captioning', 'a_mixture_of_values')}</p>"
    )


def mean_distance(weights: np.ndarray, patch: int, grid: tuple[int, int]) -> float:
    """How far a patch looks, in patches: distances weighted by (patch,) attention weights."""
    rows, columns = np.divmod(np.arange(len(weights)), grid[1])
    row, column = divmod(patch, grid[1])
    total = float(weights.sum())
    return (
        float((weights * np.hypot(rows - row, columns - column)).sum() / total) if total else 0.0
    )


def encoder_table(patches: "Patches", *, patch: int, layer: int, head: int) -> str:
    """Each place with the share of the patch's attention."""
    grid, patch = patches.grid, within(patches, patch)
    weights = patches.looked(patch, layer, head)
    lines = [
        "<tr><td>class token</td><td></td><td></td>"
        f"<td class=number>{percent(float(weights[0]))}</td></tr>"
    ]
    for index, weight in enumerate(weights[1:].tolist()):
        row, column = divmod(index, grid[1])
        lines.append(
            f"<tr><td>{index}{' (itself)' if index == patch else ''}</td>"
            f"<td class=number>{row}</td><td class=number>{column}</td>"
            f"<td class=number>{percent(weight)}</td></tr>"
        )
    top = "<th>patch</th><th class=number>row</th><th class=number>column</th>"
    return (
        f"<p>From patch {patch}, {heads_words(layer, head)}</p>"
        f"{table(f'{top}<th class=number>attention</th>', lines)}"
    )
