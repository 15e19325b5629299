"""How many cores a computation takes."""

from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_core() -> Any:
    """While it is entered, this thread computes on one core.

    A single token is too little to share out: where several visitors are written to at once, the
    threads of each would wait for those of the others, and a token would take 30 times as long.
    """
    return _pools().limit(limits=1, user_api="openmp")


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()  # finds what is loaded now, so not before torch is
