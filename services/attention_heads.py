"""Which heads follow a pattern on this text? Each is measured, none is named by a threshold."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.attention import Attention
from services.errors import UserError
from services.text import checked_choice

TOP = 6  # heads listed
Measure = Callable[[Attention], np.ndarray]


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
    even: float  # the score of a head that spreads its attention evenly over all tokens


def rank(attention: Attention, pattern: str, *, top: int = TOP) -> Ranking:
    """The heads with the highest score for a pattern on this text.

    Every pattern is a mean over tokens (rows) of a share of their attention, as defined in the
    functions below, so that scores compare between heads. Raises UserError for an unknown
    pattern, and where a text cannot show it (no token twice).
    """
    checked_choice(pattern, tuple(PATTERNS), name="pattern")
    measure = PATTERNS[pattern]
    scores = measure(attention)  # (layer, head)
    best = np.argsort(-scores, axis=None, kind="stable")[:top]
    places = [divmod(int(place), attention.heads) for place in best]
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
    """Mean weight of each token on itself, over all tokens: (layer, head)."""
    return _diagonal(attention.weights, 0)


def same_token(attention: Attention) -> np.ndarray:
    """Weight on the other places with the same id, summed: its mean over the tokens that have any.

    (layer, head). Special tokens are left out. Raises UserError when no token occurs twice.
    """
    ids = np.array([token.id for token in attention.tokens])
    ordinary = np.array([not token.special for token in attention.tokens])
    twins = (ids[:, None] == ids) & ordinary[:, None] & ordinary & ~np.eye(len(ids), dtype=bool)
    rows = twins.any(axis=1)
    if not rows.any():
        raise UserError(
            "No token occurs twice in this text, so no head can be scored on “same token”; "
            "repeat a word, or choose another pattern."
        )
    on_twins = np.where(twins, attention.weights, 0).sum(axis=-1)  # (layer, head, looking)
    return np.asarray(on_twins[:, :, rows].mean(axis=-1))


def first_special(attention: Attention) -> np.ndarray:
    """Mean weight on `[CLS]`, the first token, over all the other tokens: (layer, head)."""
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
    al. 2019, section 3.3).
    """
    weights = attention.weights
    logs = np.log(np.where(weights > 0, weights, 1))  # 0 ln 0 counts as 0
    entropy = -(weights * logs).sum(axis=-1)  # (layer, head, looking), in nats
    return np.asarray(entropy.mean(axis=-1) / np.log(weights.shape[-1]))


PATTERNS: dict[str, Measure] = {
    "previous": previous_token,
    "next": next_token,
    "same": same_token,
    "itself": own_token,
    "cls": first_special,
    "sep": separators,
    "broad": broadness,
}


def _diagonal(weights: np.ndarray, offset: int) -> np.ndarray:
    return np.asarray(np.diagonal(weights, offset, axis1=2, axis2=3).mean(axis=-1))


def _even(attention: Attention) -> Attention:
    """The same tokens under one head that looks evenly at all of them."""
    tokens = len(attention.tokens)
    even = np.full((1, 1, tokens, tokens), 1 / tokens)
    return Attention(attention.tokens, attention.words, even)
