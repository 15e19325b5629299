"""Attention of a few short vectors: typed, or a head's own brought down to two dimensions."""

import re
from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.numbers import softmax
from core.text import seen
from core.vectors import MOST as LARGEST
from core.vectors import read_vectors
from models.loaded import Loaded
from services.attention.steps import explain

FEWEST, MOST = 3, 5  # tokens
DIMENSIONS = 2
DIGITS = 2  # after the point, of the numbers that are typed
PAIR = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}")


@dataclass(frozen=True)
class Sandbox:
    """Every matrix of one attention (Vaswani et al. 2017, equation 1) in two dimensions."""

    query: np.ndarray  # (token, 2), as are key and value
    key: np.ndarray
    value: np.ndarray
    masked: np.ndarray  # (looking, looked_at): True where nothing may be seen
    scaling: bool  # whether scores are divided by √2
    scores: np.ndarray  # (looking, looked_at): QKᵀ
    scaled: np.ndarray
    weights: np.ndarray  # (looking, looked_at): each row sums to 1; masked places are 0
    output: np.ndarray  # (looking, 2)

    @property
    def strongest(self) -> tuple[int, int]:
        """(looking, looked_at) of the largest weight."""
        row, column = np.unravel_index(int(self.weights.argmax()), self.weights.shape)
        return int(row), int(column)


@dataclass(frozen=True)
class Flattened:
    """The first tokens of a text, as a real head has them, in two dimensions."""

    names: tuple[str, ...]
    query: np.ndarray  # (token, 2), as are key and value
    key: np.ndarray
    value: np.ndarray
    width: int  # of the head
    kept: float  # of the squared lengths of queries and keys, the share left in two dimensions
    kept_values: float  # the same of the values
    weights: np.ndarray  # (looking, looked_at): what the head's own vectors give, nothing masked


def by_hand(
    queries: object, keys: object, values: object, mask: object = "", *, scaling: bool = True
) -> Sandbox:
    """Attend with vectors that are typed. Raises UserError where they are none, or do not fit."""
    query = read_vectors(queries, fewest=FEWEST, most=MOST, name="query vector")
    key = read_vectors(keys, fewest=FEWEST, most=MOST, name="key vector")
    value = read_vectors(values, fewest=FEWEST, most=MOST, name="value vector")
    if not len(query) == len(key) == len(value):
        raise UserError(
            "There must be as many queries as keys and values, one for each token; got "
            f"{len(query)}, {len(key)} and {len(value)}."
        )
    masked = read_mask(mask, len(query))
    scores = query @ key.T
    scaled = scores / np.sqrt(DIMENSIONS) if scaling else scores
    weights = softmax(np.where(masked, -np.inf, scaled))
    return Sandbox(
        query, key, value, masked, bool(scaling), scores, scaled, weights, weights @ value
    )


def read_mask(text: object, tokens: int) -> np.ndarray:
    """(looking, looked_at): the places that `0.1,0.2` names, row and column from 0.

    Places behind the last token mean nothing. Raises UserError where the text is no such list, or
    a token would see nothing.
    """
    if not isinstance(text, str):
        raise UserError(f"The mask must be text; got {seen(text)}.")
    masked = np.zeros((tokens, tokens), dtype=bool)
    for pair in filter(None, text.replace(" ", "").split(",")):
        if not PAIR.fullmatch(pair):
            raise UserError(
                "The mask must be pairs of a row and a column with commas between, such as "
                f"0.1,0.2; got {seen(text)}."
            )
        row, column = map(int, pair.split("."))
        if row < tokens and column < tokens:
            masked[row, column] = True
    blind = np.flatnonzero(masked.all(axis=1))
    if len(blind):
        raise UserError(
            f"Token {blind[0]} would see nothing: every place of its row is masked, and the "
            "softmax over no places is undefined. Leave at least one unmasked."
        )
    return masked


def flatten(model: Loaded, text: str, text_pair: str, layer: int, head: int) -> Flattened:
    """Queries, keys and values of one head for the first few tokens, in two dimensions.

    Principal directions of queries and keys together, of values by themselves, both from the
    origin and not from the mean: dot products count from there. Queries and keys are then made
    shorter, so that a division by √2 does here what that by √d_k does in the head. Raises
    UserError where the text has too few tokens, or does not fit.
    """
    steps = explain(model, text, text_pair, layer=layer, head=head)
    ordinary = [index for index, token in enumerate(steps.tokens) if not token.special][:MOST]
    if len(ordinary) < FEWEST:
        raise UserError(
            f"The sandbox takes {FEWEST} to {MOST} tokens of the text; this one has "
            f"{len(ordinary)}. Type a longer text."
        )
    query, key, value = (
        part[ordinary].astype(float) for part in (steps.query, steps.key, steps.value)
    )
    both, kept = _two_dimensions(np.vstack([query, key]))
    values, kept_values = _two_dimensions(value)
    short = (DIMENSIONS / steps.width) ** 0.25
    flat = np.round(np.clip(both * short, -LARGEST, LARGEST), DIGITS) + 0.0
    return Flattened(
        names=tuple(steps.names[index] for index in ordinary),
        query=flat[: len(ordinary)],
        key=flat[len(ordinary) :],
        value=np.round(np.clip(values, -LARGEST, LARGEST), DIGITS) + 0.0,
        width=steps.width,
        kept=kept,
        kept_values=kept_values,
        weights=softmax(query @ key.T / np.sqrt(steps.width)),
    )


def _two_dimensions(rows: np.ndarray) -> tuple[np.ndarray, float]:
    """(row, 2) on the two directions that keep most of the squared lengths, and that share."""
    left, sizes, directions = np.linalg.svd(rows, full_matrices=False)
    # The sign of a direction is nobody's: the largest number of each is made positive.
    signs = np.sign(directions[np.arange(2), np.abs(directions[:2]).argmax(axis=1)])
    flat = left[:, :2] * sizes[:2] * signs
    return flat, float((sizes[:2] ** 2).sum() / (sizes**2).sum())
