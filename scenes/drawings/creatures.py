"""How smaller creatures are drawn, in a box of about 100 by 100, facing right."""

from scenes.drawings.shapes import Part, arc, blob, box, curve, ellipse, eye, line, polygon


def bird() -> list[Part]:
    """Flies: a raised wing, a forked tail, a beak."""
    return [
        blob("dark", (44, 44), (30, 22), (34, 2), (54, 20), (60, 42)),
        polygon("main", (24, 52), (0, 44), (8, 56), (0, 66), (26, 62)),
        blob("main", (16, 56), (36, 42), (64, 38), (82, 46), (78, 62), (52, 74), (28, 68)),
        ellipse("main", 77, 42, 14, 13),
        polygon("flame", (88, 36), (104, 43), (88, 48)),
        blob("dark", (62, 50), (44, 36), (22, 14), (16, 0), (44, 10), (60, 28)),
        blob("light", (50, 64), (66, 54), (80, 54), (72, 64), (58, 70)),
        *eye(80, 39, 4.2),
    ]


def fish() -> list[Part]:
    """A tail fin, a back fin, scales."""
    return [
        polygon("dark", (24, 34), (0, 10), (6, 34), (0, 58)),
        blob("dark", (38, 14), (50, 0), (68, 4), (64, 16)),
        blob("main", (14, 34), (40, 12), (74, 12), (100, 34), (74, 56), (40, 56)),
        curve("dark", 2.4, (72, 16), (65, 34), (72, 52)),
        *(
            curve("light", 2.2, (x, y - 6), (x - 5, y), (x, y + 6))
            for x, y in ((52, 26), (52, 42), (38, 34))
        ),
        polygon("dark", (58, 40), (42, 52), (52, 36)),
        *eye(83, 29, 5),
        curve("mark", 1.8, (97, 40), (91, 42), (87, 41)),
    ]


def duck() -> list[Part]:
    """Swims: a long body with a raised tail, a flat beak."""
    return [
        polygon("flame", (82, 24), (104, 30), (101, 37), (82, 38)),
        blob(
            "main",
            (0, 44),
            (20, 56),
            (48, 52),
            (58, 40),
            (78, 48),
            (86, 66),
            (74, 84),
            (30, 86),
            (8, 70),
        ),
        ellipse("main", 70, 27, 19),
        blob("dark", (20, 60), (44, 56), (62, 62), (50, 76), (28, 74)),
        *eye(76, 22, 4.6),
    ]


def butterfly() -> list[Part]:
    """Four wings with spots, feelers."""
    wings = []
    for side in (-1, 1):
        top = ((4, -4), (20, -34), (44, -36), (46, -12), (26, 2))
        low = ((4, 2), (26, 4), (38, 20), (24, 38), (8, 22))
        for points in (top, low):
            wings.append(blob("main", *((50 + side * x, 44 + y) for x, y in points)))
    spots = [ellipse("accent", 50 + side * 32, 22, 6.5) for side in (-1, 1)]
    spots += [ellipse("light", 50 + side * 22, 64, 5) for side in (-1, 1)]
    return [
        *wings,
        *spots,
        curve("mark", 2, (50, 20), (44, 8), (37, 4)),
        curve("mark", 2, (50, 20), (56, 8), (63, 4)),
        ellipse("tyre", 50, 46, 4.5, 27),
        ellipse("tyre", 50, 20, 5.5),
    ]


def snail() -> list[Part]:
    """A spiral shell on a pale foot, two stalks with eyes."""
    spiral = [
        (44, 40),
        (50, 34),
        (54, 42),
        (46, 50),
        (36, 44),
        (38, 28),
        (54, 24),
        (65, 38),
        (60, 56),
    ]
    return [
        line("slime", 3, (84, 40), (80, 16)),
        line("slime", 3, (90, 42), (95, 18)),
        blob(
            "slime",
            (0, 84),
            (24, 74),
            (66, 74),
            (78, 62),
            (78, 42),
            (90, 36),
            (99, 46),
            (96, 68),
            (82, 84),
        ),
        ellipse("ink", 80, 14, 4),
        ellipse("ink", 95, 16, 4),
        ellipse("main", 44, 44, 34, 33),
        curve("dark", 4, *spiral),
        curve("ink", 1.8, (90, 56), (94, 57), (97, 53)),
    ]


