"""Who gets in: room in the queue for each kind and each visitor, and so many new ones a minute."""

import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from typing import NoReturn

from fastapi import HTTPException

from core.spacefile import Queue
from page.serving.rate import Rate
from tabs.kit.gradio_inside.line import Joining

MOST_NAMES = 20_000  # of sessions that were let in; the one heard of least lately is forgotten
AGAIN = 5  # seconds after which a place may be free, where nothing is known of how long it takes
LEAST, MOST = 2, 30  # seconds after which to ask again, where it is

ADDRESS: ContextVar[str] = ContextVar("address", default="")  # of who asks


class Admission:
    """Refuses by raising, with one sentence and the seconds after which to ask again."""

    def __init__(self, limits: Queue, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.refused: Counter[str] = Counter()  # by what was full: kind, session, bytes, address
        self._names: OrderedDict[str, None] = OrderedDict()
        self._rate = Rate(limits.new_sessions, limits.new_sessions_at_once, clock)

    def admit(self, joining: Joining) -> None:
        """Room for one more event. Raises HTTPException."""
        limits = self.limits
        if joining.waiting >= limits.max_size:
            self._full(joining)
        if joining.of_session >= limits.session_size:
            self._refuse(
                "session",
                f"{joining.of_session:,} of your computations wait or run here already, and at "
                f"most {limits.session_size:,} of one visitor may.",
            )
        if joining.before and joining.before + joining.size > limits.waiting_bytes:
            self._refuse(
                "bytes",
                f"This page is busy: what is asked here has {joining.before:,} bytes together, "
                f"and at most {limits.waiting_bytes:,} may wait.",
            )
        if joining.session is None:
            self._newcomer()

    def admit_session(self, name: str) -> None:
        """A session that may be new. Raises HTTPException."""
        if name not in self._names:
            self._newcomer()
        self.remember(name)

    def remember(self, name: str) -> None:
        """This session is let in, from now on without a question."""
        self._names[name] = None
        self._names.move_to_end(name)
        while len(self._names) > MOST_NAMES:
            self._names.popitem(last=False)

    def _full(self, joining: Joining) -> NoReturn:
        """Say how long those who wait will take; by a tenth of that some of their places are free.

        Who asked again after all of it would find that others took the places meanwhile.
        """
        text = f"This page is busy: {joining.waiting:,} wait here already"
        again = AGAIN
        if joining.wait:
            again = min(max(math.ceil(joining.wait / 10), LEAST), MOST)
            text += f", which takes about {math.ceil(joining.wait):,} s"
        self._refuse("kind", text, again=again, join="; ask")

    def _newcomer(self) -> None:
        if seconds := self._rate.take(ADDRESS.get()):
            limit = self.limits.new_sessions
            text = f"More than {limit:,} new visitors a minute came from your address just now."
            self._refuse("address", text, 429, math.ceil(seconds))

    def _refuse(
        self, what: str, text: str, status: int = 503, again: int = AGAIN, join: str = " Ask"
    ) -> NoReturn:
        self.refused[what] += 1
        text = f"{text}{join} again in about {again} s."
        raise HTTPException(status, text, headers={"Retry-After": str(again)})
