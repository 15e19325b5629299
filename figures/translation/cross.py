"""Where each word of a translation looks, and what it needs: grids, lines, three masks."""

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.grid import Cells, grid
from figures.parts.headline import decimals, short
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.style import minus, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.translation.looking import Hidden, Looks
    from services.translation.reading import Sentence

MEAN, NO_WORD = -1, -1
LONGEST = 44  # characters of a translation that a headline has room for
STEP, HIGH, EDGE = 86, 210, 34  # px between two words, of the picture, and of a line of words
CELL = 28  # px of a cell
LETTER = 8.6  # px of a letter
LEAST = 0.04  # of attention that a line is drawn for


def headline(looks: "Looks", hidden: "Hidden", *, layer: int, head: int) -> str:
    """The translation without a word; else the strongest look between two words."""
    if hidden.word != NO_WORD:
        name, said = (
            escape(hidden.words[hidden.word]),
            escape(short(hidden.without, LONGEST)),
        )
        return f"without <i>{name}</i>: <b>{said or '…'}</b>"
    values = looks.looked(layer, head, words=True)
    rows, columns = looks.target.word_names, looks.source.word_names
    ordinary = np.outer(_ordinary(looks.target), _ordinary(looks.source))
    if not ordinary.any():
        return ""
    row, column = np.unravel_index(np.where(ordinary, values, -1).argmax(), values.shape)
    pair = f"<i>{escape(rows[row])}</i> → <i>{escape(columns[column])}</i>"
    return f"{pair} <b>{decimals(float(values[row, column]))}</b>"


def masks_headline(looks: "Looks") -> str:
    """How many pairs each of the three attentions may use."""
    source, target = len(looks.source.ids), len(looks.tokens)
    seen = target * (target + 1) // 2
    return f"<b>{source**2}</b>, <b>{seen}</b> of {target**2}, <b>{target * source}</b> pairs"


def _ordinary(side: "Sentence") -> list[bool]:
    """Which words are no signs, and no special tokens."""
    return [
        not side.special[first] and any(sign.isalpha() for sign in name)
        for name, (first, _) in zip(side.word_names, side.words, strict=True)
    ]


def which(layer: int, head: int) -> str:
    """A layer and head, or of what the mean is."""
    if layer == MEAN and head == MEAN:
        return "mean of all layers and heads"
    one = "mean of all layers" if layer == MEAN else f"layer {layer}"
    other = "mean of its heads" if head == MEAN else f"head {head}"
    return f"{one}, {other}"


def cross_figure(
    looks: "Looks", hidden: "Hidden", *, layer: int, head: int, words: bool, title: str
) -> str:
    """Cross-attention beside what hiding each source word costs; one word can be hidden."""
    rows, columns = named(looks, words=words)
    cells = Cells(size=(CELL, CELL), letters=(_longest(rows), _longest(columns)))
    looked = grid(
        looks.looked(layer, head, words=words),
        rows,
        columns,
        label="Cross-attention: rows are French, columns English",
        say="{row} looks at {column}: {value}",
        axes=("French", "English"),
        cells=cells,
    )
    return (
        f'<figure class="figure translation cross">{_hide(hidden)}<div class="halves">'
        f"<section><h3>Where it looks</h3>{looked}</section>"
        f"<section><h3>What it needs</h3>{_needed(hidden, cells)}</section></div>"
        f"<figcaption>{_said(title, layer, head)} {paragraph('translation', 'needs')}"
        "</figcaption></figure>"
    )


def _needed(hidden: "Hidden", cells: Cells) -> str:
    """The grid of what hiding each word costs; 0 is in the middle of its colours."""
    drops = needs(hidden)
    most = max(1.0, float(np.abs(drops).max()))
    return grid(
        drops,
        hidden.target.word_names,
        hidden.words,
        label="What hiding each English word costs each French one, in nats",
        say="{row} without {column}: {value} nats less likely",
        low=-most,
        high=most,
        axes=("French", "hidden"),
        cells=cells,
    )


def needs(hidden: "Hidden") -> np.ndarray:
    """(target word, source word): nats that a word loses, its tokens added, by hidden word."""
    spans = hidden.target.words
    found: np.ndarray = np.stack(
        [hidden.drops[:, first:end].sum(axis=1) for first, end in spans], axis=0
    )
    return found


def _hide(hidden: "Hidden") -> str:
    """The source words as switches, and what is translated without the one that is off."""
    buttons = [
        tag(
            "button",
            name,
            type="button",
            data_pick=json.dumps({"hidden": "" if index == hidden.word else f"{index}"}),
            aria_pressed="true" if index == hidden.word else "false",
            tabindex="0" if index == max(hidden.word, 0) else "-1",
        )
        for index, name in enumerate(hidden.words)
    ]
    group = tag(
        "div",
        tag("small", "Hide a word:"),
        *buttons,
        class_="tokens",
        role="group",
        aria_label="The source word that is hidden",
        data_roving=len(buttons),
    )
    whole = tag("p", "The whole sentence: ", tag("b", hidden.text, lang="fr"))
    if hidden.word == NO_WORD:
        return f"{group}{whole}"
    name = tag("i", hidden.words[hidden.word])
    return f"{group}{whole}" + tag(
        "p", "Without ", name, ": ", tag("b", hidden.without or "nothing", lang="fr")
    )


