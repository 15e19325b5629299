"""Which heads follow a pattern on this text? Each is measured, none is named by a threshold."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.errors import UserError
from core.text import checked_choice
from services.attention.attend import Attention, later

TOP = 6  # heads listed
Measure = Callable[[Attention], np.ndarray]


@dataclass(frozen=True)
class Pattern:
    """What heads may do: how it is called, seen in a heatmap, and measured."""

    label: str
    measure: Measure  # of every head: (layer, head)
    look_for: str
    not_causal: str = ""  # why no head of a causal model can show it


@dataclass(frozen=True)
class HeadScore:
    """How much one head follows the pattern, from 0 to 1."""

    layer: int
    head: int
    score: float


@dataclass(frozen=True)
class Ranking:
    """The heads that follow a pattern most on one text, and what a head with none would score."""

    pattern: str
    heads: tuple[HeadScore, ...]  # highest score first
    even: float  # the score of a head that looks evenly at all tokens it may look at


def rank(attention: Attention, pattern: str, *, top: int = TOP) -> Ranking:
    """The heads with the highest score for a pattern on this text.

    Every pattern is a mean over tokens (rows) of a share of their attention, as defined in the
    functions below, so that scores compare between heads. Raises UserError for an unknown
    pattern, for one that the model cannot show, and where a text cannot show it (no token twice).
    """
    checked_choice(pattern, tuple(PATTERNS), name="pattern")
    measure, not_causal = PATTERNS[pattern].measure, PATTERNS[pattern].not_causal
    if attention.causal and not_causal:
        raise UserError(not_causal)
    scores = measure(attention)  # (layer, head)
    best = np.argsort(-scores, axis=None, kind="stable")[:top]
    places = [divmod(int(index), attention.heads) for index in best]
    return Ranking(
        pattern,
        tuple(HeadScore(layer, head, float(scores[layer, head])) for layer, head in places),
        even=float(measure(_even(attention))[0, 0]),
    )


def previous_token(attention: Attention) -> np.ndarray:
    """Mean weight on the token just before, over all tokens but the first: (layer, head)."""
    return _diagonal(attention.weights, -1)


def next_token(attention: Attention) -> np.ndarray:
    """Mean weight on the token just after, over all tokens but the last: (layer, head)."""
    return _diagonal(attention.weights, 1)


def own_token(attention: Attention) -> np.ndarray:
    """Mean weight of each token on itself, over all tokens: (layer, head).

    Under a causal mask without the first token, which can look nowhere else.
    """
    return _diagonal(_with_a_choice(attention), int(attention.causal))


def same_token(attention: Attention) -> np.ndarray:
    """Weight on the other places with the same id, summed: its mean over the tokens that have any.

    (layer, head). Special tokens are left out; under a causal mask the other places are earlier
    ones. Raises UserError when no token occurs twice.
    """
    ids = np.array([token.id for token in attention.tokens])
    ordinary = np.array([not token.special for token in attention.tokens])
    twins = (ids[:, None] == ids) & ordinary[:, None] & ordinary & ~np.eye(len(ids), dtype=bool)
    if attention.causal:
        twins &= ~later(len(ids))
    if not twins.any():
        raise UserError(
            "No token occurs twice in this text, so no head can be scored on “same token”; "
            "repeat a word, or choose another pattern."
        )
    return _mean_on(attention, twins)


def after_same(attention: Attention) -> np.ndarray:
    """Weight on the tokens that followed this one where it occurred before: (layer, head).

    The mean over the tokens that have such a place; it marks induction heads (Olsson et al. 2022,
    "In-context learning and induction heads"). Special tokens are left out. Raises UserError when
    no token occurs again.
    """
    ids = np.array([token.id for token in attention.tokens])
    ordinary = np.array([not token.special for token in attention.tokens])
    earlier = (ids[:, None] == ids) & ordinary[:, None] & ordinary & later(len(ids)).T
    followers = np.zeros_like(earlier)
    followers[:, 1:] = earlier[:, :-1]
    followers &= later(len(ids)).T  # of a token said twice in a row the follower is itself
    if not followers.any():
        raise UserError(
            "No token of this text occurs again later, so no head can be scored on “induction”; "
            "repeat a few words, or choose another pattern."
        )
    return _mean_on(attention, followers)


def first_special(attention: Attention) -> np.ndarray:
    """Mean weight on the first token, BERT's `[CLS]`, over all the other tokens: (layer, head)."""
    return np.asarray(attention.weights[:, :, 1:, 0].mean(axis=-1))


