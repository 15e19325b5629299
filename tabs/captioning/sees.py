"""The view of the picture as the model sees it: its pixels, patches and positions."""

from figures.captioning.sees import headline, sees_figure, sees_table
from tabs.captioning.choices import Choices
from tabs.captioning.encoder import numbers, patches_of, snippet
from tabs.kit.view import Asked, Drawn, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The picture cut into patches, and what the first layer makes of them."""
    patches, patch = patches_of(asked), asked.choices.patch
    figure = sees_figure(patches, asked.kept.image, patch=patch, title=asked.entry.title)
    return Drawn(figure, sees_table(patches, patch=patch), headline=headline(patches))


VIEW = View(
    name="sees",
    label="As the model sees it",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("patch",),
    asks="What is left of the picture once it is cut into patches?",
)
