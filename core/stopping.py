"""How the process is asked to stop, and how it ends."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

WITHIN = 8.0  # seconds; Docker and Kubernetes wait for 10 or longer, then they kill


class Stop:
    """SIGINT and SIGTERM ask for the same; the second one does not wait.

    As the first process of a container Python has no default for SIGTERM: unheard, it is ignored.
    An exception raised by a handler is lost where it lands inside a callback; a flag cannot be.
    """

    SENTENCE = "The server stops; what it was working on is not finished. Try again in a minute."

    def __init__(self) -> None:
        self.asked = False
        self._visited = False
        self._tidy: list[Callable[[], None]] = []

    def listen(self) -> None:
        """Hear both signals from now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)

    def at_the_end(self, tidy: Callable[[], None]) -> None:
        """Do this last, however the process is asked to stop."""
        self._tidy.append(tidy)

    def not_at_once(self) -> None:
        """From now on there may be visitors: who asks to stop waits until they are told."""
        self._visited = True

    def wait(self) -> None:
        """Return when the process is asked to stop; from then on it ends within `WITHIN`."""
        while not self.asked:
            time.sleep(0.1)
        late = threading.Timer(WITHIN, self.end)
        late.daemon = True
        late.start()

    def end(self, code: int = 0) -> None:
        """End the process now: a thread that computes cannot be interrupted, only left behind.

        Whatever fails on the way: a signal may come while a line is being written, and what is
        written then is refused.
        """
        flush = [stream.flush for stream in (sys.__stdout__, sys.__stderr__) if stream is not None]
        for last in (*self._tidy, *flush):
            with suppress(Exception):
                last()
        os._exit(code)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            self.end(128 + number)
        self.asked = True
        if not self._visited:
            self.end()
