"""How what belongs to the sky is drawn, in a box of about 100 by 100."""

import math

from scenes.drawings.shapes import Part, Point, arc, curve, ellipse, line, polygon


def sun() -> list[Part]:
    """A disc with twelve rays."""
    rays = []
    for step in range(12):
        angle = step * math.tau / 12
        points = [
            (50 + r * math.cos(angle + off), 50 + r * math.sin(angle + off))
            for r, off in ((31, -0.14), (50, 0), (31, 0.14))
        ]
        rays.append(polygon("main", *points))
    return [
        *rays,
        ellipse("main", 50, 50, 27, apart=True),
        ellipse("mark", 41, 46, 2.6, 3.6),
        ellipse("mark", 59, 46, 2.6, 3.6),
        curve("mark", 2.4, (39, 57), (50, 63), (61, 57)),
    ]


def moon() -> list[Part]:
    """A crescent, open to the right."""
    outer = arc(50, 50, 48, 48, 42, 318)
    inner = arc(71, 50, 34, 34.5, 289, 71)
    return [
        polygon("main", *outer, *inner),
        ellipse("dark", 20, 42, 4.5, 6),
        ellipse("dark", 27, 67, 5.5, 5),
        ellipse("dark", 38, 18, 3.5, 3),
    ]


def star() -> list[Part]:
    """Five points."""
    return [polygon("main", *_star(50, 52, 50, 21)), ellipse("light", 43, 43, 4, 7, 25)]


def _star(x: float, y: float, outer: float, inner: float) -> list[Point]:
    turns = [(step * math.pi / 5 - math.pi / 2, (outer, inner)[step % 2]) for step in range(10)]
    return [(x + r * math.cos(angle), y + r * math.sin(angle)) for angle, r in turns]


def cloud() -> list[Part]:
    """Puffs on a flat foot."""
    return [*_puffs(), curve("dark", 2.2, (30, 44), (37, 34), (48, 36))]


def _puffs() -> list[Part]:
    return [
        ellipse("main", 20, 46, 20, 17),
        ellipse("main", 44, 30, 24, 24),
        ellipse("main", 70, 38, 20, 20),
        ellipse("main", 84, 49, 16, 14),
        polygon("main", (18, 40), (86, 40), (86, 63), (18, 63)),
    ]


def raincloud() -> list[Part]:
    """A cloud and the drops that fall from it."""
    drops = [(20, 74), (38, 82), (56, 74), (74, 82), (30, 97), (66, 97)]
    return [
        *(line("drop", 4.6, (x + 2.5, y - 5), (x - 2.5, y + 6)) for x, y in drops),
        *_puffs(),
        curve("dark", 2.2, (30, 44), (37, 34), (48, 36)),
    ]


def rainbow() -> list[Part]:
    """Six bands, red outside."""
    bands = ("red", "orange", "gold", "green", "blue", "purple")
    parts = []
    for index, role in enumerate(bands):
        outer, inner = 50 - 4.6 * index, 50 - 4.6 * (index + 1)
        points = [*arc(50, 50, outer, outer, 180, 360), *arc(50, 50, inner, inner, 360, 180)]
        parts.append(polygon(role, *points))
    return parts


def thunderbolt() -> list[Part]:
    """A jagged bolt."""
    bolt = [(38, 0), (66, 0), (50, 34), (72, 34), (24, 100), (37, 52), (16, 52)]
    return [polygon("main", *bolt)]


SKY = {
    "sun": sun,
    "moon": moon,
    "star": star,
    "cloud": cloud,
    "raincloud": raincloud,
    "rainbow": rainbow,
    "thunderbolt": thunderbolt,
}
