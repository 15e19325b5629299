"""How four-legged animals are drawn, in a box of about 100 by 100, facing right."""

from scenes.drawings.shapes import Part, blob, box, curve, ellipse, eye, line, polygon


def _legs(role: str, width: float, top: float, foot: float, *across: float) -> list[Part]:
    return [line(role, width, (x, top), (x, foot)) for x in across]


def cat() -> list[Part]:
    """Sits, seen from the front: pointed ears, whiskers, a tail curled up beside it."""
    whiskers = [
        line("mark", 1.3, (50 + side * 8, 37 + lift), (50 + side * 31, 34 + 2.4 * lift))
        for side in (-1, 1)
        for lift in (-1.5, 2)
    ]
    return [
        curve("main", 9, (64, 90), (84, 90), (90, 74), (84, 58), (90, 48)),
        blob(
            "main", (50, 46), (68, 60), (75, 84), (70, 98), (50, 100), (30, 98), (25, 84), (32, 60)
        ),
        ellipse("light", 50, 76, 10, 15),
        polygon("main", (25, 32), (24, 0), (47, 15)),
        polygon("main", (75, 32), (76, 0), (53, 15)),
        ellipse("main", 50, 33, 27, 22),
        polygon("rosy", (29, 20), (29, 8), (38, 14)),
        polygon("rosy", (71, 20), (71, 8), (62, 14)),
        *eye(40, 30, 5.5),
        *eye(60, 30, 5.5),
        polygon("rosy", (46, 37), (54, 37), (50, 41.5)),
        *whiskers,
        curve("mark", 1.6, (43, 45), (47, 46), (50, 42), (53, 46), (57, 45)),
        line("dark", 2, (43, 84), (43, 98)),
        line("dark", 2, (57, 84), (57, 98)),
    ]


def dog() -> list[Part]:
    """Stands, seen from the side: a hanging ear, a long muzzle, a collar, a raised tail."""
    return [
        *_legs("dark", 9, 66, 93, 30, 70),
        curve("main", 7, (14, 50), (5, 38), (4, 20)),
        *_legs("main", 10, 64, 94, 20, 60),
        blob(
            "main", (10, 52), (26, 44), (56, 44), (74, 42), (74, 66), (52, 71), (22, 71), (10, 64)
        ),
        blob(
            "main",
            (56, 56),
            (56, 28),
            (64, 10),
            (82, 10),
            (88, 24),
            (100, 30),
            (98, 42),
            (80, 46),
            (76, 62),
        ),
        line("red", 5, (57, 46), (77, 52)),
        ellipse("gold", 72, 55, 3.4),
        ellipse("ink", 97, 30, 4.6, 4),
        *eye(79, 22, 4.4),
        blob("dark", (60, 12), (70, 10), (72, 24), (68, 42), (58, 44), (54, 30)),
        curve("mark", 1.8, (97, 38), (90, 40), (84, 37)),
    ]


def horse() -> list[Part]:
    """Stands: long legs and neck, a mane, a falling tail."""
    return [
        *_legs("dark", 7, 60, 90, 32, 68),
        curve("mane", 8, (14, 42), (5, 54), (6, 76)),
        *_legs("main", 7.5, 58, 90, 21, 61),
        *_legs("hoof", 8, 95, 96, 21, 61),
        blob(
            "main", (12, 44), (26, 37), (52, 40), (72, 36), (74, 58), (52, 63), (22, 62), (12, 56)
        ),
        blob(
            "main",
            (54, 52),
            (62, 26),
            (72, 6),
            (82, 6),
            (88, 16),
            (100, 27),
            (98, 36),
            (88, 35),
            (80, 30),
            (74, 56),
        ),
        polygon("main", (74, 10), (75, -4), (82, 7)),
        blob("mane", (80, 2), (68, 2), (58, 18), (50, 42), (58, 44), (66, 28), (74, 12)),
        ellipse("ink", 82, 15, 2.4),
        ellipse("mark", 96, 30, 1.6),
    ]


def cow() -> list[Part]:
    """Stands: patches, horns, a pale muzzle, an udder, a tail with a tuft."""
    return [
        *_legs("dark", 8.5, 58, 88, 28, 62),
        curve("main", 3.4, (10, 32), (3, 46), (4, 60)),
        ellipse("mark", 4, 63, 3.4, 6),
        ellipse("rosy", 34, 64, 8, 6),
        *_legs("main", 9, 56, 86, 17, 53),
        box("main", 8, 26, 70, 64, 13),
        blob("mark", (20, 28), (36, 27), (38, 42), (26, 48), (17, 40)),
        blob("mark", (46, 38), (58, 36), (60, 52), (50, 58), (42, 50)),
        curve("gold", 4, (70, 14), (64, 6), (68, 0)),
        curve("gold", 4, (84, 14), (91, 7), (88, 0)),
        ellipse("dark", 62, 21, 8, 4.4, 20),
        ellipse("dark", 93, 21, 8, 4.4, -20),
        blob("main", (66, 14), (88, 14), (92, 30), (88, 46), (66, 46), (62, 30), apart=True),
        ellipse("rosy", 77, 44, 15, 9.5),
        ellipse("ink", 72, 43, 2.2, 2.8),
        ellipse("ink", 83, 43, 2.2, 2.8),
        *eye(71, 26, 3.6),
        *eye(84, 26, 3.6),
    ]


