"""Tatoeba's sentences as the training of the pocket translator reads them.

An epoch reads every English sentence, each time with its translations in new batches of like
lengths. Some sentences are changed as people type them (small letters, no full stop), and some
pairs are joined, so that more than one sentence at a time is learned as well.
"""

import lzma
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from tokenizers import Tokenizer

from training.translation.words import PAD

Pair = tuple[str, str]  # English, French
HELD_BACK = 500  # English sentences of train that settings are chosen by
ENDS = ".!?"


class Order(Protocol):
    """What of the recipe says how an epoch is read; `model.Recipe` explains each."""

    @property
    def seed(self) -> int: ...
    @property
    def tokens(self) -> int: ...
    @property
    def longest(self) -> int: ...
    @property
    def references(self) -> str: ...
    @property
    def joined(self) -> float: ...
    @property
    def typed(self) -> float: ...
    @property
    def piece_dropout(self) -> float: ...


class Batch(NamedTuple):
    """What the loss reads; both are filled up with the padding token on the right."""

    source: np.ndarray  # int64 (pair, token), each with its end token
    target: np.ndarray  # int64 (pair, token): the padding token, the French, the end token


@dataclass(frozen=True)
class Sentence:
    """An English sentence, and all the French ones that are right for it."""

    english: str
    french: tuple[str, ...]


@dataclass(frozen=True)
class Corpus:
    """The sentences by what they are for; no French or English one stands in two parts."""

    train: tuple[Sentence, ...]
    held_back: tuple[Sentence, ...]  # what settings are chosen by
    dev: tuple[Sentence, ...]  # only reported
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """Every training text of both languages once, for the tokenizer."""
        english = {sentence.english for sentence in self.train}
        return sorted(english | {text for one in self.train for text in one.french})


def read_sentences(folder: Path, name: str) -> list[Sentence]:
    """The sentences of one file of the folder, `.tsv.xz` or `.tsv`, in the file's order."""
    plain, packed = folder / f"{name}.tsv", folder / f"{name}.tsv.xz"
    if plain.exists():
        text = plain.read_text(encoding="utf-8")
    else:
        with lzma.open(packed, "rt", encoding="utf-8") as file:
            text = file.read()
    known: dict[str, list[str]] = {}
    for line in text.splitlines():
        english, french = line.split("\t")
        known.setdefault(english, []).append(french)
    return [Sentence(english, tuple(french)) for english, french in known.items()]


def plain(text: str) -> str:
    """The text without capitals and punctuation: what says that two sentences are the same."""
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def apart(sentences: Iterable[Sentence], kept_out: Iterable[Sentence]) -> list[Sentence]:
    """The sentences without what is kept out of training: neither its English nor its French.

    A sentence that shares a French line with one kept out goes with all its lines: they would
    tell what the French line means.
    """
    english, french = set(), set()
    for one in kept_out:
        english.add(plain(one.english))
        french.update(map(plain, one.french))
    return [
        one
        for one in sentences
        if plain(one.english) not in english and french.isdisjoint(map(plain, one.french))
    ]


def read_corpus(folder: Path, *, seed: int, held_back: int = HELD_BACK) -> Corpus:
    """Train, held back (a tenth at most) and dev, with nothing in two of them."""
    everything, dev = read_sentences(folder, "train"), read_sentences(folder, "dev")
    held = random.Random(seed).sample(everything, min(held_back, len(everything) // 10))
    train = apart(apart(everything, dev), held)
    counts = {
        "sentences": len(train),
        "pairs": sum(len(one.french) for one in train),
        "held_back": len(held),
        "dev": len(dev),
        "dev_references": sum(len(one.french) for one in dev),
        "kept_out": len(everything) - len(train) - len(held),
        "english_in_both": len(
            {plain(one.english) for one in everything} & {plain(one.english) for one in dev}
        ),
        "kept_out_for_dev": len(everything) - len(apart(everything, dev)),
    }
    return Corpus(tuple(train), tuple(held), tuple(dev), counts)


def typed(text: str, chance: random.Random) -> str:
    """The text as people type it in a hurry: in small letters, without the last full stop."""
    way = chance.randrange(4)
    if way != 1 and text[-1:] in ENDS:
        text = text.rstrip(ENDS).rstrip()
    if way == 1 or way == 2:
        text = text[:1].lower() + text[1:]
    return text.lower() if way == 3 else text


class Epochs:
    """The batches of one epoch after another, each known from the seed and its number alone.

    (Dropped merges are the library's own chance: with them a resumed epoch is cut anew.)
    """

    def __init__(self, sentences: Sequence[Sentence], tokenizer: Tokenizer, order: Order) -> None:
        self.sentences, self.order = sentences, order
        self.tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self.tokenizer.model.dropout = order.piece_dropout or None
        self.pad = tokenizer.token_to_id(PAD)
        self.epoch, self.began = 0, 0  # its number, and the step that it began with
        self._batches: list[Batch] | None = None

    def batch(self, step: int) -> Batch:
        """The batch of a step; steps are asked for in order, from `began` on."""
        if self._batches is None:
            self._batches = self.batches(self.epoch)
        while step >= self.began + len(self._batches):
            self.epoch, self.began = self.epoch + 1, self.began + len(self._batches)
            self._batches = self.batches(self.epoch)
        return self._batches[step - self.began]

    def go_to(self, epoch: int, began: int) -> None:
        """Go on with an epoch that began with that step."""
        self.epoch, self.began, self._batches = epoch, began, None

    def pairs(self, epoch: int) -> list[Pair]:
        """What an epoch reads, as texts."""
        chance = random.Random(f"{self.order.seed} {epoch}")
        pairs = []
        for one in self.sentences:
            every = self.order.references == "all"
            for french in one.french if every else (chance.choice(one.french),):
                english = one.english
                if chance.random() < self.order.typed:
                    english = typed(english, chance)
                if chance.random() < self.order.joined:
                    other = chance.choice(self.sentences)
                    english = f"{english} {other.english}"
                    french = f"{french} {chance.choice(other.french)}"
                pairs.append((english, french))
        return pairs

    def batches(self, epoch: int) -> list[Batch]:
        """The batches of an epoch: of like lengths, each of about so many target tokens."""
        pairs = self.pairs(epoch)
        sources, targets = (
            [encoding.ids for encoding in self.tokenizer.encode_batch_fast(list(texts))]
            for texts in zip(*pairs, strict=True)
        )
        fitting = [
            place
            for place in range(len(pairs))
            if max(len(sources[place]), len(targets[place])) < self.order.longest
        ]
        chance = np.random.default_rng([self.order.seed, epoch])
        tie = chance.random(len(pairs))
        fitting.sort(key=lambda place: (len(targets[place]), len(sources[place]), tie[place]))
        groups: list[list[int]] = [[]]
        for place in fitting:
            if groups[-1] and len(targets[place]) * (len(groups[-1]) + 1) > self.order.tokens:
                groups.append([])
            groups[-1].append(place)
        chance.shuffle(groups)
        return [
            Batch(
                filled([sources[place] for place in group], self.pad),
                filled([[self.pad, *targets[place]] for place in group], self.pad),
            )
            for group in groups
        ]


def filled(rows: Sequence[Sequence[int]], pad: int) -> np.ndarray:
    """Rows of ids as one array, int64 (row, longest), filled up on the right."""
    table = np.full((len(rows), max(map(len, rows))), pad, dtype=np.int64)
    for row, ids in zip(table, rows, strict=True):
        row[: len(ids)] = ids
    return table
