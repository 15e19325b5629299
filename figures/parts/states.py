"""The states of a model, before its layers and after each, named one way and chosen in a row.

Layers and heads count from 0 on every picture, as transformers and bertviz count them. A state is
named by the layer that it comes after, so that no number means two things.
"""

import json

EMBEDDINGS = "embeddings"


def state_name(state: int, layers: int) -> str:
    """State 0 is "the embeddings", state 3 "after layer 2", 6 of 6 "after layer 5, the last"."""
    if state == 0:
        return f"the {EMBEDDINGS}"
    return f"after layer {state - 1}" + (", the last" if state == layers else "")


def short_name(state: int) -> str:
    """What stands below an axis: "emb.", 0, 1, …."""
    return "emb." if state == 0 else str(state - 1)


def states_chooser(chosen: int, layers: int) -> str:
    """A button for each state; a press picks its number, -1 for the last whatever the model."""
    buttons = "".join(
        f'<button type="button" data-pick="{json.dumps([-1 if state == layers else state])}" '
        f'title="{state_name(state, layers)}" aria-label="{state_name(state, layers)}" '
        f'aria-pressed="{"true" if state == chosen else "false"}" '
        f'tabindex="{0 if state == chosen else -1}">{short_name(state)}</button>'
        for state in range(layers + 1)
    )
    return (
        f'<div class="stops" role="group" aria-label="Which vectors" data-roving="{layers + 1}">'
        f'<p class="chosen">Vectors: <b>{state_name(chosen, layers)}</b></p>'
        f"<div>{buttons}</div></div>"
    )
