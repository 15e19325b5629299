"""Arrows in a plane whose tips are moved, with a pointer or with the arrow keys (plane.js)."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figures.parts.html import Html, tag
from figures.parts.style import CATEGORIES

HALF = 200  # px from the origin to an edge
EDGE = 14  # px around the plane, for what stands at its edge
LEAST = 5.0  # units that the plane reaches at least
# Okabe and Ito's colours, the palest at the end: a line is thin.
COLOURS = (*(CATEGORIES[place] for place in (5, 4, 2, 6, 1, 0)), "#8a8a8a", "#7a5c3e")


@dataclass(frozen=True)
class Arrow:
    """One vector from the origin: its name in the picture, and where its tip is."""

    name: str
    at: tuple[float, float]
    colour: str
    still: bool = False  # computed from the others: it is not moved by hand


def reach(values: Sequence[float]) -> float:
    """How far the plane reaches, so that all of these have room in it: 5, 10, 20, 50 …"""
    most = max([LEAST, *map(abs, values)])
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 5, 10) if most <= step * power)


def written(value: float) -> str:
    """A number with at most two decimals, as plane.js writes it too."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def pair(x: float, y: float) -> str:
    """A vector as it is read."""
    return f"[{written(x)}, {written(y)}]"


def plane(
    arrows: Sequence[Arrow], sets: str, *, label: str, own: Mapping[str, str] | None = None
) -> Html:
    """The arrows; when one that was moved rests, the control `sets` has all that can be moved.

    `own` are other controls that are then set as well.
    """
    limit = reach([value for arrow in arrows for value in arrow.at])
    moved = [arrow.at for arrow in arrows if not arrow.still]
    told = {"limit": limit, "sets": sets, "tips": moved, "own": dict(own or {})}
    tips = iter(range(len(moved)))
    drawn = [_arrow(one, HALF / limit, None if one.still else next(tips)) for one in arrows]
    size = HALF + EDGE
    picture = tag(
        "svg",
        _paper(limit),
        *drawn,
        viewBox=f"{-size} {-size} {2 * size} {2 * size}",
        xmlns="http://www.w3.org/2000/svg",
        font_family="Source Sans Pro, sans-serif",
        font_size="16",
        role="group",
        aria_label=label,
        fill="currentColor",
    )
    commit = tag("button", type="button", hidden=True, data_pick="{}")
    return tag("div", picture, commit, class_="plane", data_plane=json.dumps(told))


def _paper(limit: float) -> Html:
    """A line at each fifth of the way, the axes, and how far they reach."""
    lines = "".join(
        f"M{index} {-HALF}V{HALF}M{-HALF} {index}H{HALF}"
        for index in range(-HALF, HALF + 1, HALF // 5)
    )
    far = written(limit)
    return Html(
        f'<path d="{lines}" stroke="#8a8a8a" stroke-width="1" opacity="0.3" fill="none"/>'
        f'<path d="M{-HALF} 0H{HALF}M0 {-HALF}V{HALF}" stroke="#8a8a8a" stroke-width="1.5" '
        f'fill="none"/><text x="{HALF}" y="-6" text-anchor="end" opacity="0.75">{far}</text>'
        f'<text x="6" y="{-HALF + 14}" opacity="0.75">{far}</text>'
    )


def _arrow(arrow: Arrow, unit: float, number: int | None) -> Html:
    """A shaft from the origin, and a tip with the name, which plane.js moves together."""
    across, up = arrow.at
    x, y = round(across * unit, 2), round(-up * unit, 2)
    # As attributes, not in the sheet: a picture that is saved has no sheet.
    shaft = tag(
        "path",
        class_="shaft",
        d=f"M0 0L{x} {y}",
        stroke=arrow.colour,
        stroke_width="3.5",
        stroke_dasharray="6 5" if arrow.still else "",
        fill="none",
    )
    head = tag(
        "path",
        class_="head",
        d="M2 0L-13 6.5V-6.5Z",
        fill=arrow.colour,
        transform=f"rotate({round(math.degrees(math.atan2(y, x)), 2)})",
    )
    side = "end" if across < 0 else "start"
    name = tag(
        "text", arrow.name, x=-12 if across < 0 else 12, y=5, text_anchor=side, font_weight="600"
    )
    handle = tag("circle", class_="handle", r=18, fill=arrow.colour, fill_opacity="0.12")
    moves = {}
    if number is not None:
        moves = {
            "data_tip": number,
            "tabindex": "0",
            "role": "slider",
            "aria_label": f"{arrow.name}: arrow keys move its tip",
            "aria_valuetext": f"{written(across)}, {written(up)}",
            "aria_valuenow": f"{across:g}",
            "aria_valuemin": f"{-HALF / unit:g}",
            "aria_valuemax": f"{HALF / unit:g}",
        }
    return tag(
        "g",
        shaft,
        tag(
            "g",
            head,
            handle if number is not None else "",
            name,
            class_="tip",
            **moves,
            transform=f"translate({x} {y})",
        ),
        class_="arrow still" if arrow.still else "arrow",
    )
