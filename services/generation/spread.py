"""The whole distribution of one step, before temperature and whatever cuts it."""

from collections.abc import Sequence
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from models.loaded import Loaded
from models.turns import one_core
from services.generation.filters import last_logits
from services.generation.generate import Generation
from services.generation.reading import Reader, checked_ids, read_prompt
from services.generation.settings import Settings

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Spread:
    """Every token that may come next, likeliest first; what an n-gram forbids is left out."""

    logs: np.ndarray  # (token,) float32: ln p in nats, after the penalty on repetitions


def spread(
    model: Loaded,
    prompt: object,
    said: Sequence[int],
    repetition_penalty: float,
    no_repeat_ngram_size: int,
) -> Spread:
    """What temperature, top-k and top-p are given at the token after `said`.

    It depends on none of the three, so that all their settings share it. Raises UserError as
    `generate` does.
    """
    read = read_prompt(model, prompt, len(said) + 1)
    ids = torch.tensor([*read.ids, *checked_ids(model, said, len(said))])
    with one_core():
        logits = Reader(model)(ids[None])[0]
        settings = Settings(
            repetition_penalty=repetition_penalty, no_repeat_ngram_size=no_repeat_ngram_size
        )
        logits = last_logits(logits, ids, settings)
        logs, _ = torch.sort(logits.log_softmax(dim=-1), descending=True)
    return Spread(logs[torch.isfinite(logs)].numpy())


@dataclass(frozen=True)
class Opening:
    """What the page starts with: a text, and the spread of its first token."""

    text: Generation
    spread: Spread
