"""One step of generation: the distribution, what every filter made of it, the token chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from services.generation.filters import Filtered, filtered, nothing_left
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


NONE = Candidates(np.zeros(0, int), np.zeros(0), np.zeros((0, 0)), np.zeros(0, int))


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


@dataclass
class Draft:
    """One text on its way: what its next token depends on, beside the logits."""

    ids: list[int]  # all that was read so far, prompt included
    settings: Settings
    generator: Any
    forced: Sequence[int] = ()  # its first tokens after the prompt, where a visitor chose them
    shown: int = SHOWN  # candidates that are kept; with 0 no more is told than of the token itself
    said: int = 0  # tokens after the prompt
    never: Sequence[int] = ()  # tokens that its model does not write

    @property
    def given(self) -> int | None:
        """The token that a visitor chose for this place."""
        return self.forced[self.said] if self.said < len(self.forced) else None

    def add(self, token: int) -> None:
        """The text goes on with this token."""
        self.ids.append(token)
        self.said += 1


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
    known = () if forced is None else (forced,)
    (choice,) = choose_all(logits[None], [Draft(ids.tolist(), settings, generator, known, shown)])
    if isinstance(choice, UserError):
        raise choice
    return choice


def choose_all(logits: Any, drafts: Sequence[Draft]) -> list[Choice | UserError]:
    """The next token of each draft, given the logits (draft, vocabulary), as `choose` has it.

    What one draft gets does not depend on the others; an error is its own.
    """
    logs = logits.log_softmax(dim=-1)
    raw = logs.exp()
    done = [
        filtered(row, torch.tensor(draft.ids), draft.settings) if draft.settings.filters else []
        for row, draft in zip(logits, drafts, strict=True)
    ]
    final = logits
    if any(done):
        rows = zip(logits, done, strict=True)
        final = torch.stack([stages[-1].logits if stages else row for row, stages in rows])
    if any(draft.never for draft in drafts):
        final = final.clone()
        for index, draft in enumerate(drafts):
            final[index, list(draft.never)] = -torch.inf
    chances = final.softmax(dim=-1)
    chosen = _drawn(final, chances, drafts)
    own = logits.gather(1, chosen)
    numbers = zip(
        chosen[:, 0].tolist(),
        logs.gather(1, chosen)[:, 0].tolist(),
        ((logits > own).sum(dim=-1) + 1).tolist(),
        (-(logs * raw).nansum(dim=-1)).tolist(),  # 0 * -inf counts as 0
        chances.gather(1, chosen)[:, 0].tolist(),
        strict=True,
    )
    tops = _tops(torch.maximum(raw, chances), drafts)
    found: list[Choice | UserError] = []
    for index, (token, logprob, rank, entropy, chance) in enumerate(numbers):
        draft, stages = drafts[index], done[index]
        if draft.settings.no_repeat_ngram_size and bool(torch.isneginf(final[index]).all()):
            found.append(nothing_left(len(draft.ids), draft.settings))
            continue
        told = draft.shown > 0
        found.append(
            Choice(
                id=token,
                logprob=logprob,
                rank=rank,
                entropy=entropy,
                chance=chance,
                forced=draft.given is not None,
                stages=_stages(logits[index], stages) if told else (),
                candidates=_candidates(raw[index], stages, token, tops[index]) if told else NONE,
            )
        )
    return found


def _drawn(final: Any, chances: Any, drafts: Sequence[Draft]) -> Any:
    """(draft, 1): the token of each: drawn with its own generator, the likeliest, or given.

    A draw is `torch.multinomial`'s: the largest of chance / exponential number, which is
    -ln(1 - uniform number); the logarithms of all drafts at once take half of their time.
    """
    marks = final
    drawing = [index for index, draft in enumerate(drafts) if draft.settings.draws]
    if drawing:
        noise = torch.empty(len(drawing), final.shape[-1], dtype=torch.float64)
        for row, index in zip(noise, drawing, strict=True):
            row.uniform_(generator=drafts[index].generator)
        drawn = chances[drawing] / noise.neg_().add_(1).log_().neg_().float()
        marks = (
            drawn
            if len(drawing) == len(drafts)
            else final.index_copy(0, torch.tensor(drawing), drawn)
        )
    chosen = marks.argmax(dim=-1, keepdim=True)
    for index, draft in enumerate(drafts):
        if draft.given is not None:
            chosen[index] = draft.given
    return chosen


def _tops(marks: Any, drafts: Sequence[Draft]) -> dict[int, Any]:
    """By place, the candidates (candidate,) of the drafts that keep any, in no order."""
    alike: dict[int, list[int]] = {}
    for index, draft in enumerate(drafts):
        if draft.shown:
            alike.setdefault(min(draft.shown, marks.shape[-1]), []).append(index)
    found: dict[int, Any] = {}
    for shown, places in alike.items():
        found |= zip(places, torch.topk(marks[places], shown).indices, strict=True)
    return found


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


def _candidates(raw: Any, done: Sequence[Filtered], chosen: int, top: Any) -> Candidates:
    # By either probability: typical and penalties bring up tokens that are not likely at first.
    if not bool((top == chosen).any()):
        top = torch.cat((top, torch.tensor([chosen])))
    top = top[torch.argsort(raw[top], descending=True, stable=True)]
    removed_by = torch.full((len(top),), KEPT)
    after = torch.empty((len(done), len(top)))
    for number, one in enumerate(done):
        removed_by[one.removed[top]] = number
        after[number] = torch.exp(one.logits[top] - one.logits.logsumexp(0))
    return Candidates(top.numpy(), raw[top].numpy(), after.numpy(), removed_by.numpy())
