"""The tokens of a translation as chips in the colour of their probability."""

import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from figures.parts.chips import painted
from figures.parts.html import Html, tag
from figures.parts.signs import token_sign
from figures.parts.style import MAGNITUDE, STEPS, percent, ramp

if TYPE_CHECKING:
    from services.translation.translate import Told


def paper(chance: float) -> str:
    """The colour of a probability, with the ink that stands out from it, as a style."""
    return painted(ramp(MAGNITUDE)[round(min(chance, 1.0) * (STEPS - 1))])


def brief(chance: float) -> str:
    """A probability below a word that may be narrower: 98.6%, >99.9%."""
    return percent(chance).replace("above ", ">").replace("below ", "<")


def shown(text: str) -> Html:
    """A token as it is named: without the space before it, and everything in it to be seen."""
    return Html(token_sign(text.strip() or text or "∅"))


def told_chips(tokens: "Iterable[Told]", chosen: int) -> Html:
    """Each token of a translation as a button; a press looks at it, arrow keys walk."""
    listed = list(tokens)
    buttons = [
        chip(
            token.piece,
            math.exp(token.logprob),
            joined=index > 0 and not token.end and not token.piece[:1].isspace(),
            end=token.end,
            pick=index,
            pressed=index == chosen,
        )
        for index, token in enumerate(listed)
    ]
    return tag(
        "div",
        *buttons,
        class_="said-chips",
        role="group",
        aria_label="The translation, token by token",
        data_roving=len(buttons),
    )


def chip(
    text: str,
    chance: float,
    *,
    joined: bool = False,
    end: bool = False,
    pick: int | None = None,
    pressed: bool = False,
) -> Html:
    """One token with its probability under it; a button where a press of it picks a place."""
    inside = tag("b", shown(text), style=paper(chance)), tag("span", brief(chance))
    kind = f"said-chip{' joined' if joined else ''}{' end' if end else ''}"
    if pick is None:
        return tag("span", *inside, class_=kind)
    return tag(
        "button",
        *inside,
        type="button",
        class_=kind,
        data_pick=json.dumps({"token": pick}),
        aria_pressed="true" if pressed else "false",
        tabindex="0" if pressed else "-1",
    )


def within(tokens: "Iterable[Told]", index: int) -> int:
    """The token looked at; the last one where a longer translation was looked at before."""
    return min(max(index, 0), len(list(tokens)) - 1)
