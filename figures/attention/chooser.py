"""All heads of a model in one small picture, in which one is chosen."""

import numpy as np

from figures.parts.pixels import pixels
from figures.parts.states import play_button
from figures.parts.style import MAGNITUDE, ramp

SIDE, GAP = 15, 1  # px of a head's picture, and between two
LEVELS = 16  # of weight: four bits each, so that all heads of a layer are a few hundred bytes


def chooser(weights: np.ndarray, layer: int, head: int, *, whole_layer: bool = False) -> str:
    """A row for each layer and a column for each head; a press picks `[layer, head]`.

    `weights` (layer, head, looking, looked at) are those of a text, 0 to 1. `whole_layer` where
    not one head is shown but what all of the layer do together.
    """
    layers, heads = weights.shape[:2]
    cells = "".join(
        f'<button type="button" data-pick="[{row}, {column}]" '
        f'aria-label="Layer {row}, head {column}" title="Layer {row}, head {column}" '
        f'aria-pressed="{_pressed(row == layer and (whole_layer or column == head))}" '
        f'tabindex="{0 if (row, column) == (layer, head) else -1}" '
        f'style="grid-area:{row + 1}/{column + 1}"></button>'
        for row in range(layers)
        for column in range(heads)
    )
    which = f"Layer <b>{layer}</b>" + ("" if whole_layer else f", head <b>{head}</b>")
    return (
        f'<div class="chooser" role="group" aria-label="Layer and head" '
        f'data-roving="{heads}" '
        f'style="--columns:{heads};--rows:{layers}">'
        f'<p class="chosen"><span>{which}</span>{play_button(heads)}</p>'
        f'<div class="cells"><img alt="" src="{_picture(weights)}">{cells}</div>'
        "<small>Rows are layers, columns heads.</small>"
        "</div>"
    )


def effect_chooser(effect: np.ndarray, layer: int, head: int) -> str:
    """The same with each head in one colour: its effect (layer, head), against the largest."""
    return chooser((effect / (effect.max() or 1))[:, :, None, None], layer, head)


def _pressed(now: bool) -> str:
    return "true" if now else "false"


def _picture(weights: np.ndarray) -> str:
    """All heads as one PNG of a few kB: (layer, head, looking, looked at), largest weight 1."""
    layers, heads, tokens, _ = weights.shape
    # Nearest neighbours where a text is short, the largest of each block where it is long: no
    # strong cell may get lost.
    edges = np.linspace(0, tokens, SIDE + 1).astype(int)
    first = np.minimum(edges[:-1], tokens - 1)
    blocks = np.maximum.reduceat(np.maximum.reduceat(weights, first, axis=2), first, axis=3)
    small = np.zeros((layers, heads, SIDE + GAP, SIDE + GAP))
    small[:, :, :SIDE, :SIDE] = blocks
    levels = np.clip(small * (LEVELS - 1), 0, LEVELS - 1).round()
    sheet = levels.transpose(0, 2, 1, 3).reshape(layers * (SIDE + GAP), heads * (SIDE + GAP))
    colours = [ramp(MAGNITUDE)[round(255 * level / (LEVELS - 1))] for level in range(LEVELS)]
    return pixels(sheet, colours, bits=4)
