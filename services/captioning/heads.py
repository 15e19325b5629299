"""One head's attention, or the mean of several."""

import numpy as np

MEAN = -1  # instead of a layer or a head: the mean of all


def mixed(weights: np.ndarray, layer: int, head: int) -> np.ndarray:
    """The weights (layer, head, ...) of one layer and head, or their mean where one is MEAN."""
    some = weights if layer == MEAN else weights[layer : layer + 1]
    some = some if head == MEAN else some[:, head : head + 1]
    found: np.ndarray = some.mean(axis=(0, 1))
    return found


def with_means(weights: np.ndarray) -> np.ndarray:
    """(layer + 1, head + 1, ...): the weights and, last on both axes, the means that MEAN finds.

    A frozen result hands this to a picture of every head.
    """
    layers, heads = weights.shape[:2]
    return np.array(
        [
            [mixed(weights, layer, head) for head in (*range(heads), MEAN)]
            for layer in (*range(layers), MEAN)
        ]
    )
