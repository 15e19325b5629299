"""A link to a layer or a head that the chosen model does not have: said, and the rest holds."""

import re

import pytest

from page.links import restored
from tabs.kit.room import Room
from tests.kit.stages import stages_of

# What ends with the model, by tab: nobody may add a slider whose links are not tried here.
FOLLOW = {
    "anatomy": {"layer"},
    "attention": {"layer", "head"},
    "captioning": {"layer", "head", "encoder_layer", "encoder_head"},
    "similarity": {"layer"},
    "translation": {"layer", "head"},
}
COUNTED = [(stem, name) for stem, names in FOLLOW.items() for name in sorted(names)]


@pytest.fixture(scope="module")
def stages(desk):
    return stages_of(desk)


def opened(stages, stem, **pairs):
    """What a link sets in a tab, by name, and the words of the note above it."""
    rooms = [Room(one, stage.fields) for one, stage in stages.items()]
    _, *updates, note = restored([("tab", stem), *pairs.items()], rooms, 20_000)
    fields = [(room.stem, field) for room in rooms for field in room.fields]
    values = {
        field.name: value
        for (tab, field), value in zip(fields, updates, strict=True)
        if tab == stem and not isinstance(value, dict)
    }
    return values, re.sub(r"<[^>]+>", "", note)


def test_every_slider_that_follows_the_model_is_tried(stages):
    found = {
        stem: {name for name, one in stage.tab.settings.items() if callable(one.high)}
        for stem, stage in stages.items()
    }
    assert {stem: names for stem, names in found.items() if names} == FOLLOW


@pytest.mark.parametrize(("stem", "name"), COUNTED)
def test_behind_the_models_last_it_is_said_with_its_own_range_and_the_rest_holds(
    stages, desk, stem, name
):
    setting = stages[stem].tab.settings[name]
    view = next(
        view.name
        for view in stages[stem].tab.views
        if view.controls is None or name in view.controls
    )
    for entry in desk.offered(stem):
        last = int(setting.last(entry, desk.limits))
        rest = {"model": entry.name, "view": view}
        values, note = opened(stages, stem, **rest, **{name: f"{last}"})
        assert (values, note) == (rest | {name: last}, "")
        for behind in (last + 1, 99):
            values, note = opened(stages, stem, **{name: f"{behind}"}, **rest)
            assert values == rest
            assert note.count("Ignored in the link") == 1
            assert f"{name} must be a whole number from {setting.low} to {last} (" in note
            assert f") in {entry.title}; got '{behind}'." in note.replace("&#x27;", "'")


@pytest.mark.parametrize(("stem", "name"), COUNTED)
def test_how_a_tab_counts_is_said_with_the_range(stages, stem, name):
    _, note = opened(stages, stem, **{name: "99"})
    first = "the embeddings" if stem == "similarity" else "the first"
    assert f"(0: {first}" in note


def test_of_two_models_the_larger_decides(stages, desk):
    offered = sorted(desk.offered("attention"), key=lambda entry: entry.layers)
    small, large = offered[0], offered[-1]
    both = {"model": small.name, "beside": large.name}
    last = large.layers - 1
    assert opened(stages, "attention", **both, layer=f"{last}")[0]["layer"] == last
    _, note = opened(stages, "attention", **both, layer=f"{last + 1}")
    assert f"from 0 to {last} (0: the first) in {small.title} or {large.title};" in note or (
        f"from 0 to {last} (0: the first) in {large.title} or {small.title};" in note
    )


@pytest.mark.parametrize("off", ["6", "0,6.1", "5.12"])
def test_what_is_off_must_be_in_the_model_too(stages, desk, off):
    rest = {"view": "switches", "text": "Dogs bark."}
    values, note = opened(stages, "anatomy", **rest, off=off)
    assert values == rest
    last = 11 if off == "5.12" else 5
    what = "head" if off == "5.12" else "layer"
    title = desk.default("anatomy").title
    assert f"The {what} that is off must be a whole number from 0 to {last}" in note
    assert f"(0: the first) in {title}; got" in note
    values, note = opened(stages, "anatomy", **rest, off="5,4.11")
    assert (values["off"], note) == ("5,4.11", "")
