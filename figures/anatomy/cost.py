"""Time, memory and reach of a model by the length of its text: three charts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.anatomy.sizes import in_bytes
from figures.parts.chart import (
    BOTTOM,
    COLOURS,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    Line,
    chart,
    ticks_for,
)
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import percent, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.cost import Cost, Fit, Reach

HALVES = ("attention", "feed-forward")
MEGABYTE = 1e6


def headline(cost: "Cost") -> str:
    """How much longer both halves take at the longest text than at one half as long, fitted."""
    long, short = cost.lengths[-1], cost.lengths[-2]
    attention, forward = (
        fit.at(long) / (fit.at(short) or 1.0) for fit in (cost.attention_fit, cost.forward_fit)
    )
    return (
        f"twice the text: attention <b>× {attention:.1f}</b>, feed-forward <b>× {forward:.1f}</b>"
    )


def cost_figure(cost: "Cost", reach: "Reach", *, title: str) -> str:
    """Time and memory of both halves, and how far a gradient reaches."""
    fits = (cost.attention_fit, cost.forward_fit)
    curves = [
        Line(name, [(n, fit.at(n)) for n in range(0, cost.lengths[-1] + 1, 4)])
        for name, fit in zip(HALVES, fits, strict=True)
    ]
    tables = [
        Line(name, [(n, size / MEGABYTE) for n, size in zip(cost.lengths, sizes, strict=True)])
        for name, sizes in (("attention weights", cost.weights), ("units", cost.units))
    ]
    drawn = [
        _by_length(cost, curves, "milliseconds", "ms of one core, all layers", measured=True),
        _by_length(cost, tables, "MB", "Memory in MB, one layer"),
        _reach(reach, title),
    ]
    charts = "".join(str(tag("div", one, class_="curve")) for one in drawn)
    return (
        f'<figure class="figure anatomy cost"><div class="sheets">{charts}</div>'
        f"{_fits(cost)}<figcaption>{_said(cost, reach, title)}</figcaption></figure>"
    )


def cost_table(cost: "Cost") -> str:
    """Every length with what it takes."""
    rows = [
        [f"{n:,}", three_digits(look), three_digits(forward), in_bytes(weights), in_bytes(units)]
        for n, look, forward, weights, units in zip(
            cost.lengths, cost.attention, cost.forward, cost.weights, cost.units, strict=True
        )
    ]
    names = ("tokens", "attention, ms", "feed-forward, ms", "attention weights", "units")
    return headed_table(names, rows, numbers=True)


def _by_length(
    cost: "Cost", lines: Sequence[Line], up: str, title: str, *, measured: bool = False
) -> Html:
    """Lines over the length; the times that were measured as dots beside their curves."""
    dots = (cost.attention, cost.forward) if measured else ()
    most = max(*(high for line in lines for _, high in line.points), *(max(one) for one in dots))
    across, upright = Axis("tokens n", ticks_for([0, cost.lengths[-1]])), ticks_for([0, most])
    x = across.place(LEFT, WIDTH - RIGHT)
    y = Axis(up, upright).place(HEIGHT - BOTTOM, TOP)
    marks = "".join(
        f'<circle cx="{x(n):.1f}" cy="{y(time):.1f}" r="3.5" fill="{colour}"/>'
        for colour, times in zip(COLOURS, dots, strict=False)
        for n, time in zip(cost.lengths, times, strict=True)
    )
    return Html(chart(lines, across, Axis(up, upright), title=title, marks=marks))


def _reach(reach: "Reach", title: str) -> Html:
    most = max(len(reach.model), 2) - 1
    lines = [
        Line(name, list(enumerate((row / row[0]).tolist())))
        for name, row in ((title, reach.model), ("LSTM, not trained", reach.recurrent))
    ]
    highest = max(1.0, *(value for line in lines for _, value in line.points))
    across = Axis("tokens before the last", ticks_for([0, most]))
    up = Axis("share of its own", ticks_for([0, highest]), percent=True)
    return Html(chart(lines, across, up, title="How far a gradient reaches"))


def _fits(cost: "Cost") -> str:
    """The fitted curves, and how many steps must wait for each other."""
    n = cost.lengths[-1]
    items = [
        (f"{half} ≈ {_formula(fit)} ms", "")
        for half, fit in zip(HALVES, (cost.attention_fit, cost.forward_fit), strict=True)
    ]
    items.append((f"{2 * cost.layers}", f"steps one after the other, for {n:,} tokens as for one"))
    items.append((f"{n:,}", "for a recurrent layer: each token waits for the one before"))
    drawn = [tag("li", tag("b", text), tag("span", name) if name else "") for text, name in items]
    return str(tag("ul", *drawn, class_="costs"))


def _formula(fit: "Fit") -> str:
    terms = [(fit.constant, ""), (fit.linear, "·n"), (fit.square, "·n²")]
    return " + ".join(f"{three_digits(number)}{sign}" for number, sign in terms if number) or "0"


def _said(cost: "Cost", reach: "Reach", title: str) -> str:
    far = len(reach.model) - 1
    shares = [float(row[-1] / row[0]) for row in (reach.model, reach.recurrent)]
    token = token_sign(reach.token)
    return (
        f"{tag('span', title)}. {paragraph('anatomy', 'measured_once')} {far} tokens before "
        f"<code>{token}</code> a gradient still has {percent(shares[0])} of what it has at the "
        f"token itself; in the LSTM {percent(shares[1])}. {paragraph('anatomy', 'not_trained')}"
    )
