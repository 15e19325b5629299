"""Pictures of one word in several sentences, layer by layer."""

import math
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.similarity import COSINE, cosine_digits, pairs, sentence_grid, table
from figures.style import CATEGORIES

if TYPE_CHECKING:
    from services.similarity_words import WordInContext

Scale = Callable[[float], float]  # from a number to px
WIDTH, HEIGHT = 640, 330
LEFT, RIGHT, TOP, BOTTOM = 56, 64, 30, 56  # px around the lines
LABELLED = 15  # pairs up to which each line has a colour and a name
STROKES = ("", "7 4", "2 4")  # after seven colours the same ones again, dashed, then dotted


def word_figure(word: "WordInContext", *, layer: int, title: str) -> str:
    """A line for each pair of sentences from the vocabulary to the last layer, and one layer."""
    chosen = sentence_grid(word.sentences, word.cosine[layer], COSINE)
    caption = (
        f"Cosines between the vectors of “{word.word}” in {len(word.sentences)} sentences: "
        f"{title}. Layer 0 is the embedding output (the static vector plus its position)."
    )
    return (
        f'<figure class="figure">{lines(word, layer=layer)}'
        f'<p class="headline">Layer {layer}, every pair</p>{chosen}'
        f"<p>{escape(' '.join(remarks(word)))}</p>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def remarks(word: "WordInContext") -> list[str]:
    """What was decided about pieces and repetitions, so that nobody has to guess."""
    said = []
    if any(len(pieces) > 1 for pieces in word.pieces):
        longest = max(word.pieces, key=len)
        said.append(
            f"The word is cut into {' '.join(longest)}; its vector is the mean of its pieces."
        )
    if word.repeated:
        numbers = ", ".join(map(str, word.repeated))
        said.append(f"It stands more than once in sentence {numbers}; the first one is taken.")
    if len(set(word.positions)) > 1:
        said.append("It stands at different places, so layer 0 is not exactly 1.")
    return said


def lines(word: "WordInContext", *, layer: int) -> str:
    """The line chart: depth to the right, cosine upwards."""
    first, second, static = pairs(word.static)
    values = np.stack([static, *(pairs(state)[2] for state in word.cosine)])  # (depth, pair)
    low = math.floor((float(values.min()) - 0.005) * 10) / 10
    depths = len(values)

    def x(depth: float) -> float:
        return LEFT + depth / (depths - 1) * (WIDTH - LEFT - RIGHT)

    def y(cosine: float) -> float:
        return TOP + (1 - cosine) / (1 - low) * (HEIGHT - TOP - BOTTOM)

    ends = _apart([y(cosine) for cosine in values[-1]])
    drawn = []
    for pair in range(values.shape[1]):
        points = " ".join(f"{x(d):.1f},{y(c):.1f}" for d, c in enumerate(values[:, pair]))
        name = f"{first[pair] + 1}–{second[pair] + 1}"
        labelled = values.shape[1] <= LABELLED
        colour = CATEGORIES[pair % len(CATEGORIES)] if labelled else "#8a8a8a"
        dashes = STROKES[pair // len(CATEGORIES)] if labelled else ""
        text = (
            f'<text x="{x(depths - 1) + 10:.1f}" y="{ends[pair]:.1f}" dominant-baseline="central">'
        )
        drawn.append(
            f'<g class="line" data-pair="{pair}"><polyline points="{points}" fill="none" '
            f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
            f"{f'{text}{name}</text>' if labelled else ''}"
            f"<title>Sentences {name}: {cosine_digits(float(values[-1, pair]))} at the last layer"
            "</title></g>"
        )
    return (
        f'<div class="scroll"><svg class="depths" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'xmlns="http://www.w3.org/2000/svg" aria-label="Cosine of each pair of sentences by '
        'layer; the table below holds the numbers." font-family="Source Sans Pro, sans-serif" '
        'font-size="16" fill="currentColor">'
        f"{_axes(depths, layer, low, x, y)}{''.join(drawn)}</svg></div>"
    )


def _axes(depths: int, layer: int, low: float, x: Scale, y: Scale) -> str:
    """Names of the depths below, cosines at the left, a band at the chosen layer."""
    names = ["static", *map(str, range(depths - 1))]
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
        f'<rect x="{x(layer + 1) - 12:.1f}" y="{TOP - 8}" width="24" '
        f'height="{HEIGHT - TOP - BOTTOM + 16}" fill="#8a8a8a" opacity="0.25"/>'
    )
    return (
        f'{band}{across}{up}<text x="{LEFT}" y="14">cosine</text>'
        f'<text x="{(LEFT + x(depths - 1)) / 2:.1f}" y="{HEIGHT - 10}" text-anchor="middle">'
        "layer</text>"
    )


def _apart(places: list[float], gap: float = 17) -> list[float]:
    """Places of labels moved down just so far that none covers another, in the order they came."""
    moved = list(places)
    last = -math.inf
    for index in sorted(range(len(places)), key=places.__getitem__):
        moved[index] = last = max(places[index], last + gap)
    excess = max(0.0, last - (HEIGHT - 8))
    return [place - excess for place in moved]


def word_table(word: "WordInContext") -> str:
    """Each pair of sentences with its cosine at every depth."""
    first, second, static = pairs(word.static)
    depths = [static, *(pairs(state)[2] for state in word.cosine)]
    head = "<th>sentences</th><th>static</th>"
    head += "".join(f"<th>layer {layer}</th>" for layer in range(len(word.cosine)))
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
    listed = table("<th></th><th>sentence</th><th>pieces of the word</th>", [names])
    return table(head, rows) + listed
