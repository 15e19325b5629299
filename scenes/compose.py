"""Composes scenes by chance: what stands where, how large, in which colours."""

import functools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from PIL import Image

from scenes.facts import relation
from scenes.scene import KINDS, PLACES, SEEDS, STYLES, Kind, Scene, Thing, stamps

GROUP_WEIGHTS = (20, 35, 30, 15)  # of 1, 2, 3 and 4 groups
COUNT_WEIGHTS = (65, 17, 10, 5, 3)  # of 1 to 5 things in a group
MOST_THINGS = 7
NORMAL, SMALL, BIG = (0.86, 1.19), (0.5, 0.74), (1.36, 1.8)  # times the usual size
SIZE_WEIGHTS = (70, 15, 15)
LEAST_LONG, LEAST_SHORT, LARGEST = 12, 8.5, 66  # hundredths, of a thing's box
SPRITE_SIZES = (15, 42)
ANYWHERE = 0.25  # of scenes: things need not be where they belong
SAME_KIND = 0.12  # of groups after the first: a kind that is there already, in another colour
OUTSIDE = 0.07  # of a thing's width or height: at least 0.93 squared of it is seen
OVERLAP = 0.2  # of the smaller box
PEN = 1.0  # hundredths that an outline may add to a box
CROWDED = 4500  # square hundredths that the boxes may cover together
UNCLEAR = 0.15  # of scenes may do without a clear relation
TRIES = 12
BELONGS = {"sky": (8, 48), "ground": (46, 92), "water": (46, 92), "any": (8, 92)}


class _Box(NamedTuple):
    x: int
    y: int
    wide: float
    high: float


class _Plan(NamedTuple):
    """A group before it is placed."""

    kind: str
    colour: str
    where: str
    wide: float  # of its box, for a size of 1
    high: float
    sizes: tuple[int, ...]


def random_scene(
    rng: random.Random,
    *,
    kinds: Mapping[str, Kind] | None = None,
    most: int = 4,
    sprites: Mapping[str, Image.Image] | None = None,
) -> Scene:
    """A scene of 1 to `most` groups (at most 4) and 1 to 7 things, none hidden.

    Of all drawn kinds, or of `kinds`, or of `sprites`, or of both where both are given.
    """
    drawn = kinds if kinds is not None else ({} if sprites else KINDS)
    while True:
        scene = _attempt(rng, drawn, most, sprites or {})
        if scene is not None:
            return scene


def _attempt(
    rng: random.Random,
    drawn: Mapping[str, Kind],
    most: int,
    sprites: Mapping[str, Image.Image],
) -> Scene | None:
    told_apart = sum(len(kind.colours) for kind in drawn.values()) + len(sprites.keys() - drawn)
    number = min(told_apart, rng.choices(range(1, most + 1), GROUP_WEIGHTS[:most])[0])
    plans = list(_plans(rng, number, drawn, sprites))
    groups = _placed(rng, plans)
    for _ in range(TRIES):
        if groups and (_clear(groups) or rng.random() < UNCLEAR):
            break
        groups = _placed(rng, plans)
    if not groups:
        return None
    things = [thing for group in groups for thing in group]
    # The far ones first, so that what stands lower is drawn over them.
    things.sort(key=lambda thing: thing.y + rng.uniform(-8, 8))
    place, style = rng.choice(PLACES), rng.choice(STYLES)
    return Scene(tuple(things), place, style, rng.randrange(SEEDS))


def _clear(groups: Sequence[Sequence[Thing]]) -> bool:
    """Whether some two groups lie clearly to each other, or there is only one."""
    pairs = ((a, b) for number, a in enumerate(groups) for b in groups[:number])
    return len(groups) == 1 or any(relation(a, b) for a, b in pairs)


def _plans(
    rng: random.Random,
    number: int,
    drawn: Mapping[str, Kind],
    sprites: Mapping[str, Image.Image],
) -> Iterator[_Plan]:
    """What the groups are, before they are placed."""
    names = [*drawn, *(name for name in sprites if name not in drawn)]
    taken: set[tuple[str, str]] = set()
    room, crowd = MOST_THINGS, 0.0
    for later in range(number - 1, -1, -1):
        name, colour = _kind(rng, names, drawn, taken)
        taken.add((name, colour))
        count = min(rng.choices(range(1, 6), COUNT_WEIGHTS)[0], room - later)
        room -= count
        wide, high = _shape(name) if name in drawn else _sprite_shape(sprites[name])
        least = math.ceil(max(LEAST_LONG, min(LEAST_SHORT / min(wide, high), 26)))
        fair = max(400.0, CROWDED - crowd) / (later + 1) / count / (wide * high)  # of one thing
        if name in drawn:
            sizes = _sizes(rng, drawn[name].size, count, least, math.sqrt(fair))
        else:
            top = max(least, min(SPRITE_SIZES[1], int(math.sqrt(fair))))
            usual = rng.randint(max(least, SPRITE_SIZES[0]), max(top, SPRITE_SIZES[0], least))
            sizes = [max(least, round(usual * rng.uniform(0.88, 1.12))) for _ in range(count)]
        crowd += sum(size * size for size in sizes) * wide * high
        where = drawn[name].where if name in drawn else "any"
        yield _Plan(name, colour, where, wide, high, tuple(sizes))


