"""Pictures of one word in several sentences, layer by layer."""

import math
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.headline import decimals, short
from figures.parts.prose import paragraph
from figures.parts.states import short_name, state_name
from figures.parts.style import CATEGORIES
from figures.parts.table import table
from figures.similarity.matrix import cosine_digits, pairs, sentence_grid

if TYPE_CHECKING:
    from services.similarity.words import WordInContext

Scale = Callable[[float], float]  # from a number to px
WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 30, 56  # px around the lines
GAP = 19  # px between names of lines
# Okabe and Ito's colours, the palest last: a line is thin.
COLOURS = tuple(CATEGORIES[place] for place in (4, 5, 2, 6, 1, 0, 3))
EXTREMES = 3  # of more pairs than colours, so many at each end have a colour and a name
NAMED = 14  # characters of the word that a headline has room for
REST = "#8a8a8a"


def headline(word: "WordInContext", layer: int) -> str:
    """How far apart the word's vectors are after a layer: the lowest cosine and the highest."""
    low, high = map(decimals, word.ends(layer))
    return (
        f"<i>{escape(short(word.word, NAMED))}</i>, {state_name(layer, word.layers)}: "
        f"<b>{low}</b> to <b>{high}</b>"
    )


def word_figure(word: "WordInContext", *, layer: int, title: str) -> str:
    """A line for each pair of sentences from the vocabulary to the last layer, and one layer."""
    # One scale for all layers, so that they can be compared.
    lowest = min(0.9, math.floor(20 * float(word.cosine.min())) / 20)
    chosen = sentence_grid(word.sentences, word.cosine[layer], lowest=lowest)
    caption = (
        f"Cosines between the vectors of “{escape(word.word)}” in {len(word.sentences)} "
        f"sentences: {title}. <i>static</i> is the vector in the vocabulary's table, <i>emb.</i> "
        "that plus position and segment, normalised; then the state after each layer."
    )
    return (
        f'<figure class="figure">{lines(word, layer=layer)}<p>{_which(word)}</p>'
        f'<p class="headline">Every pair, {state_name(layer, word.layers)}</p>{chosen}'
        f"<p>{' '.join(remarks(word))}</p>"
        f"<figcaption>{caption}</figcaption></figure>"
    )


def remarks(word: "WordInContext") -> list[str]:
    """What was decided about pieces and repetitions, so that nobody has to guess; HTML."""
    sentences = []
    if any(len(pieces) > 1 for pieces in word.pieces):
        longest = max(word.pieces, key=len)
        cut = escape(" ".join(longest))
        sentences.append(f"The word is cut into {cut}; its vector is the mean of its pieces.")
    if word.repeated:
        numbers = ", ".join(map(str, word.repeated))
        sentences.append(
            f"It occurs more than once in sentence {numbers}; the first one is taken."
        )
    if len(set(word.positions)) > 1:
        sentences.append(paragraph("similarity", "different_places"))
    return sentences


def named(last: np.ndarray) -> dict[int, str]:
    """The pairs that have a name and a colour of their own: all, or the highest and the lowest.

    `last` are the cosines (pair,) where the lines end.
    """
    order = [int(pair) for pair in np.argsort(-last, kind="stable")]
    if len(order) > len(COLOURS):
        order = order[:EXTREMES] + order[-EXTREMES:]
    return dict(zip(sorted(order), COLOURS, strict=False))


def _which(word: "WordInContext") -> str:
    """What the names at the lines are, and where those of the other lines are."""
    count = len(pairs(word.static)[0])
    sentence = paragraph("similarity", "lines_of_pairs")
    if count > len(COLOURS):
        sentence += (
            f" Of {count} pairs the {EXTREMES} highest and the {EXTREMES} lowest there are named: "
            "point at a grey line for its name, or open the table for all."
        )
    return sentence


