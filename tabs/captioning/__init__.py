"""The Captioning tab: its areas, and what follows what.

Its parts: `captioning_choices` (the settings), `captioning_builder` (a scene of one's own),
`captioning_input` (drawings and files), `captioning_pictures` (the views), `captioning_numbers`
(code, exports, endpoint).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from core.errors import NothingYetError, as_user_error
from core.progress import Progress
from figures.captioning.caption import empty_figure
from models.checkpoints import Checkpoints
from scenes.scene import draw as draw_scene
from scenes.scene import from_text
from scenes.tiles import SIDE
from services.captioning.caption import Caption
from services.examples import read_example
from services.pictures.reading import Picture
from tabs.captioning.builder import builder
from tabs.captioning.choices import (
    ENDS,
    SOURCE,
    START,
    STEM,
    Choices,
    Controls,
    fields_of,
    settings,
    view_choice,
)
from tabs.captioning.numbers import endpoint, numbers, snippet
from tabs.captioning.pictures import at_same_place, caption_of, draw, draw_caption
from tabs.captioning.upload import (
    drawing_pad,
    drawn,
    folder_of,
    kept,
    picture_box,
    receive,
    remove,
    strip,
    wire_browser,
)
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.beside import Shown, each, is_second, shown_beside
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area, note_html
from tabs.kit.ranges import sliders_follow
from tabs.kit.room import Room, area, result_area
from tabs.kit.runs import on_change_with_progress

__all__ = ["STEM", "TITLE", "build"]
TITLE = "Captioning"
WORLD = (
    "This offline model knows drawn scenes; for photographs switch to a hub model. Pictures stay "
    "on this machine and are deleted after the session; a link never carries them."
)


@dataclass(frozen=True)
class Inputs:
    """Where a picture comes from."""

    controls: Controls  # the source and the scene
    pad: gr.components.Component
    box: gr.components.Component
    own: gr.State  # the path of what is kept of an upload
    remarks: gr.State


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first caption was written beforehand, so no model is awaited."""
    captioner = checkpoints.default(STEM)
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            note = note_area()
            controls = view_choice()  # above the workbench, which is tall
            given = inputs(note)
            controls |= given.controls
        status, picture, table = result_area(STEM)
        with area("settings"):
            controls |= settings(checkpoints)
        fields = fields_of(controls)
        chosen = [field.control for field in fields]
        opened = Choices(*(control.value for control in chosen))
        with area("examples"):
            example_list(STEM, fields)
        with area("about"):
            told = [*chosen, given.pad, given.own, given.remarks]
            export_bar(STEM, told, note, lambda *v: numbers(checkpoints, *_asked(checkpoints, v)))
            start = read_example(STEM, Caption)
            code = snippet_area(snippet(captioner, opened, start))
            explanation(STEM)
    first = draw_caption(captioner, start, scene_picture(opened.scene), opened)
    picture.value, table.value = first.picture, first.table

    def show(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
        try:
            asked, image = _asked(checkpoints, values)
        except NothingYetError as error:
            return empty_figure(str(error)), "", ""

        def show_one(choices: Choices) -> Shown:
            if is_second(choices):
                choices = at_same_place(checkpoints, choices, asked.model, image.image)
            drawn = draw(checkpoints, choices, image, progress)
            checkpoint = checkpoints.named(choices.model, STEM)
            said = None
            if choices.view != "training":
                captioner = checkpoints.load(checkpoint)
                checkpoint = captioner.checkpoint  # whose family its files tell
                if choices.view in ("caption", "words"):
                    said = caption_of(captioner, image.image, choices)
            return drawn.picture, drawn.table, snippet(checkpoint, choices, said)

        shown = each(checkpoints, STEM, asked, ENDS)
        return shown_beside(checkpoints, STEM, shown, show_one)

    on_change_with_progress(STEM, told, show, [picture, table, code], status, note)
    wire_upload(checkpoints, given, note)
    wire_picks(controls, picture)
    ends = {controls[name]: end for name, end in ENDS.items()}
    sliders_follow(checkpoints, STEM, [controls["model"], controls["beside"]], ends)
    gr.api(endpoint(checkpoints), api_name="caption")
    return Room(STEM, fields)


def inputs(note: gr.HTML) -> Inputs:
    """The three ways to a picture; the style sheet shows groups named `from <source>` with it."""
    controls: Controls = {}
    controls["source"] = gr.Radio(SOURCE, value="scene", label="Picture", elem_id=f"{STEM}-source")
    with gr.Column(elem_classes=["from", "scene"], min_width=0):
        controls["scene"] = builder(START["scene"], note).scene
    with gr.Column(elem_classes=["from", "draw"], min_width=0):
        pad = drawing_pad(label="Draw what you like")
    with gr.Column(elem_classes=["from", "upload"], min_width=0):
        box = picture_box(label="A picture of your own", elem_id=f"{STEM}-picture")
    gr.HTML(f'<p class="hint">{WORLD}</p>')
    return Inputs(controls, pad, box, gr.State(time_to_live=3600), gr.State((), time_to_live=3600))


def scene_picture(text: str) -> Picture:
    """The picture of a built scene. Raises UserError."""
    return Picture(draw_scene(from_text(text), SIDE))


def _asked(checkpoints: Checkpoints, values: Sequence[Any]) -> tuple[Choices, Picture]:
    """What is chosen, and the picture that it is about. Raises UserError."""
    *chosen, drawing, own, remarks = values
    choices = Choices(*chosen)
    limits = checkpoints.limits
    if choices.view == "training":
        return choices, Picture(Image.new("RGB", (1, 1)))  # which nobody looks at
    if choices.source == "upload":
        return choices, Picture(kept(own, limits), tuple(remarks))
    if choices.source == "draw":
        return choices, drawn(drawing, limits)
    return choices, scene_picture(choices.scene)


def wire_upload(checkpoints: Checkpoints, given: Inputs, note: gr.HTML) -> None:
    """A file that came is read at once, and only its bare pixels are kept.

    What is refused leaves the picture before it in the box, with its result.
    """
    limits = checkpoints.limits

    def take(path: str | None, before: str | None, request: gr.Request) -> Any:
        if path is None:  # the box is empty already, or the next picture is on its way into it
            remove(folder_of(request.session_hash))
            return gr.skip(), None, (), ""
        try:
            own, picture = receive(path, limits, request.session_hash)
        except Exception as error:
            stays = before if before and Path(before).is_file() else None
            return stays, gr.skip(), gr.skip(), note_html(as_user_error(error))
        return own, own, picture.remarks, ""

    def bare(request: gr.Request) -> None:
        strip(request.session_hash)

    # In the order in which they came, each of them: a picture that waited for the one before it
    # would be overwritten in the box by that one's result.
    queue = INSIDE | {"concurrency_id": "pictures", "trigger_mode": "multiple"}
    outputs = [given.box, given.own, given.remarks, note]
    taken = given.box.input(  # type: ignore[attr-defined]
        take, [given.box, given.own], outputs, concurrency_limit=1, **queue
    )
    taken.then(bare, None, None, **queue)
    wire_browser(f"{STEM}-picture", limits)


def wire_picks(controls: Controls, picture: gr.HTML) -> None:
    """A click in a figure says which controls it sets, by their names."""
    names = ("view", "token", "layer", "head", "encoder_layer", "encoder_head", "patch")
    places = [controls[name] for name in names]
    picked = f"lectern.pickedNames({json.dumps(names)}, values, lectern.picked('{STEM}-figure'))"
    picture.click(None, places, places, js=f"(...values) => {picked}", **IN_BROWSER)
