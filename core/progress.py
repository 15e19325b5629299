"""How a long computation tells how far it is, and learns that nobody waits for it any more.

Whoever has something computed says with `awaited` how to find out whether they still wait. The
computation calls `end_if_left` at least once a second, which raises `Left` when they do not; what
it holds is let go on the way out. It need not do so around its models: each layer of a model that
is read does (`models.reading`). Where the chain begins: `Desk`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Told how much is done, of how much; what it raises ends the computation.
Progress = Callable[[int, int], None]
Here = Callable[[], bool]  # whether whoever asked still waits


class Left(Exception):  # noqa: N818 (nothing went wrong)
    """Whoever asked has left, or asks something else by now: nobody waits for this."""


def always() -> bool:
    """Of whom nothing else is known: they wait."""
    return True


_here: ContextVar[Here] = ContextVar("here", default=always)


def here() -> Here:
    """Whether whoever asked for what is computed here still waits: to be asked from any thread."""
    return _here.get()


@contextmanager
def awaited(here: Here) -> Iterator[None]:
    """While it is entered, `end_if_left` in this thread asks `here`."""
    before = _here.set(here)
    try:
        yield
    finally:
        _here.reset(before)


def end_if_left() -> None:
    """Where long work may end: raises Left when nobody waits for it any more."""
    if not _here.get()():
        raise Left