def _kind(
    rng: random.Random,
    names: Sequence[str],
    drawn: Mapping[str, Kind],
    taken: set[tuple[str, str]],
) -> tuple[str, str]:
    """A kind and colour that no other group has; drawn kinds may come again in another colour."""
    if taken and rng.random() < SAME_KIND:
        name = rng.choice(sorted(kind for kind, _ in taken))
    else:
        name = rng.choice(names)
    while True:
        colour = rng.choice(drawn[name].colours) if name in drawn else ""
        same = [other for kind, other in taken if kind == name]
        if not same or (colour and colour not in same):
            return name, colour
        name = rng.choice(names)


def _sizes(rng: random.Random, usual: int, count: int, least: int, fair: float) -> list[int]:
    """Sizes of a group: all usual, all small or all big; none in between, where words fail."""
    ranges = [
        (max(least, math.ceil(low * usual)), min(LARGEST, math.floor(high * usual)))
        for low, high in (NORMAL, SMALL, BIG)
    ]
    order = [*rng.choices(ranges, SIZE_WEIGHTS), *ranges]
    fits = [(low, high) for low, high in order if low <= high]
    low, high = next(((low, high) for low, high in fits if low <= fair * 1.1), fits[-1])
    high = max(low, min(high, int(fair * 1.1)))
    return [rng.randint(low, high) for _ in range(count)]


@functools.cache
def _shape(name: str) -> tuple[float, float]:
    """Width and height of a drawn kind, for a size of 1: as it is drawn."""
    kind = KINDS[name]
    image = stamps(Scene((Thing(name, kind.colours[0], 50, 50, 50),)), 100)[0][0]
    return image.width / max(image.size), image.height / max(image.size)


def _sprite_shape(image: Image.Image) -> tuple[float, float]:
    return image.width / max(image.size), image.height / max(image.size)


def _placed(rng: random.Random, plans: Sequence[_Plan]) -> list[list[Thing]] | None:
    """The groups with places, or None where they do not fit."""
    anywhere = rng.random() < ANYWHERE
    boxes: list[_Box] = []
    groups = []
    for plan in plans:
        low, high = BELONGS["any" if anywhere else plan.where]
        middle = (rng.uniform(10, 90), rng.uniform(low, high))
        group = []
        for number, size in enumerate(plan.sizes):
            turn = rng.randint(-15, 15) if rng.random() < 0.2 else 0
            spread = size * (0.9 + 0.5 * number)
            box = _free(rng, plan, size, turn, (middle, spread, (low, high)), boxes)
            if box is None:
                return None
            boxes.append(box)
            flip = rng.random() < 0.5
            group.append(Thing(plan.kind, plan.colour, box.x, box.y, size, flip, turn))
        groups.append(group)
    return groups


def _free(
    rng: random.Random,
    plan: _Plan,
    size: int,
    turn: int,
    about: tuple[tuple[float, float], float, tuple[int, int]],
    boxes: Sequence[_Box],
) -> _Box | None:
    """A box near the middle of its group that is seen and hides no other."""
    (x, y), spread, (low, high) = about
    lean, straight = abs(math.sin(math.radians(turn))), math.cos(math.radians(turn))
    wide = size * (plan.wide * straight + plan.high * lean) + PEN
    tall = size * (plan.wide * lean + plan.high * straight) + PEN
    left, top = wide * (0.5 - OUTSIDE), tall * (0.5 - OUTSIDE)
    for _ in range(TRIES):
        near_x = rng.uniform(x - spread, x + spread)
        near_y = min(max(rng.uniform(y - spread, y + spread) if spread else y, low), high)
        box = _Box(
            round(min(max(near_x, left + 1), 99 - left)),
            round(min(max(near_y, top + 1), 99 - top)),
            wide,
            tall,
        )
        if all(_overlap(box, other) <= OVERLAP for other in boxes):
            return box
        spread *= 1.1
    return None


def _overlap(one: _Box, other: _Box) -> float:
    """The share of the smaller box that the other covers."""
    across = (one.wide + other.wide) / 2 - abs(one.x - other.x)
    down = (one.high + other.high) / 2 - abs(one.y - other.y)
    shared = min(across, one.wide, other.wide), min(down, one.high, other.high)
    if min(shared) <= 0:
        return 0.0
    return shared[0] * shared[1] / min(one.wide * one.high, other.wide * other.high)
