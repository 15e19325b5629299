"""One prompt, several ways to choose: what each makes of it, in numbers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

import numpy as np

from core.progress import Progress
from models.decoding.ends import end_ids
from models.loaded import Loaded
from models.tokens import pieces
from models.turns import asker, takes_turns
from services.generation.beams import search
from services.generation.generate import END, generate
from services.generation.reading import read_prompt
from services.generation.scores import token_scores
from services.generation.settings import Settings

GRAMS = (1, 2, 3)
REPEATED = 4  # the n of the repetition rate


@dataclass(frozen=True)
class Contestant:
    """One way to choose, its text, and how that text does.

    No number says which is best: likely text repeats itself, varied text is unlikely
    (Holtzman et al. 2020).
    """

    name: str
    settings: Settings
    text: str
    ids: tuple[int, ...]  # without the end token
    tokens: tuple[str, ...]  # what each adds to the text
    logprobs: np.ndarray  # (token,) nats, the model's own, whatever filters there were
    ranks: np.ndarray  # (token,) 1 is the likeliest
    stopped: str  # "length" or "end"

    @property
    def mean_logprob(self) -> float:
        """Nats per token; 0 without a token."""
        return float(self.logprobs.mean()) if len(self.ids) else 0.0

    @property
    def distinct(self) -> tuple[float, ...]:
        """Distinct-1, -2 and -3: different n-grams over all n-grams (after Li et al. 2016)."""
        return tuple(distinct(self.ids, size) for size in GRAMS)

    @property
    def repetition(self) -> float:
        """1 - different 4-grams / all 4-grams (seq-rep-4, Welleck et al. 2020)."""
        return 1 - distinct(self.ids, REPEATED)


def distinct(ids: Sequence[int], size: int) -> float:
    """The share of n-grams of tokens that are different; 1 where there is none to repeat."""
    grams = list(zip(*(ids[index:] for index in range(size)), strict=False))
    return len(set(grams)) / len(grams) if grams else 1.0


def line_up(own: Settings, *, beams: int = 4) -> dict[str, Settings]:
    """Greedy, beam, top-k and top-p with the usual values, and a setting of one's own."""
    plain = Settings(max_new_tokens=own.max_new_tokens, seed=own.seed)
    return {
        "greedy": replace(plain, greedy=True),
        "beam": replace(plain, beams=beams),
        "top-k": replace(plain, top_k=50),
        "top-p": replace(plain, top_p=0.9),
        "own": own,
    }


@takes_turns
def duel(
    model: Loaded,
    prompt: object,
    entries: Mapping[str, Settings],
    progress: Progress | None = None,
) -> tuple[Contestant, ...]:
    """Each entry goes on from the prompt by itself, with its own seed; all at the same time.

    Told before each is waited for, `progress` ends it by raising. Raises UserError as
    `generation.stream` does.
    """
    contestants = []
    with ThreadPoolExecutor(max(1, len(entries))) as pool:
        coming = [
            pool.submit(copy_context().run, _contestant, model, prompt, name, settings)
            for name, settings in entries.items()
        ]
        for number, one in enumerate(coming):
            if progress:
                progress(number, len(entries))
            contestants.append(one.result())
    return tuple(contestants)


def _contestant(model: Loaded, prompt: object, name: str, settings: Settings) -> Contestant:
    """All are scored in the same way, from the text alone: beam search keeps other sums."""
    if settings.beams > 1:
        best = search(model, prompt, settings).best
        ids, stopped = best.ids, best.stopped
    else:
        made = generate(model, prompt, settings, shown=0)
        ids, stopped = made.ids, made.stopped
    if stopped == END and ids[-1] in end_ids(model):
        ids = ids[:-1]
    read = read_prompt(model, prompt, settings.max_new_tokens)
    with asker().turn():
        logprobs, ranks, _ = token_scores(model, read.ids, ids)
    tokens = pieces(model.tokenizer, ids)
    return Contestant(name, settings, "".join(tokens), ids, tokens, logprobs, ranks, stopped)
