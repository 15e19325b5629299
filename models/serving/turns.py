"""Fair turns: so many computations at once, and who asks for little waits little.

Each has a due time: when it came, plus `STRETCH` times what its kind usually takes. The one that
is due first is served first (Liu and Layland 1973). So what takes 10 ms does not wait behind a
hall that asks for what takes 300, and nothing waits for ever, for whatever comes later is due
later in the end. What somebody asks while other things of theirs wait is due later by as much for
each: who asks fifty times at once does not hold up whoever asks once.
"""

import itertools
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import BusyError
from core.progress import end_if_left
from models.turns import one_core

PATIENCE = 120.0  # seconds that somebody waits for a turn
LOOK = 0.5  # seconds between two looks at whether who waits is still there
USUAL = 0.05  # seconds that a turn takes, before any of its kind was measured
NEWER = 0.1  # the share of the newest turn in what a turn is thought to take
STRETCH = 20  # times as long as it takes something may wait, before others that take longer


@dataclass(eq=False)
class _Waiting:
    """One who waits for a turn."""

    due: float
    number: int  # of equal ones the one that came first
    kind: Hashable
    asker: Hashable
    called: threading.Event = field(default_factory=threading.Event)

    def order(self) -> tuple[float, int]:
        """The lowest is served first."""
        return self.due, self.number


class Turns:
    """A queue in front of the cores."""

    def __init__(self, at_once: int, *, patience: float = PATIENCE) -> None:
        self._at_once = at_once
        self._free = at_once
        self._patience = patience
        self._waiting: list[_Waiting] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._usual: dict[Hashable, float] = {}

    @contextmanager
    def one(
        self, kind: Hashable = None, *, asker: Hashable = None, begun: bool = False
    ) -> Iterator["Turn"]:
        """A turn for what takes as long as others of its `kind`; None asks like everybody else.

        Raises BusyError, with how many are served first, when none comes in time. Where it goes
        on with what was `begun`, it waits as long as that takes. Raises Left for who leaves while
        they wait. Beside others it has one core: two that share out their work on all cores wait
        for each other's threads, and take half as much time again.
        """
        place = self.place(kind, asker)
        self.take(place, forever=begun)
        turn = Turn(self, place)
        try:
            with self._cores():
                yield turn
        finally:
            if turn.held:
                turn.end()

    def wanted_before(self, place: _Waiting) -> bool:
        """Whether others wait who are due before that."""
        with self._lock:
            return any(one.order() < place.order() for one in self._waiting)

    def usual(self, kind: Hashable) -> float:
        """The seconds that a turn of this kind takes."""
        return self._usual.get(kind, USUAL)

    def took(self, kind: Hashable, seconds: float) -> None:
        """A turn of this kind was as long as that."""
        usual = self.usual(kind)
        self._usual[kind] = usual + NEWER * (seconds - usual)

    def place(self, kind: Hashable, asker: Hashable) -> _Waiting:
        """The place of one who comes now."""
        with self._lock:
            others = sum(one.asker == asker for one in self._waiting) if asker else 0
            # At half of the patience at the latest, or what is long would be refused each time.
            slack = min((1 + others) * STRETCH * self.usual(kind), self._patience / 2)
            return _Waiting(time.monotonic() + slack, next(self._numbers), kind, asker)

    def take(self, own: _Waiting, *, forever: bool) -> None:
        """Wait for a turn."""
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return
            self._waiting.append(own)
        deadline = time.monotonic() + self._patience
        try:
            while not own.called.wait(min(LOOK, self._patience)):
                end_if_left()
                if not forever and time.monotonic() > deadline:
                    raise self._busy(own)
        except BaseException:
            with self._lock:
                if not own.called.is_set():
                    self._waiting.remove(own)
                    raise
            self.give()  # the turn came in the last moment
            raise

    def give(self) -> None:
        """The turn is the next one's."""
        with self._lock:
            if self._waiting:
                first = min(self._waiting, key=_Waiting.order)
                self._waiting.remove(first)
                first.called.set()
            else:
                self._free += 1

    def _cores(self) -> AbstractContextManager[Any]:
        alone = self._free == self._at_once - 1 and not self._waiting
        return nullcontext() if alone else one_core()

    def _busy(self, own: _Waiting) -> BusyError:
        with self._lock:
            before = [one.kind for one in self._waiting if one.due < own.due]
        others = len(before) + self._at_once
        wait = sum(map(self.usual, before)) + self._at_once * self.usual(own.kind)
        seconds = max(1, round(wait / self._at_once))
        return BusyError(
            f"This page is busy: {others:,} are served before you. Try again in about "
            f"{seconds:,} s."
        )


class Turn:
    """A turn that somebody has."""

    def __init__(self, turns: Turns, place: _Waiting) -> None:
        self._turns, self._place = turns, place
        self._since = time.monotonic()
        self.held = True

    def end(self) -> None:
        """The turn is over."""
        self.held = False
        self._turns.took(self._place.kind, time.monotonic() - self._since)
        self._turns.give()

    def pass_on(self) -> None:
        """Let those go first who are due first, then go on: what is half done is not refused.

        Its own due time stays what it was: of what is equally long, what began first ends first.
        """
        if self._turns.wanted_before(self._place):
            self.end()
            self._place = replace(self._place, called=threading.Event())
            self._turns.take(self._place, forever=True)
            self._since, self.held = time.monotonic(), True
