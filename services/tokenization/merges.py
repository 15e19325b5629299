"""How does a byte-level BPE find the pieces of one word? Every merge that it makes, in order."""

import json
import threading
import weakref
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from models.tokens import BYTES, labels

ABSENT = -1  # in place of a rank: the pair is not in the list of merges
Ranks = dict[tuple[str, str], int]
_ranks: "weakref.WeakKeyDictionary[Any, Ranks]" = weakref.WeakKeyDictionary()
_first = threading.Lock()


@dataclass(frozen=True)
class State:
    """The pieces of a word between two merges, and how early each pair stands in the list."""

    pieces: tuple[str, ...]  # as people read them; a byte that is no character as 0xC3
    ids: tuple[int, ...]
    ranks: tuple[int, ...]  # of each piece with the next: 0 was learned first; or ABSENT
    joined: int  # the first piece of the pair that is joined next; ABSENT at the end


@dataclass(frozen=True)
class MergedWord:
    """One word, from its bytes to its tokens; a special token has no states."""

    word: str  # as it was typed, with the space before it
    data: tuple[int, ...]  # its bytes in UTF-8
    states: tuple[State, ...]

    @property
    def pieces(self) -> tuple[str, ...]:
        """The tokens of the word."""
        return self.states[-1].pieces if self.states else (self.word,)


def merged(tokenizer: Any, signs: str, word: str) -> MergedWord:
    """Join the pair that was learned first, the leftmost of several, until none is in the list.

    `signs` are the word's bytes as the vocabulary spells them. Sennrich et al. 2016, algorithm 1,
    applied to bytes as Radford et al. 2019 do (section 2.2).
    """
    known = ranks_of(tokenizer)
    parts, states = list(signs), []
    while True:
        ranks = [known.get(pair, ABSENT) for pair in pairwise(parts)]
        found = [(rank, place) for place, rank in enumerate(ranks) if rank != ABSENT]
        place = min(found)[1] if found else ABSENT
        ids = tuple(tokenizer.convert_tokens_to_ids(parts))
        states.append(State(labels(tokenizer, ids), ids, tuple(ranks), place))
        if place == ABSENT:
            return MergedWord(word, tuple(BYTES[sign] for sign in signs), tuple(states))
        parts[place : place + 2] = [parts[place] + parts[place + 1]]


def ranks_of(tokenizer: Any) -> Ranks:
    """The place of every merge in the tokenizer's list, from 0."""
    with _first:
        if tokenizer not in _ranks:
            content = json.loads(tokenizer.backend_tokenizer.to_str())
            pairs = (tuple(merge) for merge in content["model"]["merges"])
            _ranks[tokenizer] = {(left, right): rank for rank, (left, right) in enumerate(pairs)}
        return _ranks[tokenizer]
