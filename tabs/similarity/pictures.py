"""The views of the Similarity tab: which figure shows what."""

from dataclasses import dataclass

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import checked_choice
from figures import Figure
from figures.similarity.map import map_caption, map_table, sentence_map
from figures.similarity.matrix import matrix, pairs_table, ranking
from figures.similarity.words import word_figure, word_table
from models.loaded import Loaded
from services.similarity.calibration import calibration
from services.similarity.compare import Similarity, checked_layer, compare
from services.similarity.map import Map, lay_out
from services.similarity.search import Ranking, search
from services.similarity.words import WordInContext, follow
from tabs.kit.beside import is_second
from tabs.similarity.choices import MEASURE, VIEW, Choices


@dataclass(frozen=True)
class Drawn:
    """What is on screen: a figure in HTML, for a map also a plot, and the same as a table."""

    picture: str
    table: str = ""
    plot: Figure | None = None


def draw(bert: Loaded, choices: Choices) -> Drawn:
    """The chosen view; only what it needs is computed. Raises UserError."""
    checked_choice(choices.view, [value for _, value in VIEW], name="view")
    checked_choice(choices.measure, [value for _, value in MEASURE], name="measure")
    if choices.view == "words":
        layer = checked_layer(choices.layer, bert.checkpoint.layers)
        word = word_of(bert, choices)
        figure = word_figure(word, layer=layer, title=bert.checkpoint.title)
        return Drawn(figure, word_table(word))
    if choices.view == "search":
        return draw_ranking(bert.checkpoint, ranking_of(bert, choices))
    similarity = similarity_of(bert, choices)
    if choices.view == "map":
        try:
            laid_out = map_of(similarity, choices)
        except UserError as error:
            if is_second(choices):
                raise
            raise UserError(f"{error} Until then the picture stays as it was.") from error
        return draw_map(bert.checkpoint, similarity, laid_out)
    return draw_matrix(bert.checkpoint, similarity, choices)


def draw_matrix(bert: Checkpoint, similarity: Similarity, choices: Choices) -> Drawn:
    """The matrix of every pair, and its pairs in order."""
    known = calibration(bert, similarity.pooling, similarity.layer)
    return Drawn(
        matrix(similarity, known, measure=choices.measure, title=bert.title),
        pairs_table(similarity, known, measure=choices.measure),
    )


def draw_map(bert: Checkpoint, similarity: Similarity, laid_out: Map) -> Drawn:
    """The map as a plot, and what it keeps in words."""
    setting = f"{bert.title}, {similarity.pooling} pooling, layer {similarity.layer}"
    return Drawn(
        map_caption(laid_out, similarity.sentences, setting=setting, unknown=similarity.unknown),
        map_table(laid_out, similarity.sentences),
        sentence_map(laid_out, similarity.sentences),
    )


def draw_ranking(bert: Checkpoint, found: Ranking) -> Drawn:
    """The ranking, which is a table already."""
    known = calibration(bert, found.pooling, found.layer)
    return Drawn(
        ranking(found, known, title=bert.title), "<p>The figure above is a table already.</p>"
    )


def similarity_of(bert: Loaded, choices: Choices) -> Similarity:
    """Every pair of the sentences in the box."""
    return compare(bert, choices.listed, choices.pooling, choices.layer)


def map_of(similarity: Similarity, choices: Choices) -> Map:
    """The map that the settings name."""
    return lay_out(similarity.vectors, method=choices.map, dimensions=int(choices.dimensions))


def word_of(bert: Loaded, choices: Choices) -> WordInContext:
    """The word in the sentences of the box."""
    return follow(bert, choices.listed, choices.word)


def ranking_of(bert: Loaded, choices: Choices) -> Ranking:
    """The sentences of the box in the order of the query."""
    return search(bert, choices.query, choices.listed, choices.pooling, choices.layer)
