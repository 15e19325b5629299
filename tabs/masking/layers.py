"""The view of a masked word layer by layer: the lens, and the attention of the mask."""

from functools import partial

from figures.masking.layers import headline, layers_figure, layers_table
from services.examples import frozen
from services.masking.blanks import numbers_in, toggled
from services.masking.layers import Layers, read_layers
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.masking.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The guesses of each layer, and where the mask looks."""
    layers = layers_of(asked)
    press = partial(toggled, layers.blanked)
    picture = layers_figure(layers, press, title=asked.entry.title)
    return Drawn(picture, layers_table(layers), headline=headline(layers))


def layers_of(asked: Asked[Choices]) -> Layers:
    """The chosen masked word of the text in the box."""
    chosen = asked.choices
    return asked.ask(read_layers, chosen.text, numbers_in(chosen.hidden), int(chosen.mask))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each guess of each state; the JSON has the attention of every head."""
    layers = layers_of(asked)
    lines: Lines = [["state", "rank", "token", "id", "probability"]]
    for state, guesses in enumerate(layers.guesses):
        for rank, one in enumerate(guesses, start=1):
            lines.append([state, rank, one.label, one.id, one.probability])
    return lines, frozen(layers)


def snippet(asked: Asked[Choices]) -> str:
    """The code that reads every state."""
    layers = layers_of(asked)
    ids, place = list(layers.blanked.ids), layers.blanked.places[layers.number]
    return filled("masking/layers", asked.entry, ids=ids, place=place)


VIEW = View(
    name="layers",
    label="Layer by layer",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text", "mask"),
    asks="From which layer on does the final guess lead?",
)
