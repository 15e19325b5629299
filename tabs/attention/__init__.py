"""The Attention tab: its areas, and what follows what.

Its parts: `attention_choices` (the settings), `attention_pictures` (the views), `attention_heads`
(the head finder), `attention_numbers` (code, exports, endpoint).
"""

from typing import Any

import gradio as gr

from figures.attention import bertviz
from models.checkpoints import Checkpoints
from services.attention.attend import Attention
from services.examples import read_example
from tabs.attention.choices import ENDS, STEM, Choices, inputs, settings
from tabs.attention.heads import head_finder
from tabs.attention.numbers import endpoint, numbers, snippet
from tabs.attention.pictures import draw, draw_heatmap
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.beside import Shown, each, shown_beside
from tabs.kit.events import IN_BROWSER, on_change
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area, shows_user_errors
from tabs.kit.picked import Picked
from tabs.kit.ranges import sliders_follow
from tabs.kit.room import Field, Room, area

__all__ = ["STEM", "TITLE", "build"]
TITLE = "Attention"
# A click on a pair of tokens, or Enter, works that pair out (view "Step by step").


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first picture was computed beforehand, so no model is awaited."""
    bert = checkpoints.default(STEM)
    start = read_example(STEM, Attention)
    gr.set_static_paths(bertviz.library_paths())
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            controls = inputs()
            note = note_area()
        with area("result"):
            picture = Picked(elem_id=f"{STEM}-figure", min_height=420)
            with gr.Accordion("The same as a table", open=False):
                table = gr.HTML()
        with area("settings"):
            controls |= settings(checkpoints)
            pattern = head_finder(checkpoints, controls, start)
        chosen = [controls[name] for name in Choices.__dataclass_fields__]
        fields = tuple(Field(name, controls[name]) for name in Choices.__dataclass_fields__)
        fields = (*fields, Field("pattern", pattern))
        opened = Choices(*(control.value for control in chosen))
        with area("examples"):
            example_list(STEM, fields)
        with area("about"):
            export_bar(STEM, chosen, note, lambda *v: numbers(checkpoints, Choices(*v)))
            code = snippet_area(snippet(bert, opened))
            explanation(STEM)
    picture.value, table.value = draw_heatmap(bert, start, opened)

    @shows_user_errors(note)
    def show(*values: Any) -> tuple[str, str, str]:
        def show_one(choices: Choices) -> Shown:
            loaded = checkpoints.load(checkpoints.named(choices.model, STEM))
            return (*draw(loaded, choices), snippet(loaded.checkpoint, choices))

        shown = each(checkpoints, STEM, Choices(*values), ENDS)
        return shown_beside(checkpoints, STEM, shown, show_one)

    on_change(STEM, chosen, show, [picture, table, code, note])
    ends = {controls[name]: end for name, end in ENDS.items()}
    sliders_follow(checkpoints, STEM, [controls["model"], controls["beside"]], ends)
    pair = [controls["row"], controls["column"]]
    pick = f"() => lectern.picked('{STEM}-figure')"
    picture.click(None, None, pair, js=pick, **IN_BROWSER)
    gr.api(endpoint(checkpoints), api_name="attend")
    return Room(STEM, fields)