def separators(attention: Attention) -> np.ndarray:
    """Summed weight on every `[SEP]`: its mean over all the other tokens: (layer, head)."""
    # Every special token but the first: for BERT these are the separators.
    marks = np.array([token.special for token in attention.tokens])
    marks[0] = False
    on_marks = attention.weights[:, :, ~marks][..., marks].sum(axis=-1)
    return np.asarray(on_marks.mean(axis=-1))


def broadness(attention: Attention) -> np.ndarray:
    """Mean entropy of the rows, divided by its largest value ln(tokens): (layer, head).

    0 when every token looks at one place only, 1 when it looks evenly at all of them (Clark et
    al. 2019, section 3.3). Under a causal mask each row is divided by its own largest value, and
    the first token, which can look nowhere else, is left out.
    """
    weights = _with_a_choice(attention)
    logs = np.log(np.where(weights > 0, weights, 1))  # 0 ln 0 counts as 0
    entropy = -(weights * logs).sum(axis=-1)  # (layer, head, looking), in nats
    count = weights.shape[-1]
    seen = np.arange(2, count + 1) if attention.causal else np.full(count, count)
    return np.asarray((entropy / np.log(seen)).mean(axis=-1))


REST = "Choose “Attention sink: the first token”: that is where its heads may rest."

# In a link by their names, on the page in this order. What a causal model cannot show, and "first"
# for any other, the style sheet leaves out of the list (assets/page/style.css).
PATTERNS = {
    "previous": Pattern(
        "Token before",
        previous_token,
        "Look for a strong line one cell left of the diagonal. The score is the mean weight on "
        "the token just before, over all tokens but the first.",
    ),
    "next": Pattern(
        "Token after",
        next_token,
        "Look for a strong line one cell right of the diagonal. The score is the mean weight on "
        "the token just after, over all tokens but the last.",
        not_causal="No head of this model can look at the token after: the causal mask hides it. "
        "Choose “Token before”.",
    ),
    "same": Pattern(
        "Same token elsewhere",
        same_token,
        "Look at a word that occurs twice: the row of each has a strong cell under the other. The "
        "score is the mean weight on the other places with the same token.",
    ),
    "itself": Pattern(
        "The token itself",
        own_token,
        "Look for a strong diagonal. The score is the mean weight of a token on itself.",
    ),
    "induction": Pattern(
        "Induction (what followed last time)",
        after_same,
        "Look at the row of a token that occurs again: the strong cell is under the token that "
        "followed it the first time, which may well follow it now. The score is the mean weight "
        "there; a head that does this on any text is called an induction head.",
    ),
    "first": Pattern(
        "Attention sink: the first token",
        first_special,
        "Look for a strong first column. The score is the mean weight on the first token, over "
        "all the other tokens.",
    ),
    "cls": Pattern(
        "Attention sink: [CLS]",
        first_special,
        "Look for a strong first column. The score is the mean weight on [CLS], over all the "
        "other tokens.",
        not_causal=f"This model's input has no [CLS]. {REST}",
    ),
    "sep": Pattern(
        "Attention sink: [SEP]",
        separators,
        "Look for a strong column under [SEP]. The score is the mean weight on [SEP], over all "
        "the other tokens. Many heads in the middle of BERT-base rest there (Clark et al. 2019).",
        not_causal=f"This model's input has no [SEP]. {REST}",
    ),
    "broad": Pattern(
        "Spread out (high entropy)",
        broadness,
        "Look for rows without a strong cell. The score is the mean entropy of the rows, as a "
        "share of the largest that is possible.",
    ),
}


def _with_a_choice(attention: Attention) -> np.ndarray:
    """(layer, head, looking, looked_at), without the first row where the mask leaves no choice."""
    return attention.weights[:, :, 1:] if attention.causal else attention.weights


def _mean_on(attention: Attention, places: np.ndarray) -> np.ndarray:
    """(layer, head): the weight on a row's places, summed; its mean over rows that have any."""
    summed = np.where(places, attention.weights, 0).sum(axis=-1)  # (layer, head, looking)
    return np.asarray(summed[:, :, places.any(axis=1)].mean(axis=-1))


def _diagonal(weights: np.ndarray, offset: int) -> np.ndarray:
    return np.asarray(np.diagonal(weights, offset, axis1=2, axis2=3).mean(axis=-1))


def _even(attention: Attention) -> Attention:
    """The same tokens under one head that looks evenly at all that it may look at."""
    tokens = len(attention.tokens)
    even = np.full((tokens, tokens), 1 / tokens)
    if attention.causal:
        even = np.tril(np.ones((tokens, tokens))) / np.arange(1, tokens + 1)[:, None]
    return replace(attention, weights=even[None, None])
