"""Muon: momentum whose update of a matrix is made orthogonal, for the matrices of a transformer.

Jordan 2024, https://kellerjordan.github.io/posts/muon/, with the scale of Liu et al. 2025
(arXiv:2502.16982), under which learning rate and weight decay mean what they mean to AdamW.
Torch has one too, but it takes GPT-2's queries, keys and values for a single matrix.
"""

import math
from functools import partial

import torch
from torch import nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration, Jordan 2024
ITERATIONS = 5


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Matrices (n, rows, columns), their singular values brought near 1 (0.7 to 1.2); bfloat16."""
    a, b, c = COEFFICIENTS
    tall = matrices.size(-2) > matrices.size(-1)
    x = (matrices.mT if tall else matrices).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon:
    """Steps each matrix as soon as its gradient is there, during the backward pass.

    Thus `engine.loop` needs no second optimizer: it finds no gradient left on these matrices,
    and its AdamW moves the rest. `factor` is the schedule's, set before each backward pass.
    """

    def __init__(
        self, matrices: dict[str, nn.Parameter], rate: float, weight_decay: float, momentum: float
    ) -> None:
        self.rate, self.weight_decay, self.momentum = rate, weight_decay, momentum
        self.factor = 0.0
        self.averages = {name: torch.zeros_like(matrix) for name, matrix in matrices.items()}
        for name, matrix in matrices.items():
            matrix.register_post_accumulate_grad_hook(partial(self._step, name))

    @torch.no_grad()
    def _step(self, name: str, matrix: torch.Tensor) -> None:
        average, gradient = self.averages[name], matrix.grad
        average.lerp_(gradient, 1 - self.momentum)
        # Queries, keys and values stand side by side; in cross-attention keys and values do.
        parts = matrix.size(1) // matrix.size(0) if "c_attn" in name else 1
        update = gradient.lerp(average, self.momentum)  # Nesterov's look ahead
        update = orthogonal(torch.stack(update.chunk(parts, dim=1)))
        scale = 0.2 * math.sqrt(max(update.shape[-2:]))  # the root mean square of AdamW's updates
        rate = self.rate * self.factor
        matrix.mul_(1 - rate * self.weight_decay)
        matrix.add_(torch.cat(update.unbind(), dim=1), alpha=-rate * scale)
        matrix.grad = None
