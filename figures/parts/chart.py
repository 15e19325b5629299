"""Line charts of a training record: small, readable on a phone, drawn as SVG."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

Place = Callable[[float], float]  # from a number to px

WIDTH, HEIGHT = 300, 250  # as wide as a phone has room, so that 16 px stay 16 px
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 16, 54
# Of Okabe and Ito's colours those that a thin line keeps on white and on black (3:1).
COLOURS = ("#0072B2", "#D55E00", "#009E73")
DASHES = ("", "7 4", "2 3")  # said again by the dash, for whoever sees no colour
REST = "#8a8a8a"
FACE = 'font-family="Source Sans Pro, sans-serif" font-size="16" fill="currentColor"'


def minus(number: str) -> str:
    """A written number with a minus sign in place of a hyphen."""
    return number.replace("-", "−")


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name, and where it goes through."""

    name: str
    points: Sequence[tuple[float, float]]
    dots: bool = False  # measured at few places, which are marked


@dataclass(frozen=True)
class Axis:
    """One axis: what it counts, and the ticks; the first and the last are its ends."""

    title: str
    ticks: Sequence[float]
    percent: bool = False

    def write(self, tick: float) -> str:
        """A tick as it is written."""
        return f"{100 * tick:g}%" if self.percent else minus(f"{tick:g}")

    def place(self, start: float, end: float) -> Place:
        """Where a number stands between two ends in px; what is outside stands at the end."""
        low, high = self.ticks[0], self.ticks[-1]

        def at(value: float) -> float:
            share = (min(max(value, low), high) - low) / ((high - low) or 1.0)
            return start + share * (end - start)

        return at


def ticks_for(values: Sequence[float], *, at_most: int = 5) -> tuple[float, ...]:
    """Round ticks around all values, both ends among them."""
    low, high = min(values), max(values)
    spread = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(spread / at_most))
    for step in (power * base for base in (1, 2, 2.5, 5, 10, 20)):
        first, last = math.floor(low / step), math.ceil(high / step)
        if last - first <= at_most:
            break
    return tuple(round(number * step, 10) for number in range(first, last + 1))


def chart(lines: Sequence[Line], across: Axis, up: Axis, *, title: str, marks: str = "") -> str:
    """The lines with their axes, and their names below; `marks` are drawn beneath the lines."""
    x, y = across.place(LEFT, WIDTH - RIGHT), up.place(HEIGHT - BOTTOM, TOP)
    drawn = "".join(_drawn(line, number, x, y) for number, line in enumerate(lines))
    text = escape(f"{title}. {up.title} over {across.title}; the table below holds the numbers.")
    return (
        f'<div class="chart"><p class="chart-title">{escape(title)}</p>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'aria-label="{text}" {FACE}><title>{escape(title)}</title>'
        f"{axes(across, up, x, y)}{marks}{drawn}</svg>{_names(lines)}</div>"
    )


def axes(across: Axis, up: Axis, x: Place, y: Place) -> str:
    """Ticks below and at the left, with a thin line from each of the left ones."""
    right, low = WIDTH - RIGHT, HEIGHT - BOTTOM
    below = "".join(
        f'<text x="{x(tick):.1f}" y="{low + 20}" text-anchor="'
        f'{"end" if tick == across.ticks[-1] else "middle"}">{across.write(tick)}</text>'
        for tick in across.ticks
    )
    left = "".join(
        f'<path d="M{LEFT} {y(tick):.1f}H{right}" stroke="{REST}" opacity="0.4"/>'
        f'<text x="{LEFT - 8}" y="{y(tick):.1f}" text-anchor="end" '
        f'dominant-baseline="central">{up.write(tick)}</text>'
        for tick in up.ticks
    )
    middle = (LEFT + right) / 2
    return (
        f'{left}{below}<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(across.title)}</text>"
    )


def upright(value: float, across: Axis) -> str:
    """A dashed mark at one place of the axis below."""
    at = across.place(LEFT, WIDTH - RIGHT)(value)
    return (
        f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="currentColor" '
        'stroke-width="1.5" stroke-dasharray="4 4"/>'
    )


def _drawn(line: Line, number: int, x: Place, y: Place) -> str:
    colour, dash = _look(number)
    points = " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in line.points)
    dots = "".join(
        f'<circle cx="{x(across):.1f}" cy="{y(up):.1f}" r="3.5" fill="{colour}"/>'
        for across, up in (line.points if line.dots else ())
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" '
        f'stroke-linejoin="round" stroke-dasharray="{dash}"/>{dots}'
    )


def _look(number: int) -> tuple[str, str]:
    place = number % len(COLOURS)
    return COLOURS[place], DASHES[place]


def _names(lines: Sequence[Line]) -> str:
    """The names below the chart, each with a piece of its line."""
    items = []
    for number, line in enumerate(lines):
        colour, dash = _look(number)
        items.append(
            '<li><svg viewBox="0 0 32 8" width="32" height="8" aria-hidden="true" '
            'xmlns="http://www.w3.org/2000/svg">'
            f'<path d="M0 4H32" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>'
            f"</svg><span>{escape(line.name)}</span></li>"
        )
    return f'<ul class="names">{"".join(items)}</ul>'
