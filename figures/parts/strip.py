"""A vector as a strip of colours: one stripe for each number."""

from collections.abc import Sequence

import numpy as np

from figures.parts.html import Html, tag
from figures.parts.pixels import pixels
from figures.parts.style import SIGNED, STEPS, ramp

PIXELS = "image-rendering:pixelated"


def common_scale(vectors: Sequence[np.ndarray]) -> float:
    """The number that has the strongest colour, so that strips can be compared.

    Some numbers of a vector are far larger than the others: what is larger than one and a half of
    what 19 of 20 numbers of a usual strip stay below is coloured as if it were that.
    """
    usual = [float(np.percentile(np.abs(vector), 95)) for vector in vectors]
    largest = max(float(np.abs(vector).max()) for vector in vectors)
    return min(1.5 * float(np.median(usual)), largest) or 1.0


def strip(vector: np.ndarray, most: float) -> Html:
    """The numbers from left to right, −most to most in the colours of against and for."""
    return _picture(vector[None, :], most, class_="strip", aria_hidden="true")


def sheet(rows: np.ndarray, most: float, *, label: str) -> Html:
    """A strip for each row (row, column), one below the other; `label` says what they are."""
    return _picture(rows, most, class_="strip sheet", role="img", aria_label=label)


def _picture(rows: np.ndarray, most: float, **attributes: str) -> Html:
    """The numbers as pixels in an SVG, which is as large as its place."""
    share = np.clip(rows / most, -1, 1)
    picture = pixels(np.round((share + 1) / 2 * (STEPS - 1)), ramp(SIGNED))
    tall, wide = rows.shape
    size = f'width="{wide}" height="{tall}" preserveAspectRatio="none"'
    return tag(
        "svg",
        Html(f'<image href="{picture}" {size} style="{PIXELS}"/>'),
        viewBox=f"0 0 {wide} {tall}",
        preserveAspectRatio="none",
        xmlns="http://www.w3.org/2000/svg",
        **attributes,
    )
