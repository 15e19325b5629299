"""Where does a cosine stand among those of random pairs of sentences?

`training/similarity.py` writes the quantiles, on sentences of our own; a test computes some again.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.paths import ASSETS
from core.spacefile import Checkpoint

CALIBRATION = ASSETS / "calibration"
# What is stored: every per cent, and closer together in the tail, where alike sentences are.
PERCENTS = (*range(100), *(99 + tenth / 10 for tenth in range(1, 10)), 99.95, 99.99, 100)
FLAT = 1e-3  # a range of cosines that is rounding, not likeness


@dataclass(frozen=True)
class Calibration:
    """The cosines of random pairs for one model, pooling and layer, as quantiles."""

    pairs: int
    sentences: int
    mean: float
    deviation: float
    percents: np.ndarray  # (quantile,) 0 to 100
    quantiles: np.ndarray  # (quantile,) cosines, ascending

    @property
    def flat(self) -> bool:
        """Whether all pairs have one cosine, as `[CLS]` before any layer: no percentile."""
        return bool(self.quantiles[-1] - self.quantiles[0] < FLAT)

    def percentiles(self, cosines: np.ndarray) -> np.ndarray:
        """How many per cent of the random pairs are less alike; 0 to 100, as exact as stored."""
        return np.asarray(np.interp(cosines, self.quantiles, self.percents))

    def quantile(self, percent: float) -> float:
        """The cosine that so many per cent of the random pairs stay below."""
        return float(np.interp(percent, self.percents, self.quantiles))

    def shares(self, edges: np.ndarray) -> np.ndarray:
        """The share of random pairs between neighbouring edges; they sum to at most 1."""
        return np.asarray(np.diff(self.percentiles(edges)) / 100)


def calibration(checkpoint: Checkpoint, pooling: str, layer: int) -> Calibration | None:
    """The calibration of one setting; None for a model that none was made for."""
    content = _read(CALIBRATION / f"{checkpoint.name}.json")
    # Numbers of other weights would be invented ones.
    if content is None or content["sha256"] != checkpoint.hashes.get("model.safetensors"):
        return None
    entry = content["poolings"][pooling][layer]
    return Calibration(
        pairs=content["pairs"],
        sentences=content["sentences"],
        mean=entry["mean"],
        deviation=entry["deviation"],
        percents=np.array(content["percents"]),
        quantiles=np.array(entry["quantiles"]),
    )


@functools.lru_cache
def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
