"""The view of one head step by step, with one pair of tokens worked out."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from figures.attention.steps import headline, numbered, row_table, steps_figure
from services.attention.added import Added, add_up
from services.attention.steps import Steps, explain, row_entropy, strongest_pair
from services.examples import frozen
from tabs.attention.choices import READS, Choices
from tabs.attention.weights import as_endpoint, attention_of, chooser_of, code
from tabs.kit.view import Asked, Drawn, Numbers, View

MATRICES = ("query", "key", "value", "scores", "scaled", "weights", "output")
SQUARES = ("scores", "scaled", "weights")  # of them, those of tokens by tokens


def draw(asked: Asked[Choices]) -> Drawn:
    """One head from queries and keys to its output, with one pair of tokens worked out."""
    chosen = asked.choices
    steps = steps_of(asked)
    pair, note = chosen_pair(steps, chosen.row, chosen.column)
    names = numbered(steps)
    caption = (
        f"Layer {chosen.layer}, head {chosen.head} of {asked.entry.title}, step by step; "
        f"worked out for {names[pair[0]]} looking at {names[pair[1]]}"
    )
    entropy = row_entropy(steps.weights[pair[0]])
    picture = steps_figure(
        steps, pair, entropy=entropy, caption=caption, note=note, added=added_of(asked)
    )
    return Drawn(
        picture,
        row_table(steps, pair[0]),
        headline=headline(steps, pair),
        chooser=chooser_of(attention_of(asked), chosen),
    )


def steps_of(asked: Asked[Choices]) -> Steps:
    """The matrices of the chosen head, with the steps that are switched on."""
    chosen = asked.choices
    return asked.ask(
        explain,
        chosen.text,
        chosen.text_pair,
        layer=chosen.layer,
        head=chosen.head,
        scaling=chosen.scaling,
        softmax=chosen.softmax,
    )


def added_of(asked: Asked[Choices]) -> Added:
    """What all heads of the layer add, as the model computes it: nothing is switched off."""
    chosen = asked.choices
    return asked.ask(add_up, chosen.text, chosen.text_pair, layer=chosen.layer)


def chosen_pair(steps: Steps, row: str, column: str) -> tuple[tuple[int, int], str]:
    """The pair of tokens to work out, and a remark where a chosen number is not in this text."""
    here = [str(index) for index in range(len(steps.tokens))]
    beyond = [number for number in (row, column) if number and number not in here]
    note = ""
    if beyond:
        note = (
            f"This text has no token {' and '.join(beyond)}: its tokens are numbered 0 to "
            f"{here[-1]}. The strongest is worked out instead."
        )
    best_row, best_column = strongest_pair(steps, int(row) if row in here else None)
    return (best_row, int(column) if column in here else best_column), note


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each number of each matrix, and all heads of the layer."""
    steps = steps_of(asked)
    content = as_endpoint(asked.entry, attention_of(asked), asked.choices.layer)
    content["steps"] = {name: frozen(getattr(steps, name)) for name in MATRICES}
    added, head = added_of(asked), asked.choices.head
    content["added"] = {
        "lengths": frozen(np.linalg.norm(added.shares, axis=-1)),  # (token, head)
        "given": frozen(added.given[head]),  # (looking, looked_at): ‖α·v·W_O‖
        "sum": frozen(added.total),  # (token, width)
    }
    return step_lines(steps), content


def step_lines(steps: Steps) -> Iterable[Sequence[Any]]:
    """A line for each number of each matrix; a column is a dimension, or a token looked at."""
    names = steps.names
    yield "matrix", "position", "token", "column", "looked_at", "value"
    for name in MATRICES:
        looked_at = names if name in SQUARES else [""] * steps.width
        for index, row in enumerate(getattr(steps, name).tolist()):
            for column, value in enumerate(row):
                yield name, index, names[index], column, looked_at[column], value


def snippet(asked: Asked[Choices]) -> str:
    """The code that computes every step."""
    chosen = asked.choices
    which = {"layer": chosen.layer, "head": chosen.head}
    return code("steps", asked, **which, scaling=chosen.scaling, softmax=chosen.softmax)


CONTROLS = (*READS, "layer", "head", "scaling", "softmax", "row", "column", "pattern")
ASKS = "Where does one attention weight come from?"
VIEW = View("steps", "Step by step", draw, numbers, snippet, CONTROLS, asks=ASKS)
