"""Areas in proportion to numbers, as near to squares as they can be (Bruls et al. 2000)."""

from collections.abc import Sequence
from dataclasses import dataclass

from figures.parts.html import Html, tag

WIDE = 2.4  # times as wide as tall


@dataclass(frozen=True)
class Tile:
    """One area: what stands in it, its colour as a class, and its number."""

    name: str
    said: str  # the number as it is written
    colour: str
    value: float
    slices: int = 1  # equal parts that it consists of: layers


@dataclass(frozen=True)
class Place:
    """Where an area stands, in parts of the whole width and height."""

    left: float
    top: float
    width: float
    height: float


def treemap(tiles: Sequence[Tile], *, label: str) -> Html:
    """The areas, largest first; `label` says for those who do not see it what it shows."""
    ordered = sorted((tile for tile in tiles if tile.value > 0), key=lambda tile: -tile.value)
    places = squarified([tile.value for tile in ordered])
    drawn = [_tile(tile, place) for tile, place in zip(ordered, places, strict=True)]
    return tag("div", *drawn, class_="treemap", role="img", aria_label=label)


def squarified(values: Sequence[float]) -> list[Place]:
    """A place for each value, which come largest first, in a box of WIDE × 1."""
    whole = sum(values)
    left, top, width, height = 0.0, 0.0, WIDE, 1.0
    areas = [value * WIDE / whole for value in values]
    places: list[Place] = []
    while areas:
        side = min(width, height)
        count = 1
        while count < len(areas) and _worst(areas[: count + 1], side) <= _worst(
            areas[:count], side
        ):
            count += 1
        row, areas = areas[:count], areas[count:]
        thick = sum(row) / side
        along = 0.0
        for area in row:
            long = area / thick
            if height <= width:  # a column at the left
                places.append(Place(left / WIDE, top + along, thick / WIDE, long))
            else:  # a row at the top
                places.append(Place((left + along) / WIDE, top, long / WIDE, thick))
            along += long
        if height <= width:
            left, width = left + thick, width - thick
        else:
            top, height = top + thick, height - thick
    return places


def _worst(areas: Sequence[float], side: float) -> float:
    """How far from a square the worst of some areas is that share a side."""
    thick = sum(areas) / side
    return max(max(area / thick**2, thick**2 / area) for area in areas)


def _tile(tile: Tile, place: Place) -> Html:
    at = (
        f"left:{100 * place.left:.3f}%;top:{100 * place.top:.3f}%;"
        f"width:{100 * place.width:.3f}%;height:{100 * place.height:.3f}%;--slices:{tile.slices}"
    )
    roomy = place.width > 0.14 and place.height > 0.13
    inside = (tag("b", tile.name), tag("span", tile.said)) if roomy else ()
    wide_enough = place.width / tile.slices > 0.008 and place.width * place.height > 0.02
    sliced = " sliced" if tile.slices > 1 and wide_enough else ""
    return tag(
        "div",
        *inside,
        class_=f"tile {tile.colour}{sliced}",
        style=at,
        title=f"{tile.name}: {tile.said}",
    )
