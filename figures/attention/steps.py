"""Pictures of one head at work: from queries, keys and values to the head's output."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.attention.added import added_sections
from figures.attention.heatmap import AXES, MASKED_SAY, cell_beside, looks_at
from figures.attention.sums import (
    mask_text,
    product_text,
    projections_text,
    scaling_text,
    softmax_text,
)
from figures.parts.grid import Cells, grid
from figures.parts.headline import decimals
from figures.parts.prose import paragraph
from figures.parts.signs import signs
from figures.parts.style import three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.attention.added import Added
    from services.attention.steps import Steps


AGREED = 1e-5  # the largest difference to the library that counts as the same
STRIP = (4, 19)  # px of a cell in a grid of tokens by dimensions
WORKED = (18, 24)  # px of a cell in the one dot product that is worked out


@dataclass(frozen=True)
class _Section:
    """One step: its title is text, its words and its picture are HTML."""

    title: str
    text: str
    picture: str
    whole: bool = False  # the whole width; else two stand beside each other


def headline(steps: "Steps", pair: tuple[int, int]) -> str:
    """The pair that is worked out and its weight, or its number where there is no softmax."""
    names = signs(steps.names, bool(steps.pieces))
    masked = steps.masked is not None and bool(steps.masked[pair])
    number = f"{'' if steps.softmax else 'score '}<b>{decimals(float(steps.weights[pair]))}</b>"
    return looks_at(names[pair[0]], names[pair[1]], "<b>0</b>, masked" if masked else number)


def steps_figure(
    steps: "Steps",
    pair: tuple[int, int],
    *,
    entropy: float,
    caption: str,
    note: str = "",
    added: "Added | None" = None,
) -> str:
    """Every matrix of one head in order; the sentences work out the pair (row, column).

    `entropy` is that of the row's weights, in nats; `added` what comes of all heads together.
    """
    names = numbered(steps)
    seen = "the token itself and those before it" if steps.causal else "all tokens"
    sections = [
        _Section(
            "Queries, keys and values",
            projections_text(steps),
            _projections(steps, names),
            whole=True,
        ),
        _Section(
            "One dot product",
            product_text(steps, pair, names),
            _product(steps, pair),
            whole=True,
        ),
        _Section(
            "QKᵀ: every query with every key",
            paragraph("attention", "every_query_with_every_key"),
            _square(steps.scores, names, pair, "q({row}) · k({column}) = {value}"),
        ),
        _Section("Divided by √d_k", scaling_text(steps, pair), _scaled(steps, names, pair)),
        *_mask(steps, pair, names),
        _Section("Softmax", softmax_text(steps, pair, entropy), _weights(steps, names, pair)),
        _Section(
            "Times V: the head's output",
            f"Each row is the sum of the value vectors of {seen}, each times its weight. "
            f"{paragraph('attention', 'heads_are_added')}",
            _strip(steps.output, names, "output of {row}, dimension {column}: {value}"),
        ),
    ]
    if added is not None:
        whole = steps.scaling and steps.softmax
        after = added_sections(added, steps.head, pair[0], names, steps.masked, whole=whole)
        sections += [_Section(*section) for section in after]
    text = f'<p class="told-note">{escape(note)}</p>' if note else ""
    return (
        f'<figure class="figure steps" data-view="steps"{" data-causal" if steps.causal else ""}>'
        f"{text}{in_short(steps, pair, names)}<ol>{_in_order(sections)}</ol>"
        f"{comparison(steps)}<figcaption>{escape(caption)}</figcaption></figure>"
    )


def in_short(steps: "Steps", pair: tuple[int, int], names: list[str]) -> str:
    """The whole way of one pair in a line, before each of its steps is shown."""
    row, column = (escape(names[index]) for index in pair)
    way = [(f"q(<code>{row}</code>) · k(<code>{column}</code>)", steps.scores[pair])]
    if steps.scaling:
        way.append((f"÷ √{steps.width}", steps.scaled[pair]))
    masked = steps.masked is not None and bool(steps.masked[pair])
    if masked:
        way.append(("+ mask", -np.inf))
    if steps.softmax:
        way.append((f"softmax of the row <code>{row}</code>", steps.weights[pair]))
    parts = "".join(
        f"<li><span>{what}</span> <b>{'−∞' if np.isinf(number) else three_digits(float(number))}"
        "</b></li>"
        for what, number in way
    )
    return f'<ul class="in-short">{parts}</ul>'


def numbered(steps: "Steps") -> list[str]:
    """The tokens with their numbers, because a token may occur twice."""
    return [f"{index} {name}" for index, name in enumerate(signs(steps.names, bool(steps.pieces)))]


def comparison(steps: "Steps") -> str:
    """One sentence: how far these numbers are from those that the library returned."""
    far = (
        f"largest absolute difference {three_digits(steps.weight_difference)} in the weights, "
        f"{three_digits(steps.output_difference)} in the output"
    )
    off = [name for name, on in (("÷ √d_k", steps.scaling), ("softmax", steps.softmax)) if not on]
    if off:
        return (
            f'<p class="verdict off"><b>Differs from the model by design</b>, because '
            f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} switched off: {far}.</p>"
        )
    same = max(steps.weight_difference, steps.output_difference) <= AGREED
    word, kind = ("The same as", "same") if same else ("NOT the same as", "off")
    return (
        f'<p class="verdict {kind}"><b>{word} what transformers returned</b> '
        f"(at most 0.00001 counts as the same): {far}.</p>"
    )


def row_table(steps: "Steps", row: int) -> str:
    """The chosen row in numbers: for each token looked at the score, its scaling, its weight."""
    last = "weight" if steps.softmax else "no softmax"
    head = [f"{escape(numbered(steps)[row])} looks at", "q·k", "÷ √d_k", last, "in the model"]
    columns = (steps.scores, steps.scaled, steps.weights, steps.library_weights)
    lines = []
    for index, name in enumerate(numbered(steps)):
        cells = [three_digits(float(column[row, index])) for column in columns]
        if steps.masked is not None:
            cells.insert(2, "−∞" if steps.masked[row, index] else cells[1])
        lines.append([f"<code>{escape(name)}</code>", *cells])
    if steps.causal:
        head.insert(3, "+ mask")
    return headed_table(head, lines, numbers=True)


def _in_order(sections: list[_Section]) -> str:
    return "".join(
        f'<li class="{"whole" if one.whole else ""}"><h3>{number}. {one.title}</h3>'
        f"<p>{one.text}</p>{one.picture}</li>"
        for number, one in enumerate(sections, start=1)
    )


def _mask(steps: "Steps", pair: tuple[int, int], names: list[str]) -> list[_Section]:
    """The causal mask, where there is one."""
    if steps.masked is None:
        return []
    say = "{row} and {column}: {value}"
    return [
        _Section(
            "Causal mask",
            mask_text(steps, pair, names),
            _square(steps.scaled, names, pair, say, steps.masked),
        )
    ]


def _projections(steps: "Steps", names: list[str]) -> str:
    parts = (("query", steps.query), ("key", steps.key), ("value", steps.value))
    strips = "".join(
        f"<div><b>{part.capitalize()}</b>"
        f"{_strip(values, names, f'{part} of {{row}}, dimension {{column}}: {{value}}')}</div>"
        for part, values in parts
    )
    return f'<div class="beside three">{strips}</div>'


def _strip(values: np.ndarray, names: list[str], say: str) -> str:
    """Tokens by dimensions, in the diverging colours."""
    most = _most(values)
    return grid(
        values,
        names,
        [str(index) for index in range(values.shape[1])],
        label="Token by dimension; arrow keys read out each number.",
        say=say,
        low=-most,
        high=most,
        axes=("", "dimension"),
        cells=Cells(size=STRIP),
    )


def _product(steps: "Steps", pair: tuple[int, int]) -> str:
    query, key = steps.query[pair[0]], steps.key[pair[1]]
    values = np.stack([query, key, query * key])
    most = _most(values)
    return grid(
        values,
        ["q", "k", "q × k"],
        [str(index) for index in range(len(query))],
        label="Query, key and their product, dimension by dimension.",
        say="{row}, dimension {column}: {value}",
        low=-most,
        high=most,
        axes=("", "dimension"),
        cells=Cells(size=WORKED),
    )


def _square(
    values: np.ndarray,
    names: list[str],
    pair: tuple[int, int],
    say: str,
    masked: np.ndarray | None = None,
    low: float | None = None,
) -> str:
    """Tokens by tokens; `low` 0 for shares, else the diverging colours. A click picks a pair."""
    most = 1.0 if low == 0 else _most(values)
    side = cell_beside(len(names), max(map(len, names)))
    picture = grid(
        values,
        names,
        names,
        label="Token by token; arrow keys read out each number, Enter works the pair out.",
        say=say,
        low=-most if low is None else low,
        high=most,
        axes=AXES,
        cells=Cells(size=(side, side), at=pair, masked=masked, masked_say=MASKED_SAY),
    )
    return f"<div data-pairs>{picture}</div>"


def _scaled(steps: "Steps", names: list[str], pair: tuple[int, int]) -> str:
    if not steps.scaling:
        return ""
    return _square(steps.scaled, names, pair, "{row} and {column}: {value}")


def _weights(steps: "Steps", names: list[str], pair: tuple[int, int]) -> str:
    if not steps.softmax:
        return ""
    say = "{row} spends {value} of its attention on {column}"
    return _square(steps.weights, names, pair, say, steps.masked, low=0)


def _most(values: np.ndarray) -> float:
    return float(np.abs(values).max()) or 1.0
