"""The Similarity tab: its areas, and what follows what.

Its parts: `similarity_choices` (the settings), `similarity_pictures` (the views),
`similarity_numbers` (code, exports, endpoint).
"""

from typing import Any

import gradio as gr

from models.checkpoints import Checkpoints
from services.examples import read_example
from services.similarity.compare import Similarity
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.beside import Shown, each, shown_beside
from tabs.kit.events import on_change
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area, shows_user_errors
from tabs.kit.ranges import sliders_follow
from tabs.kit.room import Room, area
from tabs.similarity.choices import ENDS, STEM, Choices, fields_of, inputs, settings
from tabs.similarity.numbers import endpoint, numbers, snippet
from tabs.similarity.pictures import draw, draw_matrix

__all__ = ["STEM", "TITLE", "build"]
TITLE = "Similarity"


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first picture was computed beforehand, so no model is awaited."""
    bert = checkpoints.default(STEM)
    start = read_example(STEM, Similarity)
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            controls = inputs()
            note = note_area()
        with area("result"):
            with gr.Column(elem_id=f"{STEM}-figure", min_width=0):
                # Not drawn before a map is asked for: the plot's script is 1.3 MB.
                plots = [
                    gr.Plot(visible=False, show_label=False, elem_classes=["plot"]) for _ in "12"
                ]
                picture = gr.HTML()
            with gr.Accordion("The same as a table", open=False):
                table = gr.HTML()
        with area("settings"):
            controls |= settings(checkpoints)
        fields = fields_of(controls)
        chosen = [field.control for field in fields]
        opened = Choices(*(control.value for control in chosen))
        with area("examples"):
            example_list(STEM, fields)
        with area("about"):
            export_bar(STEM, chosen, note, lambda *v: numbers(checkpoints, Choices(*v)))
            code = snippet_area(snippet(bert, opened))
            explanation(STEM)
    first = draw_matrix(bert, start, opened)
    picture.value, table.value = first.picture, first.table

    @shows_user_errors(note)
    def show(*values: Any) -> tuple[Any, ...]:
        plots = []

        def show_one(choices: Choices) -> Shown:
            checkpoint = checkpoints.named(choices.model, STEM)
            drawn = draw(checkpoints.load(checkpoint), choices)
            plots.append((checkpoint.title, drawn.plot))
            return drawn.picture, drawn.table, snippet(checkpoint, choices)

        shown = each(checkpoints, STEM, Choices(*values), ENDS)
        result = shown_beside(checkpoints, STEM, shown, show_one)
        plots += [("", None)] * (2 - len(plots))
        many = len(shown) > 1
        drawn = [gr.Plot(p, visible=p is not None, label=t, show_label=many) for t, p in plots]
        return (*drawn, *result)

    outputs = [*plots, picture, table, code, note]
    on_change(STEM, chosen, show, outputs)
    ends = {controls[name]: end for name, end in ENDS.items()}
    sliders_follow(checkpoints, STEM, [controls["model"], controls["beside"]], ends)
    gr.api(endpoint(checkpoints), api_name="compare")
    return Room(STEM, fields)
