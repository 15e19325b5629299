"""The sheet that a visitor draws on, and the drawing on its way in.

Gradio moves bytes, `services.pictures` alone decodes them.
"""

from collections import OrderedDict
from typing import Any

import gradio as gr

from core.errors import NothingYetError
from core.spacefile import Limits
from scenes.scene import COLOURS
from services.pictures.reading import Picture, picture_in
from tabs.captioning.upload import sent_file
from tabs.kit.gradio_inside import EditorDataBlobs, keep_drawings, undecoded

PAD_ID = "captioning-pad"
PAD = 480  # pixels of the sheet's side
MOST_DRAWINGS = 64  # on their way from browsers at once


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
    drawings = Drawings()

    def bytes_of(pad: gr.ImageEditor, payload: Any) -> bytes | None:
        if payload is None:
            return None
        if payload.id is not None:
            drawing = drawings.pop(payload.id, None)
            return drawing.composite if drawing else None
        return sent_file(payload.composite.path).read_bytes() if payload.composite else None

    pad = undecoded(gr.ImageEditor, bytes_of)(
        sources=(),
        transforms=(),
        layers=gr.LayerOptions(allow_additional_layers=False, disabled=True),
        canvas_size=(PAD, PAD),
        fixed_canvas=True,
        brush=gr.Brush(default_size=8, colors=colours, color_mode="fixed"),
        eraser=gr.Eraser(default_size=20),
        buttons=["fullscreen"],
        height=560,
        elem_id=PAD_ID,
        **settings,
    )
    return keep_drawings(pad, drawings)


def brush_in_hand() -> None:
    """Have the browser take the pad's brush up."""
    gr.HTML(js_on_load=f"lectern.brush('{PAD_ID}');", visible="hidden")


def drawn(content: bytes | None, limits: Limits) -> Picture:
    """The drawing on white paper. Raises UserError, also while nothing is drawn."""
    if content is not None:
        image = picture_in(content, limits).image
        if image.getextrema() != ((255, 255),) * 3:
            return Picture(image)
    raise NothingYetError(
        "The sheet is empty: draw something on it, and its caption appears here. A link does not "
        "carry drawings."
    )
