"""The view of the sentences in the order of a query."""

from figures.parts.states import states_chooser
from figures.similarity.matrix import ranking, ranking_headline
from services.examples import frozen
from services.similarity.calibration import calibration
from services.similarity.search import Ranking, search
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.similarity.choices import READS, Choices
from tabs.similarity.matrix import percentiles

NO_TABLE = "<p>The figure above is a table already.</p>"


def draw(asked: Asked[Choices]) -> Drawn:
    """The ranking, which is a table already."""
    found = ranking_of(asked)
    known = calibration(asked.entry, found.pooling, found.layer)
    picture = ranking(found, known, title=asked.entry.title, layers=asked.entry.layers)
    chooser = states_chooser(found.layer, asked.entry.layers)
    return Drawn(picture, NO_TABLE, headline=ranking_headline(found), chooser=chooser)


def ranking_of(asked: Asked[Choices]) -> Ranking:
    """The sentences of the box in the order of the query."""
    chosen = asked.choices
    return asked.ask(search, chosen.query, chosen.listed, chosen.pooling, chosen.layer)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each sentence, the nearest first."""
    ranking = ranking_of(asked)
    shares = percentiles(asked.entry, ranking.pooling, ranking.layer, ranking.cosine)
    lines: Lines = [["rank", "sentence", "cosine", "percentile"]]
    for rank, index in enumerate(ranking.order, start=1):
        share = "" if shares is None else shares[index]
        lines.append([rank, ranking.sentences[index], float(ranking.cosine[index]), share])
    return lines, frozen(ranking) | {"percentile": shares}


def snippet(asked: Asked[Choices]) -> str:
    """The code that ranks the sentences."""
    chosen = asked.choices
    return filled("similarity/search", asked.entry, **chosen.pooled, query=chosen.query)


ASKS = "Which sentence is nearest to the query?"
CONTROLS = (*READS, "query", "pooling")
VIEW = View("search", "Search", draw, numbers, snippet, CONTROLS, asks=ASKS)
