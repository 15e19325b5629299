"""Scores and calibration, as pure functions."""

import math
from collections.abc import Sequence

import numpy as np


def confusion(labels: Sequence[int], verdicts: Sequence[int]) -> list[list[int]]:
    """[[true 0 said 0, true 0 said 1], [true 1 said 0, true 1 said 1]]."""
    table = [[0, 0], [0, 0]]
    for label, verdict in zip(labels, verdicts, strict=True):
        table[label][verdict] += 1
    return table


def matthews(table: Sequence[Sequence[int]]) -> float:
    """Matthews correlation of a confusion matrix (Matthews 1975); 0 where it is undefined."""
    (tn, fp), (fn, tp) = table
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / math.sqrt(product) if product else 0.0


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis; the maximum is taken off first, so nothing overflows."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def negative_log_likelihood(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log probability (nats) of the labels."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalizer = np.log(np.exp(shifted).sum(axis=-1))
    return float((normalizer - shifted[np.arange(len(labels)), labels]).mean())


def best_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature under which the labels are likeliest (Guo et al. 2017, section 4.2)."""
    low, high = math.log(0.05), math.log(20.0)
    golden = (math.sqrt(5) - 1) / 2
    # The loss has one minimum in log temperature, so golden-section search finds it.
    for _ in range(60):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if negative_log_likelihood(logits / math.exp(first), labels) < negative_log_likelihood(
            logits / math.exp(second), labels
        ):
            high = second
        else:
            low = first
    return math.exp((low + high) / 2)


def reliability(chances: np.ndarray, labels: np.ndarray, bins: int = 10) -> list[dict]:
    """For each tenth of probability: how many, mean probability, share that was acceptable."""
    places = np.minimum((chances * bins).astype(int), bins - 1)
    rows = []
    for place in range(bins):
        inside = places == place
        if inside.any():
            rows.append(
                {
                    "from": place / bins,
                    "to": (place + 1) / bins,
                    "count": int(inside.sum()),
                    "mean_probability": round(float(chances[inside].mean()), 4),
                    "share_acceptable": round(float(labels[inside].mean()), 4),
                }
            )
    return rows


def calibration_error(rows: Sequence[dict]) -> float:
    """Expected calibration error: mean gap of a reliability diagram, weighted by count."""
    total = sum(row["count"] for row in rows)
    gaps = (row["count"] * abs(row["mean_probability"] - row["share_acceptable"]) for row in rows)
    return sum(gaps) / total if total else 0.0
