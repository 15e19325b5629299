"""Says what a scene shows, in the words of a person's short caption."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from scenes.facts import OPPOSITE, Graph, Group, graph_of, grouped, plurals_of
from scenes.reading import ALONE, COUNTS, PLACE_WORDS, TOWARDS, parse
from scenes.scene import KINDS, Scene
from scenes.score import Score, score

__all__ = ["Graph", "Group", "Score", "describe", "graph_of", "parse", "score"]

COLOUR_SAID = 0.95  # of kinds that have several
ONLY_COLOUR_SAID = 0.3
SIZE_SAID = 0.5
PLACE_SAID = 0.67
PLACE_FIRST = 0.3
LARGEST_FIRST = 0.75
RELATION_SAID = 0.85  # of groups after the second


def describe(scene: Scene, rng: random.Random, plurals: Mapping[str, str] | None = None) -> str:
    """One true caption, another with each call: every group once, clear relations, the place.

    `plurals` names the plurals of sprites. `parse` reads back all that it says.
    """
    teller = _Teller(scene, rng, plurals_of(plurals))
    said = rng.choice(_patterns(teller))(teller)
    place = ""
    if scene.place in PLACE_WORDS and rng.random() < PLACE_SAID:
        place = rng.choice(PLACE_WORDS[scene.place])
    if not place:
        return said.head + said.tail
    if said.front or (said.front is None and rng.random() < PLACE_FIRST):
        return f"{place}{' ' if said.head.startswith('there ') else ', '}{said.head}{said.tail}"
    return f"{said.head} {place}{said.tail}"


class _Said(NamedTuple):
    head: str  # after it the place fits well
    tail: str = ""
    front: bool | None = None  # whether the place must stand in front; None: either


class _Teller:
    """The wording of one scene's groups; groups go by their place in the order of mention."""

    def __init__(self, scene: Scene, rng: random.Random, plurals: Mapping[str, str]) -> None:
        graph = graph_of(scene)
        self.rng, self.plurals = rng, plurals
        relations = {(one, other): word for one, word, other in graph.relations}
        order = _order([[*things] for things in _spots(scene)], relations, rng)
        self.groups = [graph.groups[number] for number in order]
        self.relations = {
            (order.index(one), order.index(other)): word
            for (one, other), word in relations.items()
        }
        kinds = [group.kind for group in self.groups]
        self.shared = {kind for kind in kinds if kinds.count(kind) > 1}
        self.coloured = [self._colour_said(group) for group in self.groups]
        self.rows = {word: self._row(word) for word in ("left", "above")}

    def _colour_said(self, group: Group) -> bool:
        if not group.colour or group.kind in self.shared:
            return bool(group.colour)
        several = len(KINDS[group.kind].colours) > 1
        return self.rng.random() < (COLOUR_SAID if several else ONLY_COLOUR_SAID)

    def _row(self, word: str) -> list[int]:
        """All groups from left to right (or top to bottom), if each clearly follows the last."""
        after = [
            sum(self.how(one, other) == OPPOSITE[word] for other in range(len(self.groups)))
            for one in range(len(self.groups))
        ]
        row = sorted(range(len(self.groups)), key=lambda one: after[one])
        follow = all(self.how(a, b) == word for a, b in itertools.pairwise(row))
        return row if follow else []

    def how(self, one: int, other: int) -> str:
        """The relation that clearly holds, or ""."""
        return self.relations.get((one, other), "")

    def thing(self, one: int) -> str:
        """The object phrase of a group: "two small red balls"."""
        group = self.groups[one]
        size = group.size if group.size and self.rng.random() < SIZE_SAID else ""
        colour = group.colour if self.coloured[one] else ""
        words = " ".join(filter(None, (size, colour, self.noun(one))))
        if group.count > 1:
            return f"{COUNTS[group.count - 1]} {words}"
        return f"one {words}" if self.rng.random() < 0.04 else f"{_article(words)} {words}"

    def noun(self, one: int) -> str:
        group = self.groups[one]
        return group.kind if group.count == 1 else self.plurals[group.kind]

    def the(self, one: int) -> str:
        """A later mention: "the balls", or "the red balls" where there are others."""
        told_apart = self.groups[one].kind in self.shared
        if told_apart or (self.coloured[one] and self.rng.random() < 0.1):
            return f"the {self.groups[one].colour} {self.noun(one)}"
        return f"the {self.noun(one)}"

    def it(self) -> str:
        """A later mention of the first group, which "it" stands for."""
        if self.groups[0].kind == "person" and self.groups[0].count == 1:
            return self.the(0)
        return "it" if self.groups[0].count == 1 else "them"

    def be(self, one: int) -> str:
        return "is" if self.groups[one].count == 1 else "are"

    def towards(self, one: int, other: int) -> str:
        return self.rng.choice(TOWARDS[self.how(one, other)])

    def all_things(self, order: Sequence[int] | None = None) -> str:
        order = order if order is not None else range(len(self.groups))
        return _listed([self.thing(one) for one in order])

    def rest(self, pronoun: bool = False) -> str:
        """The third group and the fourth, each related to one already named where that is clear.

        `pronoun`: the first one may be "it", where that is not the second.
        """
        pronoun = pronoun and self.be(0) != self.be(1)
        named, related, loose = [0, 1], [], []
        for one in range(2, len(self.groups)):
            if any(self.how(one, other) for other in named) and self.rng.random() < RELATION_SAID:
                related.append(self._related(one, named, pronoun))
                named.append(one)
            else:
                loose.append(one)
        said = "".join(f", {words}" for words in related[:-1])
        if related:
            said += f"{self.rng.choice((', and ', ' and ', ', '))}{related[-1]}"
        if loose:
            there = _listed([self.thing(one) for one in loose])
            said += f"; there {self.be(loose[0])} also {there}"
        return said

    def _related(self, one: int, named: Sequence[int], pronoun: bool) -> str:
        words = {self.how(one, other) for other in named}
        if len(words) == 1 and len(named) == 2 and self.rng.random() < 0.25:
            return f"{self.thing(one)} {self.rng.choice(ALONE[words.pop()])}"
        other = self.rng.choice([other for other in named if self.how(one, other)])
        mention = self.it() if pronoun and other == 0 else self.the(other)
        if self.rng.random() < 0.2:
            return f"{self.towards(one, other)} {mention} {self.be(one)} {self.thing(one)}"
        return f"{self.thing(one)} {self.towards(one, other)} {mention}"


