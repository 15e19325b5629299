"""What becomes of a word when a part of the picture is hidden, beside where the model looked."""

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.captioning.boards import Ground, Scale, board, outline, tint
from figures.captioning.places import place_words, readout
from figures.parts.style import SIGNED, percent, signed, three_digits

if TYPE_CHECKING:
    from services.captioning.caption import Told
    from services.captioning.hiding import Hiding

LEAST = 0.1  # nats where the colour scale ends at least: a tenth less likely
MATTERS = 0.05  # nats: smaller changes are not worth a sentence


def hiding_board(
    under: Ground, hiding: "Hiding", weights: np.ndarray, told: "Told", *, token: int, name: str
) -> str:
    """The nats that a word loses with each block hidden; the block that costs most is framed.

    `weights` (row, column) are the cross-attention of the same word, told beside.
    """
    drops = hiding.drops[token]
    at = int(drops.argmax())
    scale = Scale(SIGNED, max(LEAST, float(np.abs(drops).max())))
    say = "Row {row}, column {column} hidden: {value} nats; cross-attention {beside}%"
    most = f"{three_digits(scale.high)} nats"
    return (
        f"<h3>What <i>{escape(name)}</i> needs: each patch hidden</h3>"
        f"<p>{_fall(hiding, told, token)}</p>"
        + board(
            under,
            f"{under.again}{tint(under, drops, scale)}",
            drops,
            label=f"How many nats “{name}” loses with each patch hidden",
            say=say,
            told=readout(say, at, under.columns, drops.flat[at], 100 * weights.flat[at]),
            at=at,
            beside=100 * weights,
            over=outline(under, hiding.block(*divmod(at, under.columns))),
        )
        + scale.key(f"−{most}", f"+{most}")
    )


def _fall(hiding: "Hiding", told: "Told", token: int) -> str:
    """What the worst block does to the word, in words."""
    drops = hiding.drops[token]
    at = int(drops.argmax())
    drop = float(drops.flat[at])
    size = hiding.size
    what = "one patch" if size == 1 else f"{size} x {size} patches"
    grey = f"ln p of the word minus ln p with {what} greyed: red is where it is missed."
    if hiding.step > 1:
        grey += f" The patches are small: each block covers {hiding.step} x {hiding.step} of them."
    if drop < MATTERS:
        return (
            f"{grey} Hiding any single block lowers it by less than {MATTERS:g} nats: the word "
            "does not depend on any one place."
        )
    still = (
        "still the first choice"
        if hiding.kept[token].flat[at]
        else "no longer the first choice here"
    )
    return (
        f"{grey} Most at {place_words(at, drops.shape)}: {signed(drop)} nats, from "
        f"{percent(math.exp(told.logprob))} to {percent(math.exp(told.logprob - drop))}, {still}."
    )


def agreement(hiding: "Hiding", weights: np.ndarray, *, token: int) -> str:
    """Whether the place looked at most is the one that matters most, as an escaped paragraph."""
    found, grid = hiding.agreement(token, weights), hiding.drops.shape[1:]
    agree = False
    if found.cost < MATTERS:
        sentence = (
            f"The maps cannot agree: the word looks most at {place_words(found.looked, grid)}, "
            "and yet hiding that place, or any other, hardly changes it."
        )
    elif found.inside:
        agree = True
        sentence = (
            f"The maps agree on the place: attention peaks at {place_words(found.looked, grid)}, "
            "inside the block whose hiding costs the word most."
        )
    else:
        sentence = (
            f"The maps peak at different places: attention at {place_words(found.looked, grid)}, "
            f"hiding at {place_words(found.needed, grid)}. With the place hidden where it looks "
            f"most, the word {'loses' if found.there > 0 else 'gains'} "
            f"{three_digits(abs(found.there))} nats."
        )
    if found.ranks is not None:
        sentence += f" Rank correlation of the two maps: {signed(found.ranks)}."
    return f'<p class="verdict{"" if agree else " off"}">{escape(sentence)}</p>'
