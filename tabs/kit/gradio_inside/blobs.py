"""What a drawing pad's browser sends past the queue, and nothing else that comes that way.

Gradio's route calls whatever function of whatever component a stranger names; that of its
ImageEditor makes a list as long as the stranger says (docs/upstream.md).
"""

import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

import gradio as gr
from fastapi import HTTPException, Request
from gradio.components.base import server
from gradio.components.image_editor import EditorData
from gradio.data_classes import DataWithFiles
from gradio.routes import API_PREFIX, App
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tabs.kit.gradio_inside import undecoded

LARGEST = 1_000_000  # bytes of one drawing
FORM = 5_000  # bytes around it
KEPT = 25_000_000  # bytes of all drawings that wait to be asked for
LEAST = 1_000  # bytes that one counts at the least
LONGEST_NAME = 64
LOST = b""  # of a drawing that came and had to leave before it was asked for

ONLY = "Only the drawing pad of this page sends something here"


class Drawings:
    """Drawings on their way from browsers to the handler that asks for them, the newest of them.

    Gradio keeps each until it is asked for, and anybody may send what is never asked for.
    """

    def __init__(self) -> None:
        self._by_name: OrderedDict[str, bytes] = OrderedDict()
        self.size = 0  # bytes of all

    def keep(self, name: str, drawing: bytes) -> None:
        """Take one in; what came first leaves for it."""
        self.take(name)
        self._by_name[name] = drawing
        self.size += _weight(drawing)
        while self.size > KEPT:
            self.take(next(iter(self._by_name)))

    def take(self, name: str) -> bytes:
        """Hand one out, which is not kept any longer; LOST where it is not there."""
        drawing = self._by_name.pop(name, None)
        if drawing is None:
            return LOST
        self.size -= _weight(drawing)
        return drawing


def _weight(drawing: bytes) -> int:
    return max(LEAST, len(drawing))


def drawing_pad(read: Callable[[str], bytes], **settings: Any) -> gr.ImageEditor:
    """A pad that gives the bytes of what is drawn, undecoded: None for an empty sheet.

    `read` gives those of a file that was uploaded, as the browser sends a drawing that it has
    sent already. LOST stands for one that is to be sent again.
    """
    drawings = Drawings()

    def accept_blobs(pad: gr.ImageEditor, data: Any) -> None:
        drawings.keep(*_drawing_in(data))

    def preprocess(pad: gr.ImageEditor, payload: EditorData | None) -> bytes | None:
        if payload is None:
            return None
        if payload.id is not None:
            return drawings.take(payload.id)
        return read(payload.composite.path) if payload.composite else None

    own = undecoded(
        gr.ImageEditor, preprocess, accept_blobs=server(accept_blobs), takes_blobs=True
    )
    return cast(gr.ImageEditor, own(**settings))


def _drawing_in(data: Any) -> tuple[str, bytes]:
    """Name and bytes of a drawing. Raises HTTPException for what no pad of this page sends."""
    content: Any = getattr(data, "data", None)
    files: list[tuple[str, bytes]] = getattr(data, "files", [])
    if not isinstance(content, dict) or len(files) != 1:
        raise HTTPException(400, f"{ONLY}: one file, in a form.")
    kind, index, name = (content.get(key) for key in ("type", "index", "id"))
    if (kind, index) != ("composite", "null"):
        seen = f"{str(kind)[:20]!r} with the index {str(index)[:20]!r}"
        raise HTTPException(
            400, f"{ONLY}: what is drawn as a whole, without an index; got {seen}."
        )
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise HTTPException(400, f"A drawing has a name of 1 to {LONGEST_NAME} characters.")
    drawing = files[0][1]
    if not 0 < len(drawing) <= LARGEST:
        raise HTTPException(400, f"A drawing has 1 to {LARGEST:,} bytes; got {len(drawing):,}.")
    return name, drawing


async def _take(request: Request) -> Response:
    """Hand a drawing to its pad; no visitor's session is made for it."""
    fields, files = await _form(request)
    app = cast(App, request.app)
    number = fields.get("component_id", "")
    known = re.fullmatch(r"\d{1,9}", number, re.ASCII)
    pad = app.get_blocks().blocks.get(int(number)) if known else None
    if not getattr(pad, "takes_blobs", False) or fields.get("fn_name") != "accept_blobs":
        raise HTTPException(404, f"{ONLY}, by accept_blobs.")
    pad.accept_blobs(DataWithFiles(data=fields, files=files))  # type: ignore[union-attr]
    return JSONResponse(None)


async def _form(request: Request) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    """The fields and the files of a form, whose bytes are counted as they come."""
    most = LARGEST + FORM

    async def counted() -> AsyncGenerator[bytes, None]:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise HTTPException(
                    400, f"A drawing is sent in at most {most:,} bytes; this has more."
                )
            yield part

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(415, f"{ONLY}, as multipart/form-data.")
    try:
        parser = MultiPartParser(request.headers, counted(), max_files=1, max_fields=10)
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise HTTPException(400, f"{ONLY}; this form cannot be read.") from error
    try:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        files = [
            (value.filename or "", await value.read())
            for value in form.values()
            if isinstance(value, UploadFile)
        ]
    finally:
        await form.close()
    return fields, files


# Before Gradio's own of this name, which so is never asked.
ROUTES = tuple(
    Route(f"{API_PREFIX}/component_server{end}", _take, methods=["POST"]) for end in ("", "/")
)
