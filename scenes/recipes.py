"""Every kind's drawing, brought to one size and ready to be painted."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenes.drawings.animals import ANIMALS
from scenes.drawings.belongings import BELONGINGS
from scenes.drawings.buildings import BUILDINGS
from scenes.drawings.creatures import CREATURES
from scenes.drawings.people import PEOPLE
from scenes.drawings.plants import PLANTS
from scenes.drawings.shapes import Part, Point
from scenes.drawings.sky import SKY
from scenes.drawings.toys import TOYS
from scenes.drawings.vehicles import VEHICLES

DRAWN: dict[str, Callable[[], list[Part]]] = {
    **SKY, **PLANTS, **BUILDINGS, **VEHICLES, **ANIMALS, **CREATURES, **PEOPLE, **BELONGINGS,
    **TOYS,
}  # fmt: skip
LONGEST_STEP = 0.09  # of a hand-drawn edge: long ones are cut, so that they can wobble


@dataclass(frozen=True)
class Piece:
    """Where one part's points lie among a recipe's."""

    role: str
    first: int
    last: int  # not inside
    width: float
    reach: float  # the longer side of its box


@dataclass(frozen=True)
class Recipe:
    """A thing's drawing: its box is centred on (0, 0) and its longer side is 1."""

    points: np.ndarray  # (point, x and y)
    runs: tuple[tuple[Piece, ...], ...]  # the pieces of a run share one outline
    margin: float  # how far a line's width may reach beyond its points


@functools.cache
def recipe(kind: str, by_hand: bool = False) -> Recipe:
    """The drawing of a kind, with long edges cut into short ones when it is drawn by hand."""
    parts = DRAWN[kind]()
    low = np.min([np.min(part.points, axis=0) - part.width / 2 for part in parts], axis=0)
    high = np.max([np.max(part.points, axis=0) + part.width / 2 for part in parts], axis=0)
    scale = 1 / float(max(high - low))
    points: list[Point] = []
    runs: list[list[Piece]] = []
    before = ""
    for part in parts:
        placed = (np.array(part.points) - (low + high) / 2) * scale
        own = [(float(x), float(y)) for x, y in placed]
        if by_hand:
            own = _cut(own, closed=not part.width)
        reach = float(max(placed.max(axis=0) - placed.min(axis=0))) + part.width * scale
        piece = Piece(part.role, len(points), len(points) + len(own), part.width * scale, reach)
        if part.role == before and not part.apart:
            runs[-1].append(piece)
        else:
            runs.append([piece])
        before = part.role
        points += own
    margin = max(part.width for part in parts) * scale / 2
    return Recipe(np.array(points), tuple(tuple(run) for run in runs), margin)


def _cut(points: list[Point], closed: bool) -> list[Point]:
    dense: list[Point] = []
    for start, end in zip(points, points[1:] + points[:1], strict=True):
        steps = max(1, math.ceil(math.dist(start, end) / LONGEST_STEP))
        dense += [
            (
                start[0] + (end[0] - start[0]) * step / steps,
                start[1] + (end[1] - start[1]) * step / steps,
            )
            for step in range(steps)
        ]
        if not closed and end is points[-1]:
            break
    return dense if closed else [*dense, points[-1]]
