"""How surprising is each word after the words before it, says a model that reads left to right?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.loaded import Loaded
from services.generation import Scored, score
from services.grammaticality.words import Word


@dataclass(frozen=True)
class LeftToRight:
    """One sentence read from left to right; each word holds the surprisals of its tokens."""

    scored: Scored
    owners: tuple[int, ...]  # for each token the place of its word
    surprisal: np.ndarray  # (word,): -ln of its probability after all that is before it, in nats

    @property
    def total(self) -> float:
        """The log-probability of the sentence after the start token, in nats."""
        return float(self.scored.logprobs.sum(dtype=float))


def read_left_to_right(model: Loaded, sentence: str, words: Sequence[Word]) -> LeftToRight:
    """Score a sentence and add up what each word's tokens are worth.

    Every token is counted once: it belongs to the word in which its first letter or sign stands,
    and a space alone to the word after it. So the surprisals of the words sum to minus the
    log-probability. Raises UserError as `score` does.
    """
    scored = score(model, sentence)
    encoded = model.tokenizer(sentence, return_offsets_mapping=True, verbose=False)
    owners = owners_of(sentence, encoded["offset_mapping"], words)
    surprisal = np.bincount(owners, weights=-scored.logprobs, minlength=len(words))
    return LeftToRight(scored, tuple(owners), surprisal)


def owners_of(
    sentence: str, offsets: Sequence[tuple[int, int]], words: Sequence[Word]
) -> list[int]:
    """For each token the place of the last word that begins no later than its first sign."""
    starts = np.array([word.start for word in words])
    owners = []
    for start, _ in offsets:
        after = len(sentence) - len(sentence[start:].lstrip())
        owners.append(max(0, int(np.searchsorted(starts, after, side="right")) - 1))
    return owners
