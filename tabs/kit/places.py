"""Where in a model a view looks: one table, from which come the map and every "you are here"."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from core.paths import ASSETS

MAP = "map"  # the stem of the tab that has the boxes
WHOLE = "the whole model"  # where a view looks that stands at no box


@dataclass(frozen=True)
class Place:
    """A part of the model as the map has it."""

    box: str  # its name in a link; "": the whole model
    title: str


@cache
def table() -> dict[str, Any]:
    """What `assets/map/places.toml` says of boxes and tabs; read once."""
    return tomllib.loads((ASSETS / MAP / "places.toml").read_text(encoding="utf-8"))


def place_of(stem: str, view: str) -> Place:
    """Where a view looks; a tab that the table does not know is about the whole model."""
    row = table()["tab"].get(stem, {})
    box = row.get("views", {}).get(view, row.get("box", ""))
    return Place(box, table()["box"][box]["title"] if box else WHOLE)


def sentence_of(stem: str) -> str:
    """The control of a tab that holds the sentence which goes along; "" where none does."""
    return str(table()["tab"].get(stem, {}).get("sentence", "text" if stem == MAP else ""))


def here(stem: str, views: list[str]) -> str:
    """The line "you are here" of a tab, which opens the map at its box.

    ways.js has it follow the view and the sentence.
    """
    if stem == MAP:
        return ""
    known = {view: [(place := place_of(stem, view)).box, place.title] for view in views}
    box, title = known[views[0]]
    href = f"?tab={MAP}" + (f"&amp;box={box}" if box else "")
    return (
        f'<a class="here" href="{href}" data-way data-here="{escape(json.dumps(known))}">'
        f"<span>You are here: </span><b>{escape(title)}</b></a>"
    )
