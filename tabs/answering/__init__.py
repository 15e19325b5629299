"""The Answering tab: its areas, and what follows what.

Its parts: `answering_choices` (the settings), `answering_pictures` (the views),
`answering_numbers` (code, exports, endpoint), `progress` (long passages).
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from core.progress import Progress
from models.checkpoints import Checkpoints
from services.answering.answer import Answer
from services.examples import read_example
from tabs.answering.choices import STEM, Choices, fields_of, first_threshold, inputs, settings
from tabs.answering.numbers import endpoint, numbers, snippet
from tabs.answering.pictures import draw, draw_answer
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.beside import Shown, each, shown_beside
from tabs.kit.events import IN_BROWSER
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area
from tabs.kit.room import Room, area, result_area
from tabs.kit.runs import on_change_with_progress

__all__ = ["STEM", "TITLE", "build"]
TITLE = "Answering"


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first picture was computed beforehand, so no model is awaited."""
    qa = checkpoints.default(STEM)
    start = read_example(STEM, Answer)
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            controls = inputs()
            note = note_area()
        status, picture, table = result_area(STEM)
        with area("settings"):
            controls |= settings(checkpoints)
        fields = fields_of(controls)
        chosen = [field.control for field in fields]
        opened = Choices(*(control.value for control in chosen))
        with area("examples"):
            example_list(STEM, fields)
        with area("about"):
            export_bar(STEM, chosen, note, lambda *v: numbers(checkpoints, Choices(*v)))
            code = snippet_area(snippet(qa, opened))
            explanation(STEM)
    first = draw_answer(qa, start, first_threshold(qa))
    picture.value, table.value = first.picture, first.table

    def show(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
        def show_one(choices: Choices) -> Shown:
            drawn = draw(checkpoints, choices, progress)
            checkpoint = checkpoints.named(choices.model, STEM)
            if choices.view != "training":
                checkpoint = checkpoints.load(checkpoint).checkpoint  # whose family its files tell
            return drawn.picture, drawn.table, snippet(checkpoint, choices, drawn.part)

        shown = each(checkpoints, STEM, Choices(*values))
        return shown_beside(checkpoints, STEM, shown, show_one)

    on_change_with_progress(STEM, chosen, show, [picture, table, code], status, note)
    pick = f"() => lectern.picked('{STEM}-figure')"
    picture.click(None, None, [controls["view"], controls["window"]], js=pick, **IN_BROWSER)
    gr.api(endpoint(checkpoints), api_name="answer")
    return Room(STEM, fields)
