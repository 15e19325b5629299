"""The view of cross-attention: where each word looks, what it needs, who may see whom."""

from figures.translation.cross import (
    cross_figure,
    cross_table,
    headline,
    lines_figure,
    masks_figure,
    masks_headline,
    needs,
)
from services.examples import frozen
from services.translation.looking import Hidden, Looks, hide, look
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, Only, View
from tabs.translation.choices import Choices, word_of


def draw(asked: Asked[Choices]) -> Drawn:
    """The grid, the lines or the three masks."""
    looks, chosen, title = looks_of(asked), asked.choices, asked.entry.title
    which = {"layer": chosen.layer, "head": chosen.head}
    if chosen.show == "masks":
        return Drawn(masks_figure(looks, **which, title=title), headline=masks_headline(looks))
    hidden = hidden_of(asked)
    figure = lines_figure if chosen.show == "lines" else cross_figure
    return Drawn(
        figure(looks, hidden, **which, words=chosen.words, title=title),
        cross_table(looks, hidden, **which, words=chosen.words),
        headline=headline(looks, hidden, **which),
    )


def looks_of(asked: Asked[Choices]) -> Looks:
    """All attention for the sentence and its greedy translation."""
    return asked.ask(look, asked.choices.text)


def hidden_of(asked: Asked[Choices]) -> Hidden:
    """What each source word is needed for, and the translation without the chosen one."""
    chosen = asked.choices
    return asked.ask(hide, chosen.text, word_of(chosen.hidden))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each pair of a French and an English word."""
    looks, hidden, chosen = looks_of(asked), hidden_of(asked), asked.choices
    values = looks.looked(chosen.layer, chosen.head, words=chosen.words)
    side = looks.target, looks.source
    rows, columns = (one.word_names if chosen.words else one.pieces for one in side)
    lines: Lines = [["row", "column", "french", "english", "attention"]]
    for row, line in enumerate(values.tolist()):
        for column, weight in enumerate(line):
            lines.append([row, column, rows[row], columns[column], weight])
    lines += [[], ["row", "french", "hidden", "nats_lost"]]
    for row, line in enumerate(needs(hidden).tolist()):
        for column, lost in enumerate(line):
            lines.append([row, hidden.target.word_names[row], hidden.words[column], lost])
    content = {"attention": values.tolist(), "rows": list(rows), "columns": list(columns)}
    return lines, content | {"hidden": frozen(hidden)}


def snippet(asked: Asked[Choices]) -> str:
    """The code that reads the attention."""
    chosen = asked.choices
    return filled(
        "translation/cross",
        asked.entry,
        text=asked.entry.prefix + chosen.text,
        layer=chosen.layer,
        head=chosen.head,
    )


VIEW = View(
    name="cross",
    label="Cross-attention",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(
        "show",
        "layer",
        "head",
        Only("words", "show", "grid"),
        Only("words", "show", "lines"),
        "hidden",
    ),
    asks="Which English words does each French word look at?",
)
