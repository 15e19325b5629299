"""How long one piece of work takes."""

import time
from collections.abc import Callable
from typing import Any


def timed(work: Callable[[], Any], into: list[float]) -> Any:
    """Its result; how long it took goes into the list, in milliseconds."""
    began = time.perf_counter()
    result = work()
    into.append(1000 * (time.perf_counter() - began))
    return result
