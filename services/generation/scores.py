"""How likely is each token of a text, says a causal model?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.text import checked_text
from models.architectures import context_length
from models.decoding.ends import start_id
from models.loaded import Loaded
from models.tokens import labels, pieces

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

NUMBERS_AT_ONCE = 2**22  # logits in memory at a time: 16 MB


@dataclass(frozen=True)
class Scored:
    """A text, and how the model foresaw each of its tokens from those before."""

    text: str
    ids: tuple[int, ...]
    tokens: tuple[str, ...]  # what each adds to the text; together they are the text
    labels: tuple[str, ...]  # each alone
    logprobs: np.ndarray  # (token,) nats; the first is scored after the start token
    ranks: np.ndarray  # (token,) 1 is the likeliest
    entropies: np.ndarray  # (token,) nats, of the distribution that it was scored under

    @property
    def bits_per_character(self) -> float:
        """-sum of log2 p over Unicode code points: comparable between tokenizers."""
        return -float(self.logprobs.sum()) / math.log(2) / len(self.text)

    @property
    def perplexity(self) -> float:
        """exp of the mean nats per token: comparable only with the same tokenizer."""
        return math.exp(-float(self.logprobs.mean()))


def score(model: Loaded, text: object) -> Scored:
    """Read the text once, after the start token, and score every token of it.

    Raises UserError when it is empty, malformed, or longer than the model can read at once, with
    both numbers.
    """
    typed = checked_text(text, limit=model.limits.text_characters)
    ids = tuple(model.ids_of(typed))
    most = context_length(model.model.config)
    if len(ids) > most:
        raise UserError(
            f"The text has {len(ids):,} tokens; this model reads at most {most:,}. Shorten it."
        )
    logprobs, ranks, entropies = token_scores(model, [start_id(model)], ids)
    return Scored(
        text=typed,
        ids=ids,
        tokens=pieces(model.tokenizer, ids),
        labels=labels(model.tokenizer, ids),
        logprobs=logprobs,
        ranks=ranks,
        entropies=entropies,
    )


def token_scores(
    model: Loaded, before: Sequence[int], ids: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-probability, rank and entropy (token,) of each id after those before it, in one pass."""
    if not ids:
        return np.zeros(0), np.zeros(0, dtype=int), np.zeros(0)
    every = torch.tensor([*before, *ids])
    logprobs, ranks, entropies = [], [], []
    with torch.inference_mode():
        states = model.model.base_model(input_ids=every[None, :-1]).last_hidden_state[0]
        states, aims = states[len(before) - 1 :], every[len(before) :]
        # A part at a time: a thousand tokens times fifty thousand logits would be 200 MB.
        rows = max(1, NUMBERS_AT_ONCE // model.vocabulary)
        for some, aim in zip(states.split(rows), aims.split(rows), strict=True):
            logits = unembedded(model, some)  # (token, vocabulary)
            logs = logits.log_softmax(dim=-1)
            own = logits.gather(1, aim[:, None])
            ranks.append((logits > own).sum(dim=-1) + 1)
            entropies.append(-(logs * logs.exp()).nansum(dim=-1))
            logprobs.append(logs.gather(1, aim[:, None])[:, 0])
    chances, places, spread = (torch.cat(part).numpy() for part in (logprobs, ranks, entropies))
    return chances.astype(float), places, spread.astype(float)


def unembedded(model: Loaded, states: Any) -> Any:
    """Logits (..., vocabulary) float32 of states (..., width) after the final LayerNorm."""
    return model.model.get_output_embeddings()(states).float()
