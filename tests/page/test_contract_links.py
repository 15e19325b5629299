"""Every link means what it meant: the saved links, read by the server, with fields and numbers.

How the links are saved: tests/house/contract.py. In a browser, which takes ten times as long and
adds the page's own scripts, tests/browser/test_contract_links.py opens some, and records them all.
"""

from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from core.errors import UserError
from page.links import MOST_BYTES, restored
from tabs.kit.build import files_of
from tabs.kit.room import Room
from tests.house.contract import by_name, check, files_told, read, seen_only
from tests.kit.stages import pairs_of, stages_of

LINKS = read("links")


@pytest.fixture(scope="module")
def stages(desk):
    return stages_of(desk)


def opened(stages, desk, pairs):
    """The tab that a link opens, its values, and whether anything of the link was ignored.

    A value goes through its control as it does on its way to the page and back.
    """
    rooms = [Room(stem, stage.fields) for stem, stage in stages.items()]
    limits = desk.limits
    longest = max(limits.text_characters, limits.context_characters)
    _, *updates, note = restored(pairs, rooms, longest)
    fields = [(room.stem, field) for room in rooms for field in room.fields]
    values = {}
    for (stem, field), update in zip(fields, updates, strict=True):
        given = field.control.value if isinstance(update, dict) else update  # a dict: left alone
        there = field.control.postprocess(given)
        values.setdefault(stem, []).append(field.control.preprocess(there))
    stage = stages[dict(pairs)["tab"]]
    return stage, values[stage.tab.stem], bool(note)


@pytest.mark.parametrize("name", [name for name in LINKS if not seen_only(LINKS[name])])
def test_a_link_means_what_it_meant(stages, desk, name):
    entry = LINKS[name]
    pairs = parse_qsl(urlsplit(entry["link"]).query, keep_blank_values=True)
    stage, values, ignored = opened(stages, desk, pairs)
    gradios = {name: value for name, value in pairs if name.startswith("__")}
    given = {"ignored": ignored, "fields": fields(stage, values) | gradios}
    try:
        numbers, settings = files_of(stage, [*values, *(one.value for one in stage.more)])
        given |= files_told(settings, numbers, entry)
    except UserError:
        given["refused"] = True
    check("links", name, given)


def fields(stage, values):
    """Every field of a tab as the page names them; of too many, the tab alone."""
    choices = SimpleNamespace(**dict(zip(stage.tab.settings, values, strict=True)))
    pairs = [("tab", stage.tab.stem), *pairs_of(stage, choices)]
    return by_name(pairs if len(urlencode(pairs)) <= MOST_BYTES else pairs[:1])