def lines(word: "WordInContext", *, layer: int, static: bool = False) -> str:
    """The line chart: depth to the right, cosine upwards.

    With `static` the vectors are those of the table at every depth, on the same scale.
    """
    first, second, table = pairs(word.static)
    values = np.stack([table, *(pairs(state)[2] for state in word.cosine)])  # (depth, pair)
    low = math.floor((float(values.min()) - 0.005) * 10) / 10
    if static:
        values = np.broadcast_to(table, values.shape)
    depths, count = values.shape

    def x(depth: float) -> float:
        return LEFT + depth / (depths - 1) * (WIDTH - LEFT - RIGHT)

    def y(cosine: float) -> float:
        return TOP + (1 - cosine) / (1 - low) * (HEIGHT - TOP - BOTTOM)

    colours = named(values[-1])
    ends = dict(zip(colours, _apart([y(values[-1, pair]) for pair in colours]), strict=True))
    drawn = []
    for pair in sorted(range(count), key=lambda pair: pair in colours):  # the grey ones below
        points = " ".join(f"{x(d):.1f},{y(c):.1f}" for d, c in enumerate(values[:, pair]))
        name = f"{first[pair] + 1}–{second[pair] + 1}"
        end = y(values[-1, pair])
        colour = colours.get(pair, REST)
        text = f"{name}: {cosine_digits(float(values[-1, pair]))}"
        label = _label(text, x(depths - 1), end, ends.get(pair, end), colour)
        hidden = "" if pair in colours else ' class="quiet" visibility="hidden"'
        drawn.append(
            f'<g class="line" data-pair="{pair}" fill="none" stroke="{colour}">'
            f'<polyline points="{points}" stroke-width="{2.5 if pair in colours else 1.5}"/>'
            f'<polyline points="{points}" stroke="transparent" stroke-width="14"/>'
            f"<g{hidden}>{label}</g><title>Sentences {name}</title></g>"
        )
    return (
        f'<div class="scroll"><svg class="depths" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'xmlns="http://www.w3.org/2000/svg" aria-label="Cosine of each pair of sentences by '
        'layer; the table below holds the numbers." font-family="Source Sans Pro, sans-serif" '
        'font-size="16" fill="currentColor">'
        f"{_axes(depths, layer, low, x, y)}{''.join(drawn)}</svg></div>"
    )


def _label(text: str, x: float, end: float, place: float, colour: str) -> str:
    """A pair and its cosine, led to from where its line ends."""
    return (
        f'<path d="M{x:.1f} {end:.1f}L{x + 28:.1f} {place:.1f}H{x + 36:.1f}"/>'
        f'<circle cx="{x + 40:.1f}" cy="{place:.1f}" r="4" fill="{colour}"/>'
        f'<text x="{x + 50:.1f}" y="{place:.1f}" dominant-baseline="central" '
        f'fill="currentColor" stroke="none">{text}</text>'
    )


def _axes(depths: int, layer: int, low: float, x: Scale, y: Scale) -> str:
    """Names of the depths below, cosines at the left, a band at the chosen layer."""
    names = ["static", *map(short_name, range(depths - 1))]
    across = "".join(
        f'<text x="{x(depth):.1f}" y="{HEIGHT - 34}" text-anchor="middle">{name}</text>'
        for depth, name in enumerate(names)
    )
    steps = [step / 10 for step in range(round(low * 10), 11)]
    every = 1 if len(steps) <= 6 else 2
    up = "".join(
        f'<text x="{LEFT - 12}" y="{y(step):.1f}" text-anchor="end" '
        f'dominant-baseline="central">{step:g}</text>'
        f'<path d="M{LEFT} {y(step):.1f}H{x(depths - 1):.1f}" stroke="#8a8a8a" opacity="0.35"/>'
        for step in steps[::-1][::every]
    )
    band = (
        f'<rect class="band" x="{x(layer + 1) - 12:.1f}" y="{TOP - 8}" width="24" '
        f'height="{HEIGHT - TOP - BOTTOM + 16}" fill="#8a8a8a" opacity="0.25"/>'
    )
    return (
        f'{band}{across}{up}<text x="{LEFT}" y="14">cosine</text>'
        f'<text x="{(LEFT + x(depths - 1)) / 2:.1f}" y="{HEIGHT - 10}" text-anchor="middle">'
        "after layer</text>"
    )


def _apart(places: list[float]) -> list[float]:
    """Places of labels moved as little as keeps them apart, inside the picture."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = [places[index] for index in order]
    for at in range(1, len(moved)):  # downwards, then back up from the lower edge
        moved[at] = max(moved[at], moved[at - 1] + GAP)
    lowest = HEIGHT - BOTTOM + GAP / 2
    for at in reversed(range(len(moved))):
        moved[at] = min(moved[at], lowest)
        lowest = moved[at] - GAP
    return [place for _, place in sorted(zip(order, moved, strict=True))]


def word_table(word: "WordInContext") -> str:
    """Each pair of sentences with its cosine at every depth."""
    first, second, static = pairs(word.static)
    depths = [static, *(pairs(state)[2] for state in word.cosine)]
    head = "<th>sentences</th><th>static</th>"
    states = range(len(word.cosine))
    head += "".join(f"<th>{state_name(state, word.layers)}</th>" for state in states)
    rows = []
    for pair, (a, b) in enumerate(zip(first, second, strict=True)):
        cells = "".join(f"<td>{cosine_digits(float(depth[pair]))}</td>" for depth in depths)
        rows.append(f"<tr><th>{a + 1}–{b + 1}</th>{cells}</tr>")
    names = "".join(
        f"<tr><td>{number}</td><td>{escape(sentence)}</td><td><code>"
        f"{escape(' '.join(pieces))}</code></td></tr>"
        for number, (sentence, pieces) in enumerate(
            zip(word.sentences, word.pieces, strict=True), start=1
        )
    )
    listed = table("<td></td><th>sentence</th><th>pieces of the word</th>", [names])
    return table(head, rows) + listed
