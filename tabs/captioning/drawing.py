"""The sheet that a visitor draws on, and the drawing on its way in.

Gradio moves bytes, `services.pictures` alone decodes them.
"""

from typing import Any

import gradio as gr

from core.errors import AgainError, NothingYetError
from core.spacefile import Limits
from scenes.scene import COLOURS
from services.pictures.reading import Picture, picture_in
from tabs.captioning.upload import sent_file
from tabs.kit.gradio_inside.blobs import LOST, drawing_pad

PAD_ID = "captioning-pad"
PAD = 480  # pixels of the sheet's side


def sheet(**settings: Any) -> gr.ImageEditor:
    """A white sheet, the world's colours, a brush and an eraser; nothing else.

    It gives the bytes of the drawing, undecoded; None for an empty one.
    """
    colours: list[str | tuple[str, float]] = [
        f"rgb{COLOURS[name]}" for name in COLOURS if name != "white"
    ]
    return drawing_pad(
        lambda path: sent_file(path).read_bytes(),
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


def brush_in_hand() -> None:
    """Have the browser take the pad's brush up."""
    gr.HTML(js_on_load=f"lectern.brush('{PAD_ID}');", visible="hidden")


def drawn(content: bytes | None, limits: Limits) -> Picture:
    """The drawing on white paper. Raises UserError, also while nothing is drawn."""
    if content == LOST:
        raise AgainError(
            "So many draw just now that your drawing was lost on its way: it is sent again."
        )
    if content is not None:
        image = picture_in(content, limits).image
        if image.getextrema() != ((255, 255),) * 3:
            return Picture(image)
    raise NothingYetError(
        "The sheet is empty: draw something on it, and its caption appears here. A link does not "
        "carry drawings."
    )
