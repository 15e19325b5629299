"""Draw a tab: its areas, its controls, and what follows what."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import gradio as gr

from core.errors import NothingYetError
from core.progress import Progress
from models.serving import Desk
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.beside import Shown, shown_beside
from tabs.kit.events import IN_BROWSER, on_change
from tabs.kit.examples import example_list
from tabs.kit.notes import note_area, shows_user_errors
from tabs.kit.ranges import sliders_follow
from tabs.kit.room import Field, Room, area
from tabs.kit.runs import on_change_with_progress
from tabs.kit.settings import INPUT, SETTINGS, Setting
from tabs.kit.tab import Choices, Tab, nothing
from tabs.kit.view import Asked, Only, silent


@dataclass
class Stage:
    """A tab as it is drawn: its parts on the page, for what stands beside the kit's own."""

    tab: Tab
    desk: Desk
    controls: dict[str, gr.components.Component] = field(default_factory=dict)
    more: list[gr.components.Component] = field(default_factory=list)  # beside the choices
    watched: list[gr.components.Component] = field(default_factory=list)  # of `more`: they redraw
    parts: dict[str, Any] = field(default_factory=dict)  # what the tab's hooks have drawn, by name
    note: gr.HTML = None  # type: ignore[assignment]  # drawn with the first area
    status: gr.HTML = None  # type: ignore[assignment]
    picture: gr.HTML = None  # type: ignore[assignment]
    table: gr.HTML = None  # type: ignore[assignment]
    code: gr.Code = None  # type: ignore[assignment]
    plots: list[gr.Plot] = field(default_factory=list)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The controls as a link names them."""
        settings = self.tab.settings
        return tuple(
            Field(name, self.controls[name], lines=setting.lines, aliases=setting.aliases)
            for name, setting in settings.items()
        )

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What a run is given: every control in the order of the choices, then what is kept."""
        return [*(self.controls[name] for name in self.tab.settings), *self.more]

    def chosen(self, values: Sequence[Any]) -> tuple[Choices, Any]:
        """The values of `inputs` as choices, and as what the tab keeps. Raises UserError."""
        count = len(self.tab.settings)
        choices = self.tab.choices(*values[:count])
        return choices, self.tab.gathered(self.desk, choices, values[count:])

    @property
    def opened(self) -> Choices:
        """What the page starts with."""
        return self.tab.choices(*(self.controls[name].value for name in self.tab.settings))


def build(tab: Tab, desk: Desk) -> Room:
    """Draw the tab where the page stands; its first picture is there, so no model is awaited."""
    stage = Stage(tab, desk)
    with gr.Column(elem_classes=["room", tab.stem]):
        with area("input"):
            if tab.note_first:
                stage.note = note_area()
            draw_controls(stage, INPUT)
            tab.beside_input(stage)
            if not tab.note_first:
                stage.note = note_area()
        with area("result"):
            draw_result(stage)
        with area("settings"):
            draw_controls(stage, SETTINGS)
            tab.beside_settings(stage)
        with area("examples"):
            example_list(tab.stem, stage.fields)
        with area("about"):
            export_bar(tab.stem, stage.inputs, stage.note, lambda *v: files_of(stage, v))
            stage.code = snippet_area("")
            explanation(tab.stem)
    first, stage.code.value = tab.opening(Asked(desk, desk.default(tab.stem), stage.opened))
    stage.picture.value, stage.table.value = first.picture, first.table
    (tab.run or wire_runs)(stage)
    wire_picks(stage)
    follow_models(stage)
    tab.wire(stage)
    for name, endpoint in tab.endpoints.items():
        gr.api(endpoint(desk), api_name=name)
    return Room(tab.stem, stage.fields)


