"""Single flight: what many ask for at the same time is computed once.

A hall that scans one QR code asks three hundred times for the same picture.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from core.progress import Progress


class Abandoned(Exception):  # noqa: N818 (nothing went wrong)
    """Nobody waits for this computation any more."""


@dataclass(eq=False)
class Waiter:
    """One who waits for a computation, and wants to be told how far it is."""

    progress: Progress | None
    result: "Future[Any]" = field(default_factory=Future)


class Flights:
    """The computations under way, by what they compute."""

    def __init__(self) -> None:
        self._waiters: dict[Hashable, list[Waiter]] = {}
        self._lock = threading.Lock()

    def join(
        self, key: Hashable, compute: Callable[[Progress], Any], progress: Progress | None
    ) -> Any:
        """The result of the computation of that key: the one under way, or ours.

        `compute(tell)` tells how far it is; everybody who waits is told. Whose `progress` raises
        waits no longer and gets what it raised; where nobody is left the computation ends. An
        error of the computation is everybody's.
        """
        waiter = Waiter(progress)
        with self._lock:
            begun = key in self._waiters
            self._waiters.setdefault(key, []).append(waiter)
        if not begun:
            self._fly(key, compute)
        return waiter.result.result()

    def _fly(self, key: Hashable, compute: Callable[[Progress], Any]) -> None:
        """Compute in this thread, whose visitor came first, for everybody who waits."""
        try:
            result = compute(lambda done, whole: self._tell(key, done, whole))
        except BaseException as error:
            for waiter in self._landed(key):
                waiter.result.set_exception(error)
        else:
            for waiter in self._landed(key):
                waiter.result.set_result(result)

    def _tell(self, key: Hashable, done: int, whole: int) -> None:
        for waiter in list(self._waiters.get(key, ())):
            try:
                if waiter.progress:
                    waiter.progress(done, whole)
            except Exception as error:
                self._leave(key, waiter, error)
        if key not in self._waiters:
            raise Abandoned

    def _leave(self, key: Hashable, waiter: Waiter, error: Exception) -> None:
        with self._lock:
            waiters = self._waiters[key]
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[key]  # who asks from now on begins anew
        waiter.result.set_exception(error)

    def _landed(self, key: Hashable) -> list[Waiter]:
        with self._lock:
            return self._waiters.pop(key, [])
