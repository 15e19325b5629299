"""A tab's controls, and the rules of style that show each with its views alone."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby

import gradio as gr

from tabs.kit.scaffold import Scaffold
from tabs.kit.settings import INPUT, SETTINGS, Setting
from tabs.kit.tab import Tab, nothing
from tabs.kit.view import Only

Seen = tuple[str | Only, ...]  # the views that something is seen with; empty: all
Group = tuple[Seen, list[str]]  # settings that are seen together


def draw_controls(scaffold: Scaffold, where: str) -> None:
    """The controls of an area; those that are seen together stand in a group of their own.

    What is folded stands below the rest, all of one name in one accordion.
    """
    for folded, groups in folds_of(scaffold.tab, where).items():
        with ExitStack() as around:
            if folded:
                if seen_by_any(groups):
                    around.enter_context(group(fold_name(groups)))
                around.enter_context(gr.Accordion(folded, open=False))
            for seen, names in groups:
                with group(names[0]) if seen else ExitStack():
                    for name in names:
                        setting = scaffold.tab.settings[name]
                        scaffold.controls[name] = draw_control(scaffold, name, setting)
                        scaffold.tab.below.get(name, nothing)(scaffold)


def folds_of(tab: Tab, where: str) -> dict[str, list[Group]]:
    """The settings of an area in groups of those seen together, by the accordion they stand in."""
    here = [name for name, one in tab.settings.items() if one.where == where]
    folds: dict[str, list[str]] = {"": []}
    for name in here:
        folds.setdefault(tab.settings[name].folded, []).append(name)
    return {
        folded: [
            (seen, list(together))
            for seen, together in groupby(names, lambda name: shown_by(tab, name))
        ]
        for folded, names in folds.items()
    }


def fold_name(groups: Sequence[Group]) -> str:
    """What an accordion is called in the rules of style: after the first setting in it."""
    return f"fold-{groups[0][1][0]}"


def seen_by_any(groups: Sequence[Group]) -> Seen:
    """The views in which something of an accordion is seen; empty: all."""
    if not all(seen for seen, _ in groups):
        return ()
    names = [one if isinstance(one, str) else one.control for seen, _ in groups for one in seen]
    return tuple(dict.fromkeys(names))


def group(name: str) -> gr.Column:
    """What a hook draws inside is seen with the views whose `controls` have this name."""
    return gr.Column(elem_classes=[f"set-{name}"], min_width=0)


def draw_control(scaffold: Scaffold, name: str, setting: Setting) -> gr.components.Component:
    """One control, with the name by which the style rules of `seen_with` find a radio."""
    start = setting.start(scaffold.desk) if callable(setting.start) else setting.start
    look = dict(setting.look)
    if setting.offered:
        look.setdefault("elem_id", f"{scaffold.tab.stem}-{name}")
    return setting.make(replace(setting, start=start, look=look), scaffold.tab.stem, scaffold.desk)


def shown_by(tab: Tab, name: str) -> Seen:
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
    groups: dict[str, Seen] = {}
    for where in (INPUT, SETTINGS):
        for folded, members in folds_of(tab, where).items():
            groups |= {f".set-{names[0]}": seen for seen, names in members if seen}
            if folded and (seen := seen_by_any(members)):
                groups[f".set-{fold_name(members)}"] = seen
    groups |= {f".set-{name}": shown_by(tab, name) for name in _drawn_by_hooks(tab)}
    groups |= {f".set-text-{view.name}": (view.name,) for view in tab.views}
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
    names = [name for view in tab.views for name in view.names]
    return [name for name in dict.fromkeys(names) if name not in tab.settings]


def _among(view: str, seen: Sequence[str | Only]) -> bool:
    return any(one == view or (isinstance(one, Only) and one.control == view) for one in seen)
