"""How what moves people is drawn, in a box of about 100 by 100, driving to the right."""

from scenes.drawings.shapes import Part, blob, box, curve, ellipse, line, polygon, ring


def _wheel(x: float, y: float, r: float) -> list[Part]:
    return [ellipse("tyre", x, y, r), ellipse("steel", x, y, r * 0.48)]


def boat() -> list[Part]:
    """A sailing boat: the hull has the colour."""
    return [
        line("wood", 3, (46, 0), (46, 70)),
        polygon("cream", (50, 6), (50, 58), (88, 58)),
        polygon("light", (42, 14), (42, 58), (14, 58)),
        polygon("main", (0, 64), (100, 64), (82, 96), (18, 96)),
        line("accent", 4, (7, 72), (93, 72)),
    ]


def car() -> list[Part]:
    """A small car: a low body with a rounded cabin."""
    return [
        blob("main", (22, 28), (34, 4), (52, 0), (66, 6), (80, 28), (52, 34)),
        box("main", 0, 24, 100, 50, 9),
        polygon("glass", (30, 26), (38, 9), (49, 7), (49, 26)),
        polygon("glass", (54, 26), (54, 7), (63, 10), (73, 26)),
        line("dark", 1.8, (51.5, 28), (51.5, 46)),
        line("dark", 2.4, (56, 33), (63, 33)),
        ellipse("gold", 96, 33, 4, 4.5),
        ellipse("red", 3.5, 33, 3, 4),
        *_wheel(24, 50, 12.5),
        *_wheel(76, 50, 12.5),
    ]


def bus() -> list[Part]:
    """A long, tall box with a row of windows."""
    return [
        box("main", 0, 0, 100, 48, 6),
        *(box("glass", x, 8, x + 14, 23, 1.5) for x in (5, 22, 39, 56)),
        box("glass", 76, 8, 86, 44, 1.5),
        box("glass", 90, 8, 99, 25, 1.5),
        line("accent", 3.4, (1, 31), (72, 31)),
        ellipse("gold", 97, 39, 2.4, 3),
        *_wheel(22, 48, 9.5),
        *_wheel(70, 48, 9.5),
    ]


def train() -> list[Part]:
    """A steam engine: a boiler with a funnel, a cab behind it."""
    return [
        ellipse("steel", 92, 4, 6.5, 5),
        ellipse("steel", 80, -2, 5, 4),
        polygon("main", (79, 30), (76, 12), (92, 12), (89, 30)),
        box("dark", 56, 22, 67, 32, 3),
        box("main", 38, 28, 95, 58, 8),
        box("main", 4, 14, 40, 66),
        box("dark", 0, 6, 44, 15, 3),
        box("glass", 11, 22, 33, 40, 2),
        box("dark", 2, 58, 96, 66),
        polygon("red", (94, 62), (100, 78), (82, 78)),
        line("accent", 3, (52, 29), (52, 57)),
        ellipse("gold", 94, 38, 4),
        *_wheel(20, 70, 13),
        *_wheel(50, 73, 10),
        *_wheel(73, 73, 10),
        line("steel", 3, (20, 72), (73, 74)),
    ]


def truck() -> list[Part]:
    """A lorry: a big box behind a cab."""
    return [
        box("tyre", 4, 44, 96, 52),
        box("main", 0, 0, 62, 46, 2),
        polygon("main", (66, 14), (84, 14), (94, 30), (100, 33), (100, 50), (66, 50), apart=True),
        polygon("glass", (72, 19), (82, 19), (89, 31), (72, 31)),
        *(line("dark", 2, (x, 5), (x, 41)) for x in (15, 31, 47)),
        ellipse("gold", 97.5, 41, 2.5, 3.5),
        *_wheel(16, 52, 10),
        *_wheel(40, 52, 10),
        *_wheel(82, 52, 10),
    ]


def tractor() -> list[Part]:
    """One big wheel behind, a small one in front, an exhaust pipe."""
    return [
        line("tyre", 4, (72, 12), (72, 34)),
        line("dark", 3.4, (24, 6), (24, 42)),
        line("dark", 3.4, (52, 6), (55, 38)),
        box("glass", 26, 8, 52, 38),
        box("dark", 18, 0, 58, 8, 3),
        box("main", 50, 32, 96, 58, 5),
        blob("main", (6, 50), (10, 32), (30, 26), (54, 34), (60, 60), (30, 56)),
        *(line("dark", 2, (x, 38), (x, 52)) for x in (78, 84, 90)),
        ellipse("gold", 95, 40, 3, 4),
        *_wheel(30, 62, 24),
        *_wheel(84, 72, 14),
    ]


