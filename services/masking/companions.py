"""Sentences that stand beside a visitor's pair: one on the same topic, and one on another."""

import tomllib
import zlib
from dataclasses import dataclass
from functools import cache

import lazy_loader as lazy
import numpy as np

from core.paths import ASSETS
from models.batching import batches
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

FILE = ASSETS / "masking" / "companions.toml"


@dataclass(frozen=True)
class Topic:
    """A sentence, one that follows it, and one on the same topic that does not."""

    first: str
    next: str
    same: str


@dataclass(frozen=True)
class Companions:
    """What was chosen beside a first sentence."""

    next: str  # the sentence that was written to follow it; "" where it is not one of ours
    topic: str
    random: str
    near: str  # the first sentence of ours that is nearest; "" where it is one of ours


@cache
def topics() -> tuple[Topic, ...]:
    """All that we have written, read once."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Topic(**one) for one in content["topic"])


def companions(finder: Loaded, first: str, second: str) -> Companions:
    """A sentence on the topic of the first one, and one of another topic, neither the second.

    Where the first is none of ours, its topic is that whose own first sentence is nearest to it
    to the finder, a model made to compare sentences. The other is drawn by the first one's
    letters, so that the same pair always has the same, whatever model reads it.
    """
    known = topics()
    own = next((one for one in known if alike(one.first, first)), None)
    topic = own or known[int(np.argmax(_cosines(finder, first)))]
    others = [
        text
        for one in known
        if one is not topic
        for text in (one.next, one.same)
        if not alike(text, second)
    ]
    drawn = others[zlib.crc32(" ".join(first.lower().split()).encode()) % len(others)]
    same = topic.next if alike(topic.same, second) else topic.same
    return Companions(own.next if own else "", same, drawn, "" if own else topic.first)


def alike(one: str, other: str) -> bool:
    """Whether two sentences are the same but for capital letters and spaces."""
    return one.lower().split() == other.lower().split()


def _cosines(finder: Loaded, first: str) -> np.ndarray:
    """(topic,): of each topic's first sentence with this one, of the means of all last states."""
    texts, most = [first, *(one.first for one in topics())], finder.limits.attention_tokens
    # What was typed fits the model that reads it; another vocabulary may cut it finer.
    rows = [finder.tokenizer(text, verbose=False)["input_ids"][:most] for text in texts]
    vectors = np.zeros((len(rows), finder.model.config.hidden_size))
    for chosen, batch in batches(finder, rows):
        with torch.inference_mode():
            states = finder.model.base_model(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None]
            vectors[chosen] = ((states * mask).sum(1) / mask.sum(1)).numpy()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors[1:] @ vectors[0])
