"""What the C library holds of memory that was freed, where that library is glibc."""

import ctypes
from functools import cache
from typing import Any

ARENAS = 2  # heaps that threads take memory from: one for each core of a small Space
_MOST_ARENAS = -8  # M_ARENA_MAX of mallopt(3)


@cache
def _library() -> Any:
    """The C library of this process; None where it is another one than glibc."""
    try:
        library = ctypes.CDLL(None)
        return library if library.mallopt and library.malloc_trim else None
    except (OSError, TypeError, AttributeError):  # macOS, musl; Windows has no such handle
        return None


def few_heaps() -> None:
    """Have all threads share a few heaps; to be asked before there are threads.

    Each run of a verb has a thread of its own, glibc gives each a heap, eight for every core, and
    each heap stays as large as the largest computation that was ever in it: with 60 visitors who
    judged a sentence each, 0.9 GB that nobody used.
    """
    if library := _library():
        library.mallopt(_MOST_ARENAS, ARENAS)


def give_back() -> None:
    """Give the system what is free in the heaps; 0.1 s where a whole GB is, else a millisecond."""
    if library := _library():
        library.malloc_trim(0)
