"""Shared streams: what many want to see written at the same time is written once.

Whoever needs an item that is not there makes it, for everybody who watches. So nobody waits for
one who reads slowly, and who comes later is given at once what there is.
"""

import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from core.progress import Here, Left, always, awaited
from models.serving.flights import LOOK

DONE = object()  # in place of an item: there are no more
Begin = Callable[[], Iterator[Any]]
Turn = Callable[[bool], AbstractContextManager[Any]]  # told whether something is made already


@dataclass(eq=False)
class Shared:
    """One stream under way: what is made of it, and who watches."""

    begin: Begin
    turn: Turn
    source: Iterator[Any] | None = None
    items: list[Any] = field(default_factory=list)
    ended: bool = False
    error: BaseException | None = None
    making: bool = False  # somebody makes the next item
    watchers: list[Here] = field(default_factory=list)  # who watches
    looked: float = 0.0
    news: threading.Condition = field(default_factory=threading.Condition)


class Streams:
    """The streams under way, by what they compute."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Shared] = {}
        self._lock = threading.Lock()

    def watch(
        self, key: Hashable, begin: Begin, turn: Turn, here: Here = always
    ) -> Generator[Any, None, None]:
        """The items of the stream of that key: of the one under way, from its first on, or ours.

        `begin()` gives what makes the items, each of them in a `turn`. Who is not `here` any more
        gets Left; where nobody watches any more the stream is closed. What it raises is
        everybody's.
        """
        place = 0
        with self._lock:
            shared = self._under_way.setdefault(key, Shared(begin, turn))
            shared.watchers.append(here)
        try:
            while (item := self._item(key, shared, place, here)) is not DONE:
                yield item
                place += 1
        finally:
            self._leave(key, shared, here)

    def _item(self, key: Hashable, shared: Shared, place: int, here: Here) -> Any:
        """The item at that place, made here where nobody makes it; DONE where there is none."""
        while here():
            with shared.news:
                if place < len(shared.items):
                    return shared.items[place]
                if shared.error is not None:
                    raise shared.error
                if shared.ended:
                    return DONE
                if shared.making:
                    shared.news.wait(LOOK)
                    continue
                shared.making = True
            self._make(key, shared)
        raise Left

    def _make(self, key: Hashable, shared: Shared) -> None:
        """The next item, in this thread."""
        item, error = DONE, None
        try:
            with awaited(lambda: self._anybody(key, shared)):
                shared.source = shared.source or shared.begin()  # before the turn: models are had
                with shared.turn(bool(shared.items)):
                    item = next(shared.source, DONE)
        except BaseException as raised:
            error = raised
        if item is DONE:
            with self._lock:
                self._forget(key, shared)
        with shared.news:
            if item is DONE:
                shared.ended, shared.error = True, error
            else:
                shared.items.append(item)
            shared.making = False
            shared.news.notify_all()

    def _anybody(self, key: Hashable, shared: Shared) -> bool:
        """Whether anybody still watches; where nobody does, nobody comes to it any more either."""
        if time.monotonic() - shared.looked <= LOOK:
            return True
        shared.looked = time.monotonic()
        with self._lock:
            if any(here() for here in shared.watchers):
                return True
            self._forget(key, shared)
            return False

    def _leave(self, key: Hashable, shared: Shared, here: Here) -> None:
        with self._lock:
            shared.watchers.remove(here)
            if shared.watchers:
                return
            self._forget(key, shared)
        if close := getattr(shared.source, "close", None):
            close()

    def _forget(self, key: Hashable, shared: Shared) -> None:
        """Who asks from now on begins anew; the lock is held."""
        if self._under_way.get(key) is shared:
            del self._under_way[key]