def lines_figure(
    looks: "Looks", hidden: "Hidden", *, layer: int, head: int, words: bool, title: str
) -> str:
    """The English sentence above, the French below, a line for each look."""
    rows, columns = named(looks, words=words)
    values = looks.looked(layer, head, words=words)
    return (
        f'<figure class="figure translation cross lines"><div class="scroll" tabindex="0" '
        f'role="group" aria-label="Alignment">{_aligned(values, rows, columns)}</div>'
        f"{_hide(hidden)}<figcaption>{_said(title, layer, head)} "
        f"{paragraph('translation', 'lines')}</figcaption></figure>"
    )


def _aligned(values: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> str:
    above, below = _places(columns), _places(rows)
    wide = max(above[-1][1], below[-1][1])
    paths = []
    for row, line in enumerate(values):
        for column, weight in enumerate(line.tolist()):
            if weight < LEAST:
                continue
            best = column == int(line.argmax())
            x, y = above[column][0], below[row][0]
            text = f"{rows[row]} looks at {columns[column]}: {three_digits(weight)}"
            paths.append(
                f'<path class="{"best" if best else ""}" d="M{x:g} {EDGE}C{x:g} {HIGH / 2:g} '
                f'{y:g} {HIGH / 2:g} {y:g} {HIGH - EDGE}" stroke-opacity="{weight:.2f}" '
                f'stroke-width="{1 + 7 * weight:.1f}"><title>{escape(text)}</title></path>'
            )
    names = _names(columns, above, EDGE - 10, "en") + _names(rows, below, HIGH - EDGE + 24, "fr")
    return (
        f'<svg class="aligned" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="Lines from each French word to the English words that it looks at" '
        f'viewBox="0 0 {wide:g} {HIGH}" style="width:{wide:g}px" fill="none" '
        f'stroke="currentColor">{"".join(paths)}{names}</svg>'
    )


def _places(names: Sequence[str]) -> list[tuple[float, float]]:
    """The middle and the end of each word on its line."""
    found, at = [], 0.0
    for name in names:
        width = max(STEP * 0.55, LETTER * len(name) + 26)
        found.append((at + width / 2, at + width))
        at += width
    return found


def _names(names: Sequence[str], places: list[tuple[float, float]], y: float, lang: str) -> str:
    return "".join(
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" lang="{lang}">{escape(name)}</text>'
        for name, (x, _) in zip(names, places, strict=True)
    )


def masks_figure(looks: "Looks", *, layer: int, head: int, title: str) -> str:
    """Who may see whom: the encoder's attention, the decoder's, and that between them."""
    source = [piece.strip() or "·" for piece in looks.source.pieces]
    written = [looks.start, *(token.piece.strip() or "·" for token in looks.tokens[:-1])]
    later = np.triu(np.ones((len(written), len(written)), dtype=bool), k=1)
    of_encoder = looks.mixed("encoder", min(layer, len(looks.encoder) - 1), head)
    back, over = (looks.mixed(side, layer, head) for side in ("decoder", "cross"))
    every = paragraph("translation", "mask_all")
    before = paragraph("translation", "mask_masked")
    whole = paragraph("translation", "mask_whole")
    parts = (
        _mask("Encoder self-attention", every, of_encoder, (source, source)),
        _mask("Masked decoder self-attention", before, back, (written, written), later),
        _mask("Cross-attention", whole, over, (written, source)),
    )
    return (
        f'<figure class="figure translation masks"><div class="thirds">{"".join(parts)}</div>'
        f"<figcaption>{_said(title, layer, head)}</figcaption></figure>"
    )


def _mask(
    name: str,
    about: str,
    values: np.ndarray,
    names: tuple[Sequence[str], Sequence[str]],
    masked: np.ndarray | None = None,
) -> str:
    """One of the three, and `about` it; `names` are those of its rows and columns."""
    drawn = grid(
        values,
        *names,
        label=name,
        say="{row} looks at {column}: {value}",
        cells=Cells(
            size=(22, 22), masked=masked, masked_say="{row} may not look at {column}: later"
        ),
    )
    return f"<section><h3>{name}</h3><p>{about}</p>{drawn}</section>"


def named(looks: "Looks", *, words: bool) -> tuple[list[str], list[str]]:
    """What stands at the rows, French, and at the columns, English."""
    if words:
        return list(looks.target.word_names), list(looks.source.word_names)
    return [one.strip() or "·" for one in looks.target.pieces], [
        one.strip() or "·" for one in looks.source.pieces
    ]


def _longest(names: Sequence[str]) -> int:
    return max(map(len, names))


def _said(title: str, layer: int, head: int) -> str:
    return escape(
        f"Attention of {title}, {which(layer, head)}: each row sums to 1. Layers and heads count "
        "from 0."
    )


def cross_table(looks: "Looks", hidden: "Hidden", *, layer: int, head: int, words: bool) -> Html:
    """The grid in numbers."""
    rows, columns = named(looks, words=words)
    values = looks.looked(layer, head, words=words)
    lines = [
        [escape(name), *(three_digits(float(value)) for value in line)]
        for name, line in zip(rows, values, strict=True)
    ]
    first = headed_table(("French", *map(escape, columns)), lines, numbers=True)
    drops = [
        [escape(name), *(minus(float(value)) for value in line)]
        for name, line in zip(hidden.target.word_names, needs(hidden), strict=True)
    ]
    lost = headed_table(("nats lost without", *map(escape, hidden.words)), drops, numbers=True)
    return Html(first + lost)
