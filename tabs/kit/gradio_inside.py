"""Every touch of what Gradio keeps to itself, so that an update of Gradio is one review.

tests/kit/test_gradio_inside.py fails where the installed Gradio has other insides. What replaces
`fetch` in the browser is in assets/page/stream.js and held by the same test.
"""

from abc import ABCMeta
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import processing_utils
from gradio.component_meta import ComponentMeta
from gradio.components.image_editor import EditorDataBlobs
from gradio.context import Context, LocalContext
from gradio.utils import get_upload_folder

from core.progress import Here, here

__all__ = [
    "EditorDataBlobs",
    "Untyped",
    "keep_drawings",
    "listening",
    "page_being_built",
    "save_for_download",
    "undecoded",
    "upload_folder",
    "was_sent",
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


def listening() -> Here:
    """How to know whether whoever asked for the event that runs here still waits for it.

    Gradio lets an event go when its reader has left (`Queue.clean_events`), and takes it from its
    active jobs when it is cancelled; the thread of a handler hears of neither. What the context
    says already (`core.progress.awaited`) holds too.
    """
    outer, name = here(), LocalContext.event_id.get(None)
    page = LocalContext.blocks.get(None)
    if page is None or name is None:  # outside of an event, or one that Gradio does not queue
        return outer
    jobs = page._queue.active_jobs

    def waits() -> bool:
        running = (event for job in list(jobs) for event in job or () if event._id == name)
        return outer() and any(event.alive for event in running)

    return waits


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
    """The path of a file that the button may hand out: Gradio serves what is in its cache."""
    return processing_utils.save_bytes_to_cache(content, name, button.GRADIO_CACHE)


def keep_drawings(
    pad: gr.ImageEditor, drawings: MutableMapping[str, EditorDataBlobs]
) -> gr.ImageEditor:
    """Have a drawing pad keep what browsers send in a mapping of ours, which has an end."""
    pad.blob_storage = drawings  # type: ignore[assignment]
    return pad
