"""The view of the sentences as points on a map."""

from core.errors import UserError
from figures.parts.states import state_name, states_chooser
from figures.similarity.map import headline, map_caption, map_table, sentence_map
from services.examples import frozen
from services.similarity.compare import Similarity
from services.similarity.map import Map, lay_out
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Numbers, View
from tabs.similarity.choices import READS, Choices
from tabs.similarity.matrix import similarity_of


def draw(asked: Asked[Choices]) -> Drawn:
    """The map as a plot, and what it keeps in words."""
    similarity = similarity_of(asked)
    try:
        laid_out = map_of(asked, similarity)
    except UserError as error:
        if asked.second:
            raise
        raise UserError(f"{error} Until then the picture stays as it was.") from error
    state, layers = similarity.layer, similarity.layers
    setting = f"{asked.entry.title}, {similarity.pooling} pooling, {state_name(state, layers)}"
    sentences = similarity.sentences
    return Drawn(
        map_caption(laid_out, sentences, setting=setting, unknown=similarity.unknown),
        map_table(laid_out, sentences),
        sentence_map(laid_out, sentences),
        headline(laid_out),
        states_chooser(state, layers),
    )


def map_of(asked: Asked[Choices], similarity: Similarity) -> Map:
    """The map that the settings name."""
    chosen = asked.choices
    return lay_out(similarity.vectors, method=chosen.map, dimensions=int(chosen.dimensions))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each point."""
    similarity = similarity_of(asked)
    laid_out = map_of(asked, similarity)
    points = zip(similarity.sentences, laid_out.points.tolist(), strict=True)
    axes = "xyz"[: laid_out.points.shape[1]]
    lines = [["sentence", *axes], *([name, *point] for name, point in points)]
    setting = {"pooling": similarity.pooling, "layer": similarity.layer}
    return lines, setting | {"sentences": similarity.sentences} | frozen(laid_out)


def snippet(asked: Asked[Choices]) -> str:
    """The code that lays the sentences out."""
    chosen = asked.choices
    dimensions = int(chosen.dimensions)
    return filled(f"similarity/{chosen.map}", asked.entry, **chosen.pooled, dimensions=dimensions)


ASKS = "Which sentences are neighbours?"
CONTROLS = (*READS, "map", "dimensions", "pooling")
VIEW = View("map", "Map", draw, numbers, snippet, CONTROLS, asks=ASKS)
