"""Every layer and head as a small map; each is a button that chooses it."""

import json
from collections.abc import Callable
from html import escape

import numpy as np

from figures.captioning.boards import Ground, shares, thumb
from figures.parts.states import stops
from figures.parts.style import percent

WIDE = 620  # px that a row of small maps may take
LARGEST, SMALLEST = 92, 46  # px of the longer side of a small map


def heads_words(layer: int, head: int) -> str:
    """Which weights are looked at: "layer 1, head 3"; both count from 0, below 0 is the mean."""
    if layer < 0:
        return "mean of all layers and heads" if head < 0 else f"head {head}, mean of layers"
    return f"layer {layer}, " + ("mean of its heads" if head < 0 else f"head {head}")


def heads_chooser(
    layers: int, heads: int, chosen: tuple[int, int], pick: Callable[[int, int], list[int]]
) -> str:
    """A row of layers and a row of heads, each begun by its mean; a press keeps the other.

    `chosen` is (layer, head), -1 for a mean; `pick` gives what a press of one picks.
    """
    layer, head = chosen
    rows = (
        ("layer", layers, layer, lambda one: pick(one, head)),
        ("head", heads, head, lambda one: pick(layer, one)),
    )
    return "".join(
        stops(
            name.capitalize(),
            f"Which {name}",
            [("mean", f"mean of all {name}s", picked(-1))]
            + [(str(one), str(one), picked(one)) for one in range(count)],
            here + 1,
            plays=name == "layer",
        )
        for name, count, here, picked in rows
    )


def head_maps(
    under: Ground,
    weights: np.ndarray,
    *,
    layer: int,
    head: int,
    fields: tuple[str, str] = ("layer", "head"),
) -> str:
    """The weights (layer + 1, head + 1, 1 + patch) as small maps; the last of both are the means.

    Each has a scale of its own, from 0 to its largest weight on a patch, which stands below it.
    `fields` are the controls that a click sets.
    """
    layers, heads = (count - 1 for count in weights.shape[:2])
    long = max(SMALLEST, min(LARGEST, WIDE // (heads + 1)))

    def small(one: int, other: int) -> str:
        values = weights[one, other, 1:].reshape(under.rows, under.columns)
        return _button(
            thumb(under, values, shares(values.max()), long=long),
            f"{heads_words(one, other)}: at most {percent(float(values.max()))} on a patch",
            percent(float(values.max())),
            pick=dict(zip(fields, (one, other), strict=True)),
            chosen=(one, other) == (layer, head),
        )

    names = [*(f"head {index}" if heads < 8 else str(index) for index in range(heads)), "mean"]
    top = f"<span>{'head' if heads >= 8 else ''}</span>" + "".join(
        f"<span class=caption-head>{name}</span>" for name in names
    )
    rows = "".join(
        f"<span>layer {one}</span>" + "".join(small(one, other) for other in (*range(heads), -1))
        for one in range(layers)
    )
    last = f'<span class="caption-last">mean of all</span>{small(-1, -1)}'
    return (
        f'<div class="scroll"><div class="caption-matrix" role="group" data-rove '
        f'aria-label="Layers and heads" style="--columns:{heads + 1};--side:{long}px">'
        f"{top}{rows}{last}</div></div>"
    )


def _button(drawn: str, sentence: str, most: str, *, pick: dict[str, int], chosen: bool) -> str:
    """A small map that can be chosen; of all, the chosen one alone is a stop of the Tab key."""
    return (
        f'<button type="button" data-pick="{escape(json.dumps(pick))}" '
        f'aria-pressed="{str(chosen).lower()}" aria-label="{escape(sentence)}"'
        f"{'' if chosen else ' tabindex=-1'}>{drawn}<span>{most}</span></button>"
    )
