"""The view of a word's neighbours in the static table, beside the word in the sentences."""

from figures.parts.states import states_chooser
from figures.similarity.neighbours import headline, neighbours_figure, neighbours_table
from services.examples import frozen
from services.similarity.compare import checked_layer
from services.similarity.neighbours import Among, Neighbours, follow_among, neighbours
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.similarity.choices import READS, Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The nearest tokens, and how alike the word stays in its sentences."""
    chosen = asked.choices
    layer = checked_layer(chosen.layer, asked.entry.layers)
    neighbours = found_of(asked)
    among = among_of(asked)
    picture = neighbours_figure(
        neighbours,
        among.followed,
        static=chosen.context == "static",
        layer=layer,
        missing=among.why,
        title=asked.entry.title,
    )
    chooser = states_chooser(layer, asked.entry.layers)
    return Drawn(
        picture, neighbours_table(neighbours), headline=headline(neighbours), chooser=chooser
    )


def found_of(asked: Asked[Choices]) -> Neighbours:
    """The neighbours of the word, and of the sum where one is typed."""
    return asked.ask(neighbours, asked.choices.word, asked.choices.analogy)


def among_of(asked: Asked[Choices]) -> Among:
    """The word in those sentences of the box that have it."""
    return asked.ask(follow_among, asked.choices.listed, asked.choices.word)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each neighbour; the JSON has the word in the sentences as well."""
    neighbours = found_of(asked)
    context = among_of(asked).followed
    lines: Lines = [["of", "rank", "token", "id", "cosine"]]
    for name, near in (("word", neighbours.near), ("analogy", neighbours.sums)):
        for rank, one in enumerate(near, start=1):
            lines.append([name, rank, one.text, one.id, one.cosine])
    return lines, frozen(neighbours) | {"in_context": frozen(context) if context else None}


def snippet(asked: Asked[Choices]) -> str:
    """The code that looks the neighbours up."""
    neighbours = found_of(asked)
    terms = [term.word for term in neighbours.terms]
    return filled("similarity/neighbours", asked.entry, word=neighbours.word.word, analogy=terms)


VIEW = View(
    name="neighbours",
    label="Neighbours",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(*READS, "word", "analogy", "context"),
    asks="Which tokens are near a word before any sentence is read?",
)
