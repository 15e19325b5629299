"""How far a download is, and how long it has been silent."""

import math
import threading
import time
from dataclasses import dataclass

from core.errors import HubError

STALLED = 3.0  # seconds of silence after which no time is foretold


@dataclass(frozen=True)
class Progress:
    """Where a download stands. Bytes; seconds left, or None while no rate is known."""

    done: int = 0
    total: int = 0
    seconds_left: int | None = None

    def in_words(self) -> str:
        """For whoever waits: "120 of 440 MB, about 40 s left"."""
        if not self.total:
            return "asking the Hub for its files"
        text = f"{megabytes(self.done)} of {megabytes(self.total)}"
        return (
            text if self.seconds_left is None else f"{text}, about {wait(self.seconds_left)} left"
        )


class Meter:
    """Counts the bytes of one download; the thread that fetches tells it of every sign of life."""

    def __init__(self) -> None:
        self._done = self._total = self._here = 0
        self._began = self._beaten = time.monotonic()
        self._abandoned = threading.Event()

    def start(self, total: int, here: int) -> None:
        """The bytes in all, and how many of them an earlier download left here."""
        self._total, self._done, self._here = total, here, here
        self._began = time.monotonic()
        self.beat()

    def add(self, count: int) -> None:
        """So many bytes more; negative where they have to come again."""
        self._done += count
        if count < 0:
            self._here += count
        self.beat()

    def beat(self) -> None:
        """A sign of life. Raises HubError when nobody waits for this download any more."""
        if self._abandoned.is_set():
            raise HubError("the download was given up")
        self._beaten = time.monotonic()

    def abandon(self) -> None:
        """Nobody waits any more: the next sign of life ends the download."""
        self._abandoned.set()

    @property
    def silent(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self._beaten

    @property
    def progress(self) -> Progress:
        """Where it stands now."""
        received, seconds = self._done - self._here, time.monotonic() - self._began
        left = None
        if received > 0 and seconds > 0.5 and self.silent < STALLED:
            left = math.ceil((self._total - self._done) * seconds / received)
        return Progress(min(self._done, self._total), self._total, left)


def megabytes(count: float) -> str:
    """Bytes as people read them: "151 kB", "4.2 MB", "440 MB", "1.34 GB"."""
    if count >= 1e9:
        return f"{count / 1e9:.2f} GB"
    if count >= 1e8:
        return f"{count / 1e6:.0f} MB"
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def wait(seconds: int) -> str:
    """Seconds as people read them: "40 s", "7 min"."""
    return f"{seconds} s" if seconds < 100 else f"{round(seconds / 60)} min"
