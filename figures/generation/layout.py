"""Where the parts of a tree stand: branches in rows, the beams of a search in lanes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.generation.beams import Beams, Node
    from services.generation.tree import Tree

ROOT = -1  # the parent of what has none
DROPPED = "dropped"


@dataclass(frozen=True)
class Row:
    """One branch in the list of all."""

    number: int
    up: int  # rows from it up to its parent; 0 for the first


@dataclass(frozen=True)
class Lanes:
    """Every node that was kept or finished, in a lane; the best hypothesis is a straight line."""

    lane: dict[int, int]  # node -> lane, from 0
    count: int
    best: frozenset[int]  # the nodes of the best hypothesis
    alive: frozenset[int]  # the nodes of all hypotheses found, and of beams that still ran
    followed: frozenset[int]  # the nodes that some other node stands on


def rows(tree: "Tree") -> list[Row]:
    """All branches, each below the one that it leaves.

    Those that leave a branch later stand nearer to it, so that no connection crosses another.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for number, branch in enumerate(tree.branches):
        children[branch.parent].append(number)
    beams: list[Row] = []
    place: dict[int, int] = {}
    waiting = children[ROOT][:1]
    while waiting:
        number = waiting.pop()
        place[number] = len(beams)
        parent = tree.branches[number].parent
        beams.append(Row(number, place[number] - place.get(parent, place[number])))
        waiting += sorted(children[number], key=lambda one: (tree.branches[one].at, -one))
    return beams


def lanes(beams: "Beams") -> Lanes:
    """A lane for each beam: who goes on longest keeps the lane, others take the nearest free."""
    nodes = beams.nodes
    stands = [number for number, node in enumerate(nodes) if node.fate != DROPPED]
    followed = frozenset(nodes[number].parent for number in stands) - {ROOT}
    ends = [one.node for one in beams.hypotheses]
    last = beams.steps - 1
    running = [n for n in stands if nodes[n].step == last and nodes[n].fate == "kept"]
    steps: dict[int, list[int]] = defaultdict(list)
    for number in stands:
        steps[nodes[number].step].append(number)
    best = frozenset(ancestors(nodes, beams.best.node)) if ends else frozenset[int]()
    count = max((len(members) for members in steps.values()), default=1)
    reach = _reach(nodes, stands)
    lane: dict[int, int] = {}
    for step in sorted(steps):
        members = sorted(steps[step], key=lambda n: (n not in best, -reach[n], -nodes[n].total, n))
        lane |= _step(nodes, members, lane, best, count)
    alive = frozenset(n for end in [*ends, *running] for n in ancestors(nodes, end))
    return Lanes(lane, count, best, alive, followed)


def ancestors(nodes: "Sequence[Node]", number: int) -> list[int]:
    """A node and all those that it stands on, the first one first."""
    path = []
    while number != ROOT:
        path.append(number)
        number = nodes[number].parent
    return path[::-1]


def alike(many: Sequence[Sequence[object]]) -> int:
    """How many items all sequences share at their beginning."""
    for index, items in enumerate(zip(*many, strict=False)):
        if any(item != items[0] for item in items):
            return index
    return min(map(len, many))


def _reach(nodes: "Sequence[Node]", stands: Sequence[int]) -> dict[int, int]:
    """The last step that each node's continuations got to."""
    reach = {number: nodes[number].step for number in stands}
    for number in reversed(stands):
        parent = nodes[number].parent
        if parent != ROOT:
            reach[parent] = max(reach[parent], reach[number])
    return reach


def _step(
    nodes: "Sequence[Node]",
    members: Sequence[int],
    lane: dict[int, int],
    best: frozenset[int],
    count: int,
) -> dict[int, int]:
    """The lanes of one step, given those before it and its nodes in order of precedence."""
    free = set(range(count))
    taken: dict[int, int] = {}
    for number in members:
        own = 0 if number in best else lane.get(nodes[number].parent)
        if own in free:
            taken[number] = own
            free.remove(own)
    for number in members:
        if number not in taken:
            near = lane.get(nodes[number].parent, 0)
            taken[number] = min(free, key=lambda one: (abs(one - near), one))
            free.remove(taken[number])
    return taken
