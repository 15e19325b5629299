"""The `/generate` and `/score` endpoints of docs/api.md."""

from collections.abc import Callable
from typing import Any

from core.spacefile import Checkpoint
from models.serving import Desk
from services.examples import frozen
from services.generation.generate import Generation, generate
from services.generation.scores import Scored, score
from services.generation.settings import checked_settings
from tabs.generation.choices import STEM
from tabs.kit.notes import raises_user_errors


def generate_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def generate_text(
        prompt: str,
        model: str = default,
        max_new_tokens: int = 40,
        greedy: bool = False,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        no_repeat_ngram_size: int = 0,
        seed: int = 0,
        typical_p: float = 1.0,
    ) -> dict[str, Any]:
        """The text that a causal model goes on with, token by token.

        Log-probabilities (nats) and ranks (1 is the likeliest) are the model's own, before any
        filter. The same arguments give the same text, however many visitors there are.
        """
        entry = desk.named(model, STEM)
        settings = checked_settings(
            desk.limits,
            max_new_tokens=max_new_tokens,
            greedy=greedy,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            typical_p=typical_p,
            repetition_penalty=repetition_penalty,
            no_repeat_ngram_size=no_repeat_ngram_size,
            seed=seed,
        )
        made = desk.ask(generate, entry, prompt, settings, shown=0, keep=False)
        return generation_content(entry, made)

    return generate_text


def generation_content(entry: Checkpoint, made: Generation) -> dict[str, Any]:
    """What `/generate` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "text": made.text,
        "tokens": [
            {
                "text": step.label,
                "id": step.choice.id,
                "logprob": step.choice.logprob,
                "rank": step.choice.rank,
            }
            for step in made.steps
        ],
        "seed": made.settings.seed,
        "stopped": made.stopped,
    }


def score_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def score_text(text: str, model: str = default) -> dict[str, Any]:
        """How likely each token of a text is, given those before it, and bits per character.

        Log-probability and entropy in nats; rank 1 is the likeliest. The first token is scored
        after the model's start token.
        """
        entry = desk.named(model, STEM)
        return score_content(entry, desk.ask(score, entry, text))

    return score_text


def score_content(entry: Checkpoint, scored: Scored) -> dict[str, Any]:
    """What `/score` returns: numbers as the model gave them, never rounded."""
    names = ("text", "id", "logprob", "rank", "entropy")
    columns = (scored.labels, scored.ids, scored.logprobs, scored.ranks, scored.entropies)
    return {
        "model": entry.name,
        "tokens": [
            dict(zip(names, frozen(row), strict=True)) for row in zip(*columns, strict=True)
        ],
        "bits_per_character": scored.bits_per_character,
    }
