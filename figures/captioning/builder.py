"""The scene builder as it stands before the browser puts a scene on it."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph

if TYPE_CHECKING:
    from scenes.scene import Kind


def workbench(
    start: str,
    kinds: "Mapping[str, Kind]",
    colours: Mapping[str, tuple[int, int, int]],
    places: Sequence[str],
    styles: Sequence[str],
    *,
    columns: int,
    **numbers: object,
) -> str:
    """The stage, its controls and the list of kinds; `assets/scenes/builder.js` does the rest.

    `start` is the text of the scene to begin with, `columns` how many kinds stand in a row of the
    sheet of pictures; `numbers` are what a scene's numbers may be.
    """
    world = {
        "kinds": {
            name: {"colours": kind.colours, "size": kind.size, "where": kind.where}
            for name, kind in kinds.items()
        },
        "places": places,
        "styles": styles,
        **numbers,
    }
    data = f'data-start="{html.escape(start)}" data-world="{html.escape(json.dumps(world))}"'
    return (
        f'<div class="figure captioning"><div class="builder" {data}>'
        '<div class="view">'
        f'<div class="whole">{_choice("place", places)}{_choice("style", styles)}'
        f"{_button('another', 'Another scene')}{_button('undo', 'Undo')}</div>"
        '<div class="stage" role="group" aria-label="Scene: every thing is a button">'
        '<img class="place" alt="" draggable="false"><div class="things"></div>'
        '<div class="frame" hidden></div></div>'
        '<p class="told" role="status"></p></div>'
        f"{_panel(colours)}{_kinds(kinds, columns)}</div></div>"
    )


def _choice(name: str, values: Sequence[str]) -> str:
    options = "".join(f"<option>{value}</option>" for value in values)
    return f'<label>{name.capitalize()} <select data-scene="{name}">{options}</select></label>'


def _button(does: str, says: str) -> str:
    return f'<button type="button" data-do="{does}">{says}</button>'


def _slide(name: str, says: str) -> str:
    return (
        f'<div><span aria-hidden="true">{says} <b data-value="{name}"></b></span>'
        f'<input type="range" step="1" data-thing="{name}" aria-label="{says}"></div>'
    )


def _panel(colours: Mapping[str, tuple[int, int, int]]) -> str:
    """What can be done with the thing that is chosen."""
    swatches = "".join(
        f'<button type="button" data-colour="{name}" title="{name}" aria-label="{name}" '
        f'aria-pressed="false" style="--c:rgb({red} {green} {blue})"></button>'
        for name, (red, green, blue) in colours.items()
    )
    acts = {
        "duplicate": "Duplicate",
        "front": "To the front",
        "back": "To the back",
        "remove": "Remove",
    }
    return (
        f'<details class="tools" open><summary>Add or change a thing</summary>'
        f'<div><div class="adding">{_button("add", "Add a thing")}'
        '<span class="count"></span></div>'
        '<fieldset class="panel" disabled><legend>The chosen thing</legend>'
        f'<div class="what">{_button("kind", "Kind")}{_button("mirror", "Mirror")}</div>'
        f'<div class="swatches" role="group" aria-label="Colour">{swatches}</div>'
        f'<div class="slides">{_slide("size", "Size")}{_slide("turn", "Turn")}</div>'
        f'<div class="acts">{"".join(_button(*act) for act in acts.items())}</div></fieldset>'
        f'<p class="keys">{paragraph("captioning", "keys_of_the_builder")}</p></div></details>'
    )


def _kinds(kinds: "Mapping[str, Kind]", columns: int) -> str:
    """The list that things are added and changed from, with a picture of each kind."""
    buttons = "".join(
        f'<button type="button" data-kind="{name}"><span class="picture" '
        f'style="--row:{index // columns};--column:{index % columns}"></span>{name}</button>'
        for index, name in enumerate(kinds)
    )
    return (
        '<dialog class="kinds" tabindex="-1" aria-label="Kinds of things"><div class="search">'
        f'<label>Search {len(kinds)} kinds <input type="search" autocomplete="off"></label>'
        f'{_button("close", "Close")}</div><div class="list">{buttons}</div>'
        '<p class="none" hidden>No kind has these letters.</p></dialog>'
    )
