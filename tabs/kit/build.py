"""Draw a tab: its areas, its controls, and what follows what."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import gradio as gr

from core.errors import NothingYetError
from core.progress import Progress
from models.serving import Desk
from tabs.kit.about import explanation, export_menu, go_deeper, snippet_area
from tabs.kit.banner import with_question
from tabs.kit.beside import Shown, shown_beside
from tabs.kit.controls import draw_controls
from tabs.kit.events import IN_BROWSER, on_change
from tabs.kit.examples import example_chips
from tabs.kit.ids import id_of
from tabs.kit.notes import note_area, shows_user_errors
from tabs.kit.picked import Picked
from tabs.kit.places import here
from tabs.kit.ranges import sliders_follow
from tabs.kit.record import TRAINING
from tabs.kit.room import Room, area
from tabs.kit.runs import on_change_with_progress
from tabs.kit.scaffold import Scaffold
from tabs.kit.settings import BAR, INPUT, SETTINGS
from tabs.kit.tab import Choices, Tab
from tabs.kit.view import Asked, silent

# A view of the model rather than of the text: it stands beside the model's name, not in the bar.
HOW_TRAINED = (
    f'<button type="button" class="quiet" data-show="{TRAINING}">'
    "How was this model trained?</button>"
)
EXPLAIN = (
    '<button type="button" class="explain-button" data-toggle="explained" aria-expanded="false">'
    "Explain</button>"
)


def build(tab: Tab, desk: Desk) -> Room:
    """Draw the tab where the page stands; its first picture is there, so no model is awaited."""
    scaffold = Scaffold(tab, desk)
    with gr.Column(elem_classes=["room", tab.stem]):
        with area("bar") as bar:
            draw_controls(scaffold, BAR)
        with area("input"):
            if tab.note_first:
                scaffold.note = note_area()
            draw_controls(scaffold, INPUT)
            tab.beside_input(scaffold)
            if not tab.note_first:
                scaffold.note = note_area()
        with area("settings"):
            if tab.chooses:
                scaffold.chooser = Picked(elem_id=id_of(tab.stem, "chooser"))
            draw_controls(scaffold, SETTINGS)
            if any(view.name == TRAINING for view in tab.views):
                gr.HTML(HOW_TRAINED)
        with area("result"):
            draw_result(scaffold)
        with area("explain"):
            explanation(tab)
        with area("about"):
            with gr.Accordion("The same as a table", open=False):
                scaffold.table = gr.HTML()
            scaffold.code = snippet_area("")
            go_deeper(tab.stem)
        with bar:  # which sets every control
            example_chips(tab.stem, scaffold.fields)
            gr.HTML(here(tab.stem, [view.name for view in tab.views]) + EXPLAIN)
    opened = scaffold.opened
    first, scaffold.code.value = tab.opening(Asked(desk, desk.default(tab.stem), opened))
    scaffold.picture.value = with_question(tab, opened, opened, first)
    scaffold.table.value = first.table
    if scaffold.chooser:
        scaffold.chooser.value = first.chooser
    (tab.run or wire_runs)(scaffold)
    wire_picks(scaffold)
    follow_models(scaffold)
    tab.wire(scaffold)
    for name, endpoint in tab.endpoints.items():
        most = tab.at_once.get(name, "default")
        gr.api(endpoint(desk), api_name=name, concurrency_limit=most)
    return Room(tab.stem, scaffold.fields)


def draw_result(scaffold: Scaffold) -> None:
    """The area of a result: its menu, its progress, and the picture, which can be clicked."""
    tab = scaffold.tab
    if tab.long:
        scaffold.status = gr.HTML("", elem_classes=["progress-line"], min_height=0)
    look: dict[str, Any] = {"min_height": tab.height} if tab.height else {}
    with gr.Column(elem_id=id_of(tab.stem, "figure"), min_width=0) if tab.plots else ExitStack():
        if tab.plots:
            # Not drawn before one is asked for: the plot's script is 1.3 MB.
            plot: dict[str, Any] = {
                "visible": False,
                "show_label": False,
                "elem_classes": ["plot"],
            }
            scaffold.plots = [gr.Plot(**plot) for _ in range(2)]
        part = "picture" if tab.plots else "figure"
        scaffold.picture = Picked(elem_id=id_of(tab.stem, part), **look)
    tab.beside_result(scaffold)
    # Last, for the files hold what the hook above may keep; the sheet puts it above the picture.
    export_menu(tab.stem, scaffold.inputs, scaffold.note, lambda *v: files_of(scaffold, v))


# Events ------------------------------------------------------------------------------------------


def wire_runs(scaffold: Scaffold) -> None:
    """A change of a control draws the picture anew; of long runs the newest ends the others."""
    tab = scaffold.tab
    redrawn = [scaffold.controls[name] for name, one in tab.settings.items() if one.redraws]
    outputs = scaffold.outputs
    changed = [*redrawn, *scaffold.watched]

    def show(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
        return show_values(scaffold, values, progress)

    if tab.long:
        early = any(view.early for view in tab.views)
        on_change_with_progress(
            tab.stem,
            scaffold.inputs,
            show,
            outputs,
            scaffold.status,
            scaffold.note,
            changed=changed,
            early=partial(show_early, scaffold) if early else None,
            coming=partial(show_coming, scaffold) if any(v.coming for v in tab.views) else None,
        )
        return

    @shows_user_errors(scaffold.note)
    def show_at_once(*values: Any) -> tuple[Any, ...]:
        return show_values(scaffold, values, silent)

    on_change(
        tab.stem,
        scaffold.inputs,
        show_at_once,
        [*outputs, scaffold.note],
        queue=tab.queue,
        changed=changed,
    )


def show_values(scaffold: Scaffold, values: Sequence[Any], progress: Progress) -> tuple[Any, ...]:
    """What `show_all` shows for the values of a run; while there is no input yet, that."""
    tab = scaffold.tab
    try:
        choices, kept = scaffold.chosen(values)
    except NothingYetError as error:
        if tab.empty is None:
            raise
        hidden = [gr.Plot(visible=False) for _ in scaffold.plots]
        return tab.empty(str(error)), "", "", *hidden, *([gr.skip()] if scaffold.chooser else [])
    return show_all(scaffold, choices, kept, progress)


def show_early(scaffold: Scaffold, progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
    """The part of the picture that is there at once; () where nothing is, or two models are asked.

    Table, code and plots stay what they were until all is there.
    """
    tab, desk = scaffold.tab, scaffold.desk
    choices, kept = scaffold.chosen(values)
    shown = tab.shown(desk, choices)
    drawn = tab.early(tab.asked(desk, shown[0], kept, progress)) if len(shown) == 1 else None
    if drawn is None:
        return ()
    picture = with_question(tab, scaffold.opened, choices, drawn, early=True)
    return picture, *[gr.skip()] * (len(scaffold.outputs) - 1)


def show_coming(scaffold: Scaffold, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """The pictures on the way to the whole one; none where two models are asked."""
    tab, desk = scaffold.tab, scaffold.desk
    choices, kept = scaffold.chosen(values)
    shown = tab.shown(desk, choices)
    rest = [gr.skip()] * (len(scaffold.outputs) - 1)
    for drawn in tab.coming(tab.asked(desk, shown[0], kept)) if len(shown) == 1 else ():
        yield with_question(tab, scaffold.opened, choices, drawn, early=True), *rest


def as_asked(asked: Asked[Any]) -> Asked[Any]:
    """Nothing has to be made ready before a view is drawn."""
    return asked


def show_all(
    scaffold: Scaffold,
    choices: Choices,
    kept: Any,
    progress: Progress,
    ready: Callable[[Asked[Any]], Asked[Any]] = as_asked,
) -> tuple[Any, ...]:
    """Picture, table, code and plots of every model that is shown. Raises UserError.

    `ready` may do for each model what comes before its view, such as write the text.
    """
    tab, desk = scaffold.tab, scaffold.desk
    shown = tab.shown(desk, choices)

    def show(one: Choices) -> Shown:
        first = choices.model if one is not shown[0] else ""
        asked = ready(tab.asked(desk, one, kept, progress, first))
        return tab.drawn(asked), tab.snippet(asked)

    drawn, code, plots = shown_beside(desk, tab.stem, shown, show)
    result = with_question(tab, scaffold.opened, choices, drawn), drawn.table, code
    chooser = (drawn.chooser,) if scaffold.chooser else ()
    if not scaffold.plots:
        return (*result, *chooser)
    plots += [("", None)] * (2 - len(plots))
    many = len(shown) > 1
    charts = [gr.Plot(p, visible=p is not None, label=t, show_label=many) for t, p in plots]
    return (*result, *charts, *chooser)


def files_of(scaffold: Scaffold, values: Sequence[Any]) -> tuple[str, str]:
    """What is on screen as CSV and as JSON. Raises UserError."""
    choices, kept = scaffold.chosen(values)
    return scaffold.tab.files(scaffold.desk, choices, kept)


def wire_picks(scaffold: Scaffold) -> None:
    """A click in the picture, or in the chooser, sets the controls that the tab names."""
    tab = scaffold.tab
    for shown, part, names in (
        (scaffold.picture, "figure", tab.picks),
        (scaffold.chooser, "chooser", tab.chooses),
    ):
        if shown and names:
            picked = [scaffold.controls[name] for name in names]
            pick = f"lectern.picked('{id_of(tab.stem, part)}')"
            script = f"(...values) => lectern.pickedNames({json.dumps(names)}, values, {pick})"
            shown.click(None, picked, picked, js=script, **IN_BROWSER)


def follow_models(scaffold: Scaffold) -> None:
    """Sliders end where the chosen model's layers and heads do."""
    settings = scaffold.tab.settings
    ends = {
        scaffold.controls[name]: one.high for name, one in settings.items() if callable(one.high)
    }
    if ends:
        models = [scaffold.controls["model"], scaffold.controls["beside"]]
        sliders_follow(scaffold.desk, scaffold.tab.stem, models, ends)
