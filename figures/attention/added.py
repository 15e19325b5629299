"""Pictures of what a layer's heads add: side by side, times W_O, and what each token gives."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.attention.heatmap import AXES, MASKED_SAY, cell_beside
from figures.parts.bars import track
from figures.parts.grid import Cells, grid
from figures.parts.html import tag
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.strip import common_scale, strip
from figures.parts.style import SIGNED, percent, three_digits

if TYPE_CHECKING:
    from services.attention.added import Added

Section = tuple[str, str, str, bool]  # title, words and picture in HTML, the whole width or half


def added_sections(
    added: "Added",
    head: int,
    row: int,
    names: Sequence[str],
    masked: np.ndarray | None,
    *,
    whole: bool = True,
) -> list[Section]:
    """The steps after one head's output: those of all heads together, for the row's token.

    Where a step is switched off above, they are not `whole`: these are the model's all the same.
    """
    as_it_is = "" if whole else " From here on nothing is switched off."
    return [
        (
            "The heads concatenated",
            _side_text(added, names[row]) + as_it_is,
            _side(added, head, row),
            True,
        ),
        (
            "Times W<sub>O</sub>, added",
            _sum_text(added, head, row, names[row]),
            _sum(added, head, row),
            True,
        ),
        (
            "What each token gives: ‖α·v·W<sub>O</sub>‖",
            _given_text(added, head, names),
            _given(added, head, names, masked),
            False,
        ),
    ]


def _side_text(added: "Added", name: str) -> str:
    _, heads, width = added.side.shape
    return (
        f"For <code>{escape(name)}</code>: the outputs of all {heads} heads of this layer, "
        f"{width} numbers each, concatenated to one vector of {heads * width}."
    )


def _side(added: "Added", head: int, row: int) -> str:
    """One strip for the whole vector; that of the chosen head is marked."""
    most = common_scale(list(added.side[row]))
    parts = [
        tag(
            "span",
            strip(part, most),
            tag("small", number),
            class_="chosen" if number == head else "",
        )
        for number, part in enumerate(added.side[row])
    ]
    label = "The outputs of all heads, concatenated"
    return tag("div", *parts, class_="side-by-side", role="img", aria_label=label)


def _sum_text(added: "Added", head: int, row: int, name: str) -> str:
    lengths = added.lengths(row)
    order = int((lengths > lengths[head]).sum()) + 1
    return (
        f"{paragraph('attention', 'times_w_o')} This head, {head}, adds a vector of length "
        f"<b>{three_digits(float(lengths[head]))}</b> to <code>{escape(name)}</code>, number "
        f"{order} of {len(lengths)}. This sum and the library’s differ by at most "
        f"{three_digits(added.difference)}."
    )


def _sum(added: "Added", head: int, row: int) -> str:
    """What each head adds as a strip, with its length; then the bias, and all together."""
    lengths = added.lengths(row)
    longest = float(lengths.max()) or 1.0
    vectors = [*added.shares[row], added.bias, added.total[row]]
    names = [*(f"head {number}" for number in range(len(lengths))), "bias", "sum"]
    most = common_scale(vectors)
    rows = []
    for number, (name, vector) in enumerate(zip(names, vectors, strict=True)):
        length = float(np.linalg.norm(vector))
        bar = track(length / longest) if number < len(lengths) else ""
        cells = (tag("td", strip(vector, most)), tag("td", bar), tag("td", three_digits(length)))
        kind = "chosen" if number == head else ""
        rows.append(tag("tr", tag("th", name, scope="row"), *cells, class_=kind))
    heads = [tag("th", name, scope="col") for name in ("part", f"{added.total.shape[1]} numbers")]
    head_row = tag("tr", *heads, tag("th", "length", scope="col", colspan=2))
    table = tag("table", tag("thead", head_row), tag("tbody", *rows), class_="shares")
    return f"<div>{table}{legend(SIGNED, f'−{three_digits(most)}', three_digits(most))}</div>"


def _given_text(added: "Added", head: int, names: Sequence[str]) -> str:
    rest = added.rest(head)
    weight, given = added.from_token(head, rest)
    joined = "but" if given < weight else "and"
    return (
        f"{paragraph('attention', 'what_a_token_gives')} Most of this head's weight is on "
        f"<code>{escape(names[rest])}</code>: {percent(weight)} over all rows, {joined} "
        f"<b>{percent(given)}</b> of the lengths that are added."
    )


def _given(added: "Added", head: int, names: Sequence[str], masked: np.ndarray | None) -> str:
    side = cell_beside(len(names), max(map(len, names)))
    return grid(
        added.given[head],
        names,
        names,
        label="Token by token; arrow keys read out each length.",
        say="{column} gives {row} a vector of length {value}",
        low=0,
        high=float(added.given[head].max()) or 1.0,
        axes=AXES,
        cells=Cells(size=(side, side), masked=masked, masked_say=MASKED_SAY),
    )
