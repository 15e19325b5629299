"""All heads of a model by their effect: a bar each, the largest first."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from figures.parts.bars import track
from figures.parts.html import Html, tag
from figures.parts.style import three_digits

Head = tuple[int, int]  # its layer and its number in it


def ranked_heads(
    effect: np.ndarray,
    ranked: Sequence[Head],
    pick: Callable[[int, int], Any],
    pressed: Callable[[int, int], bool],
) -> Html:
    """A bar for each head's effect (layer, head), in this order; what a press picks, `pick` says.

    The bars are as long as their share of the largest.
    """
    largest = float(effect.max()) or 1.0
    focus = next((one for one in ranked if pressed(*one)), ranked[0])
    bars = [
        _bar(index, one, float(effect[one]), largest, pick(*one), pressed(*one), one == focus)
        for index, one in enumerate(ranked, start=1)
    ]
    label = "Heads by their effect"
    return tag("ol", *bars, class_="heads ranked", data_roving="1", aria_label=label)


def _bar(
    index: int, one: Head, effect: float, largest: float, pick: Any, pressed: bool, focus: bool
) -> Html:
    layer, head = one
    number = three_digits(effect)
    button = tag(
        "button",
        tag("span", f"{layer}.{head}"),
        track(effect / largest, kind="bar"),
        tag("span", number),
        type="button",
        data_pick=json.dumps(pick),
        aria_label=f"Rank {index}: layer {layer}, head {head}, {number}",
        aria_pressed="true" if pressed else "false",
        tabindex="0" if focus else "-1",
    )
    return tag("li", button)
