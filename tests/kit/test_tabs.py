"""What holds of every tab and every view, asked of the models that ship.

A new view needs no test of its own for any of this: it is found in TABS.
"""

import csv
import io
import json
import pickle
import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from core.errors import UserError
from core.sheets import cell
from models.serving import Desk
from page.links import read_fields
from services.examples import frozen, read_example
from tabs import TABS
from tabs.kit import build as kit
from tabs.kit import examples as listed
from tabs.kit.examples import read_examples
from tabs.kit.notes import note_html
from tests.house.contract import LEFT_OUT, differences
from tests.kit.stages import (
    EVIL,
    HOSTILE,
    STEMS,
    chosen,
    kept_beside,
    pairs_of,
    stages_of,
    texts_of,
)
from training.examples import RESULTS

VIEWS = {f"{tab.stem}-{view.name}": (tab, view) for tab in TABS for view in tab.views}
EXAMPLES = {
    f"{tab.stem}, {one['title']}": (tab, one) for tab in TABS for one in read_examples(tab.stem)
}
# What no text may be: it is refused with its number, or nothing of it is looked at.
FORBIDDEN = {"long": "a" * 100_000, "NUL": "a\0b", "half": "a\ud800b"}
NAMED = ("at most", "NUL character", "half of a surrogate pair")
# What is another each time: the name of a frame, and how long a text took.
NEW = re.compile(r"nonce-[\w-]+|nonce=\S+|bertviz-\w{32}|[\d.,]+ (m?s|tokens per second)\b")


class Overheard(Desk):
    """A desk that remembers what it was asked and what it gave."""

    def __init__(self, checkpoints):
        super().__init__(checkpoints)
        self.heard = []

    def ask(self, verb, *inputs, progress=None, keep=True, **settings):
        result = super().ask(verb, *inputs, progress=progress, keep=keep, **settings)
        self.heard.append((verb, inputs, settings, result))
        return result

    def stream(self, verb, *inputs, **settings):
        for item in super().stream(verb, *inputs, **settings):
            self.heard.append((verb, inputs, settings, item))
            yield item

    def tokenize(self, verb, *inputs, **settings):
        result = super().tokenize(verb, *inputs, **settings)
        self.heard.append((verb, inputs, settings, result))
        return result


@pytest.fixture(scope="module")
def door(checkpoints):
    return Overheard(checkpoints)


@pytest.fixture(scope="module")
def stages(door):
    return stages_of(door)


def in_view(tab, view):
    """The settings that choose a view, where there are several; what it hides is asked for."""
    asked = {"revealed": True} if "revealed" in view.controls else {}
    return asked | ({"view": view.name} if "view" in tab.settings else {})


@pytest.fixture(scope="module", params=VIEWS)
def shown(request, stages, door):
    """A view with the first example: the picture, the files, the code, and what was asked."""
    tab, view = VIEWS[request.param]
    first = read_examples(tab.stem)[0]["inputs"]
    choices, kept = chosen(stages[tab.stem], first, **in_view(tab, view))
    door.heard.clear()
    drawn = tab.draw(door, choices, kept)
    sheet, text = tab.files(door, choices, kept)
    return SimpleNamespace(
        tab=tab,
        view=view,
        choices=choices,
        kept=kept,
        readers=[
            one.name for one in view.read_by(tab.asked(door, choices, kept))
        ],  # of what is typed
        drawn=drawn,
        sheet=sheet,
        text=text,
        code=tab.snippet(tab.asked(door, choices, kept)),
        heard=list(door.heard),
    )


# Examples ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_sets_what_the_tab_has_to_what_its_model_allows(stages, door, name):
    tab, example = EXAMPLES[name]
    assert set(example["inputs"]) <= set(tab.settings)
    choices, _ = chosen(stages[tab.stem], example["inputs"])
    for one in tab.shown(door, choices):
        tab.checked(door, one)
    assert example["title"].strip()
    assert example["look_for"].strip().endswith((".", "?"))


@pytest.mark.parametrize("stem", STEMS)
def test_an_example_with_an_unknown_setting_is_named_with_it(stages, monkeypatch, stem):
    one = {"title": "Mine", "look_for": "Nothing.", "inputs": {"colr": "red"}}
    monkeypatch.setattr(listed, "read_examples", lambda stem: [one])
    with gr.Blocks(), pytest.raises(ValueError, match=r"“Mine” .* 'colr'"):
        listed.example_chips(stem, stages[stem].fields)


@pytest.mark.parametrize("stem", STEMS)
def test_a_missing_opening_is_told_with_the_command_that_writes_it(
    stages, door, monkeypatch, tmp_path, stem
):
    monkeypatch.setattr("services.examples.ASSETS", tmp_path)
    stage = stages[stem]
    asked = kit.Asked(door, door.default(stem), stage.opened)
    with pytest.raises(FileNotFoundError, match=rf"{stem}/opening\.json .*`make examples`"):
        stage.tab.opening(asked)


