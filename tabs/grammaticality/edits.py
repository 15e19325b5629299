"""The smallest edit that reverses the verdict on a sentence: looked for when it is asked for."""

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr

from core.errors import UserError, as_user_error
from figures.grammaticality.edits import edits_figure, progress_line
from models.serving import Desk
from services.examples import frozen
from services.grammaticality.search import Search, Searched, smallest_edit
from tabs.grammaticality.choices import STEM
from tabs.grammaticality.others import masked_of
from tabs.kit.controls import group
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.notes import note_html
from tabs.kit.scaffold import Scaffold

# One search at a time, and not in the queue of the models: other visitors go on beside it.
SEARCH: dict[str, Any] = INSIDE | {"concurrency_id": "edits", "concurrency_limit": 1}
WAITING = '<p role="status">Waiting for a turn.</p>'
# Before it was asked, and after the sentence has changed.
HINT = (
    '<p class="edits">The page tries removing, swapping, inflecting and inserting words: a few '
    "hundred variants, a few seconds.</p>"
)


def find_edits(
    desk: Desk, sentence: str, model: str
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """What to show while edits are judged, and at the end the picture and what was found.

    Raises UserError.
    """
    entry = desk.read(desk.named(model, STEM))
    masked, title = masked_of(desk)
    if masked is None:
        raise UserError(f"{title} New words come from that model, so no edit can be looked for.")
    for step in desk.stream(smallest_edit, entry, masked, sentence):
        if isinstance(step, Searched):
            yield progress_line(step), None
        else:
            yield edits_figure(step, title=entry.title, masked=title), as_exported(step, model)


def as_exported(search: Search, model: str) -> dict[str, Any]:
    """A search as the exports tell it."""
    return {"model": model} | frozen(search)


def draw_edits(scaffold: Scaffold) -> None:
    """The button that looks for the smallest edit, where it is shown, and what was found."""
    with group("edits"):
        label = "Find the smallest edit that reverses the verdict"
        scaffold.parts["find"] = gr.Button(label, size="md")
        scaffold.parts["edits"] = gr.HTML(HINT, elem_id=f"{STEM}-edits", min_height=120)
        scaffold.more.append(gr.State())


def wire_edits(scaffold: Scaffold) -> None:
    """Look for the smallest edit when asked; what was found goes when its sentence does."""
    find, edits, found = scaffold.parts["find"], scaffold.parts["edits"], scaffold.more[0]

    def search(sentence: str, model: str) -> Iterator[Any]:
        try:
            for picture, result in find_edits(scaffold.desk, sentence, model):
                yield {edits: picture, found: result, scaffold.note: ""}
        except Exception as error:
            yield {edits: HINT, scaffold.note: note_html(as_user_error(error))}

    made_for = [scaffold.controls["sentence"], scaffold.controls["model"]]
    # Others may be served first; the click is answered at once.
    find.click(None, None, edits, js=f"() => {json.dumps(WAITING)}", **IN_BROWSER)
    searching = find.click(search, made_for, [edits, found, scaffold.note], **SEARCH)
    changes = [control.change for control in made_for]  # type: ignore[attr-defined]
    # A search that still runs would write its result beside another sentence.
    gr.on(changes, None, None, None, cancels=[searching], api_visibility="private")
    gr.on(
        changes, None, None, [edits, found], js=f"() => [{json.dumps(HINT)}, null]", **IN_BROWSER
    )
