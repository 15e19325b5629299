"""The next token drawn many times: do the shares come near the probabilities?"""

import math
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.text import checked_index
from models.loaded import Loaded
from models.tokens import labels
from models.turns import one_core
from services.generation.filters import checked_left, last_logits
from services.generation.reading import Prompt, Reader, read_prompt
from services.generation.settings import Settings

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

MOST_DRAWS = 5000
SHOWN = 12  # tokens told one by one: those that were drawn most or are likeliest


@dataclass(frozen=True)
class Draws:
    """One distribution over the next token, and how often each token was drawn from it."""

    prompt: Prompt
    settings: Settings
    times: int
    ids: np.ndarray  # (token,) the likeliest first
    labels: tuple[str, ...]
    chances: np.ndarray  # (token,) probability after all filters
    counts: np.ndarray  # (token,) draws
    left: int  # tokens of the vocabulary that can be drawn at all
    drawn: int  # different tokens that were drawn, those not listed too

    @property
    def rest(self) -> tuple[float, int]:
        """What the tokens not listed have together: probability, and draws."""
        return max(0.0, 1 - float(self.chances.sum())), self.times - int(self.counts.sum())

    def spread(self, chance: float) -> float:
        """By how much a share of so many draws is off: one standard deviation (binomial)."""
        return math.sqrt(chance * (1 - chance) / self.times)


def draw_many(model: Loaded, prompt: object, settings: Settings, times: object) -> Draws:
    """Draw the token after the prompt so many times, each time from the same distribution.

    The draws are those of `torch.multinomial` with the seed. Raises UserError as `generate` does,
    and for a number of draws out of range.
    """
    times = checked_index(times, 1, MOST_DRAWS, name="number of draws")
    read = read_prompt(model, prompt, 1)
    ids = torch.tensor(read.ids)
    with one_core():
        logits = last_logits(Reader(model)(ids[None])[0], ids, settings)
        checked_left(logits, ids, settings)
        chances = logits.softmax(dim=-1)
        if not settings.draws:  # greedy: the likeliest, each time
            chances = torch.zeros_like(chances).index_fill(0, logits.argmax(), 1.0)
        generator = torch.Generator().manual_seed(settings.seed)
        drawn = torch.multinomial(chances, times, replacement=True, generator=generator)
        counts = torch.bincount(drawn, minlength=len(chances))
        top = torch.topk(torch.maximum(chances, counts / times), min(SHOWN, len(chances))).indices
        top = top[torch.argsort(chances[top], descending=True, stable=True)]
        top = top[chances[top] > 0]
    return Draws(
        prompt=read,
        settings=settings,
        times=times,
        ids=top.numpy(),
        labels=labels(model.tokenizer, top.tolist()),
        chances=chances[top].numpy(),
        counts=counts[top].numpy(),
        left=int((chances > 0).sum()),
        drawn=int((counts > 0).sum()),
    )