@pytest.mark.parametrize("stem", STEMS)
def test_the_stored_opening_is_what_the_model_gives_now(checkpoints, stem):
    fresh = RESULTS[stem](checkpoints)
    stored = read_example(stem, type(fresh))
    assert list(differences(plain(stored), plain(fresh))) == []


def plain(result):
    """A result as plain values."""
    return timeless(json.loads(json.dumps(frozen(result))))


def timeless(value):
    """The same without what is another number each time."""
    if isinstance(value, dict):
        return {name: timeless(one) for name, one in value.items() if name not in LEFT_OUT}
    return [timeless(one) for one in value] if isinstance(value, list) else value


# A view ------------------------------------------------------------------------------------------


def test_a_view_draws_a_picture_and_a_table(shown):
    assert shown.drawn.plot or Elements(shown.drawn.picture).tags & {"figure", "table"}
    drawn = shown.drawn.picture + shown.drawn.table + shown.drawn.headline
    assert "table" in Elements(drawn).tags
    assert not re.search(r">[^<]*&lt;/?(b|code|em|i|p|small|span|su[bp])&gt;", drawn), "is read"


def test_the_csv_of_a_view_has_rows_of_one_length_in_each_table(shown):
    assert_no_formula(shown.sheet)
    rows = list(csv.reader(io.StringIO(shown.sheet)))
    assert len(rows) > 1
    table = []
    for row in [*rows, []]:
        if row:
            table.append(row)
            continue
        assert len(table) > 1, "a header alone, or two empty lines"
        assert {len(one) for one in table} == {len(table[0])}
        table = []


def test_the_json_of_a_view_names_model_and_settings_and_holds_numbers_alone(shown):
    content = json.loads(shown.text, parse_constant=lambda name: pytest.fail(f"{name} came"))
    if hasattr(shown.choices, "model"):
        # The one chosen, or the one with the head that it lacks, where that reads in its place.
        assert content["model"] in {shown.choices.model, *shown.readers}
    settings = content[shown.tab.chosen_as]
    exported = {name for name, one in shown.tab.settings.items() if one.exported}
    assert set(settings) == exported
    for name in exported - {"beside"}:
        assert settings[name] == as_json(getattr(shown.choices, name)), name


def as_json(value):
    return list(value) if isinstance(value, tuple) else value


def test_the_code_of_a_view_is_python(shown):
    compile(shown.code, shown.view.name, "exec")


def test_what_a_view_asks_could_be_asked_in_another_process(shown):
    assert shown.heard or not shown.view.reads
    for verb, inputs, settings, result in shown.heard:
        pickle.loads(pickle.dumps((verb, inputs, settings)))
        assert same(pickle.loads(pickle.dumps(result)), result), verb.__name__


def same(one, other):
    """Whether two results are equal, array by array."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


@pytest.mark.parametrize("changed", [1, 0.5, "x", (1,), {"a": 1}, np.array([1.0])])
def test_results_that_are_not_the_same_are_told_apart(changed):
    assert same(changed, pickle.loads(pickle.dumps(changed)))
    assert not same(changed, np.array([2.0]) if isinstance(changed, np.ndarray) else 2)


# Hostile text ------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """Every element and attribute of a piece of HTML, those of a frame inside it too."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.names = set(), set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            self.names.add(name)
            if name == "srcdoc":
                inside = Elements(value or "")
                self.tags |= inside.tags
                self.names |= inside.names

    handle_startendtag = handle_starttag


def assert_harmless(html):
    found = Elements(html)
    assert not [tag for tag in found.tags if tag.startswith(EVIL)]
    assert "onfocus" not in found.names


@pytest.mark.parametrize(
    "html",
    [HOSTILE, f'<a title="{HOSTILE}">', f"<a title='{HOSTILE}'>", f"<b>{HOSTILE.split()[0]}</b>"],
)
def test_hostile_text_that_is_not_escaped_is_found(html):
    with pytest.raises(AssertionError):
        assert_harmless(html)


def with_text(tab, choices, name, text):
    """The choices with a text in one setting; of one text on each line, before a plain one."""
    more = "\nThe king sat." if tab.settings[name].lines else ""
    return replace(choices, **{name: text + more})


