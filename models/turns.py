"""How many cores a computation takes, and whose turn it is."""

import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Verb = TypeVar("Verb", bound=Callable[..., Any])


def one_core() -> Any:
    """While it is entered, this thread computes on one core.

    Where several compute at once, the threads of each would wait for those of the others: a token
    written so would take 30 times as long, and reading a sentence half as long again.
    """
    if "torch.nn.functional" not in sys.modules:  # torch is not loaded, so neither are its threads
        return nullcontext()
    return _pools().limit(limits=1, user_api="openmp")


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()  # finds what is loaded now, so not before torch is


@dataclass(frozen=True)
class Asker:
    """For whom something is computed, and how a turn at the cores is had for it."""

    turn: Callable[[], AbstractContextManager[Any]] = nullcontext
    shared: Callable[[], AbstractContextManager[Any]] = nullcontext  # for others at once as well
    visitor: Hashable = None


NOBODY = Asker()
_asker: ContextVar[Asker] = ContextVar("asker", default=NOBODY)


def asker() -> Asker:
    """Who asks for what is computed here; where no desk is asked, turns are free."""
    return _asker.get()


@contextmanager
def asked_by(asker: Asker) -> Iterator[None]:
    """While it is entered, this is who asks."""
    before = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(before)


def takes_turns(verb: Verb) -> Verb:
    """Mark a verb that takes a turn for each of its steps (`asker().turn`): the desk takes none.

    Every verb that writes texts in a loop (`models.decoding`) must be: one that waited for the
    loop and held the last turn would wait for ever.
    """
    verb.takes_turns = True  # type: ignore[attr-defined]
    return verb
