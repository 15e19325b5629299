"""Does a sentence follow another?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.text import checked_text
from models.batching import padded
from models.loaded import Loaded, tokenize_pair
from models.tokens import unknown_id
from services.masking.companions import alike, companions

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

PAIR, NEXT, TOPIC, RANDOM, SWAPPED = "pair", "next", "topic", "random", "swapped"


@dataclass(frozen=True)
class Reading:
    """Two sentences, and what the head says of them."""

    kind: str  # PAIR, or what is contrasted with it
    first: str
    second: str
    logits: tuple[float, float]  # that the second follows, that it does not

    @property
    def logit(self) -> float:
        """ln p − ln(1 − p) of following: the difference of the two logits."""
        return self.logits[0] - self.logits[1]

    @property
    def probability(self) -> float:
        """That the second sentence follows: the softmax of the two logits."""
        return float(1 / (1 + np.exp(-self.logit)))


@dataclass(frozen=True)
class Followed:
    """A pair and its contrast set."""

    pair: Reading
    contrast: tuple[Reading, ...]
    tokens: int  # of both sentences, special ones left out
    unknown: int  # of them, those that the vocabulary cannot spell
    near: str  # the sentence of ours by which the topic was found; "" where the first is ours

    @property
    def twice(self) -> bool:
        """Whether both sentences are the same to the model: nothing is left to swap."""
        return self.of(SWAPPED) is None

    def of(self, kind: str) -> Reading | None:
        """The reading of a kind; None where there is none."""
        return next((one for one in self.contrast if one.kind == kind), None)


def follows(model: Loaded, finder: Loaded, sentence: str, following: str) -> Followed:
    """Whether the second sentence follows the first (Devlin et al. 2019, section 3.1, task 2).

    Beside it the same of the sentence written to follow the first where it is one of ours, of one
    on the same topic, of one on another, and of the pair in the other order; `finder` is a model
    that compares sentences, and chooses them. Raises UserError where a sentence is empty or both
    are too long together.
    """
    encoded = checked_pair(model, sentence, following)
    ids, sides = encoded["input_ids"], encoded.sequence_ids()
    halves = [[one for one, side in zip(ids, sides, strict=True) if side == n] for n in (0, 1)]
    beside = companions(finder, sentence, following)
    pairs = {PAIR: (sentence, following)}
    if beside.next and not alike(beside.next, following):
        pairs[NEXT] = (sentence, beside.next)
    pairs |= {TOPIC: (sentence, beside.topic), RANDOM: (sentence, beside.random)}
    if halves[0] != halves[1]:
        pairs[SWAPPED] = (following, sentence)
    logits = pair_logits(model, list(pairs.values())).tolist()
    made = [
        Reading(kind, *pair, tuple(row))
        for (kind, pair), row in zip(pairs.items(), logits, strict=True)
    ]
    return Followed(
        pair=made[0],
        contrast=tuple(made[1:]),
        tokens=sum(map(len, halves)),
        unknown=ids.count(unknown_id(model.tokenizer)),
        near=beside.near,
    )


def checked_pair(model: Loaded, sentence: str, following: str) -> Any:
    """Both sentences encoded together. Raises UserError where one is empty or both are long."""
    limits = model.limits
    checked_text(following, name="second sentence", limit=limits.text_characters)
    encoded = tokenize_pair(model.tokenizer, sentence, following, limits, name="first sentence")
    length = len(encoded["input_ids"])
    if length > limits.attention_tokens:
        raise UserError(
            f"The two sentences have {length:,} tokens; at most {limits.attention_tokens:,} are "
            "allowed here. Shorten them."
        )
    return encoded


def pair_logits(model: Loaded, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(pair, 2): the logits that the second follows, and that it does not, in one pass."""
    encoded = [model.tokenizer(*pair, verbose=False) for pair in pairs]
    fillers = {"input_ids": model.tokenizer.pad_token_id}
    batch = {
        name: padded([one[name] for one in encoded], fillers.get(name, 0))
        for name in ("input_ids", "token_type_ids", "attention_mask")
    }
    with torch.inference_mode():
        return np.asarray(model.model(**batch).logits.double().numpy())
