"""How what stands in a landscape is drawn, in a box of about 100 by 100."""

import math

from scenes.drawings.shapes import Part, arc, blob, box, curve, ellipse, line, polygon


def house() -> list[Part]:
    """Walls, a pitched roof, a door, two windows and a chimney."""
    return [
        box("dark", 70, 8, 81, 36),
        box("main", 12, 42, 88, 100),
        polygon("dark", (50, 4), (100, 46), (0, 46)),
        box("wood", 42, 68, 58, 100),
        ellipse("gold", 54.5, 85, 1.8),
        *_window(19, 56, 17),
        *_window(64, 56, 17),
    ]


def _window(left: float, top: float, wide: float) -> list[Part]:
    right, low = left + wide, top + wide
    middle, across = left + wide / 2, top + wide / 2
    return [
        box("paper", left - 2, top - 2, right + 2, low + 2),
        box("glass", left, top, right, low),
        line("paper", 1.8, (middle, top), (middle, low)),
        line("paper", 1.8, (left, across), (right, across)),
    ]


def castle() -> list[Part]:
    """Two towers, a wall with battlements between them, and a gate."""
    gate = [(40, 100), *arc(50, 76, 10, 12, 180, 360), (60, 100)]
    flags = [(13, 2), (87, 2)]
    return [
        *(line("ink", 1.6, (x, 2), (x, 26)) for x, _ in flags),
        *(polygon("red", (x, 2), (x + 12, 6), (x, 10)) for x, _ in flags),
        *(box("main", x, 42, x + 8, 54) for x in (26, 38, 54, 66)),
        box("main", 24, 50, 76, 100),
        *(box("main", x, 24, x + 7, 34) for x in (0, 9.5, 19, 74, 83.5, 93)),
        box("main", 0, 31, 26, 100),
        box("main", 74, 31, 100, 100),
        polygon("wood", *gate),
        *(box("ink", x - 2.5, 46, x + 2.5, 58, 2) for x in (13, 87)),
        line("dark", 2, (24, 52), (24, 100)),
        line("dark", 2, (76, 52), (76, 100)),
        *(
            line("dark", 1.8, (x, y), (x + 7, y))
            for x, y in ((4, 70), (14, 82), (80, 68), (88, 84))
        ),
    ]


def tent() -> list[Part]:
    """A ridge tent with an open flap."""
    return [
        polygon("dark", (48, 5), (72, 0), (100, 78), (82, 84)),
        polygon("main", (48, 5), (82, 84), (0, 84)),
        polygon("ink", (48, 42), (58, 84), (36, 84)),
        polygon("light", (48, 42), (36, 84), (28, 84), (42, 54)),
        line("wood", 2.4, (48, 0), (48, 10)),
    ]


def windmill() -> list[Part]:
    """A tapering tower with four sails."""
    sails = []
    for step in range(4):
        angle = math.radians(step * 90 + 32)
        cos, sin = math.cos(angle), math.sin(angle)
        spots = ((8, 0), (40, 0), (40, 10), (8, 10))
        sails.append(
            polygon("light", *((50 + u * cos - v * sin, 38 + u * sin + v * cos) for u, v in spots))
        )
        sails.append(line("wood", 2.6, (50, 38), (50 + 43 * cos, 38 + 43 * sin)))
    return [
        polygon("main", (37, 34), (63, 34), (72, 100), (28, 100)),
        polygon("dark", (34, 36), (40, 22), (50, 17), (60, 22), (66, 36)),
        box("wood", 43, 82, 57, 100, 2),
        box("glass", 45, 58, 55, 70, 2),
        *sails,
        ellipse("wood", 50, 38, 4),
    ]


def mountain() -> list[Part]:
    """Two peaks with snow."""
    snow = ((42, 4), (56, 30), (49, 27), (44, 36), (38, 27), (28, 32))
    return [
        polygon("dark", (72, 24), (100, 74), (44, 74)),
        polygon("snow", (72, 24), (80, 38), (75, 36), (71, 42), (66, 35)),
        polygon("main", (42, 4), (82, 74), (0, 74)),
        polygon("snow", *snow),
        line("dark", 2, (52, 44), (60, 60)),
        line("dark", 2, (30, 50), (24, 62)),
    ]


def bridge() -> list[Part]:
    """A stone arch bridge with a railing."""
    arches = [*arc(27, 52, 15, 21, 180, 360), *arc(73, 52, 15, 21, 180, 360)]
    deck = [(0, 52), *arches, (100, 52), (100, 24), (75, 14), (50, 11), (25, 14), (0, 24)]
    return [
        polygon("main", *deck),
        *(
            line("dark", 2.6, (x, y), (x, y - 12))
            for x, y in ((4, 22), (27, 13), (50, 11), (73, 13))
        ),
        line("dark", 2.6, (96, 22), (96, 10)),
        curve("dark", 3, (2, 11), (25, 2), (50, -1), (75, 2), (98, 11)),
        curve("dark", 2, (12, 44), (17, 32), (27, 26), (37, 32), (42, 44)),
        curve("dark", 2, (58, 44), (63, 32), (73, 26), (83, 32), (88, 44)),
    ]


def fence() -> list[Part]:
    """Six pointed pales and two rails."""
    pales = []
    for left in (0, 17.4, 34.8, 52.2, 69.6, 87):
        right, middle = left + 13, left + 6.5
        points = ((left, 10), (middle, 0), (right, 10), (right, 56), (left, 56))
        pales.append(polygon("main", *points))
    return [box("dark", 0, 18, 100, 25), box("dark", 0, 40, 100, 47), *pales]


def river() -> list[Part]:
    """Water that winds towards us between green banks, with ripples."""
    far, bends = ((60, 0), (68, 0)), ((64, 12), (50, 22), (66, 34), (92, 48), (98, 68))
    back = ((22, 68), (36, 50), (26, 36), (30, 20), (50, 10))
    bank = [(x + (5 if x > 47 else -5), y) for x, y in (*far, *bends, (96, 78), (16, 78), *back)]
    return [
        blob("stem", *bank),
        blob("main", *far, *bends, (92, 80), (20, 80), *back),
        curve("light", 2.4, (48, 46), (56, 43), (64, 46), (72, 43)),
        curve("light", 2.4, (38, 62), (46, 59), (54, 62), (62, 59)),
        curve("light", 2.4, (60, 72), (68, 69), (76, 72), (84, 69)),
        curve("light", 2, (36, 27), (42, 24), (48, 27)),
    ]


BUILDINGS = {
    "house": house,
    "castle": castle,
    "tent": tent,
    "windmill": windmill,
    "mountain": mountain,
    "bridge": bridge,
    "fence": fence,
    "river": river,
}
