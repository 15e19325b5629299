"""The Generation tab: its areas, and what follows what.

Its parts: `generation_choices` (the settings), `generation_writing` (the text and its branches),
`generation_running` (tokens as they are made), `generation_pictures` (the views),
`generation_numbers` (code, exports, endpoints).
"""

import gradio as gr

from models.checkpoints import Checkpoints
from services.examples import read_example
from services.generation.branches import path_of
from services.generation.generate import Generation
from services.generation.settings import LARGEST_SEED
from services.generation.tree import Tree
from tabs.generation.choices import STEM, TEXT, Choices, Controls, fields_of, inputs, settings
from tabs.generation.numbers import generate_endpoint, numbers, score_endpoint, snippet
from tabs.generation.pictures import draw_written
from tabs.generation.running import Stage, wire_runs
from tabs.generation.writing import Written
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.events import IN_BROWSER
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area
from tabs.kit.room import Room, area, result_area

__all__ = ["STEM", "TITLE", "build"]
TITLE = "Generation"


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first text was written beforehand, so no model is awaited."""
    gpt2 = checkpoints.default(STEM)
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            controls = inputs()
            again, stop, seed = buttons()
            note = note_area()
        status, picture, table = result_area(STEM)
        with area("settings"):
            controls |= settings(checkpoints)
        fields = fields_of(controls)
        chosen = [field.control for field in fields]
        opened = Choices(*(control.value for control in chosen))
        kept = gr.State(time_to_live=3600)
        with area("examples"):
            example_list(STEM, fields)
        with area("about"):
            told = [*chosen, kept]
            export_bar(STEM, told, note, lambda *v: numbers(checkpoints, Choices(*v[:-1]), v[-1]))
            code = snippet_area(snippet(gpt2, opened, None))
            explanation(STEM)
    drawn = draw_written(first_text(gpt2.name, opened), opened, gpt2.title, None, timed=False)
    picture.value, table.value = drawn.picture, drawn.table
    wire_runs(checkpoints, controls, Stage(picture, table, code, status, note, kept), again, stop)
    wire_clicks(controls, picture, seed)
    gr.api(generate_endpoint(checkpoints), api_name="generate")
    gr.api(score_endpoint(checkpoints), api_name="score")
    return Room(STEM, fields)


def buttons() -> tuple[gr.Button, gr.Button, gr.Button]:
    """Write it anew, stop writing, and write it with other luck."""
    with gr.Row(elem_classes=["for", "write", "branches", "why", "buttons"]):
        again = gr.Button("Generate", variant="primary", size="md", min_width=120)
        stop = gr.Button("Stop", size="md", min_width=120, elem_classes=["stop"])
        seed = gr.Button("Another seed", size="md", min_width=120)
    return again, stop, seed


def first_text(model: str, opened: Choices) -> Written:
    """The text of the first example, as it was written beforehand."""
    text = read_example(STEM, Generation)
    tree, _ = Tree().add(path_of(text))
    return Written(model, opened.prompt, text.settings, (), tree, (text,))


def wire_clicks(controls: Controls, picture: gr.HTML, seed: gr.Button) -> None:
    """A click on a token or a branch looks at it; on an alternative it grows another branch."""
    names = ("branches", "branch", "other", "step")
    places = [controls[name] for name in names]
    picked = f"lectern.picked('{STEM}-figure')"
    picture.click(
        None,
        [controls["view"], *places],
        places,
        js=f"(view, ...places) => lectern.grown(view, places, {picked})",
        **IN_BROWSER,
    )
    # Another text has other tokens: its branches, and the places looked at, mean nothing there.
    back = '() => ["", 0, 0, 0]'
    for name in TEXT:
        controls[name].input(None, None, places, js=back, **IN_BROWSER)  # type: ignore[attr-defined]
    other = f'() => [Math.floor(Math.random() * {LARGEST_SEED}), "", 0, 0, 0]'
    seed.click(None, None, [controls["seed"], *places], js=other, **IN_BROWSER)
