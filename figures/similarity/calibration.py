"""Where cosines stand among those of random pairs: in words, and as a picture."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.prose import paragraph

if TYPE_CHECKING:
    from services.similarity.calibration import Calibration

# px; the bars stand on the base line. On a phone the style sheet makes the letters as large as
# there is room for here, so that they are still 16 px when the picture is half as wide.
WIDTH, HEIGHT, LEFT, BASE = 640, 168, 10, 88
BINS = 120
MARK = "#D55E00"  # of Okabe and Ito's colours the one that stands out on light and on dark


def rounded(percentiles: np.ndarray) -> np.ndarray:
    """Percentiles to a tenth; 100 only where all pairs are less alike, 0 only where none is."""
    percentiles = np.asarray(percentiles, dtype=float)
    between = np.clip(np.round(percentiles, 1), 0.1, 99.9)
    return np.where((percentiles <= 0) | (percentiles >= 100), percentiles, between)


def cosine_digits(cosine: float) -> str:
    """A cosine as all of them are written: three decimals, 0.830 beside 0.978."""
    return f"{cosine:.3f}"


def standing(cosine: float, calibration: "Calibration | None") -> str:
    """One cosine against the random pairs, in words; empty where there are none."""
    if calibration is None or calibration.flat:
        return ""
    percentile = float(calibration.percentiles(np.array(cosine)))
    if percentile >= 100:
        return f"higher than all {calibration.pairs:,} random pairs"
    if percentile <= 0:
        return f"lower than all {calibration.pairs:,} random pairs"
    return f"higher than {percent(cosine, calibration)} of random pairs"


def percent(cosine: float, calibration: "Calibration | None") -> str:
    """The same as short as a table needs it."""
    if calibration is None or calibration.flat:
        return "–"
    percentile = float(calibration.percentiles(np.array(cosine)))
    shown = float(rounded(np.array(percentile)))
    return f"{shown:.1f}%" if 0 < shown < 100 else f"{shown:g}%"


def missing(calibration: "Calibration | None", title: str) -> str:
    """Why no percentile is shown; empty where one is."""
    if calibration is None:
        return f"No random pairs were measured for {title}, so no percentiles are given."
    if calibration.flat:
        return paragraph("similarity", "all_vectors_are_alike")
    return ""


def random_pairs(calibration: "Calibration", cosines: np.ndarray, *, setting: str) -> str:
    """The cosines of random pairs as bars, and the visitor's (pair,) as lines among them."""
    lowest = min(0.0, float(calibration.quantiles[0]), float(cosines.min()))
    low = math.floor(lowest * 10) / 10
    edges = np.linspace(low, 1, BINS + 1)

    def across(cosine: float) -> float:
        return LEFT + (cosine - low) / (1 - low) * (WIDTH - 2 * LEFT)

    shares = calibration.shares(edges)
    bars = "".join(
        f'<rect x="{across(edge):.1f}" y="{BASE - 74 * share / shares.max():.1f}" '
        f'width="{across(edges[1]) - across(edges[0]):.1f}" '
        f'height="{74 * share / shares.max():.1f}"/>'
        for edge, share in zip(edges[:-1], shares, strict=True)
        if share > 0
    )
    lines = "".join(f"M{across(c):.1f} {BASE - 82}V{BASE + 4}" for c in np.unique(cosines))
    opacity = 1 if len(cosines) <= 60 else 0.25
    label = (
        f"{setting}: half of {calibration.pairs:,} random pairs have a cosine below "
        f"{cosine_digits(calibration.quantile(50))}, 95% below "
        f"{cosine_digits(calibration.quantile(95))}, 99% below "
        f"{cosine_digits(calibration.quantile(99))}. They are all the pairs of "
        f"{calibration.sentences} short sentences, each about something else."
    )
    return (
        "<p>Random pairs as bars, your pairs as lines</p>"
        f'<svg class="random-pairs" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg" aria-label="{label}" '
        'font-family="Source Sans Pro, sans-serif" font-size="16" fill="currentColor">'
        f'<g fill="#8a8a8a">{bars}</g>'
        f'<path d="{lines}" stroke="{MARK}" stroke-width="2" opacity="{opacity}"/>'
        f"{_axis(low, across)}{_bounds(calibration, across)}</svg>"
        f'<p class="legend">{label}</p>'
    )


def _axis(low: float, across: Callable[[float], float]) -> str:
    """The base line with a tick at every fifth of cosine."""
    ticks = [tick / 10 for tick in range(math.ceil(low * 5) * 2, 11, 2)]
    return f'<path d="M{LEFT} {BASE}H{WIDTH - LEFT}" stroke="currentColor"/>' + "".join(
        f'<text x="{across(tick):.1f}" y="{BASE + 30}" text-anchor="middle">{tick:g}</text>'
        for tick in ticks
    )


def _bounds(calibration: "Calibration", across: Callable[[float], float]) -> str:
    """Where 95 and 99 of a hundred random pairs end, named below the axis."""
    names = []
    for percent_below, anchor in ((95, "end"), (99, "start")):
        x = across(calibration.quantile(percent_below))
        side = -4 if anchor == "end" else 4
        names.append(
            f'<path d="M{x:.1f} {BASE - 30}V{HEIGHT - 8}" stroke="currentColor" '
            'stroke-dasharray="3 3"/>'
            f'<text x="{x + side:.1f}" y="{HEIGHT - 10}" text-anchor="{anchor}">'
            f"{percent_below}%</text>"
        )
    return "".join(names)
