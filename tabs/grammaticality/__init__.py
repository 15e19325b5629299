"""The Grammaticality tab: its areas, and what follows what.

Its parts: `grammaticality_choices` (the settings), `grammaticality_pictures` (the views),
`grammaticality_list` (the view of a list), `grammaticality_numbers` (code, exports, endpoint);
`training_view` is shared with Answering.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from core.errors import as_user_error
from core.progress import Progress
from models.checkpoints import Checkpoints
from services.examples import read_example
from services.grammaticality.masked import Examined
from services.grammaticality.rows import read_file
from tabs.grammaticality.choices import STEM, Choices, Controls, fields_of, inputs, settings
from tabs.grammaticality.numbers import endpoint, numbers, snippet
from tabs.grammaticality.pictures import CAUSAL, MASKING, draw, draw_sentence, find_edits
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.beside import Shown, each, shown_beside
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area, note_html, shows_user_errors
from tabs.kit.room import Room, area
from tabs.kit.runs import on_change_with_progress

__all__ = ["STEM", "TITLE", "build"]
TITLE = "Grammaticality"
# One search at a time, and not in the queue of the models: other visitors go on beside it.
SEARCH: dict[str, Any] = INSIDE | {"concurrency_id": "edits", "concurrency_limit": 1}
WAITING = '<p role="status">Waiting for a turn to judge.</p>'
# Before it was asked, and after the sentence has changed.
HINT = (
    '<p class="edits">Words left out, swapped, put in other forms, put in: a few hundred '
    "sentences are judged, which takes a few seconds.</p>"
)


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first picture was computed beforehand, so no model is awaited."""
    grammar = checkpoints.default(STEM)
    start = read_example(STEM, Examined)
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            controls, file = inputs()
            note = note_area()
        with area("result"):
            status = gr.HTML("", elem_classes=["progress-line"], min_height=0)
            picture = gr.HTML(elem_id=f"{STEM}-figure", min_height=420)
            find, edits, found = edit_area()
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
            told = [*chosen, found]
            export_bar(STEM, told, note, lambda *v: numbers(checkpoints, Choices(*v[:-1]), v[-1]))
            code = snippet_area(snippet(checkpoints, grammar, opened))
            explanation(STEM)
    masked = checkpoints.default(MASKING).title
    # The first of those that read from left to right, where one is offered and was asked.
    left, offered = next(iter(start.left), None), checkpoints.offered(CAUSAL)
    left, causal = (left, offered[0].title) if left and offered else (None, "")
    drawn = draw_sentence(start.reading, start.likelihood, grammar, masked, left, causal)
    picture.value, table.value = drawn

    def show(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
        def show_one(choices: Choices) -> Shown:
            checkpoint = checkpoints.named(choices.model, STEM)
            drawn = draw(checkpoints, choices, progress)
            return (*drawn, snippet(checkpoints, checkpoint, choices))

        shown = each(checkpoints, STEM, Choices(*values))
        return shown_beside(checkpoints, STEM, shown, show_one)

    on_change_with_progress(STEM, chosen, show, [picture, table, code], status, note)
    wire_file(checkpoints, file, controls["sentences"], note)
    wire_edits(checkpoints, controls, find, edits, found, note)
    gr.api(endpoint(checkpoints), api_name="judge")
    return Room(STEM, fields)


def edit_area() -> tuple[gr.Button, gr.HTML, gr.State]:
    """The button that looks for the smallest edit, where it is shown, and what was found."""
    with gr.Column(elem_classes=["for", "sentence"], min_width=0):
        button = gr.Button("Find the smallest edit that reverses the verdict", size="md")
        return button, gr.HTML(HINT, elem_id=f"{STEM}-edits", min_height=120), gr.State()


def wire_file(
    checkpoints: Checkpoints, file: gr.File, sentences: gr.components.Component, note: gr.HTML
) -> None:
    """An opened file fills the list."""

    @shows_user_errors(note)
    def open_file(path: str | None) -> Any:
        return gr.skip() if path is None else read_file(path, checkpoints.limits)

    file.upload(open_file, file, [sentences, note], **INSIDE)


def wire_edits(
    checkpoints: Checkpoints,
    controls: Controls,
    find: gr.Button,
    edits: gr.HTML,
    found: gr.State,
    note: gr.HTML,
) -> None:
    """Look for the smallest edit when asked; what was found goes when its sentence does."""

    def search(sentence: str, model: str) -> Iterator[Any]:
        try:
            for picture, kept in find_edits(checkpoints, sentence, model):
                yield {edits: picture, found: kept, note: ""}
        except Exception as error:
            yield {edits: HINT, note: note_html(as_user_error(error))}

    made_for = [controls["sentence"], controls["model"]]
    # Others may be served first; the click is answered at once.
    find.click(None, None, edits, js=f"() => {json.dumps(WAITING)}", **IN_BROWSER)
    searching = find.click(search, made_for, [edits, found, note], **SEARCH)
    changes = [control.change for control in made_for]  # type: ignore[attr-defined]
    # A search that still runs would write its result beside another sentence.
    gr.on(changes, None, None, None, cancels=[searching], api_visibility="private")
    gr.on(
        changes, None, None, [edits, found], js=f"() => [{json.dumps(HINT)}, null]", **IN_BROWSER
    )
