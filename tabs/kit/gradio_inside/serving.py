"""How Gradio serves the page: by a server of ours, watched, and ended with a sentence."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import gradio.routes
import jinja2
from gradio import http_server
from gradio.routes import App
from gradio.server_messages import ProcessCompletedMessage


@contextlib.contextmanager
def no_app_yet() -> Iterator[None]:
    """Make no app within: only the one that `launch` makes is ever served.

    Gradio makes one when a page is begun, when it is ended, and when it gets a queue, each a tenth
    of a second of work.
    """
    making = App.__dict__["create_app"]
    App.create_app = staticmethod(lambda *_, **__: None)  # type: ignore[assignment]
    try:
        yield
    finally:
        App.create_app = making  # type: ignore[method-assign]


def serve_by(begin: Callable[[Any], tuple[str, int, str, Any]]) -> None:
    """Have `launch` start the server by `begin`, which is given the app.

    It returns host, port, the address for this machine itself, and what has a `close`.
    """
    http_server.start_server = lambda app, **_: begin(app)


def watch_calls(
    page: gr.Blocks, around: Callable[[str], contextlib.AbstractContextManager[Any]]
) -> None:
    """Have every call of a handler run within `around(kind)`: once, however many steps it takes.

    What is entered has an `outcome`; that of a call that nobody listens to any more is set here.
    """
    queue, direct = page._queue, page.process_api
    queued = queue.process_events

    async def process_events(events: list[Any], *rest: Any) -> None:
        with around(_kind(events[0].fn)) as call:
            await queued(events, *rest)
            if not any(event.alive for event in events):
                call.outcome = "cancelled"

    async def process_api(block_fn: Any, *rest: Any, **named: Any) -> Any:
        if named.get("event_id") is not None:  # of the queue
            return await direct(block_fn, *rest, **named)
        with around(_kind(block_fn)):
            return await direct(block_fn, *rest, **named)

    queue.process_events = process_events  # type: ignore[method-assign, assignment]
    page.process_api = process_api  # type: ignore[method-assign]


def _kind(fn: Any) -> str:
    """The name of an endpoint; of the page's own handlers where they are written."""
    if getattr(fn, "api_visibility", "") == "public":
        return str(fn.api_name)
    module = getattr(fn.fn, "__module__", None) or "page"
    return f"{module.removeprefix('tabs.')}.{getattr(fn.fn, '__name__', 'handler')}"


async def end_streams(page: gr.Blocks, sentence: str) -> None:
    """Tell everybody who waits for an answer that none comes, in one sentence, and stop working.

    To be run in the server's loop; it waits a little until they have heard it. Of a queue that is
    closed Gradio's streams say something else, again and again.
    """
    queue = page._queue
    for lane in queue.event_queue_per_concurrency_id.values():
        lane.queue.clear()
    for job in queue.active_jobs:
        for event in job or ():
            event.alive = False  # it says nothing more, and a generator ends at its next step
    output = {"error": sentence, "title": "Error", "visible": True, "duration": None}
    for session, ids in queue.pending_event_ids_session.items():
        messages = queue.pending_messages_per_session.get(session)
        if messages is None:
            continue
        for number in ids:
            last = ProcessCompletedMessage(output=output, success=False, title="Error")
            last.event_id = number
            messages.put_nowait(last)
    for _ in range(20):
        if not any(queue.pending_event_ids_session.values()):
            return
        await asyncio.sleep(0.1)


class _Passing:
    """A middleware that does nothing."""

    def __init__(self, app: Any, **settings: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def leave_sites_to_us() -> None:
    """Have Gradio let no other site read this page's answers: it would let every one.

    Its middleware stands before those that an app brings, so nothing of ours could take its
    headers away again.
    """
    gradio.routes.CustomCORSMiddleware = _Passing  # type: ignore[misc, assignment]


# Of all that Gradio's page links to, the manifest alone is named from the root of the site; the
# icon is not named at all, so browsers look there for it. Under a path (GRADIO_ROOT_PATH) that is
# another site's.
AWRY = '<link rel="manifest" href="/manifest.json" />'
RIGHT = '<link rel="manifest" href="./manifest.json" /><link rel="icon" href="./favicon.ico" />'


def _as_it_should_be(name: str) -> str:
    return _gradios.get_source(_templates, name)[0].replace(AWRY, RIGHT)


_templates = gradio.routes.templates.env
_gradios: Any = _templates.loader
_templates.loader = jinja2.FunctionLoader(_as_it_should_be)


# What the configuration in the page's HTML says of each component and nothing in a browser reads:
# of 980 KB 80. `/config` keeps it: the Python client reads there what it calls.
UNREAD = ("api_info_as_input", "api_info_as_output", "example_inputs")


def _lean(config: Any) -> Any:
    """The configuration of a page without it; anything else as it is."""
    if not isinstance(config, dict) or "components" not in config:
        return config
    parts = [
        {name: value for name, value in part.items() if name not in UNREAD}
        for part in config["components"]
    ]
    return {**config, "components": parts}


_written = _templates.filters["toorjson"]
_templates.filters["toorjson"] = lambda value: _written(_lean(value))