def test_hostile_text_is_escaped_or_refused_in_a_sentence(shown, stages, door):
    tab, stage = shown.tab, stages[shown.tab.stem]
    for name in texts_of(tab, stage):
        choices = with_text(tab, shown.choices, name, HOSTILE)
        try:
            kept = kept_beside(stage, choices)
            drawn = tab.draw(door, choices, kept)
            compile(tab.snippet(tab.asked(door, choices, kept)), name, "exec")
            sheet, content = tab.files(door, choices, kept)
        except UserError as error:
            assert_harmless(note_html(error))
            assert_is_a_sentence(str(error))
            continue
        assert_harmless(drawn.picture + drawn.table + drawn.headline)
        assert_no_formula(sheet)
        json.loads(content)


def test_text_that_no_model_may_see_is_refused_with_what_is_allowed(shown, stages, door):
    tab, stage = shown.tab, stages[shown.tab.stem]
    refused = []
    texts = texts_of(tab, stage)
    for name in texts:
        for kind, text in FORBIDDEN.items():
            choices = with_text(tab, shown.choices, name, text)
            try:
                drawn = tab.draw(door, choices, kept_beside(stage, choices))
            except UserError as error:
                assert_is_a_sentence(str(error))
                refused.append(str(error))
                continue
            seen = [NEW.sub("", one.picture) for one in (drawn, shown.drawn)]
            assert seen[0] == seen[1], f"{name} ({kind}) was looked at"
    assert refused or not shown.view.reads or not texts
    own = tab.stem == "captioning"  # its text is a scene, and says so
    if shown.view.reads and shown.readers and not own:
        assert all(any(part in said for said in refused) for part in NAMED)


def assert_no_formula(sheet):
    """Whether a spreadsheet program computes nothing of it: docs/api.md says how."""
    for row in csv.reader(io.StringIO(sheet), strict=True):
        for one in row:
            assert one.startswith("'") or cell(one) == one, f"{one[:40]!r} is a formula"


def assert_is_a_sentence(said):
    assert said[:1].isupper() or said[:1] in "“'\"", said
    assert said.rstrip().endswith((".", "?", ")")), said
    assert len(said) < 500, said
    assert "Traceback" not in said


# Ranges ------------------------------------------------------------------------------------------


RANGED = {
    f"{tab.stem}-{name}": (tab, name)
    for tab in TABS
    for name, one in tab.settings.items()
    if one.low is not None or one.offered or one.on_or_off
}


@pytest.mark.parametrize("setting", RANGED)
def test_a_value_out_of_its_range_is_refused_with_the_range_of_the_model(stages, door, setting):
    tab, name = RANGED[setting]
    one = tab.settings[name]
    first, _ = chosen(stages[tab.stem])
    for entry in door.offered(tab.stem):
        choices = replace(first, model=entry.name) if hasattr(first, "model") else first
        for wrong, allowed in wrong_values(one, one.last(entry, door.limits)):
            with pytest.raises(UserError) as refusal:
                tab.checked(door, replace(choices, **{name: wrong}))
            for part in allowed:
                assert part in str(refusal.value), wrong


def wrong_values(one, last):
    """Values that a setting may not have, with what its refusal must name."""
    if one.offered:
        names = [value for _, value in one.offered]
        yield from ((wrong, names) for wrong in ("nothing of it", None, 3))
        return
    if one.on_or_off:
        yield from (
            (wrong, ["must be true or false"]) for wrong in ("x", "\ud800", 1, None, [True])
        )
        return
    ends = (f"from {one.low:,} to {last:,}",) if one.step == 1 else (f"{one.low:,g}", f"{last:,g}")
    for wrong in (one.low - 1, last + 1, float("nan"), float("inf"), None, "2", True):
        yield wrong, ends
    if one.step == 1:
        yield one.low + 0.5, ends


# Links -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*STEMS, *EXAMPLES])
def test_a_link_gives_back_every_value_it_was_made_of(stages, door, name):
    tab, example = EXAMPLES.get(name) or (STEMS[name], {"inputs": {}})
    stage = stages[tab.stem]
    choices, _ = chosen(stage, example["inputs"])
    values, ignored = read_fields(
        stage.fields, pairs_of(stage, choices), door.limits.context_characters
    )
    assert ignored == []
    assert {name: as_json(value) for name, value in values.items()} == {
        field.name: as_json(getattr(choices, field.name)) for field in stage.fields
    }


@pytest.mark.parametrize("stem", STEMS)
def test_a_link_may_hold_any_text(stages, door, stem):
    stage = stages[stem]
    choices, _ = chosen(stage)
    texts = texts_of(stage.tab, stage)
    choices = replace(choices, **dict.fromkeys(texts, f"{HOSTILE}\n\n a"))
    values, ignored = read_fields(
        stage.fields, pairs_of(stage, choices), door.limits.context_characters
    )
    assert ignored == []
    assert [values[name] for name in texts] == [f"{HOSTILE}\n\n a"] * len(texts)
