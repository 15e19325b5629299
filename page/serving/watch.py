"""The outermost of what stands before Gradio: it counts, takes note of refusals, and says when the
server stops or its disk is full."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import Any

import gradio as gr
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.calls import NOW, Call
from core.errors import DISK_IS_FULL, is_full
from core.settings import Settings
from core.stopping import Stop
from models.serving import Desk
from page.serving.metrics import Metrics
from page.serving.routes import inside
from tabs.kit.gradio_inside.files import leaving_no_halves

HEARTBEAT = "/gradio_api/heartbeat/"  # open as long as a page is
HEALTH = ("/healthz", "/readyz", "/metrics")

# The call that a request has had answered at once, past the queue.
DIRECT: ContextVar[Call | None] = ContextVar("direct", default=None)

log = logging.getLogger(__name__)


@dataclass
class Served:
    """What the routes and the watch know of the page; as `app.state.served`."""

    desk: Desk
    page: gr.Blocks
    stop: Stop
    settings: Settings
    metrics: Metrics | None = None  # None where nobody reads them
    visitors: int = 0  # open pages

    @contextmanager
    def call(self, kind: str) -> Iterator[Call]:
        """The time around the work for one call: what is said and counted meanwhile is its."""
        call, begun = Call(kind), monotonic()
        before = NOW.set(call)
        try:
            yield call
        except gr.Error:  # of a call past the queue: what came of it was said where it arose
            raise
        except BaseException:
            # Gradio answers what a handler raises; what comes up to here was broken off.
            call.outcome = "cancelled"
            raise
        finally:
            NOW.reset(before)
            DIRECT.set(call)
            if self.metrics:
                self.metrics.ended(call, monotonic() - begun)


class Watch:
    """Before all else that looks at a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # None where the page was launched in another way than by `page.serving.start`.
        served: Served | None = getattr(scope["app"].state, "served", None)
        if served is None or scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = inside(scope)
        if served.stop.asked and path not in HEALTH:
            said = PlainTextResponse(Stop.SENTENCE, 503, {"Retry-After": "60"})
            return await said(scope, receive, send)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                if message["status"] == 500 and was_refused():
                    message = {**message, "status": 422}
                if message["status"] >= 400 and path not in HEALTH:
                    refused(served, scope, message["status"])
            await send(message)

        visiting = path.startswith(HEARTBEAT)
        served.visitors += visiting
        try:
            with leaving_no_halves():
                await self.app(scope, receive, sending)
        except ClientDisconnect:
            return  # in the middle of what they sent; nobody reads an answer
        except OSError as error:
            if begun or not is_full(error):
                raise
            refused(served, scope, 507)
            await PlainTextResponse(DISK_IS_FULL, 507)(scope, receive, send)
        finally:
            served.visitors -= visiting


def was_refused() -> bool:
    """Whether a sentence is the answer to the call of this request: to Gradio that is a fault."""
    call = DIRECT.get()
    return call is not None and call.outcome == "refused"


def refused(served: Served, scope: Scope, status: int) -> None:
    """One line for a request that was not answered as asked, and one more to the count."""
    place = place_of(scope)
    log.info("refused %d %s %s", status, scope["method"][:10], place)
    if served.metrics:
        served.metrics.refused(status)


def place_of(scope: Scope) -> str:
    """The route that a path leads to, as it is written in the source: nothing of the path itself.

    Of a call also the name, where the page has it.
    """
    app: Any = scope["app"]
    for route in _routes(app.routes):
        match, found = route.matches(scope)
        if match is not Match.NONE:
            name = found.get("path_params", {}).get("api_name")
            known = {fn.api_name for fn in app.get_blocks().fns.values()}
            called = f" {name}" if name in known else ""
            return f"{getattr(route, 'path', 'a route')}{called}"
    return "no such page"


def _routes(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """FastAPI keeps those of a router that was included within one of their own."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from _routes(inner.routes)
