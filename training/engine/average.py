"""The mean of a model's weights over its last steps: better than the last weights alone.

Izmailov et al. 2018 (arXiv:1803.05407); here with weights that fall off exponentially, so that
only one copy is kept.
"""

import copy
from typing import Any, TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


class Average:
    """A running mean of all the parameters of a model, over about so many steps."""

    def __init__(self, model: nn.Module, steps: int) -> None:
        self.steps, self.taken = steps, 0
        self._parameters = [one for one in model.parameters() if one.requires_grad]
        self._means = [one.detach().clone() for one in self._parameters]

    @torch.no_grad()
    def take_in(self) -> None:
        """Take in the weights as they are now; early on only the last quarter of them counts."""
        self.taken += 1
        share = 1 / min(self.steps, 1 + self.taken // 4)
        torch._foreach_lerp_(self._means, self._parameters, share)

    @torch.no_grad()
    def begin_anew(self) -> None:
        """Forget what was taken in: the mean is the weights as they are now."""
        self.taken = 0
        torch._foreach_copy_(self._means, self._parameters)

    def state(self) -> dict[str, Any]:
        """The means, for the checkpoint."""
        return {"taken": self.taken, "means": self._means}

    @torch.no_grad()
    def take_state(self, state: dict[str, Any]) -> None:
        """Take the means from a checkpoint."""
        self.taken = state["taken"]
        torch._foreach_copy_(self._means, state["means"])

    @torch.no_grad()
    def copied(self, model: Model) -> Model:
        """A copy of the model, which has these means as its weights."""
        twin = copy.deepcopy(model)
        parameters = [one for one in twin.parameters() if one.requires_grad]
        torch._foreach_copy_(parameters, self._means)
        return twin
