"""Pictures of one head at work: from queries, keys and values to what the head adds."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from math import exp, sqrt
from typing import TYPE_CHECKING

import numpy as np

from figures.attention import cell_beside, table
from figures.grid import grid
from figures.style import significant, three_digits

if TYPE_CHECKING:
    from services.attention_steps import Steps


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


def steps_figure(
    steps: "Steps", pair: tuple[int, int], *, entropy: float, caption: str, note: str = ""
) -> str:
    """Every matrix of one head in order; the sentences work out the pair (row, column).

    `entropy` is that of the row's weights, in nats.
    """
    names = numbered(steps)
    sections = [
        _Section(
            "Queries, keys and values",
            _projections_text(steps),
            _projections(steps, names),
            whole=True,
        ),
        _Section(
            "One dot product",
            _product_text(steps, pair, names),
            _product(steps, pair),
            whole=True,
        ),
        _Section(
            "QKᵀ: every query with every key",
            "One number for each pair of tokens. Click a cell to work out another pair.",
            _square(steps.scores, names, pair, "q({row}) · k({column}) = {value}"),
        ),
        _Section("Divided by √d_k", _scaling_text(steps, pair), _scaled(steps, names, pair)),
        _Section("Softmax", _softmax_text(steps, pair, entropy), _weights(steps, names, pair)),
        _Section(
            "Times V: what the head adds",
            "Each row mixes the value vectors of all tokens, as much of each as its weight says.",
            _strip(steps.output, names, "output of {row}, dimension {column}: {value}"),
        ),
    ]
    told = f'<p class="told-note">{escape(note)}</p>' if note else ""
    return (
        f'<figure class="figure steps" data-view="steps">{told}{comparison(steps)}'
        f"<ol>{_in_order(sections)}</ol><figcaption>{escape(caption)}</figcaption></figure>"
    )


def numbered(steps: "Steps") -> list[str]:
    """The tokens with their numbers, because a token may occur twice."""
    return [f"{place} {token.text}" for place, token in enumerate(steps.tokens)]


def comparison(steps: "Steps") -> str:
    """One sentence: how far these numbers are from what the library returned."""
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
    lines = [
        [f"<code>{escape(name)}</code>", *(three_digits(float(c[row, place])) for c in columns)]
        for place, name in enumerate(numbered(steps))
    ]
    return table(head, lines, kind="number")


def _in_order(sections: list[_Section]) -> str:
    return "".join(
        f'<li class="{"whole" if one.whole else ""}"><h3>{number}. {one.title}</h3>'
        f"<p>{one.text}</p>{one.picture}</li>"
        for number, one in enumerate(sections, start=1)
    )


def _projections_text(steps: "Steps") -> str:
    return (
        "Each token's vector, times this head's three matrices (biases added), gives a query, a "
        f"key and a value of d_k = {steps.width} numbers each."
    )


def _product_text(steps: "Steps", pair: tuple[int, int], names: list[str]) -> str:
    looking, looked_at = (f"<code>{escape(names[place])}</code>" for place in pair)
    return (
        f"The query of {looking} and the key of {looked_at}, multiplied number by number and "
        f"added up: q·k = <b>{three_digits(float(steps.scores[pair]))}</b>."
    )


def _scaling_text(steps: "Steps", pair: tuple[int, int]) -> str:
    score, root = float(steps.scores[pair]), sqrt(steps.width)
    if not steps.scaling:
        return f"Switched off: {three_digits(score)} goes on as it is."
    over, under = enough(lambda a, b: a / b, score, root)
    return (
        f"{over} / √{steps.width} = {over} / {under} = "
        f"<b>{three_digits(float(steps.scaled[pair]))}</b>. Without it the softmax would pick one "
        "token and drop the rest: switch it off and see."
    )


def _softmax_text(steps: "Steps", pair: tuple[int, int], entropy: float) -> str:
    if not steps.softmax:
        return (
            f"Switched off: {three_digits(float(steps.weights[pair]))} goes on as it is. Rows no "
            "longer sum to 1, and numbers below zero are subtracted."
        )
    row = steps.scaled[pair[0]].astype(float)
    top, this = float(row.max()), float(steps.scaled[pair])
    total = float(np.exp(row - top).sum())
    power, sum_of_powers = enough(lambda a, b: a / b, exp(this - top), total)
    raised, largest = enough(lambda a, b: exp(a - b), this, top, digits=_places(power))
    if this == top:
        power = "1"
    return (
        f"With m = {largest}, the row's largest number, "
        f"e<sup>{raised} − m</sup> / Σ e<sup>z − m</sup> = {power} / {sum_of_powers} = "
        f"<b>{three_digits(float(steps.weights[pair]))}</b>. The row's entropy is "
        f"{three_digits(entropy)} nats; spread evenly it would be ln {len(row)} = "
        f"{three_digits(float(np.log(len(row))))}."
    )


def enough(
    work: Callable[[float, float], float], first: float, second: float, *, digits: int = 3
) -> tuple[str, str]:
    """Two numbers with just so many digits that what is read gives what is written.

    `work` is what a reader does with them on a calculator; its result to `digits` digits must be
    that of the unrounded numbers.
    """
    wanted = significant(work(first, second), digits)
    for kept in range(3, 13):
        written = significant(first, kept), significant(second, kept)
        read = (float(number.replace(",", "")) for number in written)
        if significant(work(*read), digits) == wanted:
            break
    return written


def _places(number: str) -> int:
    """How many significant digits a number is written with."""
    return len(number.split("e")[0].replace(".", "").replace(",", "").lstrip("-0"))


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
        [str(place) for place in range(values.shape[1])],
        label="Token by dimension; arrow keys tell each number.",
        say=say,
        low=-most,
        high=most,
        axes=("", "dimension"),
        cell=STRIP,
    )


def _product(steps: "Steps", pair: tuple[int, int]) -> str:
    query, key = steps.query[pair[0]], steps.key[pair[1]]
    values = np.stack([query, key, query * key])
    most = _most(values)
    return grid(
        values,
        ["q", "k", "q × k"],
        [str(place) for place in range(len(query))],
        label="Query, key and their product, dimension by dimension.",
        say="{row}, dimension {column}: {value}",
        low=-most,
        high=most,
        axes=("", "dimension"),
        cell=WORKED,
    )


def _square(
    values: np.ndarray, names: list[str], pair: tuple[int, int], say: str, low: float | None = None
) -> str:
    """Tokens by tokens; `low` 0 for shares, else the diverging colours. A click picks a pair."""
    most = 1.0 if low == 0 else _most(values)
    side = cell_beside(len(names), max(map(len, names)))
    picture = grid(
        values,
        names,
        names,
        label="Token by token; arrow keys tell each number, Enter works the pair out.",
        say=say,
        low=-most if low is None else low,
        high=most,
        axes=("looking", "looked at"),
        cell=(side, side),
        at=pair,
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
    return _square(steps.weights, names, pair, say, low=0)


def _most(values: np.ndarray) -> float:
    return float(np.abs(values).max()) or 1.0