def _spots(scene: Scene) -> list[list[tuple[int, int]]]:
    """(x, size) of the things of each group."""
    return [[(thing.x, thing.size) for thing in things] for things in grouped(scene)]


def _order(
    spots: Sequence[Sequence[tuple[int, int]]],
    relations: Mapping[tuple[int, int], str],
    rng: random.Random,
) -> list[int]:
    """The order of mention: largest or leftmost first, but first two that are clearly related."""
    order = list(range(len(spots)))
    if rng.random() < LARGEST_FIRST:
        order.sort(key=lambda one: -sum(size**2 for _, size in spots[one]))
    else:
        order.sort(key=lambda one: sum(x for x, _ in spots[one]) / len(spots[one]))
    pairs = [(a, b) for a in order for b in order if (a, b) in relations]
    if not pairs:
        return order
    first = list(pairs[0])
    left = [one for one in order if one not in first]
    while left:  # next one that is clearly related to one already named, if any
        near = [one for one in left if any((one, other) in relations for other in first)]
        first.append((near or left)[0])
        left.remove(first[-1])
    return first


def _article(words: str) -> str:
    if words.startswith(("uni", "hour")):  # a unicorn, an hourglass
        return "a" if words.startswith("uni") else "an"
    return "an" if words[0] in "aeiou" else "a"