def draw_result(stage: Stage) -> None:
    """The area of a result that can be clicked: its progress, its picture, the same as a table."""
    tab = stage.tab
    stage.status = gr.HTML("", elem_classes=["progress-line"], min_height=0)
    look: dict[str, Any] = {"min_height": tab.height} if tab.height else {}
    with gr.Column(elem_id=f"{tab.stem}-figure", min_width=0) if tab.plots else ExitStack():
        if tab.plots:
            # Not drawn before one is asked for: the plot's script is 1.3 MB.
            plot: dict[str, Any] = {
                "visible": False,
                "show_label": False,
                "elem_classes": ["plot"],
            }
            stage.plots = [gr.Plot(**plot) for _ in range(2)]
        else:
            look |= {"elem_id": f"{tab.stem}-figure"}
        stage.picture = gr.HTML(js_on_load=tab.pick, **look)
    tab.beside_result(stage)
    with gr.Accordion("The same as a table", open=False):
        stage.table = gr.HTML()


# Controls ----------------------------------------------------------------------------------------


def draw_controls(stage: Stage, where: str) -> None:
    """The controls of an area; those that are seen together stand in a group of their own."""
    here = [(name, one) for name, one in stage.tab.settings.items() if one.where == where]
    for (seen, folded), together in groupby(here, lambda pair: _group_of(stage.tab, *pair)):
        members = list(together)
        with ExitStack() as around:
            if seen:
                around.enter_context(group(members[0][0]))
            if folded:
                around.enter_context(gr.Accordion(folded, open=False))
            for name, setting in members:
                stage.controls[name] = draw_control(stage, name, setting)
                stage.tab.below.get(name, nothing)(stage)


def group(name: str) -> gr.Column:
    """What a hook draws inside is seen with the views whose `controls` have this name."""
    return gr.Column(elem_classes=[f"set-{name}"], min_width=0)


def draw_control(stage: Stage, name: str, setting: Setting) -> gr.components.Component:
    """One control, with the name by which the style rules of `seen_with` find a radio."""
    start = setting.start(stage.desk) if callable(setting.start) else setting.start
    look = dict(setting.look)
    if setting.offered:
        look.setdefault("elem_id", f"{stage.tab.stem}-{name}")
    return setting.make(replace(setting, start=start, look=look), stage.tab.stem, stage.desk)


def _group_of(tab: Tab, name: str, setting: Setting) -> tuple[tuple[str | Only, ...], str]:
    return shown_by(tab, name), setting.folded


def shown_by(tab: Tab, name: str) -> tuple[str | Only, ...]:
    """The views that a control is seen with, some of them under a condition; empty: all."""
    found: list[str | Only] = []
    for view in tab.views:
        for control in view.controls:
            if control == name:
                found.append(view.name)
            elif isinstance(control, Only) and control.control == name:
                found.append(replace(control, control=view.name))
    return tuple(found)


def seen_with(tab: Tab) -> Iterator[str]:
    """The rules of style that show a control with its views alone.

    What a tab's hooks draw has the class `set-<name>`, and its name among a view's controls.
    """
    if len(tab.views) == 1:
        return
    groups = {}
    for where in (INPUT, SETTINGS):
        here = [(name, one) for name, one in tab.settings.items() if one.where == where]
        for (seen, _), members in groupby(here, lambda pair: _group_of(tab, *pair)):
            if seen:
                groups[f".set-{next(members)[0]}"] = seen
    groups |= {f".set-{name}": shown_by(tab, name) for name in _drawn_by_hooks(tab)}
    for view in tab.views:
        chosen = f'.room.{tab.stem}:has(#{tab.stem}-view input[value="{view.name}"]:checked)'
        absent = [at for at, seen in groups.items() if not _among(view.name, seen)]
        if absent:
            yield f"{chosen} :is({', '.join(absent)}) {{ display: none !important; }}"
        for at, seen in groups.items():
            for one in seen:
                if isinstance(one, Only) and one.control == view.name:
                    other = f'#{tab.stem}-{one.radio} input:not([value="{one.value}"]):checked'
                    yield f"{chosen}:has({other}) {at} {{ display: none !important; }}"


