"""Where a logit comes from: the last state times one row of the output, number by number."""

import json
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.headline import decimals
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.strip import common_scale, strip
from figures.parts.style import minus, percent, three_digits

if TYPE_CHECKING:
    from services.anatomy.journey import Guess, Journey


def end_headline(journey: "Journey", guess: int) -> str:
    """The logit of the chosen token; of a model that predicts nothing, how long its vector is."""
    if not journey.guesses:
        return f"length <b>{two_decimals(journey.state(journey.layers - 1).norm)}</b>"
    chosen = journey.guesses[min(guess, len(journey.guesses) - 1)]
    text = f"logit <b>{decimals(chosen.logit)}</b>, {percent(chosen.probability)}"
    return f"{token_sign(chosen.label)}: {text}"


def journeys_end(journey: "Journey", guess: int) -> str:
    """Where a logit comes from, of a model that predicts; else what becomes of the state."""
    if not journey.guesses:
        return f"<p>{paragraph('anatomy', 'no_output')}</p>"
    chosen = min(guess, len(journey.guesses) - 1)
    return _product(journey, journey.guesses[chosen], _offered(journey, chosen))


def _offered(journey: "Journey", chosen: int) -> Html:
    buttons = [
        tag(
            "button",
            Html(f"{token_sign(one.label)} <small>{percent(one.probability)}</small>"),
            type="button",
            data_pick=json.dumps({"guess": f"{index}"}),
            aria_pressed="true" if index == chosen else "false",
            tabindex="0" if index == chosen else "-1",
        )
        for index, one in enumerate(journey.guesses)
    ]
    label = "What may come next"
    return tag(
        "div", *buttons, class_="tokens", role="group", aria_label=label, data_roving=len(buttons)
    )


def _product(journey: "Journey", guess: "Guess", offered: Html) -> str:
    """State times row, number by number, and their sum."""
    state = journey.after[-1]
    product = state.vector.astype(np.float64) * guess.row
    top = np.argsort(-np.abs(product))[:3]
    largest = ", ".join(f"{minus(float(product[at]))} of number {at}" for at in top)
    token = token_sign(guess.label)
    rows = [
        ("the last state", state.vector),
        (f"× the row of {token}", guess.row),
        ("= products", product),
    ]
    drawn = "".join(
        str(
            tag(
                "tr",
                tag("th", Html(name), scope="row"),
                tag("td", strip(vector, common_scale([vector]))),
            )
        )
        for name, vector in rows
    )
    return (
        f'<h3>What comes next</h3>{offered}<table class="logit"><tbody>{drawn}</tbody></table>'
        f"<p>The {len(product):,} products add up to <b>{decimals(guess.logit)}</b>, the logit of "
        f"{token}; the softmax over all tokens makes {percent(guess.probability)} of it. The "
        f"largest: {largest}.</p>"
    )


def two_decimals(value: float) -> str:
    """A length or an activation: two decimals, of what is very large three digits."""
    return decimals(value) if abs(value) < 1000 else three_digits(value)
