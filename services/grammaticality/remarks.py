"""What a sentence has that a model was not made for: its own facts, from its Spacefile entry."""

import re

from core.spacefile import Checkpoint
from services.grammaticality.judge import Judgement

SHOUTED = re.compile(r"\b[A-Z]{2,}\b")
ENGLISH = ("English",)


def remarks(checkpoint: Checkpoint, judgement: Judgement) -> tuple[str, ...]:
    """Sentences for whoever reads the verdict; none for most sentences.

    Nothing is said of a model that its entry does not say: `longest`, `languages`, `cased`.
    """
    texts = []
    length = len(judgement.tokens)
    if checkpoint.longest and length > checkpoint.longest:
        texts.append(
            f"This sentence has {length} tokens; the model learned from sentences of at most "
            f"{checkpoint.longest}, so trust it less here."
        )
    if judgement.unknown:
        texts.append(_unknown(judgement.unknown))
    if checkpoint.languages == ENGLISH and not reads_as_english(judgement.sentence):
        texts.append(
            "Most of this is not in Latin letters. The model has learned English alone: its "
            "numbers mean nothing here."
        )
    elif checkpoint.cased is False and _unusual_capitals(judgement.sentence):
        texts.append(
            "This model does not see capital letters: it takes every letter as lower case, so it "
            "judges neither those that are here nor those that are missing."
        )
    return tuple(texts)


def _unknown(parts: tuple[str, ...]) -> str:
    named = ", ".join(f"“{part}”" for part in dict.fromkeys(parts))
    one = len(set(parts)) == 1
    return (
        f"{named} {'is' if one else 'are'} not in the vocabulary; the model reads "
        f"{'it' if one else 'each of them'} as the same unknown token."
    )


def reads_as_english(sentence: str) -> bool:
    """Whether there are letters, and at least half of them those of English or accented ones."""
    letters = [sign for sign in sentence if sign.isalpha()]
    return bool(letters) and 2 * sum(sign < "\u0250" for sign in letters) >= len(letters)


def _unusual_capitals(sentence: str) -> bool:
    """Whether capitals are where they should not be, or not where they should."""
    letters = [sign for sign in sentence if sign.isalpha()]
    small_start = bool(letters) and letters[0].islower()
    return small_start or bool(SHOUTED.search(sentence))
