"""Every touch of what Gradio keeps to itself, so that an update of Gradio is one review.

tests/kit/test_gradio_inside.py fails where the installed Gradio has other insides. What replaces
`fetch` in the browser is in assets/page/stream.js and held by the same test.
"""

import asyncio
import contextlib
import os
from abc import ABCMeta
from collections.abc import Callable, Iterator, MutableMapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import http_server, processing_utils, route_utils
from gradio.component_meta import ComponentMeta
from gradio.components.image_editor import EditorDataBlobs
from gradio.context import Context, LocalContext
from gradio.routes import App
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import get_upload_folder

from core.ages import Ages

__all__ = [
    "EditorDataBlobs",
    "Untyped",
    "end_streams",
    "keep_drawings",
    "leaving_no_halves",
    "no_app_yet",
    "page_being_built",
    "save_for_download",
    "serve_by",
    "undecoded",
    "upload_folder",
    "waiting",
    "was_sent",
    "watch_calls",
]


class Untyped(ComponentMeta):
    """The metaclass of our own components: Gradio's writes a file of types beside each class."""

    def __new__(cls, name: str, bases: tuple[type, ...], own: dict[str, Any]) -> Any:
        """The class as it is written, past what Gradio's metaclass does to it."""
        return ABCMeta.__new__(cls, name, bases, own)


def undecoded(component: type, preprocess: Callable[[Any, Any], Any]) -> Any:
    """A class of components that hand over what was sent in their own way.

    A method put on one component would be lost: Gradio makes a visitor's component anew when an
    event leaves it as it is.
    """
    own = {"is_template": True, "preprocess": preprocess, "__module__": __name__}
    return Untyped(component.__name__, (component,), own)


def page_being_built() -> gr.Blocks:
    """The Blocks around the code that asks; events of the whole page are bound to it."""
    page = Context.root_block
    assert page is not None, "asked inside the Blocks"
    return page


def was_sent(path: object) -> bool:
    """Whether a file was uploaded to the page whose event runs now.

    Gradio's own check lets every file of its cache through, of other visitors and examples too.
    """
    page = LocalContext.blocks.get(None)
    return page is not None and isinstance(path, str) and path in page.upload_file_set


def upload_folder() -> Path:
    """Where uploads are kept; it follows GRADIO_TEMP_DIR."""
    return Path(get_upload_folder())


def save_for_download(content: bytes, name: str, button: gr.DownloadButton) -> str:
    """The path of a file that the button may hand out: Gradio serves what is in its cache.

    Where it cannot be written, no half of it stays: Gradio would hand that out the next time.
    """
    try:
        return processing_utils.save_bytes_to_cache(content, name, button.GRADIO_CACHE)
    except OSError:
        folder = Path(button.GRADIO_CACHE) / processing_utils.hash_bytes(content)
        with contextlib.suppress(OSError):
            (folder / name).unlink(missing_ok=True)
            folder.rmdir()  # unless the same numbers lie there under another name
        raise


def keep_drawings(
    pad: gr.ImageEditor, drawings: MutableMapping[str, EditorDataBlobs]
) -> gr.ImageEditor:
    """Have a drawing pad keep what browsers send in a mapping of ours, which has an end."""
    pad.blob_storage = drawings  # type: ignore[assignment]
    return pad


_ages = Ages()
_delete_all = route_utils.delete_files_created_by_app


def _delete_the_old(blocks: gr.Blocks, age: int | None) -> None:
    """What Gradio does every ten minutes, by a clock that nobody sets; at the end for all."""
    if age is None:
        return _delete_all(blocks, None)
    stay = {
        file for block in blocks.blocks.values() for file in getattr(block, "keep_in_cache", ())
    }
    for files in blocks.temp_file_sets:
        for file in files - stay:
            with contextlib.suppress(FileNotFoundError):
                if _ages.of(file) > age:
                    os.remove(file)
                    files.discard(file)


route_utils.delete_files_created_by_app = _delete_the_old


# How the page is served --------------------------------------------------------------------------


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


def waiting(page: gr.Blocks) -> dict[str, int]:
    """How many calls wait for their turn, by queue; those with a queue of their own together."""
    found: dict[str, int] = {}
    for name, queue in list(page._queue.event_queue_per_concurrency_id.items()):
        shown = "other" if name.isdecimal() else name  # Gradio names it by a place in memory
        found[shown] = found.get(shown, 0) + len(queue.queue)
    return found


async def end_streams(page: gr.Blocks, said: str) -> None:
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
    output = {"error": said, "title": "Error", "visible": True, "duration": None}
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


_halves: ContextVar[list[Any] | None] = ContextVar("halves", default=None)
_made = route_utils.NamedTemporaryFile


def _noted(*args: Any, **named: Any) -> Any:
    file = _made(*args, **named)
    begun = _halves.get()
    if begun is not None:
        begun.append(file)
    return file


route_utils.NamedTemporaryFile = _noted


@contextlib.contextmanager
def leaving_no_halves() -> Iterator[None]:
    """Delete what an upload within has begun to write and not brought to its place.

    Gradio leaves it where a disk is full, and where a browser breaks off.
    """
    begun: list[Any] = []
    before = _halves.set(begun)
    try:
        yield
    finally:
        _halves.reset(before)
        for file in begun:
            with contextlib.suppress(OSError):  # what is still to be written finds no room either
                file.close()  # one that is open takes its room, though it has no name any more
            Path(file.name).unlink(missing_ok=True)
