"""Which parts of a model are off, and in which order its words are read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import checked_index, seen
from models.loaded import Loaded
from models.tokens import Token
from services.anatomy.layer import Off

MOST_OFF = 4000  # characters of a list of what is off: all heads of a large model fit
PART = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?")


@dataclass(frozen=True)
class Switches:
    """What is on; all of it is the model as it is."""

    positions: bool = True
    residual: bool = True
    scaling: bool = True  # of dot products, by √d_k
    heads: tuple[tuple[int, int], ...] = ()  # (layer, head) of those that are off
    layers: tuple[int, ...] = ()  # those that are off: what they read is handed on
    seed: int = 0  # of the order of the words; 0: as they are written

    @property
    def untouched(self) -> bool:
        """Whether the model is as it is."""
        return self == Switches()

    def of_layer(self, layer: int) -> Off:
        """What of a layer is off."""
        heads = tuple(head for one, head in self.heads if one == layer)
        return Off(heads, residual=not self.residual, scaling=not self.scaling)

    def within(self, layers: int, heads: int) -> "Switches":
        """Those that a model with so many layers and heads has."""
        return replace(
            self,
            heads=tuple(one for one in self.heads if one[0] < layers and one[1] < heads),
            layers=tuple(layer for layer in self.layers if layer < layers),
        )

    @property
    def written(self) -> str:
        """Layers and heads that are off, as a link has them: 3,5.11."""
        return ",".join([f"{one}" for one in self.layers] + [f"{a}.{b}" for a, b in self.heads])

    def toggled(self, layer: int, head: int | None = None) -> "Switches":
        """With a layer, or one of its heads, the other way."""
        if head is None:
            return replace(self, layers=tuple(sorted({*self.layers} ^ {layer})))
        return replace(self, heads=tuple(sorted({*self.heads} ^ {(layer, head)})))


def read_off(text: object) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """The layers and the heads of a list such as 3,5.11. Raises UserError for anything else."""
    found: set[tuple[int, int | None]] = set()
    parts = text.split(",") if isinstance(text, str) and len(text) <= MOST_OFF else [None]
    for part in parts if text != "" else ():
        match = PART.fullmatch(part.strip()) if part else None
        if match is None:
            raise UserError(
                "What is off must be layers and heads with commas between, such as 3,5.11; got "
                f"{seen(text)}."
            )
        found.add((int(match[1]), int(match[2]) if match[2] else None))
    layers = sorted(layer for layer, head in found if head is None)
    return tuple(layers), tuple(sorted((a, b) for a, b in found if b is not None))


def checked_parts(off: tuple[Sequence[int], Sequence[tuple[int, int]]], entry: Checkpoint) -> None:
    """Raises UserError for a layer or a head of a layer that the model does not have."""
    layers, heads = off
    more = f" (0: the first) in {entry.title}"
    for layer in (*layers, *(layer for layer, _ in heads)):
        checked_index(layer, 0, entry.layers - 1, name="layer that is off", more=more)
    for _, head in heads:
        checked_index(head, 0, entry.heads - 1, name="head that is off", more=more)


def checked_for(model: Loaded, switches: Switches) -> None:
    """Raises UserError for a part that the model does not have, and where nothing is left."""
    layers, heads = model.checkpoint.layers, model.checkpoint.heads
    checked_parts((switches.layers, switches.heads), model.checkpoint)
    if switches.residual:
        return
    for layer in range(layers):
        if layer not in switches.layers and len(switches.of_layer(layer).heads) == heads:
            raise UserError(
                f"Without the residual and with all {heads} heads of layer {layer} off, nothing "
                "of the text comes through that layer. Switch a head or the residual on."
            )


def order_of(encoded: Any, tokens: Sequence[Token], texts: Sequence[str], seed: int) -> list[int]:
    """Which token of the text stands at each place; seed 0: all where they are.

    Words change places within their sentence, with all their tokens; special tokens and the signs
    around words keep theirs. A first word without the space that a byte-level vocabulary has in
    front of words keeps its place too. Raises UserError where fewer than two words could move.
    """
    order = list(range(len(tokens)))
    if not seed:
        return order
    draw, most = np.random.default_rng(seed), 0
    for sentence, text in enumerate(texts):
        groups = _words(encoded, tokens, sentence, text)
        spelled = [
            number
            for number, group in enumerate(groups)
            if _says(tokens[group[0]]) and (group[0] or tokens[0].special)
        ]
        most = max(most, len(spelled))
        if len(spelled) < 2:
            continue
        drawn = spelled
        while drawn == spelled:
            drawn = [spelled[at] for at in draw.permutation(len(spelled))]
        moved = dict(zip(spelled, drawn, strict=True))
        places = [at for group in groups for at in group]
        sources = [at for number in range(len(groups)) for at in groups[moved.get(number, number)]]
        for place, source in zip(places, sources, strict=True):
            order[place] = source
    if most < 2:
        raise UserError(f"Shuffling takes two words or more that can move; got {most}.")
    return order


def _words(encoded: Any, tokens: Sequence[Token], sentence: int, text: str) -> list[list[int]]:
    """The tokens between two spaces as a group each; signs around a word are groups too."""
    groups: list[list[int]] = []
    for place, which in enumerate(encoded.sequence_ids()):
        if which != sentence:
            continue
        start, before = tokens[place].start, tokens[place - 1].end if place else 0
        begins = not groups or start > before or text[start : start + 1].isspace()
        if begins:
            groups.append([place])
        else:
            groups[-1].append(place)
    return [part for group in groups for part in _bared(group, tokens)]


def _bared(group: list[int], tokens: Sequence[Token]) -> list[list[int]]:
    """A group without the signs before and after it, which stand alone."""
    said = [number for number, at in enumerate(group) if _says(tokens[at])]
    if not said:
        return [[at] for at in group]
    first, end = said[0], said[-1] + 1
    return [*([at] for at in group[:first]), group[first:end], *([at] for at in group[end:])]


def _says(token: Token) -> bool:
    return any(character.isalnum() for character in token.text)
