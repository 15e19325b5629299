"""Keys and values of all that was read, for texts that come and go.

A text takes a place on the shelf whose places are long enough for the whole of it, so a short one
takes little room beside a long one; on a shelf the places in use stand first, without a gap, so
that all its texts are looked at in one product and nothing is gathered.
"""

from dataclasses import dataclass, field
from typing import Any

import lazy_loader as lazy

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any

SHORTEST = 64  # tokens of a place on the first shelf; each further one's are twice as long
MOST_BYTES = 512_000_000  # of all shelves of one model


@dataclass(eq=False)
class Place:
    """Where one text stands."""

    shelf: "Shelf"
    number: int
    length: int = 0  # tokens that are there already


@dataclass(eq=False)
class Shelf:
    """Places of one length: keys and values, (layer, place, head, token, width of a head)."""

    tokens: int
    keys: Tensor
    values: Tensor
    places: list[Place] = field(default_factory=list)  # those in use, each at its number


class Cache:
    """The shelves of one model, which grow as texts come."""

    def __init__(self, layers: int, heads: int, width: int, context: int) -> None:
        """`width` is that of a head; no text is longer than `context` tokens."""
        self._layers, self._heads, self._width, self._context = layers, heads, width, context
        self._shelves: dict[int, Shelf] = {}

    @property
    def bytes(self) -> int:
        """What all shelves take."""
        return sum(2 * shelf.keys.nbytes for shelf in self._shelves.values())

    def fits(self, tokens: int) -> bool:
        """Whether a text of so many tokens, prompt and all, has room beside those that are there.

        Alone every text has: a model that can be read can be written with.
        """
        size = self._size(tokens)
        shelf = self._shelves.get(size)
        if shelf is not None and len(shelf.places) < shelf.keys.shape[1]:
            return True
        there = len(shelf.places) if shelf is not None else 0
        more = _more(there)
        each = 2 * 4 * self._layers * self._heads * self._width * size
        idle = not any(shelf.places for shelf in self._shelves.values())
        return idle or self.bytes + more * each <= MOST_BYTES

    def open(self, tokens: int) -> Place:
        """A place for a text of at most so many tokens."""
        size = self._size(tokens)
        shelf = self._shelves.get(size)
        if shelf is None:
            empty = torch.zeros(self._layers, 0, self._heads, size, self._width)
            shelf = self._shelves[size] = Shelf(size, empty, empty)
        there = len(shelf.places)
        if there == shelf.keys.shape[1]:
            shelf.keys = _stretched(shelf.keys, _more(there))
            shelf.values = _stretched(shelf.values, _more(there))
        place = Place(shelf, there)
        shelf.places.append(place)
        return place

    def close(self, place: Place) -> None:
        """Free a place; the last of its shelf moves there. An empty shelf is given back."""
        shelf = place.shelf
        last = shelf.places.pop()
        if last is not place:
            for kept in (shelf.keys, shelf.values):
                kept[:, place.number, :, : last.length] = kept[:, last.number, :, : last.length]
            last.number = place.number
            shelf.places[last.number] = last
        if not shelf.places:
            del self._shelves[shelf.tokens]

    def _size(self, tokens: int) -> int:
        size = SHORTEST
        while size < tokens:
            size *= 2
        return min(size, -(-self._context // SHORTEST) * SHORTEST)


def _more(there: int) -> int:
    """How many places a full shelf gets."""
    return max(1, there // 2)


def _stretched(kept: Tensor, more: int) -> Tensor:
    """The same with so many places more."""
    layers, _, *rest = kept.shape
    return torch.cat((kept, torch.zeros(layers, more, *rest)), dim=1)
