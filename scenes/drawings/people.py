"""How people, and what is built like them, are drawn, in a box of about 100 by 100."""

from scenes.drawings.shapes import Part, arc, box, curve, ellipse, line, polygon, ring


def person() -> list[Part]:
    """Stands with one arm raised; the clothes have the colour."""
    return [
        line("trousers", 9, (44, 66), (42, 93)),
        line("trousers", 9, (56, 66), (58, 93)),
        line("ink", 6, (41, 97), (36, 97)),
        line("ink", 6, (59, 97), (64, 97)),
        line("skin", 6.5, (36, 40), (25, 58)),
        line("skin", 6.5, (64, 40), (78, 24)),
        polygon(
            "main",
            (40, 32),
            (60, 32),
            (72, 37),
            (66, 46),
            (64, 43),
            (68, 74),
            (32, 74),
            (36, 43),
            (34, 46),
            (28, 37),
        ),
        ellipse("hair", 50, 15, 15.5, 15),
        ellipse("skin", 50, 18, 12.5, 12.5),
        polygon("hair", *arc(50, 15, 14.5, 14, 185, 355), (56, 9), (44, 11)),
        ellipse("ink", 45.5, 18, 1.7),
        ellipse("ink", 54.5, 18, 1.7),
        curve("red", 1.7, (45, 24), (50, 26.5), (55, 24)),
    ]


def snowman() -> list[Part]:
    """Two balls of snow, a carrot, a hat and a scarf."""
    return [
        line("bark", 3, (30, 58), (10, 42)),
        line("bark", 3, (70, 58), (90, 42)),
        ellipse("main", 50, 76, 28, 25),
        ellipse("main", 50, 38, 19, 18),
        line("red", 7, (34, 53), (66, 53)),
        line("red", 6, (58, 54), (62, 70)),
        box("tyre", 30, 19, 70, 24, 1),
        box("tyre", 37, 0, 63, 22, 1),
        box("red", 37, 15, 63, 19),
        ellipse("ink", 43, 34, 2.4),
        ellipse("ink", 57, 34, 2.4),
        polygon("flame", (50, 38), (68, 43), (50, 43)),
        ellipse("ink", 50, 72, 2.6),
        ellipse("ink", 50, 84, 2.6),
    ]


def robot() -> list[Part]:
    """Boxes: a head with an aerial, a chest with lamps, gripping arms."""
    return [
        line("tyre", 2.6, (50, 12), (50, 2)),
        ellipse("red", 50, 2, 3.6),
        line("tyre", 6, (28, 50), (14, 62), (14, 72)),
        line("tyre", 6, (72, 50), (86, 62), (86, 72)),
        ring("tyre", 14, 77, 5, 3),
        ring("tyre", 86, 77, 5, 3),
        box("tyre", 36, 78, 44, 96),
        box("tyre", 56, 78, 64, 96),
        box("dark", 30, 92, 47, 100, 3),
        box("dark", 53, 92, 70, 100, 3),
        box("main", 28, 43, 72, 82, 5),
        box(
            "main",
            31,
            12,
            69,
            40,
            5,
        ),
        box("tyre", 44, 39, 56, 44),
        ellipse("gold", 41, 24, 5.5),
        ellipse("gold", 59, 24, 5.5),
        ellipse("ink", 41, 24, 2.2),
        ellipse("ink", 59, 24, 2.2),
        line("mark", 2.4, (40, 34), (60, 34)),
        box("paper", 36, 50, 64, 64, 2),
        ellipse("red", 40, 72, 3),
        ellipse("gold", 50, 72, 3),
        ellipse("green", 60, 72, 3),
    ]


PEOPLE = {"person": person, "snowman": snowman, "robot": robot}
