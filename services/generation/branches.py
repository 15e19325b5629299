"""Branches of a text: continuations that leave another by a visitor's choice."""

from core.errors import UserError
from services.generation.generate import Generation
from services.generation.tree import Path, Tree


def path_of(generation: Generation) -> Path:
    """The tokens of a continuation and their log-probabilities."""
    return Path(generation.ids, tuple(step.choice.logprob for step in generation.steps))


def forced_ids(tree: Tree, parent: int, at: int, token: int) -> tuple[int, ...]:
    """What the model is made to say to leave a branch after `at` tokens with this one.

    Raises UserError when there is no such place.
    """
    if not 0 <= parent < len(tree.branches):
        raise UserError(f"There is no branch {parent}; there are {len(tree.branches)}, from 0.")
    ids = tree.path(parent).ids
    if not 0 <= at <= len(ids):
        raise UserError(f"Branch {parent} has {len(ids)} tokens; it cannot be left after {at}.")
    return (*ids[:at], token)
