"""The keeper beside the queue: what nobody listens to is not computed for long, and not kept.

Gradio computes whatever is asked, and keeps every answer until somebody reads it.
"""

import asyncio
import contextlib
import logging
import re
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass

from anyio.to_thread import run_sync
from gradio.routes import App
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.memory import give_back
from core.spacefile import Queue
from page.serving.admission import ADDRESS, Admission
from tabs.kit.gradio_inside.line import END, Line
from tabs.kit.gradio_inside.sessions import Sessions

OFTEN = 1.0  # seconds between two looks around
SELDOM = 20.0  # seconds after which free memory is given back to the system
SLOTS = 8  # events that run, or whose answer is kept, though nobody listens; others wait for it
MOST_KEPT = 300  # answers that nobody has read, most of them a sentence; the oldest leave first
RESULTS = re.compile(r"/gradio_api/queue/data/?$")
ANSWER = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/([^/]+)/?$")
HEARTBEAT = re.compile(r"/gradio_api/heartbeat/([^/]+)/?$")
Leave = Callable[[Collection[str]], None]

log = logging.getLogger(__name__)


@dataclass
class Unheard:
    """An event to whose answers nobody listens, since when, and when it was done."""

    session: str
    since: float
    done: float | None = None
    ended: bool = False  # by the keeper: only a sentence is left of it


