"""The `/translate` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from core.spacefile import Checkpoint
from models.serving import Desk
from services.translation.translate import Translation, translate
from tabs.kit.notes import raises_user_errors
from tabs.translation.choices import STEM


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def translate_endpoint(
        text: str, model: str = default, beams: int = 1, candidates: int = 1
    ) -> dict[str, Any]:
        """The translation of a sentence, its tokens, and the best other translations.

        One beam is greedy. Log-probabilities are in nats; a score is the mean over the tokens.
        """
        entry = desk.named(model, STEM)
        return as_endpoint(entry, desk.ask(translate, entry, text, beams, candidates))

    return translate_endpoint


def as_endpoint(entry: Checkpoint, translation: Translation) -> dict[str, Any]:
    """What `/translate` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "translation": translation.text,
        "candidates": [
            {"text": one.text, "logprob": one.logprob, "score": one.score}
            for one in translation.candidates
        ],
        "tokens": [
            {"text": told.text, "id": told.id, "logprob": told.logprob}
            for told in translation.tokens
        ],
        "source": [
            {"text": piece, "id": token}
            for piece, token in zip(translation.source.pieces, translation.source.ids, strict=True)
        ],
    }
