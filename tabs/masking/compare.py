"""The view of two sentences that differ in a word, every token of the vocabulary as a point."""

from figures.masking.compare import compare_figure, compare_table, headline
from services.examples import frozen
from services.masking.compare import Compared, compare
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.masking.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The plot and the farthest tokens."""
    compared = compared_of(asked)
    picture = compare_figure(compared, title=asked.entry.title)
    return Drawn(picture, compare_table(compared), headline=headline(compared))


def compared_of(asked: Asked[Choices]) -> Compared:
    """Both sentences, read."""
    chosen = asked.choices
    return asked.ask(compare, chosen.first, chosen.second, chosen.find)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token that is named: the farthest, and those looked up."""
    compared = compared_of(asked)
    sides = {
        "found": compared.found,
        "first": compared.towards_first,
        "second": compared.towards_second,
    }
    lines: Lines = [["side", "token", "id", "first", "second", "ratio"]]
    for side, words in sides.items():
        lines += [[side, one.label, one.id, one.first, one.second, one.ratio] for one in words]
    return lines, {"moved": compared.moved} | {side: frozen(one) for side, one in sides.items()}


def snippet(asked: Asked[Choices]) -> str:
    """The code that compares them."""
    chosen = asked.choices
    return filled("masking/compare", asked.entry, first=chosen.first, second=chosen.second)


VIEW = View(
    name="compare",
    label="Two sentences",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("first", "second", "find"),
    asks="Which words does one changed word make likelier?",
)
