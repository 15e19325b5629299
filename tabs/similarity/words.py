"""The view of one word in every sentence, layer by layer."""

import numpy as np

from figures.parts.states import states_chooser
from figures.similarity.words import headline, word_figure, word_table
from services.examples import frozen
from services.similarity.compare import checked_layer
from services.similarity.words import WordInContext, follow
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.similarity.choices import READS, Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """How alike the word's vectors are, after every layer."""
    layer = checked_layer(asked.choices.layer, asked.entry.layers)
    word = word_of(asked)
    picture = word_figure(word, layer=layer, title=asked.entry.title)
    chooser = states_chooser(layer, word.layers)
    return Drawn(picture, word_table(word), headline=headline(word, layer), chooser=chooser)


def word_of(asked: Asked[Choices]) -> WordInContext:
    """The word in the sentences of the box."""
    return asked.ask(follow, asked.choices.listed, asked.choices.word)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each pair of sentences after each layer."""
    word = word_of(asked)
    lines: Lines = [["layer", "sentence", "other", "cosine"]]
    for depth, values in [("static", word.static), *enumerate(word.cosine)]:
        for row, column in zip(*np.triu_indices(len(values), k=1), strict=True):
            lines.append([depth, row + 1, column + 1, float(values[row, column])])
    return lines, frozen(word)


def snippet(asked: Asked[Choices]) -> str:
    """The code that follows the word."""
    chosen = asked.choices
    return filled(
        "similarity/words", asked.entry, sentences=chosen.listed, word=chosen.word.strip()
    )


ASKS = "How far do the sentences pull one word's vectors apart?"
CONTROLS = (*READS, "word")
VIEW = View("words", "Word in context", draw, numbers, snippet, CONTROLS, asks=ASKS)
