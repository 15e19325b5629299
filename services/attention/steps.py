"""One head, computed step by step from the model's own queries, keys and values."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.numbers import softmax as shares_of
from core.text import checked_index
from models.loaded import Loaded
from models.tokens import Named, Token, tokens_of
from services.attention.attend import (
    between_ordinary,
    encode,
    later,
    looks_back_only,
    pieces_of,
)
from services.attention.layers import inside


@dataclass(frozen=True)
class Steps(Named):
    """Every matrix between a layer's input and the output of one head, for one text."""

    tokens: tuple[Token, ...]
    layer: int
    head: int
    scaling: bool  # whether scores were divided by √d_k
    softmax: bool  # whether they were turned into weights
    query: np.ndarray  # (token, d_k), as are key and value: the model's own projections
    key: np.ndarray
    value: np.ndarray
    scores: np.ndarray  # (looking, looked_at): QKᵀ
    scaled: np.ndarray  # QKᵀ/√d_k, or the scores themselves without scaling; nothing masked yet
    weights: np.ndarray  # the softmax of each row, or `scaled` itself; masked places are 0
    output: np.ndarray  # (looking, d_k): weights times V
    library_weights: np.ndarray  # what transformers computed, for comparison
    library_output: np.ndarray
    causal: bool = False  # whether each token sees itself and earlier ones alone
    pieces: tuple[str, ...] = ()  # what each token stands for, where the vocabulary holds bytes

    @property
    def masked(self) -> np.ndarray | None:
        """(looking, looked_at): True where the causal mask puts −∞; None without a mask."""
        return later(len(self.tokens)) if self.causal else None

    @property
    def unscaled_weights(self) -> np.ndarray:
        """(looking, looked_at): what the softmax would give without the division by √d_k."""
        return _weights(self.scores, causal=self.causal, softmax=True)

    @property
    def width(self) -> int:
        """d_k, the width of one head."""
        return int(self.query.shape[1])

    @property
    def weight_difference(self) -> float:
        """The largest absolute difference between these weights and the library's."""
        return float(np.abs(self.weights - self.library_weights).max())

    @property
    def output_difference(self) -> float:
        """The largest absolute difference between this output and the library's."""
        return float(np.abs(self.output - self.library_output).max())


def explain(
    model: Loaded,
    text: str,
    text_pair: str = "",
    *,
    layer: int = 0,
    head: int = 0,
    scaling: bool = True,
    softmax: bool = True,
) -> Steps:
    """Scaled dot-product attention of one head, matrix by matrix (Vaswani et al. 2017, eq. 1).

    Queries, keys and values come from the model's own layers, biases included; those of a GPT-2
    read the layer's input after its LayerNorm (Radford et al. 2019, section 2.3). The library's
    weights and head output come from its own attention module, not from this computation.
    Raises UserError when the text, the layer or the head does not fit.
    """
    layer = checked_index(layer, 0, model.checkpoint.layers - 1, name="layer")
    head = checked_index(head, 0, model.checkpoint.heads - 1, name="head")
    encoded = encode(model, text, text_pair)
    causal = looks_back_only(model)
    seen = inside(model, encoded, layer)
    query, key, value, library_output = (_one_head(part, head) for part in seen[:4])
    scores = query @ key.T  # (looking, looked_at)
    scaled = scores / np.float32(np.sqrt(query.shape[1])) if scaling else scores
    weights = _weights(scaled, causal=causal, softmax=softmax)
    return Steps(
        tokens=tokens_of(model.tokenizer, encoded, text, text_pair),
        layer=layer,
        head=head,
        scaling=bool(scaling),
        softmax=bool(softmax),
        query=query,
        key=key,
        value=value,
        scores=scores,
        scaled=scaled,
        weights=weights,
        output=weights @ value,
        library_weights=seen[4][0, head].numpy(),
        library_output=library_output,
        causal=causal,
        pieces=pieces_of(model, encoded),
    )


def _weights(scaled: np.ndarray, *, causal: bool, softmax: bool) -> np.ndarray:
    """The mask and the softmax; without softmax what is masked is left out of the sum."""
    if not causal:
        return shares_of(scaled) if softmax else scaled
    masked = np.where(later(len(scaled)), np.float32(-np.inf if softmax else 0), scaled)
    return shares_of(masked) if softmax else masked


def row_entropy(weights: np.ndarray) -> float:
    """The entropy of one row of weights, in nats: 0 when all of it is on one token."""
    positive = weights[weights > 0].astype(float)
    return float(-(positive * np.log(positive)).sum()) + 0.0


def strongest_pair(steps: Steps, row: int | None = None) -> tuple[int, int]:
    """(row, column) of the pair to work out: the strongest of one row, or of all rows.

    Of all rows it is between ordinary tokens, while there are any.
    """
    weights = steps.library_weights
    if row is not None:
        return row, int(np.argmax(weights[row]))
    ordinary = between_ordinary(steps.tokens, steps.causal)
    if ordinary.any():
        weights = np.where(ordinary, weights, -1)
    first, second = np.unravel_index(int(weights.argmax()), weights.shape)
    return int(first), int(second)


def _one_head(part: Any, head: int) -> np.ndarray:
    return np.ascontiguousarray(part[:, head].numpy())