def _listed(phrases: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"


_Pattern = Callable[[_Teller], _Said]


def _patterns(teller: _Teller) -> list[_Pattern]:
    """The sentences that fit a scene; one that stands twice is said twice as often."""
    number = len(teller.groups)
    if number == 1 or not teller.how(1, 0):
        return [_only, _only, _only_there]
    fit: list[_Pattern] = [_beside, _beside, _with, _with, _there, _there_with, _beyond]
    fit += [_list_then, _list_then, _sentences, _alone]
    if number < 4 and any(teller.rows.values()):
        fit += [_ends, _ends]
    if number > 2 and any(teller.rows.values()):
        fit += [_in_a_row, _in_a_row]
    return fit


def _only(teller: _Teller) -> _Said:
    """ "a red ball and two dogs": nothing lies clearly to anything."""
    return _Said(teller.all_things())


def _only_there(teller: _Teller) -> _Said:
    return _Said(f"there {teller.be(0)} {teller.all_things()}")


def _beside(teller: _Teller) -> _Said:
    """ "two red balls under a tree, a dog to the left of the tree"."""
    one, other = teller.rng.choice(((0, 1), (1, 0)))
    head = f"{teller.thing(one)} {teller.towards(one, other)} {teller.thing(other)}"
    return _Said(head, teller.rest())


def _there(teller: _Teller) -> _Said:
    """ "there are two red balls under a tree"."""
    one, other = teller.rng.choice(((0, 1), (1, 0)))
    head = f"{teller.thing(one)} {teller.towards(one, other)} {teller.thing(other)}"
    return _Said(f"there {teller.be(one)} {head}", teller.rest())


def _with(teller: _Teller) -> _Said:
    """ "a tree with two red balls under it"."""
    head = f"{teller.thing(0)} with {teller.thing(1)} {teller.towards(1, 0)} {teller.it()}"
    return _Said(head, teller.rest(pronoun=True))


def _there_with(teller: _Teller) -> _Said:
    """ "there is a tree with two red balls under it"."""
    said = _with(teller)
    return _Said(f"there {teller.be(0)} {said.head}", said.tail)


def _beyond(teller: _Teller) -> _Said:
    """ "above a house there is a yellow sun"."""
    there = teller.rng.choice(("there ", ""))
    head = f"{teller.towards(1, 0)} {teller.thing(0)} {there}{teller.be(1)} {teller.thing(1)}"
    return _Said(head, teller.rest(), front=False)


def _list_then(teller: _Teller) -> _Said:
    """ "three birds and a boat; the birds are above the boat"."""
    clauses = []
    about = -1
    for one in range(1, len(teller.groups)):
        near = [other for other in range(one) if teller.how(one, other)]
        if near and (one == 1 or teller.rng.random() < RELATION_SAID):
            pair = one, teller.rng.choice(near)
            # Either may come first, but none in two clauses one after the other.
            about, other = pair if pair[1] == about or teller.rng.random() < 0.6 else pair[::-1]
            words = (teller.the(about), teller.be(about), teller.towards(about, other))
            clauses.append(" ".join((*words, teller.the(other))))
    return _Said(teller.all_things(), f"; {_listed(clauses)}")


def _sentences(teller: _Teller) -> _Said:
    """ "a house; to the left of it is a dog"."""
    clause = f"{teller.towards(1, 0)} {teller.it()} {teller.be(1)} {teller.thing(1)}"
    return _Said(teller.thing(0), f"; {clause}{teller.rest()}")


def _alone(teller: _Teller) -> _Said:
    """ "a tree, a small dog to the left"."""
    joined = teller.rng.choice((", ", " with "))
    word = teller.rng.choice(ALONE[teller.how(1, 0)])
    head = f"{teller.thing(0)}{joined}{teller.thing(1)} {word}"
    return _Said(head, teller.rest(), front=True)


def _ends(teller: _Teller) -> _Said:
    """ "a dog on the left and two cats on the right"."""
    word = teller.rng.choice([word for word, row in teller.rows.items() if row])
    spots = {"left": ("on the left", "on the right"), "above": ("at the top", "at the bottom")}
    first, *between, last = (teller.thing(one) for one in teller.rows[word])
    middle = [f"{thing} in the middle" for thing in between]
    ends = spots[word]
    return _Said(_listed([f"{first} {ends[0]}", *middle, f"{last} {ends[1]}"]), front=True)


def _in_a_row(teller: _Teller) -> _Said:
    """ "from left to right: a dog, a cat and a tree"."""
    word = teller.rng.choice([word for word, row in teller.rows.items() if row])
    said = {"left": "from left to right", "above": "from top to bottom"}[word]
    things = teller.all_things(teller.rows[word])
    if teller.rng.random() < 0.5:
        return _Said(f"{said}: {things}", front=False)
    return _Said(f"{things} {said}", front=True)