def turtle() -> list[Part]:
    """A domed shell with plates, head and feet of pale green."""
    return [
        polygon("slime", (8, 58), (-4, 66), (10, 66)),
        box("slime", 16, 54, 32, 74, 6),
        box("slime", 56, 54, 72, 74, 6),
        blob("slime", (70, 56), (80, 36), (94, 32), (102, 42), (96, 54), (82, 62)),
        polygon("main", (4, 60), *arc(42, 58, 38, 42, 180, 360), (82, 60)),
        polygon("dark", (32, 32), (50, 32), (56, 46), (41, 54), (26, 46)),
        line("dark", 2.4, (26, 46), (10, 48)),
        line("dark", 2.4, (56, 46), (74, 48)),
        line("dark", 2.4, (32, 32), (26, 22)),
        line("dark", 2.4, (50, 32), (57, 22)),
        *eye(92, 40, 3.4),
    ]


def frog() -> list[Part]:
    """Squats, seen from the front: eyes on top, a wide mouth."""
    return [
        ellipse("dark", 14, 62, 14, 20, 20),
        ellipse("dark", 86, 62, 14, 20, -20),
        ellipse("main", 28, 14, 14),
        ellipse("main", 72, 14, 14),
        blob(
            "main", (50, 12), (84, 22), (88, 44), (76, 74), (50, 80), (24, 74), (12, 44), (16, 22)
        ),
        ellipse("light", 50, 62, 19, 14),
        *eye(28, 13, 9),
        *eye(72, 13, 9),
        curve("mark", 2.6, (22, 38), (36, 46), (50, 48), (64, 46), (78, 38)),
        ellipse("dark", 30, 80, 14, 5),
        ellipse("dark", 70, 80, 14, 5),
    ]


def whale() -> list[Part]:
    """A big head, a fluke, a spout of water."""
    return [
        curve("drop", 3.4, (74, 26), (74, 10), (66, 4), (60, 10)),
        curve("drop", 3.4, (74, 26), (74, 10), (82, 4), (88, 10)),
        blob(
            "main",
            (18, 40),
            (4, 32),
            (0, 16),
            (12, 20),
            (20, 28),
            (26, 16),
            (38, 14),
            (32, 30),
            (24, 42),
        ),
        blob(
            "main",
            (14, 36),
            (32, 50),
            (48, 30),
            (74, 24),
            (96, 38),
            (98, 58),
            (80, 72),
            (40, 74),
            (16, 58),
        ),
        blob("light", (98, 56), (88, 70), (60, 75), (40, 73), (62, 62)),
        blob("dark", (54, 60), (64, 66), (54, 82), (44, 80)),
        *eye(84, 46, 3.6),
        curve("mark", 2, (98, 53), (90, 56), (82, 54)),
    ]


def crab() -> list[Part]:
    """A wide shell, two claws held up, six legs, eyes on stalks."""
    parts = []
    for side in (-1, 1):
        for foot in (18, 27, 35):
            joint = (50 + side * (foot + 6), 58)
            end = (50 + side * (foot + 12), 72)
            parts.append(curve("main", 4, (50 + side * foot * 0.6, 52), joint, end))
        parts.append(
            curve("main", 6, (50 + side * 24, 46), (50 + side * 40, 40), (50 + side * 40, 26))
        )
        claw = ((30, 22), (32, 4), (41, 0), (39, 12), (47, 2), (52, 12), (46, 26))
        parts.append(blob("main", *((50 + side * x, y) for x, y in claw)))
    stalks = [line("main", 3.4, (50 + side * 9, 40), (50 + side * 9, 24)) for side in (-1, 1)]
    return [
        *parts,
        *stalks,
        ellipse("main", 50, 52, 31, 20),
        *eye(41, 23, 5.5),
        *eye(59, 23, 5.5),
        curve("mark", 2.2, (41, 55), (50, 60), (59, 55)),
        ellipse("dark", 32, 48, 3),
        ellipse("dark", 68, 48, 3),
    ]


CREATURES = {
    "bird": bird,
    "fish": fish,
    "duck": duck,
    "butterfly": butterfly,
    "snail": snail,
    "turtle": turtle,
    "frog": frog,
    "whale": whale,
    "crab": crab,
}
