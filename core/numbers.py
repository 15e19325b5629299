"""Softmax of arrays that models have given."""

import numpy as np


def softmax(scores: np.ndarray) -> np.ndarray:
    """e^(z - m) over its sum along the last axis, in the precision of the scores.

    m is the maximum: taking it off changes nothing but keeps the powers from overflowing.
    """
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
