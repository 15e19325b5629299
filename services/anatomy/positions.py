"""How is a model told where a token stands? Sinusoids, turned vectors, learned tables."""

from dataclasses import dataclass

import numpy as np

from models.architectures import context_length, first_position
from models.loaded import Loaded

SINUSOIDS, ROTARY = "sinusoids", "rotary"
BASE = 10_000.0  # the longest wave is 2π times this (Vaswani et al. 2017, section 3.5)
SEED = 0  # of the vector that rotary positions turn


@dataclass(frozen=True)
class Table:
    """A vector for each position."""

    rows: np.ndarray  # (position, dimension)

    def products(self, distance: int) -> np.ndarray:
        """(position,): the dot product of each position with the one so far before it."""
        rows = self.rows.astype(np.float64)
        products: np.ndarray = (rows[distance:] * rows[: len(rows) - distance]).sum(axis=1)
        return products

    def cosines(self, distance: int) -> np.ndarray:
        """(position,): the same for vectors brought to length 1."""
        rows = self.rows.astype(np.float64)
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return Table(unit).products(distance)

    def curve(self) -> np.ndarray:
        """(distance,): the mean cosine of all pairs so far apart, from 0 on."""
        return np.array([self.cosines(distance).mean() for distance in range(len(self.rows))])


def sinusoids(length: int, width: int) -> Table:
    """PE(p, 2i) = sin(p / 10000^(2i/d)), PE(p, 2i + 1) the cosine (Vaswani et al. 2017)."""
    angles = _angles(length, width)
    rows = np.empty((length, width))
    rows[:, 0::2], rows[:, 1::2] = np.sin(angles), np.cos(angles)
    return Table(rows)


def turned(length: int, width: int) -> Table:
    """One vector, its pairs of numbers turned by the angles of each position (Su et al. 2021).

    The vector is drawn once from a normal distribution, with a fixed seed.
    """
    angles = _angles(length, width)
    start = np.random.default_rng(SEED).standard_normal(width)
    one, other = start[0::2], start[1::2]
    rows = np.empty((length, width))
    rows[:, 0::2] = one * np.cos(angles) - other * np.sin(angles)
    rows[:, 1::2] = one * np.sin(angles) + other * np.cos(angles)
    return Table(rows)


def _angles(length: int, width: int) -> np.ndarray:
    """(position, pair): each pair of dimensions turns more slowly than the one before."""
    waves = BASE ** (-np.arange(0, width, 2) / width)
    angles: np.ndarray = np.arange(length)[:, None] * waves
    return angles


def learned(model: Loaded) -> Table:
    """The table of positions that a model has learned, from the first that a token takes."""
    config, body = model.model.config, model.model.base_model
    kind = str(config.model_type)
    table = body.wpe if kind == "gpt2" else body.embeddings.position_embeddings
    first = first_position(kind, getattr(config, "pad_token_id", None))
    rows = table.weight.detach()[first : first + context_length(config)]
    return Table(rows.numpy().copy())
