"""How right a caption is about a scene."""

from collections.abc import Mapping
from dataclasses import dataclass

from scenes.facts import Graph, Group, graph_of, grouped, offset
from scenes.reading import parse
from scenes.scene import Scene, Thing


@dataclass(frozen=True)
class Score:
    """What a caption said and how much of it is right, in counts that add up over captions.

    Objects are groups of like things. Colours, counts, sizes and relations are counted only
    where they are said of groups that the scene has.
    """

    objects_said: int
    objects_true: int  # that the scene has
    objects_right: int
    colours_said: int
    colours_right: int
    counts_said: int
    counts_right: int
    sizes_said: int
    sizes_right: int
    relations_said: int
    relations_right: int
    place_said: int
    place_right: int


def score(caption: str, scene: Scene, plurals: Mapping[str, str] | None = None) -> Score:
    """Hold a caption against the scene. `plurals` adds kinds that are not drawn."""
    said, true = parse(caption, plurals), graph_of(scene)
    pairs = matched(said, true)
    both = [(said.groups[one], true.groups[other]) for one, other in pairs.items()]
    colours = [(a.colour, b.colour) for a, b in both if a.colour and b.colour]
    counts = [(a.count, b.count) for a, b in both if a.count]
    sizes = [(a.size, b.size) for a, b in both if a.size]
    members = grouped(scene)
    relations = [
        holds(members[pairs[one]], word, members[pairs[other]])
        for one, word, other in said.relations
        if one in pairs and other in pairs
    ]
    return Score(
        objects_said=len(said.groups),
        objects_true=len(true.groups),
        objects_right=len(pairs),
        colours_said=len(colours),
        colours_right=sum(a == b for a, b in colours),
        counts_said=len(counts),
        counts_right=sum(a == b for a, b in counts),
        sizes_said=len(sizes),
        sizes_right=sum(a == b for a, b in sizes),
        relations_said=len(relations),
        relations_right=sum(relations),
        place_said=int(said.place != ""),
        place_right=int(said.place != "" and said.place == true.place),
    )


def matched(said: Graph, true: Graph) -> dict[int, int]:
    """Which group of the scene each said group is: of its kind, the likest first, each once."""
    pairs = [
        (one, other)
        for one, group in enumerate(said.groups)
        for other, there in enumerate(true.groups)
        if group.kind == there.kind
    ]
    pairs.sort(key=lambda pair: -_likeness(said.groups[pair[0]], true.groups[pair[1]]))
    match: dict[int, int] = {}
    for one, other in pairs:
        if one not in match and other not in match.values():
            match[one] = other
    return match


def _likeness(said: Group, true: Group) -> int:
    return 2 * (said.colour == true.colour) + (said.count == true.count)


def holds(one: list[Thing], word: str, other: list[Thing]) -> bool:
    """Whether `one` lies so, more than any other way: milder than what a true caption says."""
    across, down = offset(one, other)
    along, off = (across, down) if word in ("left", "right") else (down, across)
    return abs(along) >= abs(off) and (along < 0 if word in ("left", "above") else along > 0)
