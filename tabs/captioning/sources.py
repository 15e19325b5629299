"""The three ways to a picture: a scene that is built, a drawing, a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import gradio as gr

from core.errors import as_user_error
from core.spacefile import Limits
from models.serving import Desk
from scenes.scene import SIDE, from_text
from scenes.scene import draw as draw_scene
from services.pictures.reading import Picture
from tabs.captioning.builder import builder
from tabs.captioning.choices import STEM, Choices
from tabs.captioning.drawing import brush_in_hand, drawn, sheet
from tabs.captioning.upload import (
    folder_of,
    kept,
    picture_box,
    receive,
    remove,
    strip,
    weigh_in_browser,
)
from tabs.kit.events import INSIDE
from tabs.kit.notes import note_html
from tabs.kit.scaffold import Scaffold

WORLD = (
    "This offline model knows drawn scenes; for photographs switch to a hub model. Pictures stay "
    "on this machine and are deleted after the session; a link never carries them."
)


def inputs(scaffold: Scaffold) -> None:
    """Workbench, sheet and box; the style sheet shows the one named `from <source>`."""
    with gr.Column(elem_classes=["from", "scene"], min_width=0):
        builder(cast(gr.Textbox, scaffold.controls["scene"]), scaffold.note)
    with gr.Column(elem_classes=["from", "draw"], min_width=0):
        pad = sheet(label="Draw what you like")
    with gr.Column(elem_classes=["from", "upload"], min_width=0):
        box = picture_box(label="A picture of your own", elem_id=f"{STEM}-picture")
    gr.HTML(f'<p class="hint">{WORLD}</p>')
    own = gr.State(time_to_live=3600)  # the path of what is kept of an upload
    remarks = gr.State((), time_to_live=3600)
    scaffold.more = scaffold.watched = [pad, own, remarks]
    wire_upload(scaffold.desk.limits, box, own, remarks, scaffold.note)


def wire_browser(scaffold: Scaffold) -> None:
    """What the browser does by itself, once sheet and box are drawn."""
    brush_in_hand()
    weigh_in_browser(f"{STEM}-picture", scaffold.desk.limits)


def picture_of(desk: Desk, choices: Choices, values: Sequence[Any]) -> Picture:
    """The picture that the choices are about, given the sheet and what is kept of an upload.

    Raises UserError; NothingYetError while there is none.
    """
    drawing, own, remarks = values
    if choices.source == "upload":
        return Picture(kept(own, desk.limits), tuple(remarks))
    if choices.source == "draw":
        return drawn(drawing, desk.limits)
    return scene_picture(choices.scene)


def scene_picture(text: str) -> Picture:
    """The picture of a built scene. Raises UserError."""
    return Picture(draw_scene(from_text(text), SIDE))


def wire_upload(
    limits: Limits, box: gr.Image, own: gr.State, remarks: gr.State, note: gr.HTML
) -> None:
    """A file that came is read at once, and only its bare pixels are kept.

    What is refused leaves the picture before it in the box, with its result.
    """

    def take(path: str | None, before: str | None, request: gr.Request) -> Any:
        if path is None:  # the box is empty already, or the next picture is on its way into it
            remove(folder_of(request.session_hash))
            return gr.skip(), None, (), ""
        try:
            copy, picture = receive(path, limits, request.session_hash)
        except Exception as error:
            stays = before if before and Path(before).is_file() else None
            return stays, gr.skip(), gr.skip(), note_html(as_user_error(error))
        return copy, copy, picture.remarks, ""

    def bare(request: gr.Request) -> None:
        strip(request.session_hash)

    # In the order in which they came, each of them: a picture that waited for the one before it
    # would be overwritten in the box by that one's result.
    queue = INSIDE | {"concurrency_id": "pictures", "trigger_mode": "multiple"}
    outputs = [box, own, remarks, note]
    taken = box.input(take, [box, own], outputs, concurrency_limit=1, **queue)
    taken.then(bare, None, None, **queue)
