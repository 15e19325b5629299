"""How plants are drawn, in a box of about 100 by 100."""

import math

from scenes.drawings.shapes import Part, blob, box, curve, ellipse, line, polygon


def tree() -> list[Part]:
    """A round crown on a trunk."""
    return [
        polygon("bark", (43, 55), (57, 55), (59, 92), (64, 100), (36, 100), (41, 92)),
        line("bark", 4, (50, 75), (66, 58)),
        ellipse("main", 26, 46, 21, 20),
        ellipse("main", 74, 46, 21, 20),
        ellipse("main", 50, 26, 27, 26),
        ellipse("main", 50, 50, 26, 19),
        curve("dark", 2.4, (22, 50), (29, 57), (37, 53)),
        curve("dark", 2.4, (60, 54), (68, 59), (75, 52)),
        curve("dark", 2.4, (42, 24), (50, 31), (60, 25)),
    ]


def pine() -> list[Part]:
    """Three skirts of branches on a short trunk."""
    return [
        box("bark", 44, 82, 56, 100),
        polygon("main", (50, 38), (82, 86), (66, 83), (50, 87), (34, 83), (18, 86), apart=True),
        polygon("main", (50, 18), (74, 60), (62, 57), (50, 61), (38, 57), (26, 60), apart=True),
        polygon("main", (50, 0), (67, 36), (58, 34), (50, 37), (42, 34), (33, 36), apart=True),
        line("dark", 2, (35, 61), (50, 64), (65, 61)),
        line("dark", 2, (40, 38), (50, 40), (60, 38)),
    ]


def palm() -> list[Part]:
    """Five fronds on a leaning trunk."""
    trunk = ((45, 100), (47, 78), (51, 55), (54, 34), (60, 36), (59, 58), (58, 78), (60, 100))
    return [
        blob("bark", *trunk),
        *(line("wood", 2, (47, y), (58, y - 2)) for y in (88, 78, 68, 58)),
        blob("main", (56, 34), (34, 30), (16, 42), (8, 62), (24, 50), (42, 42)),
        blob("main", (56, 34), (78, 28), (94, 40), (100, 60), (86, 49), (70, 42)),
        blob("main", (56, 36), (36, 14), (16, 10), (2, 22), (22, 24), (40, 32)),
        blob("main", (56, 36), (68, 10), (86, 4), (100, 14), (82, 20), (70, 32)),
        blob("main", (56, 36), (50, 16), (54, 2), (62, 0), (62, 18)),
        ellipse("wood", 52, 38, 4.5),
        ellipse("wood", 60, 40, 4.5),
    ]


def flower() -> list[Part]:
    """Six petals round a middle, on a stem with two leaves."""
    petals = []
    for step in range(6):
        angle = step * math.tau / 6 + 0.26
        x, y = 50 + 19 * math.cos(angle), 31 + 19 * math.sin(angle)
        petals.append(ellipse("main", x, y, 14, 10.5, math.degrees(angle)))
    return [
        curve("stem", 5, (50, 40), (51, 70), (50, 100)),
        blob("stem", (50, 84), (60, 66), (78, 64), (70, 80)),
        blob("stem", (50, 92), (40, 76), (22, 74), (30, 89)),
        *petals,
        ellipse("accent", 50, 31, 9.5),
    ]


def cactus() -> list[Part]:
    """A ribbed column with two arms."""
    spikes = ((50, 16), (44, 34), (56, 46), (44, 60), (56, 72), (44, 86), (19, 44), (80, 34))
    return [
        curve("main", 13, (20, 36), (20, 56), (28, 63), (46, 63)),
        curve("main", 12, (80, 26), (80, 42), (73, 51), (54, 51)),
        box("main", 37, 4, 63, 100, 13),
        *(line("mark", 1.8, (x - 2, y - 3), (x + 2, y + 3)) for x, y in spikes),
        ellipse("rosy", 50, 4, 6),
    ]


def mushroom() -> list[Part]:
    """A spotted cap on a pale stalk."""
    return [
        blob("cream", (38, 50), (62, 50), (63, 78), (68, 98), (50, 100), (32, 98), (37, 78)),
        blob("main", (2, 54), (12, 22), (50, 2), (88, 22), (98, 54), (75, 60), (50, 57), (25, 60)),
        ellipse("paper", 48, 19, 9, 8),
        ellipse("paper", 25, 37, 7, 8),
        ellipse("paper", 72, 35, 9, 8.5),
        ellipse("paper", 50, 44, 6, 5),
    ]


def leaf() -> list[Part]:
    """One leaf with its veins."""
    veins = ((38, 66, 26, 56), (50, 50, 36, 36), (62, 36, 53, 24))
    return [
        blob("main", (22, 84), (12, 50), (36, 16), (92, 2), (86, 54), (54, 88)),
        line("dark", 4.5, (2, 100), (22, 84), (84, 12)),
        *(line("dark", 2.2, (x, y), (u, v)) for x, y, u, v in veins),
        *(line("dark", 2.2, (x - 8, y + 8), (x + 13, y + 14)) for x, y, _, _ in veins),
    ]


def bush() -> list[Part]:
    """Low rounds on the ground, without a trunk."""
    berries = ((22, 46), (40, 26), (58, 44), (74, 30), (84, 54), (36, 58))
    return [
        ellipse("main", 18, 50, 18, 18),
        ellipse("main", 38, 30, 20, 20),
        ellipse("main", 65, 30, 20, 20),
        ellipse("main", 83, 50, 17, 18),
        box("main", 10, 42, 92, 68, 8),
        *(ellipse("accent", x, y, 3.4) for x, y in berries),
        curve("dark", 2, (26, 36), (32, 43), (41, 40)),
        curve("dark", 2, (62, 56), (69, 60), (76, 54)),
    ]


PLANTS = {
    "tree": tree,
    "pine": pine,
    "palm": palm,
    "flower": flower,
    "cactus": cactus,
    "mushroom": mushroom,
    "leaf": leaf,
    "bush": bush,
}