def bicycle() -> list[Part]:
    """Two spoked wheels and a diamond frame."""
    spokes = [
        line("steel", 1, (x - u, 42 - v), (x + u, 42 + v))
        for x in (20, 80)
        for u, v in ((0, 18), (18, 0), (12.5, 12.5), (12.5, -12.5))
    ]
    return [
        *spokes,
        ring("main", 20, 42, 18.5, 4.2),
        ring("main", 80, 42, 18.5, 4.2),
        line("main", 5, (20, 42), (37, 16), (70, 16), (48, 44), (20, 42)),
        line("main", 5, (37, 16), (48, 44)),
        line("main", 5, (80, 42), (67, 5)),
        line("mark", 4, (61, 2), (67, 4), (74, 1)),
        line("main", 4, (37, 16), (34, 8)),
        line("tyre", 6, (27, 7), (41, 7)),
        ellipse("tyre", 48, 44, 5),
        line("tyre", 3, (48, 44), (54, 54)),
    ]


def plane() -> list[Part]:
    """An airliner from the side, with a wing and a tail fin."""
    return [
        polygon("dark", (52, 28), (44, 4), (36, 4), (38, 28)),
        polygon("main", (14, 26), (2, 2), (14, 2), (28, 26)),
        blob(
            "main", (0, 28), (20, 21), (60, 20), (88, 23), (100, 32), (86, 41), (50, 43), (14, 37)
        ),
        *(ellipse("glass", x, 29, 2.5) for x in (30, 39, 48, 57, 66, 75)),
        polygon("glass", (85, 24), (93, 28), (85, 29)),
        polygon("dark", (60, 34), (42, 64), (32, 64), (40, 34)),
        polygon("dark", (2, 30), (18, 30), (10, 38), (0, 38)),
    ]


def helicopter() -> list[Part]:
    """A round cabin, a tail boom, a rotor and skids."""
    return [
        line("tyre", 3, (18, 4), (98, 4)),
        line("tyre", 4, (60, 4), (60, 20)),
        polygon("main", (0, 18), (8, 18), (13, 30), (46, 28), (46, 40), (6, 36)),
        ellipse("main", 64, 38, 27, 21),
        blob("glass", (68, 22), (80, 25), (88, 38), (76, 41), (66, 39)),
        box("glass", 48, 28, 60, 40, 2),
        ring("tyre", 5, 24, 8, 2),
        line("tyre", 2.6, (54, 56), (52, 66)),
        line("tyre", 2.6, (74, 56), (76, 66)),
        curve("tyre", 3.4, (40, 67), (64, 67), (86, 67), (92, 62)),
    ]


def rocket() -> list[Part]:
    """Upright, with fins, a porthole and a flame."""
    return [
        blob("flame", (40, 78), (60, 78), (58, 90), (50, 100), (42, 90)),
        blob("gold", (45, 78), (55, 78), (54, 86), (50, 91), (46, 86)),
        polygon("dark", (34, 50), (18, 68), (18, 86), (36, 76)),
        polygon("dark", (66, 50), (82, 68), (82, 86), (64, 76)),
        blob(
            "main",
            (50, 0),
            (62, 16),
            (68, 40),
            (65, 66),
            (60, 79),
            (40, 79),
            (35, 66),
            (32, 40),
            (38, 16),
        ),
        ellipse("paper", 50, 38, 10.5),
        ellipse("glass", 50, 38, 7.5),
        line("dark", 3, (36, 62), (64, 62)),
        polygon("dark", (50, 0), (57, 8), (60, 15), (50, 18), (40, 15), (43, 8)),
    ]


VEHICLES = {
    "boat": boat,
    "car": car,
    "bus": bus,
    "train": train,
    "truck": truck,
    "tractor": tractor,
    "bicycle": bicycle,
    "plane": plane,
    "helicopter": helicopter,
    "rocket": rocket,
}
