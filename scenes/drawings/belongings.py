"""How things of the house are drawn, in a box of about 100 by 100."""

import math

from scenes.drawings.shapes import Part, arc, blob, box, curve, ellipse, line, polygon, ring


def apple() -> list[Part]:
    """Round with a dimple, a stalk and a leaf."""
    return [
        blob(
            "main",
            (50, 26),
            (72, 16),
            (94, 30),
            (94, 62),
            (72, 96),
            (50, 92),
            (28, 96),
            (6, 62),
            (6, 30),
            (28, 16),
        ),
        curve("bark", 5, (50, 30), (50, 14), (56, 2)),
        blob("stem", (53, 16), (66, 2), (86, 4), (76, 18)),
        ellipse("light", 24, 40, 6, 11, 20),
    ]


def banana() -> list[Part]:
    """A curved fruit with dark ends."""
    return [
        blob(
            "main",
            (4, 22),
            (14, 16),
            (28, 42),
            (56, 54),
            (84, 46),
            (92, 32),
            (99, 38),
            (92, 62),
            (66, 78),
            (36, 74),
            (12, 52),
        ),
        curve("dark", 3, (13, 34), (32, 58), (60, 66), (88, 54)),
        polygon("bark", (2, 26), (2, 12), (10, 10), (16, 22)),
        polygon("bark", (90, 36), (95, 26), (101, 31), (99, 42)),
    ]


def carrot() -> list[Part]:
    """A pointed root with a tuft of leaves."""
    return [
        blob("stem", (32, 34), (4, 30), (2, 18), (20, 20)),
        blob("stem", (34, 32), (14, 8), (20, 0), (32, 14)),
        blob("stem", (36, 30), (32, 2), (42, 0), (42, 18)),
        blob("main", (26, 38), (40, 26), (56, 38), (74, 66), (98, 98), (66, 78), (38, 58)),
        line("dark", 2.6, (40, 52), (50, 45)),
        line("dark", 2.6, (54, 44), (46, 38)),
        line("dark", 2.6, (58, 70), (66, 62)),
    ]


def cake() -> list[Part]:
    """A round cake with icing, a cherry and a candle."""
    drips = [
        (4, 46),
        (14, 58),
        (24, 50),
        (36, 62),
        (50, 51),
        (62, 61),
        (76, 50),
        (86, 58),
        (96, 46),
    ]
    return [
        line("blue", 5, (50, 14), (50, 32)),
        blob("flame", (50, 0), (54, 9), (50, 14), (46, 9)),
        box("wood", 0, 88, 100, 95, 3),
        box("main", 6, 40, 94, 88, 4),
        blob("paper", (4, 40), (26, 31), (50, 29), (74, 31), (96, 40), *drips[::-1]),
        line("dark", 4, (7, 74), (93, 74)),
        ellipse("red", 26, 32, 5.5),
        ellipse("red", 74, 32, 5.5),
    ]


def cup() -> list[Part]:
    """A mug with a handle and a wisp of steam."""
    return [
        ring("main", 78, 58, 17, 8),
        polygon("main", (6, 30), (78, 30), (72, 94), (66, 100), (18, 100), (12, 94)),
        ellipse("dark", 42, 30, 36, 8),
        ellipse("bark", 42, 31, 30, 5),
        curve("steel", 3, (34, 20), (30, 13), (36, 7), (32, 0)),
        curve("steel", 3, (52, 20), (48, 13), (54, 7), (50, 0)),
    ]


def hat() -> list[Part]:
    """A wide-brimmed hat with a band."""
    return [
        ellipse("main", 50, 54, 50, 13),
        blob("main", (22, 52), (26, 16), (40, 2), (50, 6), (60, 2), (74, 16), (78, 52), (50, 58)),
        polygon(
            "accent",
            (23, 38),
            *((x, 46 - 0.006 * (x - 50) ** 2) for x in (35, 50, 65)),
            (77, 38),
            (78, 50),
            (50, 57),
            (22, 50),
        ),
    ]


def shirt() -> list[Part]:
    """A T-shirt with short sleeves."""
    body = [
        (30, 4),
        (70, 4),
        (100, 24),
        (88, 44),
        (76, 36),
        (76, 92),
        (24, 92),
        (24, 36),
        (12, 44),
        (0, 24),
    ]
    return [
        polygon("main", *body),
        polygon("dark", *arc(50, 4, 15, 13, 0, 180)),
        line("dark", 2.2, (76, 36), (74, 24)),
        line("dark", 2.2, (24, 36), (26, 24)),
        line("dark", 2.2, (24, 84), (76, 84)),
    ]


def chair() -> list[Part]:
    """Seen a little from the side: a tall back, a seat, four legs."""
    return [
        line("dark", 5, (36, 58), (36, 88)),
        line("dark", 5, (74, 58), (74, 86)),
        box("main", 20, 0, 27, 60, 2),
        box("main", 20, 4, 60, 16, 3),
        box("main", 20, 24, 60, 34, 3),
        box("main", 53, 0, 60, 56, 2),
        polygon("main", (18, 60), (34, 50), (82, 50), (76, 62), (76, 67), (18, 67)),
        line("dark", 2, (18, 60.5), (76, 60.5)),
        box("main", 18, 62, 25, 100, 2),
        box("main", 69, 62, 76, 98, 2),
    ]


