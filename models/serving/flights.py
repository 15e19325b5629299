"""Single flight: what many ask for at the same time is computed once.

A hall that scans one QR code asks three hundred times for the same picture.
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any

from core.progress import Here, Left, Progress, always, awaited

LOOK = 0.2  # seconds between two looks at who still waits


@dataclass(eq=False)
class Waiter:
    """One who waits for a computation, and wants to be told how far it is."""

    progress: Progress | None
    here: Here
    result: "Future[Any]" = field(default_factory=Future)


@dataclass(eq=False)
class Flight:
    """One computation under way, and who waits for it."""

    waiters: list[Waiter] = field(default_factory=list)
    looked: float = 0.0


class Flights:
    """The computations under way, by what they compute."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Flight] = {}
        self._lock = threading.Lock()

    def join(
        self,
        key: Hashable,
        compute: Callable[[Progress], Any],
        progress: Progress | None,
        here: Here = always,
    ) -> Any:
        """The result of the computation of that key: the one under way, or ours.

        `compute(tell)` tells how far it is; everybody who waits is told. Whose `progress` raises
        waits no longer and gets what it raised; who is not `here` any more gets Left, wherever
        the computation is. Where nobody is left it ends where it next asks. An error of the
        computation is everybody's.
        """
        waiter = Waiter(progress, here)
        with self._lock:
            flight = self._under_way.get(key)
            begun = flight is not None
            if flight is None:
                flight = self._under_way[key] = Flight()
            flight.waiters.append(waiter)
        if not begun:
            self._fly(key, flight, compute)
        while not wait([waiter.result], LOOK).done:
            if not here():
                self._leave(key, flight, waiter, Left())
        return waiter.result.result()

    def _fly(self, key: Hashable, flight: Flight, compute: Callable[[Progress], Any]) -> None:
        """Compute in this thread, whose visitor came first, for everybody who waits."""

        def tell(done: int, whole: int) -> None:
            for waiter in list(flight.waiters):
                try:
                    if waiter.progress:
                        waiter.progress(done, whole)
                except Exception as error:
                    self._leave(key, flight, waiter, error)
            if not flight.waiters:
                raise Left

        try:
            with awaited(lambda: self._anybody(key, flight)):
                result = compute(tell)
        except BaseException as error:
            for waiter in self._landed(key, flight):
                waiter.result.set_exception(error)
        else:
            for waiter in self._landed(key, flight):
                waiter.result.set_result(result)

    def _anybody(self, key: Hashable, flight: Flight) -> bool:
        """Whether anybody still waits; who has left is let go."""
        if time.monotonic() - flight.looked > LOOK:
            flight.looked = time.monotonic()
            for waiter in list(flight.waiters):
                if not waiter.here():
                    self._leave(key, flight, waiter, Left())
        return bool(flight.waiters)

    def _leave(self, key: Hashable, flight: Flight, waiter: Waiter, error: Exception) -> None:
        with self._lock:
            if waiter not in flight.waiters:
                return
            flight.waiters.remove(waiter)
            if not flight.waiters and self._under_way.get(key) is flight:
                del self._under_way[key]  # who asks from now on begins anew
        waiter.result.set_exception(error)

    def _landed(self, key: Hashable, flight: Flight) -> list[Waiter]:
        with self._lock:
            if self._under_way.get(key) is flight:
                del self._under_way[key]
            waiters, flight.waiters = flight.waiters, []
            return waiters