def pig() -> list[Part]:
    """Round, on short legs: a snout with nostrils, a curly tail."""
    return [
        *_legs("dark", 9, 60, 76, 32, 66),
        curve("main", 3.6, (10, 40), (3, 36), (5, 28), (10, 32), (4, 40), (-2, 36)),
        *_legs("main", 10, 60, 77, 22, 56),
        ellipse("main", 44, 42, 37, 28),
        ellipse("main", 74, 34, 21, 21, apart=True),
        polygon("dark", (60, 20), (58, 2), (74, 13)),
        polygon("dark", (78, 13), (92, 4), (90, 22)),
        ellipse("light", 86, 38, 11, 9.5),
        ellipse("mark", 83, 38, 2, 3.2),
        ellipse("mark", 90, 38, 2, 3.2),
        *eye(70, 28, 3.6),
        *eye(84, 25, 3.4),
        curve("mark", 1.8, (72, 47), (78, 51), (84, 50)),
    ]


def sheep() -> list[Part]:
    """A woolly cloud on thin legs with a smooth face."""
    wool = [
        (16, 34),
        (24, 18),
        (42, 12),
        (58, 16),
        (66, 32),
        (62, 48),
        (46, 56),
        (28, 54),
        (16, 46),
    ]
    return [
        *_legs("face", 6, 56, 80, 26, 36, 50, 60),
        *(ellipse("main", x, y, 13) for x, y in wool),
        ellipse("main", 42, 34, 26, 22),
        ellipse("face", 66, 26, 8, 4, -35),
        ellipse("face", 95, 26, 8, 4, 35),
        ellipse("face", 80, 33, 13, 17),
        *(ellipse("main", x, y, 7.5) for x, y in ((72, 16), (80, 13), (88, 16))),
        *eye(75, 30, 3.6),
        *eye(86, 30, 3.6),
        curve("dark", 2.2, (22, 30), (28, 36), (34, 30)),
        curve("dark", 2.2, (38, 42), (44, 48), (50, 42)),
        curve("dark", 2.2, (42, 24), (48, 29), (54, 24)),
    ]


def rabbit() -> list[Part]:
    """Sits, seen from the side: two long upright ears and a round tail."""
    return [
        ellipse("light", 11, 80, 9),
        ellipse("dark", 58, 16, 6, 19, -14),
        blob("main", (14, 84), (18, 60), (40, 48), (62, 56), (72, 76), (70, 98), (24, 98)),
        ellipse("main", 70, 18, 7, 20, 6),
        ellipse("rosy", 70, 19, 3, 14, 6),
        ellipse("main", 70, 47, 19, 17),
        ellipse("dark", 34, 82, 14, 13),
        ellipse("main", 34, 83, 12, 12, apart=True),
        ellipse("main", 40, 96, 17, 5),
        ellipse("main", 72, 95, 12, 5),
        *eye(75, 43, 4.6),
        ellipse("rosy", 88, 47, 3, 2.6),
        line("mark", 1.3, (83, 52), (99, 49)),
        line("mark", 1.3, (83, 54), (98, 57)),
    ]


def elephant() -> list[Part]:
    """Stands: a big ear, a hanging trunk, a tusk, pillar legs."""
    return [
        box("dark", 24, 50, 38, 80, 4),
        box("dark", 54, 50, 68, 80, 4),
        curve("main", 3.4, (6, 34), (0, 46), (2, 58)),
        box("main", 8, 50, 24, 82, 4),
        box("main", 42, 50, 58, 82, 4),
        ellipse("main", 35, 36, 31, 25),
        ellipse("main", 68, 28, 20, 20),
        curve("main", 12, (80, 30), (90, 46), (87, 64), (94, 74)),
        polygon("cream", (76, 44), (84, 58), (96, 58), (84, 50)),
        blob("dark", (44, 18), (58, 10), (66, 22), (63, 40), (52, 50), (42, 38)),
        blob("light", (48, 22), (57, 17), (61, 25), (59, 36), (52, 42), (47, 34)),
        *eye(75, 23, 3.6),
    ]


ANIMALS = {
    "cat": cat,
    "dog": dog,
    "horse": horse,
    "cow": cow,
    "pig": pig,
    "sheep": sheep,
    "rabbit": rabbit,
    "elephant": elephant,
}
