"""The two models that stand beside the classifier: one fills in, one reads from left to right.

Either may be missing: then it is said why, and the rest is shown.
"""

from collections.abc import Sequence
from typing import Any

from core.errors import UserError
from core.progress import Progress
from core.spacefile import Checkpoint
from models.serving import Desk
from services.examples import frozen
from services.generation import Scored
from services.grammaticality.masked import Likelihood
from tabs.kit.snippets import filled
from tabs.kit.view import Asked

MASKING = "masking"  # the capability of the model that fills in masked words
CAUSAL = "generation"  # and of the one that reads from left to right
SHORT = 64  # sentences, or tokens one by one, that are read before anyone looks for progress

Other = tuple[Checkpoint | None, str]  # the entry and its title; without one, the reason


def masked_of(desk: Desk) -> Other:
    """The model that fills in masked words, loaded."""
    return _first_of(desk, MASKING, "fills in masked words")


def causal_of(desk: Desk) -> Other:
    """The model that reads from left to right, loaded."""
    return _first_of(desk, CAUSAL, "reads from left to right")


def _first_of(desk: Desk, capability: str, does: str) -> Other:
    entry = next(iter(desk.offered(capability)), None)
    if entry is None:
        return None, f"No model that {does} is in the Spacefile."
    try:
        return desk.read(entry), entry.title
    except UserError as error:
        return None, str(error)


def all_three(asked: Asked[Any]) -> list[Checkpoint]:
    """The classifier and those of the two others that are there: all of them read the sentence."""
    others = (masked_of(asked.desk)[0], causal_of(asked.desk)[0])
    return [asked.entry, *(entry for entry in others if entry is not None)]


def long_only(progress: Progress) -> Progress:
    """A progress that is told nothing of short work; what it raises ends that all the same."""

    def tell(done: int, whole: int) -> None:
        progress(done, whole if whole > SHORT else 0)

    return tell


# Code --------------------------------------------------------------------------------------------


def with_masked(name: str, entry: Checkpoint, typed: Sequence[str], **values: Any) -> str:
    """The snippet; of a model that shares nothing with the masked one, that one by itself."""
    if entry.backbone:
        return filled(name, entry, **values)
    alone = filled(f"{name}_alone", entry, **values)
    return f"{alone}\n{filled('grammaticality/masked', sentences=list(typed))}"


def causal_code(desk: Desk, sentences: Sequence[str]) -> str:
    """The same sentences from left to right, where a model for it is offered; else nothing."""
    entry = next(iter(desk.offered(CAUSAL)), None)
    if entry is None:
        return ""
    return f"\n{filled('grammaticality/left', entry, sentences=list(sentences))}"


# Exports -----------------------------------------------------------------------------------------


def likelihood_numbers(likelihood: Likelihood) -> dict[str, Any]:
    """What the masked model says of each token; surprisals in nats."""
    return {
        "tokens": list(likelihood.tokens),
        "surprisal": frozen(likelihood.surprisal),
        "guesses": list(likelihood.guesses),
        "guess_probability": frozen(likelihood.chances),
        "pseudo_log_likelihood": likelihood.total,
        "per_token": likelihood.mean,
    }


def scored_numbers(scored: Scored, title: str) -> dict[str, Any]:
    """The tokens from left to right as `/score` gives them, in nats, and the model's title."""
    columns = (scored.logprobs.tolist(), scored.ranks.tolist(), scored.entropies.tolist())
    rows = zip(scored.labels, scored.ids, *columns, strict=True)
    names = ("text", "id", "logprob", "rank", "entropy")
    return {
        "title": title,
        "tokens": [dict(zip(names, row, strict=True)) for row in rows],
        "log_probability": float(scored.logprobs.sum(dtype=float)),
        "bits_per_character": scored.bits_per_character,
    }
