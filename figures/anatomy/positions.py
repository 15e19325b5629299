"""Positions as vectors: two tables in colours, and how alike rows are by their distance."""

from typing import TYPE_CHECKING

import numpy as np

from figures.parts.chart import Axis, Line, chart, ticks_for
from figures.parts.headline import decimals
from figures.parts.html import Html, tag
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.strip import common_scale, sheet
from figures.parts.style import SIGNED, minus, significant, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.positions import Table

NAMES = {"sinusoids": "Sinusoids", "rotary": "Rotary: one vector, turned"}


def headline(table: "Table", distance: int) -> str:
    """The dot product at the chosen distance, beside that of a row with itself."""
    there, itself = table.products(distance).mean(), table.products(0).mean()
    return f"<i>p</i> · (<i>p</i> − {distance}): <b>{decimals(there)}</b> of {decimals(itself)}"


def positions_figure(table: "Table", own: "Table", distance: int, *, kind: str, title: str) -> str:
    """The computed table beside the learned one, and the curves of both."""
    length = min(len(table.rows), len(own.rows))
    lines = [
        Line(NAMES[kind], list(enumerate(table.curve()[:length].tolist()))),
        Line(f"Learned by {title}", list(enumerate(own.curve()[:length].tolist()))),
    ]
    lowest = min(value for line in lines for _, value in line.points)
    across = Axis("distance p − q", ticks_for([0, length - 1]))
    up = Axis("cosine", ticks_for([min(lowest, 0.0), 1.0]))
    drawn = chart(lines, across, up, title="How alike positions are")
    return (
        '<figure class="figure anatomy positions"><div class="sheets">'
        f"{_sheet(NAMES[kind], table)}{_sheet(f'Learned by {title}', own)}"
        f'<div class="curve">{drawn}</div></div>'
        f"<figcaption>{_said(table, own, distance, kind)}</figcaption></figure>"
    )


def positions_table(table: "Table", own: "Table") -> str:
    """The mean dot product and cosine at every distance of both tables."""
    rows = []
    for distance in range(len(table.rows)):
        learned = distance < len(own.rows)
        rows.append(
            [
                f"{distance}",
                minus(float(table.products(distance).mean())),
                minus(float(table.cosines(distance).mean())),
                minus(float(own.cosines(distance).mean())) if learned else "–",
            ]
        )
    return headed_table(
        ("distance", "dot product", "cosine", "learned: cosine"), rows, numbers=True
    )


def _sheet(name: str, table: "Table") -> Html:
    """A table in colours: a row for each position, a column for each dimension."""
    positions, dimensions = table.rows.shape
    most = common_scale(list(table.rows))
    label = f"{name}: {positions} positions, {dimensions} dimensions"
    drawn = sheet(table.rows, most, label=label)
    ends = f"position 0 at the top to {positions - 1}; dimension 0 at the left to {dimensions - 1}"
    scale = Html(legend(SIGNED, f"−{three_digits(most)}", three_digits(most)))
    return tag("div", tag("h3", name), drawn, tag("small", ends), scale)


def _said(table: "Table", own: "Table", distance: int, kind: str) -> str:
    """Whether the product depends on the distance alone, and how alike neighbours are."""
    products = table.products(distance)
    spread = float(np.ptp(products))
    same = "exactly alike" if spread == 0 else f"alike within {significant(spread, 1)}"
    neighbours = own.cosines(1)
    rule = (
        paragraph("anatomy", "sinusoids")
        if kind == "sinusoids"
        else paragraph("anatomy", "rotary")
    )
    return (
        f"{rule} All {len(products):,} pairs at distance {distance} are {same}. In the learned "
        f"table neighbours have a cosine of {decimals(float(neighbours.mean()))} on average, from "
        f"{decimals(float(neighbours.min()))} to {decimals(float(neighbours.max()))}."
    )
