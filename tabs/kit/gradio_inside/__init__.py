"""Every touch of what Gradio keeps to itself, so that an update of Gradio is one review.

Here: components; `asking`: calls; `files`: what lies on the disk; `blobs`: what a pad's browser
sends; `sessions`; `line`: the queue; `letters`: what no text may hold; `serving`: how the page is
served; `browser`: what a browser fetches for it; `sheets`: style under Gradio's names.
tests/kit/test_gradio_inside.py fails where the installed Gradio has other insides. What replaces
`fetch` in the browser is in assets/page/stream.js and held by the same test.
"""

from abc import ABCMeta
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.context import Context, LocalContext

__all__ = [
    "Untyped",
    "page_being_built",
    "undecoded",
    "was_sent",
]


class Untyped(ComponentMeta):
    """The metaclass of our own components: Gradio's writes a file of types beside each class."""

    def __new__(cls, name: str, bases: tuple[type, ...], own: dict[str, Any]) -> Any:
        """The class as it is written, past what Gradio's metaclass does to it."""
        return ABCMeta.__new__(cls, name, bases, own)


def undecoded(component: type, preprocess: Callable[[Any, Any], Any], **more: Any) -> Any:
    """A class of components that hand over what was sent in their own way.

    A method put on one component would be lost: Gradio makes a visitor's component anew when an
    event leaves it as it is. What Gradio's class lets a browser call by itself, this one does
    not, unless it is one of `more`.
    """
    own = {"is_template": True, "preprocess": preprocess, "__module__": __name__}
    called = {name: None for name in dir(component) if called_by_browsers(component, name)}
    return Untyped(component.__name__, (component,), called | own | more)


def called_by_browsers(component: type, name: str) -> bool:
    """Whether a browser may call a method of a component past the queue."""
    return getattr(getattr(component, name, None), "_is_server_fn", False)


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
