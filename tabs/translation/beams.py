"""The view of a beam search: greedy against beams, and the tree of all that was looked at."""

from figures.generation.beams import START, beams_figure, beams_table, headline
from figures.translation.beams import against
from services.examples import frozen
from services.translation.beams import Searched, search_beams
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.translation.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The two translations, and the tree."""
    searched = searched_of(asked)
    tree = beams_figure(searched.found, title=asked.entry.title, begin=START)
    table, number = beams_table(searched.found, START), headline(searched.found)
    return Drawn(against(searched) + tree, table, headline=number)


def searched_of(asked: Asked[Choices]) -> Searched:
    """The beam search and the greedy translation."""
    chosen = asked.choices
    return asked.ask(search_beams, chosen.text, chosen.beams, progress=asked.progress)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each node of the tree."""
    searched = searched_of(asked)
    names = ("parent", "step", "id", "label", "logprob", "total", "score", "fate")
    lines: Lines = [["node", *names]]
    for number, node in enumerate(searched.found.nodes):
        lines.append([number, *(getattr(node, name) for name in names)])
    return lines, frozen(searched)


def snippet(asked: Asked[Choices]) -> str:
    """The code that searches."""
    chosen = asked.choices
    return filled(
        "translation/translate",
        asked.entry,
        text=asked.entry.prefix + chosen.text,
        beams=chosen.beams,
        candidates=chosen.beams,
    )


VIEW = View(
    name="beams",
    label="Beams",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("beams",),
    asks="Which translation scores highest, and what was dropped?",
)
