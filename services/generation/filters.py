"""What stands between a model's logits and the draw: each filter, and what it removed.

The order and the arithmetic, ties included, are those of `generate()` in transformers 5. Logits
are float32 tensors (vocabulary,); what is removed is -inf from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from services.generation.settings import Settings

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


@dataclass(frozen=True)
class Filtered:
    """The logits after one filter, and where it drew the line."""

    name: str  # as the setting is called
    setting: float
    logits: Tensor  # (vocabulary,)
    removed: Tensor  # (vocabulary,) true where this filter, and none before it, removed a token
    # What a token had to reach: for top-k, top-p and min-p a probability, in the distribution that
    # the filter saw; for typical the largest |-ln p - entropy| it kept, in nats; else None.
    cut: float | None = None
    changed: int = 0  # tokens that stayed and whose logit is another, where that is not all


def filtered(logits: Tensor, ids: Tensor, settings: Settings) -> list[Filtered]:
    """Each filter that is switched on, in the library's order, each on what the last one left.

    `ids` (token,) is all that was read so far, prompt included. Without drawing (greedy) only
    repetition penalty and no-repeat n-gram act, as in the library.
    """
    result = []
    for name, off, act in FILTERS if settings.draws else FILTERS[:2]:
        setting = getattr(settings, name)
        if setting != off:
            result.append(act(logits, ids, setting))
            logits = result[-1].logits
    return result


def last_logits(logits: Tensor, ids: Tensor, settings: Settings) -> Tensor:
    """What all filters together leave of the logits (vocabulary,)."""
    done = filtered(logits, ids, settings)
    return done[-1].logits if done else logits


def checked_left(logits: Tensor, ids: Tensor, settings: Settings) -> None:
    """Raises UserError where no token is left: only the no-repeat n-gram can remove them all."""
    if bool(torch.isneginf(logits).all()):
        raise nothing_left(len(ids), settings)


def nothing_left(read: int, settings: Settings) -> UserError:
    """What is told where, `read` tokens in, the filters have removed the whole vocabulary."""
    return UserError(
        f"After {read:,} tokens the no-repeat n-gram of {settings.no_repeat_ngram_size} "
        "forbids every token of the vocabulary; make it longer, or 0 to switch it off."
    )


def penalize_repetition(logits: Tensor, ids: Tensor, penalty: float) -> Filtered:
    """Each token seen so far, once: z / r where z > 0 (Keskar et al. 2019), else z * r.

    The second half is the library's: dividing a logit below 0 would raise it.
    """
    seen = torch.unique(ids[ids < len(logits)])
    before = logits[seen]
    after = torch.where(before < 0, before * penalty, before / penalty)
    return Filtered(
        name="repetition_penalty",
        setting=penalty,
        logits=logits.scatter(0, seen, after),
        removed=torch.zeros_like(logits, dtype=torch.bool),
        changed=int((before != after).sum()),
    )


def forbid_ngrams(logits: Tensor, ids: Tensor, size: int) -> Filtered:
    """No token that would complete an n-gram of this size for the second time.

    After the trigrams of Paulus et al. 2018 (arXiv:1705.04304).
    """
    banned = torch.zeros_like(logits, dtype=torch.bool)
    if len(ids) >= size:
        windows = ids.unfold(0, size, 1)  # (place, size)
        again = (windows[:, :-1] == ids[len(ids) + 1 - size :]).all(dim=-1)
        last = windows[again, -1]
        banned[last[last < len(logits)]] = True
    return _without("no_repeat_ngram_size", size, logits, banned)


def divide_by_temperature(logits: Tensor, _: Tensor, temperature: float) -> Filtered:
    """z / T: below 1 the likely become likelier, above 1 all become more alike."""
    none = torch.zeros_like(logits, dtype=torch.bool)
    return Filtered("temperature", temperature, logits / temperature, none)


def keep_top_k(logits: Tensor, _: Tensor, k: int) -> Filtered:
    """The k likeliest, and whatever is as likely as the last of them (Fan et al. 2018)."""
    lowest = torch.topk(logits, min(k, len(logits)))[0][-1]
    cut = float(torch.exp(lowest - logits.logsumexp(0)))
    return _without("top_k", k, logits, logits < lowest, cut)


def keep_top_p(logits: Tensor, _: Tensor, mass: float) -> Filtered:
    """The fewest likeliest that hold this much probability (Holtzman et al. 2020)."""
    # Ascending, and all that sums to 1 - p removed: at a tie another order removes others.
    ordered, places = torch.sort(logits, descending=False)
    chances = ordered.softmax(dim=-1)
    out = chances.cumsum(dim=-1) <= (1 - mass)
    out[-1] = False
    cut = float(chances[int(out.sum())])
    return _without("top_p", mass, logits, torch.zeros_like(out).scatter(0, places, out), cut)


def keep_min_p(logits: Tensor, _: Tensor, share: float) -> Filtered:
    """Whatever has at least this share of the likeliest one's probability (Nguyen et al. 2024)."""
    chances = torch.softmax(logits, dim=-1)
    cut = share * chances.amax()
    out = chances < cut
    out[torch.topk(chances, 1).indices] = False
    return _without("min_p", share, logits, out, float(cut))


def keep_typical(logits: Tensor, _: Tensor, mass: float) -> Filtered:
    """The tokens whose surprisal is nearest to the entropy (Meister et al. 2023)."""
    logs = torch.log_softmax(logits, dim=-1)
    entropy = -(logs * torch.exp(logs)).nansum()
    ordered, places = torch.sort(torch.abs(-logs - entropy), descending=False)
    held = logits[places].softmax(dim=-1).cumsum(dim=-1)
    last = int((held < mass).sum().clamp(max=len(logits) - 1))
    out = ordered > ordered[last]
    out[0] = False
    away = torch.zeros_like(out).scatter(0, places, out)
    return _without("typical_p", mass, logits, away, float(ordered[last]))


# (setting, the value at which it is off, what it does), in the library's order
FILTERS: tuple[tuple[str, float, Callable[[Tensor, Tensor, Any], Filtered]], ...] = (
    ("repetition_penalty", 1, penalize_repetition),
    ("no_repeat_ngram_size", 0, forbid_ngrams),
    ("temperature", 1, divide_by_temperature),
    ("top_k", 0, keep_top_k),
    ("top_p", 1, keep_top_p),
    ("min_p", 0, keep_min_p),
    ("typical_p", 1, keep_typical),
)


def _without(
    name: str, setting: float, logits: Tensor, out: Tensor, cut: float | None = None
) -> Filtered:
    removed = out & (logits > -torch.inf)
    return Filtered(name, setting, logits.masked_fill(out, -torch.inf), removed, cut)
