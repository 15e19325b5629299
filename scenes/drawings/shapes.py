"""The shapes that drawn things are made of, as points; y grows downward, any unit will do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Part:
    """One filled outline or one line of a thing, in a colour that its role names."""

    role: str  # a name that `scenes.paint.palette` knows
    points: tuple[Point, ...]
    width: float = 0  # of a line; 0: filled
    apart: bool = False  # has its own outline, even where its neighbour has the same role


def polygon(role: str, *points: Point, apart: bool = False) -> Part:
    """Straight edges."""
    return Part(role, points, apart=apart)


def box(role: str, left: float, top: float, right: float, bottom: float, r: float = 0) -> Part:
    """An upright rectangle with corners of radius `r`."""
    if not r:
        return polygon(role, (left, top), (right, top), (right, bottom), (left, bottom))
    corners = ((right - r, top + r), (right - r, bottom - r), (left + r, bottom - r))
    points = [
        (x + r * math.cos(angle), y + r * math.sin(angle))
        for corner, (x, y) in enumerate((*corners, (left + r, top + r)))
        for angle in (math.radians(90 * corner - 90 + step * 22.5) for step in range(5))
    ]
    return Part(role, tuple(points))


def ellipse(
    role: str, x: float, y: float, rx: float, ry: float = 0, turn: float = 0, apart: bool = False
) -> Part:
    """An ellipse round (x, y), turned by degrees clockwise; a circle without `ry`."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    points = []
    for step in range(28):
        angle = step * math.tau / 28
        u, v = rx * math.cos(angle), (ry or rx) * math.sin(angle)
        points.append((x + u * cos - v * sin, y + u * sin + v * cos))
    return Part(role, tuple(points), apart=apart)


def eye(x: float, y: float, r: float) -> list[Part]:
    """A white with a pupil that looks a little to the right."""
    return [ellipse("paper", x, y, r), ellipse("ink", x + r * 0.2, y, r * 0.62)]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    """Points from `start` to `end` degrees, clockwise from the right, as the clock hand goes."""
    steps = max(3, round(abs(end - start) / 7))
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def blob(role: str, *points: Point, apart: bool = False) -> Part:
    """A smooth closed outline through the points (Catmull and Rom 1974)."""
    return Part(role, tuple(_smooth(points, closed=True)), apart=apart)


def line(role: str, width: float, *points: Point) -> Part:
    """Straight strokes from point to point."""
    return Part(role, points, width)


def curve(role: str, width: float, *points: Point) -> Part:
    """A smooth stroke through the points, at least three."""
    return Part(role, tuple(_smooth(points, closed=False)), width)


def ring(role: str, x: float, y: float, r: float, width: float) -> Part:
    """A circle as a stroke."""
    return Part(role, tuple(arc(x, y, r, r, 0, 360)), width)


def _smooth(points: Sequence[Point], closed: bool, steps: int = 6) -> list[Point]:
    count = len(points)
    ends = points if closed else (_before(*points[:3]), *points, _before(*points[:-4:-1]))
    smooth = []
    for index in range(count if closed else count - 1):
        window = [ends[(index + k - closed) % len(ends)] for k in range(4)]
        smooth += [_between(window, step / steps) for step in range(steps)]
    return smooth if closed else [*smooth, points[-1]]


def _before(first: Point, second: Point, third: Point) -> Point:
    """Where a parabola through the first three points of a curve comes from."""
    return (
        3 * (first[0] - second[0]) + third[0],
        3 * (first[1] - second[1]) + third[1],
    )


def _between(window: Sequence[Point], t: float) -> Point:
    weights = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    return (
        sum(weight * point[0] for weight, point in zip(weights, window, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, window, strict=True)),
    )
