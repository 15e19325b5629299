"""A model with one of its parts replaced, beside the model that all visitors share.

No hook is set, and nothing is changed in that: the way to the part is copied, all else is its own.
"""

import copy
from collections.abc import Callable
from typing import Any

import lazy_loader as lazy

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


def module_that(forward: Callable[..., Any]) -> Any:
    """A module that does this and has no weights of its own."""
    module = torch.nn.Identity()
    module.forward = forward
    return module


def replaced(module: Any, path: str, made: Callable[[Any], Any]) -> Any:
    """A copy of a module in which the part at a path is what `made` makes of it."""
    name, _, more = path.partition(".")
    child = module._modules[name]
    new = copy.copy(module)
    new._modules = module._modules | {name: replaced(child, more, made) if more else made(child)}
    return new