def _drawn_by_hooks(tab: Tab) -> list[str]:
    """The names among the views' controls that are no settings, each once."""
    controls = [control for view in tab.views for control in view.controls]
    names = [one.control if isinstance(one, Only) else one for one in controls]
    return [name for name in dict.fromkeys(names) if name not in tab.settings]


def _among(view: str, seen: Sequence[str | Only]) -> bool:
    return any(one == view or (isinstance(one, Only) and one.control == view) for one in seen)


# Events ------------------------------------------------------------------------------------------


def wire_runs(stage: Stage) -> None:
    """A change of a control draws the picture anew; of long runs the newest ends the others."""
    tab = stage.tab
    redrawn = [stage.controls[name] for name, one in tab.settings.items() if one.redraws]
    outputs = [stage.picture, stage.table, stage.code, *stage.plots]
    changed = [*redrawn, *stage.watched]

    def show(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
        return show_values(stage, values, progress)

    if tab.long:
        on_change_with_progress(
            tab.stem, stage.inputs, show, outputs, stage.status, stage.note, changed=changed
        )
        return

    @shows_user_errors(stage.note)
    def show_at_once(*values: Any) -> tuple[Any, ...]:
        return show_values(stage, values, silent)

    on_change(
        tab.stem,
        stage.inputs,
        show_at_once,
        [*outputs, stage.note],
        queue=tab.queue,
        changed=changed,
    )


def show_values(stage: Stage, values: Sequence[Any], progress: Progress) -> tuple[Any, ...]:
    """What `show_all` shows for the values of a run; while there is no input yet, that."""
    tab = stage.tab
    try:
        choices, kept = stage.chosen(values)
    except NothingYetError as error:
        if tab.empty is None:
            raise
        return tab.empty(str(error)), "", "", *(gr.Plot(visible=False) for _ in stage.plots)
    return show_all(stage, choices, kept, progress)


def as_asked(asked: Asked[Any]) -> Asked[Any]:
    """Nothing has to be made ready before a view is drawn."""
    return asked


def show_all(
    stage: Stage,
    choices: Choices,
    kept: Any,
    progress: Progress,
    ready: Callable[[Asked[Any]], Asked[Any]] = as_asked,
) -> tuple[Any, ...]:
    """Picture, table, code and plots of every model that is shown. Raises UserError.

    `ready` may do for each model what comes before its view, such as write the text.
    """
    tab, desk = stage.tab, stage.desk
    shown = tab.shown(desk, choices)

    def show(one: Choices) -> Shown:
        first = choices.model if one is not shown[0] else ""
        asked = ready(tab.asked(desk, one, kept, progress, first))
        drawn = tab.view(one).draw(asked)
        return drawn, tab.snippet(asked)

    *result, plots = shown_beside(desk, tab.stem, shown, show)
    if not stage.plots:
        return tuple(result)
    plots += [("", None)] * (2 - len(plots))
    many = len(shown) > 1
    drawn = [gr.Plot(p, visible=p is not None, label=t, show_label=many) for t, p in plots]
    return (*result, *drawn)


def files_of(stage: Stage, values: Sequence[Any]) -> tuple[str, str]:
    """What is on screen as CSV and as JSON. Raises UserError."""
    choices, kept = stage.chosen(values)
    return stage.tab.files(stage.desk, choices, kept)


def wire_picks(stage: Stage) -> None:
    """A click in the picture sets the controls that the tab names."""
    if stage.tab.picks:
        picked = [stage.controls[name] for name in stage.tab.picks]
        script = f"() => lectern.picked('{stage.tab.stem}-figure')"
        stage.picture.click(None, None, picked, js=script, **IN_BROWSER)


def follow_models(stage: Stage) -> None:
    """Sliders end where the chosen model's layers and heads do."""
    settings = stage.tab.settings
    ends = {stage.controls[name]: one.high for name, one in settings.items() if callable(one.high)}
    if ends:
        models = [stage.controls["model"], stage.controls["beside"]]
        sliders_follow(stage.desk, stage.tab.stem, models, ends)
