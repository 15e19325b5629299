"""The view that walks through the Transformer, one part after another."""

from figures.translation.walk import headline, walk_figure, walk_table
from services.examples import frozen
from services.translation.walk import Walk
from services.translation.walk import walk as follow
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.translation.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """One stop of the way."""
    walk, stop = walk_of(asked), int(asked.choices.stop)
    figure = walk_figure(walk, stop, title=asked.entry.title)
    return Drawn(figure, walk_table(walk), headline=headline(walk, stop))


def walk_of(asked: Asked[Choices]) -> Walk:
    """The way up to the choice of the token looked at."""
    return asked.ask(follow, asked.choices.text, int(asked.choices.token))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each vector that the token written last becomes."""
    walk = walk_of(asked)
    lines: Lines = [["layer", "after", *range(len(walk.state))]]
    for layer, block in enumerate(walk.blocks):
        parts = ("read", "self-attention", "cross-attention", "feed-forward")
        for name, vector in zip(parts, block.vectors, strict=True):
            lines.append([layer, name, *vector.tolist()])
    return lines, frozen(walk)


def snippet(asked: Asked[Choices]) -> str:
    """The code that walks to the same token."""
    chosen = asked.choices
    text = asked.entry.prefix + chosen.text
    return filled("translation/walk", asked.entry, text=text, step=int(chosen.token))


VIEW = View(
    name="walk",
    label="Walk-through",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("token", "stop"),
    asks="How does a Transformer arrive at its next word?",
)
