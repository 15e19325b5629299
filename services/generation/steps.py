"""One step of generation: the distribution, what every filter made of it, the token chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from services.generation.filters import Filtered, checked_left, filtered
from services.generation.settings import Settings

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

SHOWN = 30  # candidates that a step keeps; the whole distribution is counted, not kept
KEPT = -1
LEAST = 1e-9  # what is left of a probability that single precision rounds away


@dataclass(frozen=True)
class FilterEffect:
    """One filter at one step, counted over the whole vocabulary."""

    name: str  # as the setting is called
    setting: float
    removed: int  # tokens
    left: int
    mass: float  # the probability that it removed, of the distribution that it saw
    cut: float | None  # what a token had to reach; its unit is told with `Filtered`
    changed: int  # tokens whose logit the repetition penalty moved


@dataclass(frozen=True)
class Candidates:
    """The likeliest tokens, before or after the filters, and the one chosen; likeliest first."""

    ids: np.ndarray  # (candidate,)
    raw: np.ndarray  # (candidate,) probability as the model gave it
    after: np.ndarray  # (stage, candidate) probability after each filter
    removed_by: np.ndarray  # (candidate,) the number of the stage, -1 where it was kept

    @property
    def final(self) -> np.ndarray:
        """(candidate,): the probability with which each could be drawn."""
        return self.after[-1] if len(self.after) else self.raw

    def alive(self, row: int, stage: int) -> bool:
        """Whether a candidate is still there after a stage."""
        by = int(self.removed_by[row])
        return by == KEPT or by > stage


@dataclass(frozen=True)
class Choice:
    """One distribution over the next token, and what was chosen from it."""

    id: int
    logprob: float  # nats, as the model gave it, before any filter
    rank: int  # 1 is the likeliest; equals share the better rank
    entropy: float  # nats, of the model's own distribution
    chance: float  # its probability after all filters, with which it was drawn
    forced: bool  # chosen by the visitor
    stages: tuple[FilterEffect, ...]  # the filters that are switched on, in order
    candidates: Candidates

    def rest(self, rows: Sequence[int], stage: int) -> tuple[int | None, float]:
        """What is in none of these rows after a stage (-1: raw): tokens, where known, and mass."""
        seen = self.candidates
        shares = seen.raw if stage < 0 else seen.after[stage]
        mass = max(LEAST, 1 - float(shares[rows].astype(float).sum()))
        if stage < 0:
            return None, mass
        left = self.stages[stage].left - sum(seen.alive(row, stage) for row in rows)
        return left, mass if left else 0.0

    def cut(self, rows: Sequence[int], stage: int) -> int | None:
        """The row below which a stage cuts: above it all stay, below it all go.

        None where there is no such place: nothing removed, another order, or further down.
        """
        done = self.stages[stage]
        if not done.removed or done.cut is None or self.rest(rows, stage)[0]:
            return None
        before = [row for row in rows if self.candidates.alive(row, stage - 1)]
        stay = [self.candidates.alive(row, stage) for row in before]
        kept = sum(stay)
        return before[kept - 1] if kept and all(stay[:kept]) else None


def choose(
    logits: Any,
    ids: Any,
    settings: Settings,
    generator: Any,
    *,
    forced: int | None = None,
    shown: int = SHOWN,
) -> Choice:
    """The next token after `ids` (token,), given the logits (vocabulary,) that follow them.

    One draw is taken from the generator at every step that draws, forced or not, so that the draws
    after a forced token are what they would have been. With the same seed it is the draw of
    `generate(do_sample=True)`. Raises UserError when the filters leave nothing.
    """
    logs = logits.log_softmax(dim=-1)
    done = filtered(logits, ids, settings)
    final = done[-1].logits if done else logits
    checked_left(final, ids, settings)
    chances = final.softmax(dim=-1)
    if settings.draws:
        chosen = int(torch.multinomial(chances[None], 1, generator=generator))
    else:
        chosen = int(final.argmax())
    chosen = chosen if forced is None else forced
    raw = logs.exp()
    return Choice(
        id=chosen,
        logprob=float(logs[chosen]),
        rank=int((logits > logits[chosen]).sum()) + 1,
        entropy=-float((logs * raw).nansum()),  # 0 * -inf counts as 0
        chance=float(chances[chosen]),
        forced=forced is not None,
        stages=_stages(logits, done),
        candidates=_candidates(raw, chances, done, chosen, shown),
    )


def _stages(logits: Any, done: Sequence[Filtered]) -> tuple[FilterEffect, ...]:
    stages = []
    before = logits
    left = int(torch.isfinite(logits).sum())
    for one in done:
        removed = int(one.removed.sum())
        left -= removed
        mass = float(before.softmax(dim=-1)[one.removed].sum()) if removed else 0.0
        stages.append(
            FilterEffect(one.name, one.setting, removed, left, mass, one.cut, one.changed)
        )
        before = one.logits
    return tuple(stages)


def _candidates(
    raw: Any, chances: Any, done: Sequence[Filtered], chosen: int, shown: int
) -> Candidates:
    # By either probability: typical and penalties bring up tokens that are not likely at first.
    top = torch.topk(torch.maximum(raw, chances), min(shown, len(raw))).indices
    if not bool((top == chosen).any()):
        top = torch.cat((top, torch.tensor([chosen])))
    top = top[torch.argsort(raw[top], descending=True, stable=True)]
    removed_by = torch.full((len(top),), KEPT)
    after = torch.empty((len(done), len(top)))
    for number, one in enumerate(done):
        removed_by[one.removed[top]] = number
        after[number] = torch.exp(one.logits[top] - one.logits.logsumexp(0))
    return Candidates(top.numpy(), raw[top].numpy(), after.numpy(), removed_by.numpy())
