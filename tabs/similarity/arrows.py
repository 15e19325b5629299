"""The view of arrows in the plane: what a dot product says of them, and what a cosine."""

from figures.similarity.arrows import arrows_figure, arrows_table, headline
from services.examples import frozen
from services.similarity.arrows import measure
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.similarity.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The arrows, each compared with the first."""
    arrows = measure(asked.choices.vectors)
    return Drawn(arrows_figure(arrows), arrows_table(arrows), headline=headline(arrows))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each arrow but the first."""
    arrows = measure(asked.choices.vectors)
    lines: Lines = [["x", "y", "dot", "length", "angle", "cosine"]]
    for index, (x, y) in enumerate(arrows.others.tolist()):
        values = (arrows.dots[index], arrows.lengths[index + 1], arrows.angles[index])
        lines.append([x, y, *map(float, values), float(arrows.cosines[index])])
    return lines, frozen(arrows)


def snippet(asked: Asked[Choices]) -> str:
    """The code that compares them."""
    return filled("similarity/arrows", vectors=measure(asked.choices.vectors).vectors.tolist())


VIEW = View(
    name="arrows",
    label="Arrows",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("vectors",),
    reads=False,
    alone=True,
    read_by=lambda asked: (),
    asks="How similar are two arrows: by dot product or by angle?",
)
