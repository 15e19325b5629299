"""A visitor's picture on its way in, and out again.

Three ways in (a file, a drawing, a script) and one rule: Gradio moves bytes, `services.pictures`
alone decodes them.
"""

import hashlib
import os
import secrets
import shutil
from collections import OrderedDict
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.image_editor import EditorDataBlobs
from gradio.context import LocalContext
from gradio.utils import get_upload_folder
from PIL import Image

from services.errors import UserError
from services.pictures import Picture, picture_in, read_picture
from services.scenes import COLOURS
from services.spacefile import Limits

PAD = 480  # pixels of the drawing pad's side
MOST_DRAWINGS = 64  # on their way from browsers at once


# A file ------------------------------------------------------------------------------------------


def picture_box(**settings: Any) -> gr.Image:
    """Where a picture is dropped, pasted or taken; it shows what is kept of it.

    It gives the path of what was sent, as it was sent. Gradio itself would open the file first: a
    broken one ends as an error without a sentence, a palette or CMYK is decoded whatever its size,
    and the copy it writes is never deleted.
    """
    box = gr.Image(
        sources=["upload", "clipboard", "webcam"],
        webcam_options=gr.WebcamOptions(mirror=False),  # mirrored, “left” would be wrong
        buttons=["fullscreen"],
        height=320,
        **settings,
    )
    # Not a class of its own: Gradio writes a file of types beside each module that has one.
    box.preprocess = _path_of  # type: ignore[method-assign]
    return box


def _path_of(payload: Any) -> str | None:
    return None if payload is None else payload.path or ""  # "": a data URL, refused by sent_file


def receive(path: str | None, limits: Limits, session: str | None) -> tuple[str | None, Picture]:
    """A visitor's own copy of a picture, bare of metadata, and what was done to it.

    What was sent is overwritten with the same bare picture, or deleted when it is refused: EXIF is
    on the disk for as long as this takes. Several visitors may send the same file at the same
    moment, and Gradio names it by its content: deleting it would take it from the others.
    Raises UserError.
    """
    sent = sent_file(path)
    try:
        picture = read_picture(sent, limits)
    except UserError:
        sent.unlink(missing_ok=True)
        raise
    folder = folder_of(session)
    shutil.rmtree(folder, ignore_errors=True)  # the visitor's picture before this one
    folder.mkdir(parents=True)
    own = folder / f"{secrets.token_hex(16)}.png"
    picture.image.save(own, "PNG", compress_level=1)
    bare = own.with_suffix(".bare")
    shutil.copyfile(own, bare)
    os.replace(bare, sent)  # in one step: whoever reads it has the one or the other, whole
    return str(own), picture


def kept(path: str | None, limits: Limits) -> Image.Image:
    """A picture that `receive` kept; looking at it lets it live on. Raises UserError."""
    if path is None or not Path(path).is_file():
        raise UserError(
            "There is no picture yet: choose a file, paste one or take one. A link does not carry "
            "the picture that somebody else has sent."
        )
    image = read_picture(path, limits).image
    os.utime(path)  # delete_cache counts from the last change
    return image


def sent_file(path: object) -> Path:
    """A file that a visitor sent to this page, and no other of this machine.

    Raises UserError, with the first 60 characters of what came.
    """
    page = LocalContext.blocks.get(None)
    if page is not None and isinstance(path, str) and path in page.upload_file_set:
        return Path(path)
    seen = "nothing" if path in (None, "") else repr(str(path)[:60])
    raise UserError(
        "The image must be a file that was sent to this page "
        f"(in Python: gradio_client.handle_file of a file on your own machine); {seen} came."
    )


def folder_of(session: str | None) -> Path:
    """Where one visitor's pictures lie. The name that a browser gives itself is hashed."""
    name = hashlib.sha256(f"pictures {session}".encode()).hexdigest()[:32]
    return Path(get_upload_folder()) / f"pictures-{name}"


def forget(request: gr.Request) -> None:
    """Delete a visitor's pictures when they leave: `page.unload(forget)` in tabs/page.py."""
    shutil.rmtree(folder_of(request.session_hash), ignore_errors=True)


# A script ----------------------------------------------------------------------------------------


def picture_of_script(image: object, limits: Limits) -> Picture:
    """What `/caption` was given as `image`. Raises UserError.

    Only `{"path": …}` is looked at: a `url` (`data:` or `http`) is nothing that was sent here.
    """
    path = image.get("path") if isinstance(image, dict) else image
    sent = sent_file(path)
    try:
        picture = read_picture(sent, limits)
    except UserError:
        sent.unlink(missing_ok=True)
        raise
    bare = sent.with_name(f"{secrets.token_hex(8)}.bare")
    picture.image.save(bare, "PNG", compress_level=1)
    os.replace(bare, sent)
    return picture


# A drawing ---------------------------------------------------------------------------------------


class Drawings(OrderedDict[str, EditorDataBlobs]):
    """What browsers have sent of drawings before the handler asks for it: only the last few.

    Gradio keeps every one until it is asked for, and anybody may send what is never asked for.
    """

    def __setitem__(self, name: str, drawing: EditorDataBlobs) -> None:
        drawing.layers, drawing.background = [], None  # the composite is all that is looked at
        super().__setitem__(name, drawing)
        self.move_to_end(name)
        while len(self) > MOST_DRAWINGS:
            self.popitem(last=False)


def drawing_pad(**settings: Any) -> gr.ImageEditor:
    """A white sheet, the world's colours, a brush and an eraser; nothing else.

    It gives the bytes of the drawing, undecoded; None for an empty one.
    """
    colours: list[str | tuple[str, float]] = [
        f"rgb{COLOURS[name]}" for name in COLOURS if name != "white"
    ]
    pad = gr.ImageEditor(
        sources=(),
        transforms=(),
        layers=gr.LayerOptions(allow_additional_layers=False, disabled=True),
        canvas_size=(PAD, PAD),
        fixed_canvas=True,
        brush=gr.Brush(default_size=12, colors=colours, color_mode="fixed"),
        eraser=gr.Eraser(default_size=30),
        buttons=["fullscreen"],
        height=560,
        **settings,
    )
    drawings = pad.blob_storage = Drawings()

    def bytes_of(payload: Any) -> bytes | None:
        if payload is None:
            return None
        if payload.id is not None:
            drawing = drawings.pop(payload.id, None)
            return drawing.composite if drawing else None
        return sent_file(payload.composite.path).read_bytes() if payload.composite else None

    pad.preprocess = bytes_of  # type: ignore[method-assign, assignment]
    return pad


def drawn(content: bytes | None, limits: Limits) -> Picture:
    """The drawing on white paper. Raises UserError, also while nothing is drawn."""
    if content is not None:
        image = picture_in(content, limits).image
        if image.getextrema() != ((255, 255),) * 3:
            return Picture(image)
    raise UserError("The sheet is empty: draw something on it. A link does not carry drawings.")
