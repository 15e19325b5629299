"""Fair turns: so many computations at once, and who came first is served first."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import BusyError
from core.progress import end_if_left

PATIENCE = 60.0  # seconds that somebody waits for a turn
LOOK = 0.2  # seconds between two looks at whether who waits is still there
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
    def one(self, *, begun: bool = False) -> Iterator["Turn"]:
        """A turn. Raises BusyError, with how many are served first, when none comes in time.

        Where it goes on with what was `begun`, it waits as long as that takes. Raises Left for
        who leaves while they wait.
        """
        self.take(forever=begun)
        began = time.monotonic()
        turn = Turn(self)
        try:
            yield turn
        finally:
            self._usual += NEWER * (time.monotonic() - began - self._usual)
            if turn.held:
                self.give()

    @property
    def wanted(self) -> bool:
        """Whether others wait for a turn."""
        return bool(self._waiting)

    def take(self, *, forever: bool) -> None:
        """Wait for a turn."""
        called = threading.Event()
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return
            self._waiting.append(called)
        deadline = time.monotonic() + self._patience
        try:
            while not called.wait(min(LOOK, self._patience)):
                end_if_left()
                if not forever and time.monotonic() > deadline:
                    raise self._busy()
        except BaseException:
            with self._lock:
                if not called.is_set():
                    self._waiting.remove(called)
                    raise
            self.give()  # the turn came in the last moment
            raise

    def give(self) -> None:
        """The turn is the next one's."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _busy(self) -> BusyError:
        others = len(self._waiting) - 1 + self._at_once
        seconds = max(1, round(others * self._usual / self._at_once))
        return BusyError(
            f"This page is busy: {others:,} are served before you. Try again in about "
            f"{seconds:,} s."
        )


class Turn:
    """A turn that somebody has."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.held = True

    def pass_on(self) -> None:
        """Let those who wait go first, then go on: what is half done is not refused."""
        if self._turns.wanted:
            self.held = False
            self._turns.give()
            self._turns.take(forever=True)
            self.held = True