class Keeper:
    """Knows who listens, holds back what nobody listens to, and clears away.

    `leave` is told the names of sessions whose page has gone; it may take its time.
    """

    def __init__(
        self, app: App, limits: Queue, leave: Leave, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.admission = Admission(limits, clock)
        self.dropped = 0  # events that nobody listened to in time
        self._limits = limits
        self._leave = leave
        self._clock = clock
        self._listening: Counter[str] = Counter()  # open streams of answers, by session
        self._here: Counter[str] = Counter()  # open pages, by session
        self._left: set[str] = set()  # sessions whose page has gone since the last look around
        self._unheard: OrderedDict[str, Unheard] = OrderedDict()  # by event, the oldest first
        self._held: set[str] = set()  # those of them that are not to run yet
        self._nameless: set[str] = set()  # sessions of scripts that named none
        self._line = Line(app, self.admission.admit, self._joined, self._held)
        self._sessions = Sessions(app, self.admission.admit_session)

    def close(self) -> None:
        """The server ends: whoever is still there leaves now."""
        self._leave(self._left | set(self._here))

    # What is told of it -------------------------------------------------------------------------

    def in_memory(self) -> dict[str, int]:
        """How much there is of what the server holds for visitors."""
        return {
            "sessions": len(self._sessions.session_data),
            "pages": len(self._here),
            "listening": len(self._listening),
            "unheard": len(self._unheard),
            "bytes_asked": self._line.size(),
        }

    # Who listens --------------------------------------------------------------------------------

    def open_while(self, scope: Scope) -> AbstractContextManager[None]:
        """What is so as long as a request is not answered to its end."""
        path = scope["path"] if scope["method"] == "GET" else ""
        if RESULTS.search(path):
            return self._heard(Request(scope).query_params.get("session_hash", ""))
        if found := ANSWER.search(path):
            return self._heard(self._line.session_of(found[1]) or found[1])
        if found := HEARTBEAT.search(path):
            return self._page(found[1])
        return contextlib.nullcontext()

    def has_nothing_for(self, scope: Scope) -> bool:
        """Whether a session asks for its results, and none are on their way.

        Gradio's client does, when a run was answered on the stream before this one while the
        answer to its request was still on its way. Gradio breaks such a stream off.
        """
        if scope["method"] != "GET" or not RESULTS.search(scope["path"]):
            return False
        return not self._line.knows(Request(scope).query_params.get("session_hash", ""))

    def has_no_answer(self, scope: Scope) -> bool:
        """Whether somebody asks for the answer to what nothing is known of any more."""
        found = ANSWER.search(scope["path"]) if scope["method"] == "GET" else None
        return found is not None and self._line.session_of(found[1]) is None

    def _joined(self, session: str, event: str) -> None:
        """An event is in the queue. Where nobody listens yet, it may run if a slot is free.

        A page asks first and listens then; and who types both commands by hand takes a while.
        """
        if session == event:
            self._nameless.add(session)
            self.admission.remember(session)
        if self._listening[session]:
            return
        if sum(not one.ended for one in self._unheard.values()) - len(self._held) >= SLOTS:
            self._held.add(event)
        self._unheard[event] = Unheard(session, self._clock())

    @contextlib.contextmanager
    def _heard(self, session: str) -> Iterator[None]:
        self._listening[session] += 1
        for event in self._line.unread(session):
            self._unheard.pop(event, None)
            self._held.discard(event)
        try:
            yield
        finally:
            self._listening[session] -= 1
            if not self._listening[session]:
                del self._listening[session]
                # A page asks on while its stream ends, and opens another.
                for event in self._line.readable(session):
                    self._unheard[event] = Unheard(session, self._clock())
                self._forget(session)

    @contextlib.contextmanager
    def _page(self, session: str) -> Iterator[None]:
        self._here[session] += 1
        self._left.discard(session)  # who is back at once has not left
        try:
            yield
        finally:
            self._here[session] -= 1
            if not self._here[session]:
                del self._here[session]
                self._left.add(session)

    # What is cleared away -----------------------------------------------------------------------

    async def keep(self) -> None:
        """Look around for ever."""
        given = self._clock()
        while True:
            await asyncio.sleep(OFTEN)
            try:
                if self._clock() - given > SELDOM:
                    given = self._clock()
                    await run_sync(give_back)
                self.look_around()
                if self._left:
                    left, self._left = self._left, set()
                    await run_sync(self._leave, left)
            except Exception as error:  # the next look around may go better
                log.error("the keeper could not clear away", exc_info=error)

    def look_around(self) -> None:
        """End what was not listened to in time, and delete what was not read in time."""
        now = self._clock()
        wait, keep = self._limits.unheard_seconds, self._limits.kept_seconds
        for event, one in list(self._unheard.items()):
            if one.done is None and self._line.stage(event) == "done":
                one.done = now
            if one.done is None and now - one.since > wait:
                self._end(event, one, now)
            elif one.done is not None and now - one.done > keep:
                self._drop(event, one)
        done = [(event, one) for event, one in self._unheard.items() if one.done is not None]
        for event, one in done[: max(0, len(done) - MOST_KEPT)]:
            self._drop(event, one)

    def _end(self, event: str, one: Unheard, now: float) -> None:
        wait, keep = self._limits.unheard_seconds, self._limits.kept_seconds
        self._line.end(
            event,
            f"Nobody listened for {wait} s, so this was not computed: ask again, and read the "
            f"answer at once (it is kept for {keep} s where it was computed all the same).",
        )
        self._held.discard(event)
        one.done, one.ended = now, True
        self.dropped += 1

    def _drop(self, event: str, one: Unheard) -> None:
        del self._unheard[event]
        self._line.forget(one.session, event)
        self._forget(one.session)

    def _forget(self, session: str) -> None:
        """A session without events keeps no messages; and nobody comes back to a nameless one."""
        if self._line.unread(session):
            return
        self._line.forget(session)
        if session in self._nameless:
            self._nameless.discard(session)
            self._sessions.forget(session)


class Kept:
    """Tells the keeper of the app, where it has one, who asks and who listens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keeper = getattr(scope["app"].state, "keeper", None) if scope["type"] == "http" else None
        if keeper is None:
            return await self.app(scope, receive, send)
        if keeper.has_no_answer(scope):
            return await JSONResponse(_NO_ANSWER, 404)(scope, receive, send)
        if keeper.has_nothing_for(scope):
            return await Response(END, media_type="text/event-stream")(scope, receive, send)
        ADDRESS.set(scope["client"][0] if scope.get("client") else "")
        with keeper.open_while(scope):
            await self.app(scope, receive, send)


_NO_ANSWER = {
    "detail": "There is no answer of this name here: it was read already, or not in time. Ask "
    "again, and read the answer at once."
}


def kept_by(
    limits: Queue, leave: Leave, clock: Callable[[], float] = time.monotonic
) -> Callable[[App], AbstractAsyncContextManager[None]]:
    """The lifespan of an app that has a keeper."""

    @contextlib.asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        keeper = app.state.keeper = Keeper(app, limits, leave, clock)
        looking = asyncio.create_task(keeper.keep())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking
            keeper.close()

    return lifespan
