"""The states of a model, before its layers and after each, named one way and chosen in a row.

Layers and heads count from 0 on every picture, as transformers and bertviz count them. A state is
named by the layer that it comes after, so that no number means two things.
"""

import json
from collections.abc import Sequence

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
    states = [
        (short_name(state), state_name(state, layers), [-1 if state == layers else state])
        for state in range(layers + 1)
    ]
    return stops("Vectors", "Which vectors", states, chosen, plays=True)


def stops(
    what: str,
    label: str,
    offered: Sequence[tuple[str, str, list[int]]],
    chosen: int,
    *,
    plays: bool = False,
) -> str:
    """A row of buttons of which one is chosen, by its place; its whole name stands above them.

    Each has a short name, a whole name, and what a press of it picks. A row that plays presses
    one after the other (play.js).
    """
    buttons = "".join(
        f'<button type="button" data-pick="{json.dumps(pick)}" title="{name}" '
        f'aria-label="{name}" aria-pressed="{"true" if index == chosen else "false"}" '
        f'tabindex="{0 if index == chosen else -1}">{short}</button>'
        for index, (short, name, pick) in enumerate(offered)
    )
    play = play_button(1) if plays else ""
    return (
        f'<div class="stops" role="group" aria-label="{label}" data-roving="{len(offered)}">'
        f'<p class="chosen">{what}: <b>{offered[chosen][1]}</b>{play}</p>'
        f"<div>{buttons}</div></div>"
    )


def play_button(step: int) -> str:
    """Plays the group that it stands in: from one button to that so many further on."""
    return (
        f'<button type="button" class="play" data-play="{step}" '
        'aria-label="Play, layer by layer">▶</button>'
    )
