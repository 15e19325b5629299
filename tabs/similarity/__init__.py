"""The Similarity tab: how alike are sentences, as a model's vectors say?"""

from services.examples import read_example
from services.similarity.compare import Similarity
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn
from tabs.similarity import arrows, map, matrix, neighbours, search, words
from tabs.similarity.choices import STEM, Choices
from tabs.similarity.endpoint import endpoint


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The matrix of the first example, computed beforehand, and its code."""
    start = read_example(STEM, Similarity)
    return matrix.draw_matrix(asked.entry, start, asked.choices.measure), matrix.snippet(asked)


TAB = Tab(
    stem=STEM,
    title="Similarity",
    choices=Choices,
    views=(matrix.VIEW, map.VIEW, words.VIEW, search.VIEW, neighbours.VIEW, arrows.VIEW),
    opening=opening,
    endpoints={"compare": endpoint},
    long=False,
    plots=True,
    picks=("vectors",),
    chooses=("layer",),
)