def table() -> list[Part]:
    """A slab on four legs."""
    return [
        box("dark", 24, 16, 31, 58),
        box("dark", 69, 16, 76, 58),
        polygon("main", (16, 4), (84, 4), (100, 18), (0, 18)),
        box("dark", 0, 18, 100, 25),
        box("main", 4, 25, 13, 70),
        box("main", 87, 25, 96, 70),
    ]


def lamp() -> list[Part]:
    """A table lamp; the shade has the colour."""
    return [
        line("bark", 5, (50, 48), (50, 88)),
        polygon("main", (32, 4), (68, 4), (88, 54), (12, 54)),
        line("dark", 3, (14, 51), (86, 51)),
        line("dark", 2.2, (33, 8), (67, 8)),
        ellipse("bark", 50, 92, 22, 8),
        ellipse("gold", 50, 58, 8, 6),
        line("tyre", 1.8, (68, 56), (68, 70)),
    ]


def book() -> list[Part]:
    """Closed, standing a little open: a cover, a spine, the edge of the pages."""
    return [
        polygon("dark", (6, 10), (72, 0), (78, 2), (78, 90), (12, 100)),
        polygon("paper", (74, 4), (92, 12), (92, 96), (74, 90)),
        *(
            line("steel", 1.2, (x, 8 + (x - 78) * 0.45), (x, 90 + (x - 78) * 0.4))
            for x in (79, 84, 88)
        ),
        polygon("main", (6, 12), (76, 2), (76, 90), (6, 100)),
        line("dark", 3, (16, 12), (16, 97)),
        polygon("light", (28, 26), (66, 20), (66, 38), (28, 44)),
        line("mark", 2.4, (34, 36), (60, 32)),
    ]


def pencil() -> list[Part]:
    """Sharpened, lying aslant, with a rubber at its end."""
    return [_aslant(part) for part in _pencil()]


def _pencil() -> list[Part]:
    return [
        box("rosy", 0, -8, 10, 8, 3),
        box("steel", 9, -8, 18, 8),
        box("main", 18, -8, 80, 8),
        line("dark", 2.4, (18, -2.5), (80, -2.5)),
        line("dark", 2.4, (18, 3), (80, 3)),
        polygon("skin", (80, -8), (80, 8), (104, 0)),
        polygon("ink", (96, -2.6), (96, 2.6), (104, 0)),
    ]


def _aslant(part: Part) -> Part:
    cos, sin = math.cos(math.radians(-42)), math.sin(math.radians(-42))
    points = tuple((x * cos - y * sin, x * sin + y * cos) for x, y in part.points)
    return Part(part.role, points, part.width, part.apart)


def clock() -> list[Part]:
    """An alarm clock: two bells, a dial, two hands."""
    return [
        line("mark", 5, (26, 88), (18, 100)),
        line("mark", 5, (74, 88), (82, 100)),
        ellipse("main", 24, 16, 16, 12, -38),
        ellipse("main", 76, 16, 16, 12, 38),
        ellipse("main", 50, 55, 43, apart=True),
        ellipse("paper", 50, 55, 28),
        *(
            line("ink", 2.4, (50 + 22 * x, 55 + 22 * y), (50 + 26 * x, 55 + 26 * y))
            for x, y in ((0, 1), (1, 0), (0, -1), (-1, 0))
        ),
        line("ink", 4, (50, 55), (50, 37)),
        line("ink", 4, (50, 55), (62, 62)),
    ]


def key() -> list[Part]:
    """A ring, a shaft and a bit with two teeth."""
    return [
        ring("main", 22, 24, 16, 12),
        line("main", 9, (38, 24), (98, 24)),
        line("main", 8, (94, 24), (94, 42)),
        line("main", 8, (78, 24), (78, 38)),
        line("dark", 2.2, (44, 26), (90, 26)),
    ]


def bell() -> list[Part]:
    """A hand bell with a clapper."""
    return [
        ring("main", 50, 7, 6, 4.5),
        ellipse("dark", 50, 90, 10),
        blob(
            "main", (50, 10), (70, 20), (76, 50), (94, 80), (50, 86), (6, 80), (24, 50), (30, 20)
        ),
        box("dark", 4, 76, 96, 86, 5),
        ellipse("light", 36, 38, 4.5, 13, 10),
    ]


BELONGINGS = {
    "apple": apple,
    "banana": banana,
    "carrot": carrot,
    "cake": cake,
    "cup": cup,
    "hat": hat,
    "shirt": shirt,
    "chair": chair,
    "table": table,
    "lamp": lamp,
    "book": book,
    "pencil": pencil,
    "clock": clock,
    "key": key,
    "bell": bell,
}
