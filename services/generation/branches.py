"""Grow a tree of branches: one continuation, and others that leave it by a visitor's choice."""

from collections.abc import Sequence

from core.errors import UserError
from core.progress import Progress
from models.loaded import Loaded
from services.generation.generate import Generation, generate
from services.generation.settings import Settings
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


def regrow(
    gpt2: Loaded,
    prompt: object,
    settings: Settings,
    choices: Sequence[tuple[int, int, int]],
    progress: Progress | None = None,
) -> tuple[Tree, tuple[Generation, ...]]:
    """The tree that `Tree.choices` tells of, and every continuation in it.

    With the same prompt, settings and seed it is the tree that was. Raises UserError as
    `generation.stream` does, or when a choice is none.
    """
    made = [generate(gpt2, prompt, settings)]
    tree, _ = Tree().add(path_of(made[0]))
    for parent, at, token in choices:
        if progress:
            progress(len(made), len(choices) + 1)
        forced = forced_ids(tree, parent, at, token)
        one = generate(gpt2, prompt, settings, forced=forced)
        tree, number = tree.add(path_of(one))
        if number == len(made):  # else the choice led back to a branch that is there
            made.append(one)
    return tree, tuple(made)
