"""Every touch of what Gradio keeps to itself, so that an update of Gradio is one review.

tests/kit/test_gradio_inside.py fails where the installed Gradio has other insides. What replaces
`fetch` in the browser is in assets/page/stream.js and held by the same test.
"""

import copy
import errno
from abc import ABCMeta
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.routes
from gradio import processing_utils, route_utils
from gradio.component_meta import ComponentMeta
from gradio.components.image_editor import EditorDataBlobs
from gradio.context import Context, LocalContext
from gradio.utils import get_upload_folder

from core.errors import UserError, as_user_error

__all__ = [
    "EditorDataBlobs",
    "Handler",
    "Untyped",
    "bound_uploads",
    "handlers",
    "keep_drawings",
    "leave_sites_to_us",
    "page_being_built",
    "save_for_download",
    "say_every_error",
    "takes_form",
    "undecoded",
    "upload_folder",
    "was_sent",
]

MOST_FILES = 3  # in one upload; the page sends one
MOST_FIELDS = 8  # beside them; a drawing comes with six


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
    """The path of a file that the button may hand out: Gradio serves what is in its cache."""
    return processing_utils.save_bytes_to_cache(content, name, button.GRADIO_CACHE)


def keep_drawings(
    pad: gr.ImageEditor, drawings: MutableMapping[str, EditorDataBlobs]
) -> gr.ImageEditor:
    """Have a drawing pad keep what browsers send in a mapping of ours, which has an end."""
    pad.blob_storage = drawings  # type: ignore[assignment]
    return pad


# What is asked of the page -----------------------------------------------------------------------


@dataclass(frozen=True)
class Handler:
    """What a call can ask for: an endpoint, or what an event of the page runs."""

    name: str  # of an endpoint, without its slash; of the page's own, ""
    takes: tuple[str, ...]  # its values in their order, those of an endpoint by their names
    defaults: Mapping[str, Any]  # of the last of them
    queued: bool


def handlers(page: gr.Blocks) -> dict[int, Handler]:
    """What can be called, by the numbers that the page's config gives; scripts of it cannot."""
    described = page.get_api_info()["named_endpoints"]
    found = {}
    for number, function in page.fns.items():
        if not function.fn:
            continue
        public = function.api_visibility == "public"
        name = str(function.api_name) if public else ""
        takes = tuple(str(place) for place, _ in enumerate(function.inputs, 1))
        defaults = {}
        if public:
            parameters = described[f"/{name}"]["parameters"]
            takes = tuple(str(each["parameter_name"]) for each in parameters)
            defaults = {
                each["parameter_name"]: each["parameter_default"]
                for each in parameters
                if each["parameter_has_default"]
            }
        found[number] = Handler(name, takes, defaults, bool(function.queue))
    return found


def takes_form(page: gr.Blocks, component: int, function: str) -> bool:
    """Whether a component of the page has a function of this name for the browser to call."""
    found = (
        getattr(page.blocks.get(component), function, None) if function.isidentifier() else None
    )
    return bool(getattr(found, "_is_server_fn", False))


def say_every_error(
    page: gr.Blocks, misfit: Callable[[str, gr.components.Component, Any], str]
) -> None:
    """Have every call of the page that fails end with a sentence.

    Gradio tells nobody of an error that is not its own: a script reads `{"error": null}`.
    `misfit(name, component, value)` is the sentence on a value that its component cannot take.
    """
    preprocess, process = page.preprocess_data, page.process_api

    async def fitting(
        function: Any, values: Any, state: Any, explicit_call: bool = False
    ) -> list[Any]:
        try:
            return await preprocess(function, values, state, explicit_call)
        except gr.Error:
            raise
        except Exception:
            # Each value alone: the error does not say which of them it is about.
            for place, component in enumerate(function.inputs[: len(values)]):
                alone = copy.copy(function)
                alone.inputs, alone.component_prop_inputs = [component], []
                try:
                    await preprocess(alone, values[place : place + 1], state, explicit_call)
                except Exception:
                    names = function.input_parameter_names or [""] * len(values)
                    raise UserError(misfit(names[place] or "", component, values[place])) from None
            raise

    async def speaking(*values: Any, **named: Any) -> dict[str, Any]:
        try:
            return await process(*values, **named)
        except gr.Error as error:
            said = error.message
        except Exception as error:
            said = str(as_user_error(error))
        # Half a character would end the stream that the sentence is sent on.
        said = said.encode("utf-8", "replace").decode()
        raise gr.Error(said, print_exception=False)

    page.preprocess_data = fitting  # type: ignore[method-assign, assignment]
    page.process_api = speaking  # type: ignore[method-assign]


# Files and other sites ---------------------------------------------------------------------------


class Parts(route_utils.GradioMultiPartParser):
    """Reads an upload of a few files; one that is broken off leaves nothing behind."""

    def __init__(self, headers: Any, stream: Any, **settings: Any) -> None:
        few = {"max_files": MOST_FILES, "max_fields": MOST_FIELDS}
        super().__init__(headers, stream, **settings | few)

    async def parse(self) -> Any:
        """The form. Gradio's own leaves its files when the visitor leaves or the disk is full."""
        try:
            return await super().parse()
        except BaseException as error:
            for file in self._files_to_close_on_error:
                file.close()
                Path(file.name).unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                said = "The disk of this page is full, so nothing can be sent to it now."
                raise route_utils.MultiPartException(said) from error
            raise


def bound_uploads() -> None:
    """Have uploads and drawings read by `Parts`."""
    for module in (route_utils, gradio.routes):
        module.GradioMultiPartParser = Parts  # type: ignore[attr-defined]


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
