"""The view of one token's way through the model."""

from typing import Any

from core.spacefile import Checkpoint
from figures.anatomy.journey import (
    headline,
    journey_figure,
    journey_table,
    layer_chooser,
    step_name,
)
from services.anatomy.journey import Journey, inspect
from tabs.anatomy.choices import STEM, Choices, picked
from tabs.kit.snippets import filled, of_family
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View

FIRST = -1  # in place of a token: the first that is no special one


def draw(asked: Asked[Choices]) -> Drawn:
    """One layer of the way of the chosen token."""
    return draw_journey(asked, journey_of(asked))


def draw_journey(asked: Asked[Choices], journey: Journey) -> Drawn:
    """The same of a way that is known already; the page opens with it."""
    layer = int(asked.choices.layer)
    guess = picked(asked.choices.guess, 0)
    return Drawn(
        journey_figure(journey, layer, guess, title=asked.entry.title),
        journey_table(journey),
        headline=headline(journey, layer, guess),
        chooser=layer_chooser(journey, layer),
    )


def journey_of(asked: Asked[Choices]) -> Journey:
    """The way of the chosen token; in a second model that of the one at the same place."""
    token = picked(asked.choices.token, FIRST)
    if not asked.first:
        return _inspected(asked, asked.entry, token)
    first = _inspected(asked, asked.desk.named(asked.first, STEM), token)
    own = _inspected(asked, asked.entry, FIRST)
    return _inspected(asked, asked.entry, same_place(first, own))


def _inspected(asked: Asked[Choices], entry: Checkpoint, token: int) -> Journey:
    chosen = asked.choices
    return asked.desk.ask(inspect, entry, chosen.text, chosen.text_pair, token, nearest=True)


def same_place(one: Journey, other: Journey) -> int:
    """The token of another model that holds the place in the text of the one that is followed."""
    followed = one.tokens[one.token]
    if followed.special:
        return other.token
    ends = [
        index
        for index, token in enumerate(other.tokens)
        if not token.special and token.segment == followed.segment and token.end > followed.start
    ]
    return ends[0] if ends else other.token


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each step with all numbers of its vector."""
    journey = journey_of(asked)
    width = len(journey.steps[0].vector)
    lines: Lines = [["step", "norm", "mean", "deviation", *range(width)]]
    for step in journey.steps:
        values = (step.norm, step.mean, step.deviation)
        lines.append([step_name(step), *values, *step.vector.tolist()])
    content = inspected(asked.entry, journey) | {
        "units": [
            {
                "layer": layer,
                "on": inner.on,
                "of": inner.units,
                "strongest": [
                    {"unit": unit.number, "value": unit.value, "promotes": list(unit.promotes)}
                    for unit in inner.strongest
                ],
            }
            for layer, inner in enumerate(journey.inner)
        ],
        "next": [
            {"text": one.label, "id": one.id, "logit": one.logit, "probability": one.probability}
            for one in journey.guesses
        ],
        "difference": journey.off,
    }
    return lines, content


def inspected(entry: Checkpoint, journey: Journey) -> dict[str, Any]:
    """What `/inspect` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "tokens": list(journey.names),
        "token": journey.token,
        "states": [
            {
                "name": step_name(step),
                "norm": step.norm,
                "mean": step.mean,
                "deviation": step.deviation,
            }
            for step in journey.steps
        ],
        "heads": [
            {"layer": layer, "head": head, "norm": float(norm)}
            for layer, inner in enumerate(journey.inner)
            for head, norm in enumerate(inner.heads)
        ],
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that follows the token."""
    return code(asked, journey_of(asked))


def code(asked: Asked[Choices], journey: Journey) -> str:
    """The same of a way that is known."""
    chosen = asked.choices
    pair = {} if journey.causal else {"text_pair": chosen.text_pair or None}
    values = {
        "text": chosen.text,
        "token": journey.token,
        "layer": min(int(chosen.layer), journey.layers - 1),
    }
    return filled(of_family("anatomy/journey", asked.entry), asked.entry, **values, **pair)


VIEW = View(
    name="journey",
    label="A token's journey",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text", "text_pair", "layer", "token", "guess"),
    asks="What does this layer do with the token?",
)
