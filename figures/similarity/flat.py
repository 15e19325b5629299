"""The map of sentences in two dimensions: points with their numbers, and words that find room.

Plotly would be a megabyte for six points; it draws the map in three dimensions (map.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDE, HIGH = 900.0, 560.0  # the picture's proportions, and what room its labels are given
EDGE = 44.0  # px left free around the points
POINT, LETTER, LINE = 30.0, 8.2, 24.0  # px of a point, of a letter on the average, of a line
PAD = 16.0  # px around the numbers of points that share a mark
LONGEST = 26  # characters of a label


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def flat_map(points: np.ndarray, sentences: Sequence[str], axes: tuple[str, str]) -> str:
    """Points (sentence, 2) as HTML, one unit as long to the right as upwards, or distances lie.

    Each point bears its number, and its sentence where the label meets no other.
    """
    places = _places(points)
    numbers = shared_labels(np.array(places), POINT)
    halves = [max(POINT, PAD + LETTER * len(mark)) / 2 for mark in numbers]
    drawn = [_around(x, y, half) for (x, y), half in zip(places, halves, strict=True)]
    items = []
    for number, ((x, y), sentence) in enumerate(zip(places, sentences, strict=True), start=1):
        text = sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1].rstrip()}…"
        half = halves[number - 1]
        side, label = _free_side(x, y, half, text, drawn, number - 1)
        if label:
            drawn.append(label)
        words = f"<span>{escape(text)}</span>" if side else ""
        items.append(
            f'<li class="{side}" style="left:{x / WIDE:.2%};top:{y / HIGH:.2%};--half:{half:g}px" '
            f'title="{escape(f"{number} {sentence}")}">{_mark(numbers[number - 1])}{words}</li>'
        )
    across, up = map(escape, axes)
    return (
        f'<div class="flat-map" role="img" aria-label="A map of {len(items)} sentences; the table '
        f'below has their places."><i class="across">{across}</i><i class="up">{up}</i>'
        f"<ol>{''.join(items)}</ol></div>"
    )


def shared_labels(points: np.ndarray, near: float) -> list[str]:
    """A number for each point; points nearer than that to an earlier one share the label of it."""
    labels: dict[int, list[str]] = {}
    for number, point in enumerate(points):
        distances = {first: np.linalg.norm(point - points[first]) for first in labels}
        first = min(distances, key=distances.__getitem__, default=number)
        if distances.get(first, np.inf) > near:
            first = number
        labels.setdefault(first, []).append(str(number + 1))
    return [", ".join(labels.get(number, [])) for number in range(len(points))]


def _mark(numbers: str) -> str:
    return f"<b>{numbers}</b>" if numbers else ""


def _places(points: np.ndarray) -> list[tuple[float, float]]:
    """Each point in px of a picture WIDE by HIGH, in the middle of it, as large as it may be."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDE - 2 * EDGE, HIGH - 2 * EDGE])
    spans = np.maximum(high - low, 1e-12)
    scale = float((room / spans).min()) if (high - low).max() > 0 else 0.0
    middle = (low + high) / 2
    moved = (points - middle) * scale
    return [(WIDE / 2 + float(x), HIGH / 2 - float(y)) for x, y in moved]


def _around(x: float, y: float, half: float) -> _Box:
    return _Box(x - half, y - POINT / 2, x + half, y + POINT / 2)


def _free_side(
    x: float, y: float, half: float, text: str, drawn: Sequence[_Box], own: int
) -> tuple[str, _Box | None]:
    """At which side of its point a label meets nothing; none where it would everywhere."""
    wide, gap, beside = LETTER * len(text), POINT / 2 + 4, half + 4
    sides = {
        "right": _Box(x + beside, y - LINE / 2, x + beside + wide, y + LINE / 2),
        "left": _Box(x - beside - wide, y - LINE / 2, x - beside, y + LINE / 2),
        "over": _Box(x - wide / 2, y - gap - LINE, x + wide / 2, y - gap),
        "under": _Box(x - wide / 2, y + gap, x + wide / 2, y + gap + LINE),
    }
    for side, box in sides.items():
        inside = box.left > 0 and box.right < WIDE and box.top > 0 and box.bottom < HIGH
        if inside and not any(box.meets(other) for at, other in enumerate(drawn) if at != own):
            return side, box
    return "", None
