"""What a sentence has that a translator was not made for: its own facts, from its entry."""

from core.spacefile import Checkpoint
from services.translation.reading import Source
from services.translation.translate import Translation

ENGLISH = ("English",)
UNSURE = -0.9  # nats a token: code, French and chance letters are below, everyday English above


def remarks(checkpoint: Checkpoint, translation: Translation) -> tuple[str, ...]:
    """Sentences for whoever reads the translation; none for most.

    Nothing is said of a model that its entry does not say: `usual`, `longest`, `languages`.
    """
    texts = [*of_length(checkpoint, translation.source)]
    if checkpoint.languages == ENGLISH and not reads_as_english(translation.source.text):
        texts.append(
            "Most of this is not in Latin letters. The model has learned to read English alone: "
            "what it writes here means nothing."
        )
    elif translation.logprob < UNSURE * len(translation.tokens):
        texts.append(
            "The model is unsure of nearly every word here. Is this a whole English sentence in "
            "everyday words? For anything else it makes up a translation."
        )
    return tuple(texts)


def of_length(checkpoint: Checkpoint, source: Source) -> tuple[str, ...]:
    """What is said of a sentence that is longer than those that the model learned from."""
    length, most = len(source.ids) - source.prefix, checkpoint.usual or checkpoint.longest
    if not most or length <= most:
        return ()
    learned = (
        f"of 1,000 sentences that the model learned from, 999 have at most {most}"
        if checkpoint.usual
        else f"the model learned from sentences of at most {most}"
    )
    return (
        f"This sentence has {length} tokens; {learned}. Expect parts that are left out, said "
        "twice or made up.",
    )


def reads_as_english(text: str) -> bool:
    """Whether there are letters, and at least half of them those of English or accented ones."""
    letters = [sign for sign in text if sign.isalpha()]
    return bool(letters) and 2 * sum(sign < "\u0250" for sign in letters) >= len(letters)
