"""Fair turns: so many computations at once, and who came first is served first."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import BusyError

PATIENCE = 60.0  # seconds that somebody waits for a turn
USUAL = 0.05  # seconds that a turn takes, before any was measured
NEWER = 0.1  # the share of the newest turn in what a turn is thought to take


class Turns:
    """A queue in front of the cores."""

    def __init__(self, at_once: int, *, patience: float = PATIENCE) -> None:
        self._at_once = at_once
        self._free = at_once
        self._patience = patience
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()
        self._usual = USUAL

    @contextmanager
    def one(self, *, begun: bool = False) -> Iterator[None]:
        """A turn. Raises BusyError, with how many are served first, when none comes in time.

        Where it goes on with what was `begun`, it waits as long as that takes.
        """
        self._take(forever=begun)
        began = time.monotonic()
        try:
            yield
        finally:
            self._usual += NEWER * (time.monotonic() - began - self._usual)
            self._give()

    def pass_on(self) -> None:
        """Inside a turn: let those who wait go first, then go on."""
        if self._waiting:
            self._give()
            self._take(forever=True)  # what is half done is not refused

    def _take(self, *, forever: bool = False) -> None:
        called = threading.Event()
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return
            self._waiting.append(called)
        if called.wait(None if forever else self._patience):
            return
        with self._lock:
            if called.is_set():  # the turn came in the last moment
                return
            self._waiting.remove(called)
            others = len(self._waiting) + self._at_once
        seconds = max(1, round(others * self._usual / self._at_once))
        raise BusyError(
            f"This page is busy: {others:,} are served before you. Try again in about "
            f"{seconds:,} s."
        )

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
