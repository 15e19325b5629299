"""How toys and presents are drawn, in a box of about 100 by 100."""

from scenes.drawings.shapes import Part, arc, blob, box, curve, ellipse, line, polygon


def ball() -> list[Part]:
    """A beach ball with pale panels."""
    return [
        ellipse("main", 50, 50, 50),
        polygon("light", (50, 24), *arc(50, 50, 50, 50, 335, 385)),
        polygon("light", (50, 24), *arc(50, 50, 50, 50, 75, 120)),
        polygon("light", (50, 24), *arc(50, 50, 50, 50, 180, 222)),
        ellipse("light", 50, 24, 8, 7),
        ellipse("paper", 32, 26, 6, 4, -40),
    ]


def kite() -> list[Part]:
    """A diamond with a cross and a tail of bows."""
    bows = [(46, 78), (58, 90), (72, 90)]
    return [
        curve("mark", 1.8, (42, 68), (46, 78), (58, 90), (72, 90), (86, 98)),
        *(
            polygon("accent", (x - 7, y - 5), (x + 7, y + 5), (x + 7, y - 5), (x - 7, y + 5))
            for x, y in bows
        ),
        polygon("main", (42, 0), (76, 28), (42, 70), (8, 28)),
        polygon("dark", (42, 28), (76, 28), (42, 70)),
        line("accent", 2.6, (42, 0), (42, 70)),
        line("accent", 2.6, (8, 28), (76, 28)),
    ]


def balloon() -> list[Part]:
    """A toy balloon on a string."""
    return [
        curve("mark", 1.6, (36, 66), (32, 76), (40, 84), (35, 100)),
        polygon("main", (36, 60), (42, 70), (30, 70)),
        blob("main", (36, 0), (58, 8), (68, 30), (58, 52), (36, 64), (14, 52), (4, 30), (14, 8)),
        ellipse("paper", 21, 20, 4, 8, 25),
    ]


def umbrella() -> list[Part]:
    """An open canopy with scallops, a hooked handle."""
    hem = [
        *arc(15, 48, 15, 7, 180, 360),
        *arc(50, 48, 20, 9, 180, 360),
        *arc(85, 48, 15, 7, 180, 360),
    ]
    return [
        curve("wood", 4.6, (50, 44), (50, 84), (54, 94), (63, 92), (65, 84)),
        line("wood", 4, (50, 2), (50, 10)),
        polygon("main", *arc(50, 48, 50, 42, 360, 180), *hem),
        curve("dark", 2.2, (50, 7), (34, 22), (30, 46)),
        curve("dark", 2.2, (50, 7), (66, 22), (70, 46)),
    ]


def heart() -> list[Part]:
    """Two rounds above, one point below."""
    right = [(50, 20), *arc(74, 25, 24, 25, 210, 380), (72, 64), (50, 90)]
    left = [(100 - x, y) for x, y in right[-2:0:-1]]
    return [polygon("main", *right, *left), ellipse("light", 24, 22, 5, 9, 30)]


def gift() -> list[Part]:
    """A box with a ribbon and a bow."""
    return [
        blob("accent", (50, 26), (34, 4), (16, 6), (20, 22)),
        blob("accent", (50, 26), (66, 4), (84, 6), (80, 22)),
        box("main", 8, 42, 92, 100),
        box("main", 2, 24, 98, 46, 2),
        line("dark", 2.4, (8, 47), (92, 47)),
        box("accent", 42, 24, 58, 100),
        ellipse("accent", 50, 23, 8, 6),
    ]


def flag() -> list[Part]:
    """Waves on a pole."""
    cloth = (
        (16, 6),
        (36, 2),
        (56, 10),
        (78, 10),
        (94, 4),
        (94, 50),
        (76, 56),
        (56, 56),
        (36, 48),
        (16, 52),
    )
    return [
        line("wood", 5, (12, 2), (12, 100)),
        blob("main", *cloth),
        ellipse("gold", 12, 1, 4.6),
        curve("dark", 2.4, (56, 14), (53, 30), (56, 52)),
    ]


TOYS = {
    "ball": ball,
    "kite": kite,
    "balloon": balloon,
    "umbrella": umbrella,
    "heart": heart,
    "gift": gift,
    "flag": flag,
}
