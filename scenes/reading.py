"""Reads a caption back: which things it names, and how they are said to lie."""

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from scenes.facts import Graph, Group, plurals_of
from scenes.scene import COLOURS

COUNTS = ("one", "two", "three", "four", "five", "six")
PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "meadow": ("on a meadow", "in a meadow", "on the grass", "on the meadow"),
    "hills": ("in the hills", "among hills", "in a hilly landscape"),
    "snow": ("in the snow", "in a snowy landscape", "on a snowy day"),
    "beach": ("on a beach", "on the beach", "at the beach"),
    "sea": ("at sea", "on the sea", "on the water"),
    "desert": ("in the desert", "in a desert"),
    "night": ("at night", "in the dark", "on a dark night"),
    "room": ("in a room", "indoors", "inside a room"),
    "road": ("on a road", "on the road", "by a road"),
}
# Said before what the relation is to: "to the left of the tree".
TOWARDS: dict[str, tuple[str, ...]] = {
    "left": ("to the left of", "left of", "on the left of"),
    "right": ("to the right of", "right of", "on the right of"),
    "above": ("above", "over"),
    "below": ("below", "under", "beneath"),
}
# Said of what lies so to all that was named before: "a tree, a dog to the left".
ALONE: dict[str, tuple[str, ...]] = {
    "left": ("to the left", "on the left"),
    "right": ("to the right", "on the right"),
    "above": ("above", "higher up", "at the top"),
    "below": ("below", "lower down", "at the bottom"),
}
ROWS = {"from left to right": "left", "from top to bottom": "above"}
_SEPARATORS = (",", ";", ".", ":", "and", "with")


class Item(NamedTuple):
    """One phrase of a caption."""

    role: str
    value: str = ""
    plural: bool = False


Phrases = dict[tuple[str, ...], Item]


@functools.lru_cache(maxsize=8)
def _phrases(kinds: tuple[tuple[str, str], ...]) -> Phrases:
    """Every phrase that the reader knows, by its words."""
    known: dict[str, Item] = {}
    for role, table in (("alone", ALONE), ("towards", TOWARDS), ("place", PLACE_WORDS)):
        for value, said in table.items():
            known |= {words: Item(role, value) for words in said}
    known |= {words: Item("row", value) for words, value in ROWS.items()}
    known |= {word: Item("count", str(count)) for count, word in enumerate(COUNTS, start=1)}
    known |= {"a": Item("count", "1"), "an": Item("count", "1"), "the": Item("the")}
    known |= {word: Item("colour", word) for word in COLOURS} | {"gray": Item("colour", "grey")}
    known |= {word: Item("size", "small") for word in ("small", "little", "tiny")}
    known |= {word: Item("size", "big") for word in ("big", "large", "huge")}
    known |= {word: Item("pronoun") for word in ("it", "them")}
    known |= {word: Item("break") for word in _SEPARATORS} | {"of": Item("of")}
    for name, plural in kinds:
        known[plural] = Item("noun", name, plural=True)
    for name, plural in kinds:
        known[name] = Item("noun", name, plural=name == plural)
    return {tuple(words.split()): item for words, item in known.items()}


def parse(caption: str, plurals: Mapping[str, str] | None = None) -> Graph:
    """The groups, relations and place that a caption names; what it does not know it skips.

    `plurals` adds kinds that are not drawn: name -> plural. Never raises.
    """
    phrases = _phrases(tuple(plurals_of(plurals).items()))
    items = _items(re.findall(r"[a-z]+(?:-[a-z]+)*|[,;.:]", caption.lower()), phrases)
    places = [item.value for item in items if item.role == "place"]
    items = [item for item in items if item.role != "place"]
    reader = _Reader()
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else Item("break")
        reader.read(item, following)
    return Graph(tuple(reader.groups), tuple(reader.relations), places[0] if places else "")


def _items(words: list[str], phrases: Phrases) -> list[Item]:
    """The known phrases, the longest first; unknown words are left out."""
    longest = max(map(len, phrases))
    items, at = [], 0
    while at < len(words):
        for length in range(longest, 0, -1):
            item = phrases.get(tuple(words[at : at + length]))
            if item and at + length <= len(words):
                items.append(item)
                break
        else:
            length = 1
        at += length
    return items


class _Reader:
    """Follows a caption phrase by phrase."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.relations: list[tuple[int, str, int]] = []
        self.said: dict[str, str] = {}  # of the object phrase that is under way
        self.beside: int | None = None  # the group just named, which a relation would be about
        self.towards: tuple[int | None, str] | None = None  # waits for what it is to
        self.owed: tuple[str, int | None] | None = None  # waits for what it is about
        self.row = ""

    def read(self, item: Item, following: Item) -> None:
        """Take in one phrase, knowing the next."""
        if item.role in ("count", "colour", "size", "the"):
            self.said[item.role] = item.value
        elif item.role == "noun":
            self._named(item)
        elif item.role == "pronoun":
            self._mentioned(0)
        elif item.role == "row":
            self._in_a_row(item.value)
        elif item.role == "towards":
            self._related(item.value, following)
        elif item.role == "alone":
            self._placed(item.value)
        elif item.role == "break":
            self.beside = None
        if item.role not in ("count", "colour", "size", "the"):
            self.said = {}

    def _named(self, noun: Item) -> None:
        known = self._found(noun.value) if "the" in self.said else None
        if known is not None:
            return self._mentioned(known)
        count = self.said.get("count", "0" if noun.plural else "1")
        colour, size = self.said.get("colour", ""), self.said.get("size", "")
        self.groups.append(Group(noun.value, int(count), colour, size))
        latest = len(self.groups) - 1
        if self.row and latest and self.towards is None and self.owed is None:
            self.relations.append((latest - 1, self.row, latest))
        self._mentioned(latest)

    def _found(self, kind: str) -> int | None:
        """The group that "the ..." names: of this kind, rather one of the colour said."""
        colour = self.said.get("colour", "")
        like = [number for number, group in enumerate(self.groups) if group.kind == kind]
        exact = [number for number in like if colour and self.groups[number].colour == colour]
        return next(iter(exact or like), None)

    def _mentioned(self, number: int) -> None:
        if number >= len(self.groups):  # "it" before anything was named
            return
        if self.towards:
            about, word = self.towards
            self.towards = None
            if about is None:
                self.owed = (word, number)
            elif about != number:
                self.relations.append((about, word, number))
        elif self.owed:
            word, to = self.owed
            self.owed = None
            self._relate(number, word, to)
        self.beside = number

    def _relate(self, about: int, word: str, to: int | None) -> None:
        """Note a relation, to all that was named before where `to` is None."""
        before = range(about) if to is None else [to]
        self.relations += [(about, word, one) for one in before if one != about]

    def _related(self, word: str, following: Item) -> None:
        if following.role in ("break", "alone", "towards", "row"):  # "a tree, with a dog below"
            return self._placed(word)
        self.towards = (self.beside, word)

    def _placed(self, word: str) -> None:
        if self.beside is None:
            self.owed = (word, None)
        else:
            self._relate(self.beside, word, None)

    def _in_a_row(self, word: str) -> None:
        """ "From left to right": of all groups named so far, or of those that follow."""
        if not self.groups:
            self.row = word
        self.relations += [(one - 1, word, one) for one in range(1, len(self.groups))]
