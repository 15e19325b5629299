"""What is true of a scene: its groups of like things, and how they lie to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scenes.scene import KINDS, Scene, Thing

SMALL, BIG = 0.75, 1.35  # times a kind's usual size: what is beyond is small, or big
APART = 12  # hundredths of the picture's side, between the nearest centres of two groups
MAINLY = 1.2  # how much further apart along one axis than along the other
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


@dataclass(frozen=True)
class Group:
    """Things of one kind and colour."""

    kind: str
    count: int  # 0: not said
    colour: str = ""  # "": not said, or its own: a rainbow, a sprite
    size: str = ""  # "small", "big" or ""


@dataclass(frozen=True)
class Graph:
    """The groups of a scene or caption, and how they lie to each other."""

    groups: tuple[Group, ...]
    # (1, "left", 0): group 1 is left of group 0
    relations: tuple[tuple[int, str, int], ...] = ()
    place: str = ""  # a name in PLACES; "": not said


def graph_of(scene: Scene) -> Graph:
    """The truth: all groups, in drawing order, and every clear relation from both its ends."""
    members = grouped(scene)
    relations = []
    for one in range(len(members)):
        for other in range(len(members)):
            held = relation(members[one], members[other]) if one != other else ""
            if held:
                relations.append((one, held, other))
    groups = tuple(
        Group(things[0].kind, len(things), things[0].colour, size_word(things))
        for things in members
    )
    return Graph(groups, tuple(relations), scene.place)


def grouped(scene: Scene) -> list[list[Thing]]:
    """The things of a scene by kind and colour."""
    members: dict[tuple[str, str], list[Thing]] = {}
    for thing in scene.things:
        members.setdefault((thing.kind, thing.colour), []).append(thing)
    return list(members.values())


def relation(one: Sequence[Thing], other: Sequence[Thing]) -> str:
    """How all of `one` clearly lie to all of `other`; "" where that is not clear."""
    across, down = offset(one, other)
    if abs(across) >= MAINLY * abs(down):
        gap = _gap([thing.x for thing in one], [thing.x for thing in other])
        words = ("left", "right")
    elif abs(down) >= MAINLY * abs(across):
        gap = _gap([thing.y for thing in one], [thing.y for thing in other])
        words = ("above", "below")
    else:
        return ""
    if abs(gap) < APART:
        return ""
    return words[0] if gap < 0 else words[1]


def offset(one: Sequence[Thing], other: Sequence[Thing]) -> tuple[float, float]:
    """From the middle of `other` to the middle of `one`: rightward and downward, hundredths."""
    across = _mean([thing.x for thing in one]) - _mean([thing.x for thing in other])
    down = _mean([thing.y for thing in one]) - _mean([thing.y for thing in other])
    return across, down


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)


def _gap(one: Sequence[int], other: Sequence[int]) -> int:
    """How far all of `one` come after all of `other`; below 0 before, 0 where they mingle."""
    return max(0, min(one) - max(other)) - max(0, min(other) - max(one))


def size_word(things: Sequence[Thing]) -> str:
    """ "small" or "big" where all the things are so for their kind; a sprite has no usual size."""
    if any(thing.colour == "" or thing.kind not in KINDS for thing in things):
        return ""
    ratios = [thing.size / KINDS[thing.kind].size for thing in things]
    if max(ratios) < SMALL:
        return "small"
    return "big" if min(ratios) > BIG else ""


def plurals_of(plurals: Mapping[str, str] | None) -> dict[str, str]:
    """Every drawn kind with its plural, and those given."""
    return {kind.name: kind.plural for kind in KINDS.values()} | dict(plurals or {})
