"""Permalinks: what fits is taken, what does not is named, and nothing else happens."""

import json

import gradio as gr
import pytest

from core.errors import UserError
from core.paths import ROOT
from core.settings import Settings
from page.links import (
    MOST_BYTES,
    phone_note,
    read_example_of,
    read_fields,
    read_state,
    restored,
)
from tabs.kit.room import Ends, Field, Room

LIMIT = 50


@pytest.fixture(scope="module")
def fields():
    with gr.Blocks():
        return (
            Field("text", gr.Textbox("start")),
            Field("sentences", gr.Textbox(""), lines=True),
            Field("layer", gr.Slider(0, 5, 0, step=1)),
            Field("threshold", gr.Slider(0, 1, 0.5)),
            Field("seed", gr.Number(0, minimum=0, maximum=2**32 - 1, step=1)),
            Field("words", gr.Checkbox(False)),
            Field("scale", gr.Radio([("Linear", "linear"), ("Log", "log")], value="linear")),
            Field("tokenizer", gr.Dropdown(["a", "b", "c"], multiselect=True)),
        )


def test_every_kind_of_control_takes_what_fits(fields):
    pairs = [
        ("text", "Zwölf </script>"),
        ("sentences", "one"),
        ("sentences", "two"),
        ("layer", "5"),
        ("threshold", "0.25"),
        ("words", "1"),
        ("scale", "log"),
        ("tokenizer", "c"),
        ("tokenizer", "a"),
    ]
    values, ignored = read_fields(fields, pairs, LIMIT)
    assert ignored == []
    assert values == {
        "text": "Zwölf </script>",
        "sentences": "one\ntwo",
        "layer": 5,
        "threshold": 0.25,
        "words": True,
        "scale": "log",
        "tokenizer": ["c", "a"],
    }


@pytest.mark.parametrize(
    ("name", "value", "remark"),
    [
        ("layer", "6", "layer must be a whole number from 0 to 5; got '6'"),
        ("layer", "1.5", "whole number from 0 to 5; got '1.5'"),
        ("layer", "nan", "whole number from 0 to 5; got 'nan'"),
        ("layer", "", "whole number from 0 to 5; got ''"),
        ("layer", "0_3", "whole number from 0 to 5; got '0_3'"),
        ("layer", "٣", "whole number from 0 to 5; got '٣'"),
        ("layer", "3e0", "whole number from 0 to 5; got '3e0'"),
        ("layer", " 3", "whole number from 0 to 5; got ' 3'"),
        ("threshold", "1e-1", "threshold must be a number from 0 to 1; got '1e-1'"),
        ("threshold", "٠", "threshold must be a number from 0 to 1; got '٠'"),
        ("seed", "-1", "seed must be a whole number from 0 to 4,294,967,295; got '-1'"),
        ("seed", "9" * 5000, "seed must be a whole number from 0 to 4,294,967,295; got '99"),
        ("threshold", "inf", "threshold must be a number from 0 to 1; got 'inf'"),
        ("words", "yes", "words must be 0 or 1; got 'yes'"),
        ("scale", "cubic", "scale must be one of linear, log; got 'cubic'"),
        ("tokenizer", "d", "tokenizer must be one of a, b, c; got 'd'"),
        ("text", "x" * 51, "text has 51 characters; at most 50 are allowed"),
        ("text", "a\0b", "NUL character"),
        ("sentences", "\ud800", "half of a surrogate pair"),
        ("colour", "red", "'colour' is not a setting of this tab"),
    ],
)
def test_what_does_not_fit_is_ignored_with_a_remark(fields, name, value, remark):
    values, ignored = read_fields(
        fields, [("text", "kept"), (name, value)][name == "text" :], LIMIT
    )
    assert name not in values
    assert values == ({} if name == "text" else {"text": "kept"})
    assert len(ignored) == 1
    assert remark in ignored[0]


@pytest.mark.parametrize("name", ["text", "layer", "words", "scale"])
def test_of_a_name_that_takes_one_value_the_last_counts_and_it_is_said(fields, name):
    value = {"text": "a", "layer": "1", "words": "1", "scale": "log"}[name]
    once = read_fields(fields, [(name, value)], LIMIT)
    assert once[1] == []
    twice = read_fields(fields, [(name, "no"), ("threshold", "0.25"), (name, value)], LIMIT)
    assert twice[0] == once[0] | {"threshold": 0.25}
    assert twice[1] == [f"all but the last of 2 values for {name}, which takes one"]


def test_of_two_examples_and_of_two_tabs_the_last_counts_and_it_is_said(fields):
    examples = [("example", "once"), ("example", "hotter")]
    shown, rest, said = read_example_of("generation", [*examples, ("seed", "3")])
    assert (shown["temperature"], rest) == (1.5, [("seed", "3")])
    assert said == ["all but the last of 2 values for example, which takes one"]
    rooms = [Room("one", fields), Room("two", fields)]
    note = restored([("tab", "one"), ("tab", "two")], rooms, LIMIT)[-1]
    assert "Ignored in the link: all but the last of 2 values for tab, which takes one." in note


def test_a_refusal_names_the_range_of_the_models_that_are_shown():
    ends = {"small": 5, "large": 11, "": 0}
    with gr.Blocks():
        fields = (
            Field(
                "layer",
                gr.Slider(0, 11, 0, step=1),
                ends=lambda models: Ends(0, max(ends[model] for model in models), " in it"),
            ),
            Field("model", gr.Dropdown(["small", "large"], value="small")),
            Field("beside", gr.Dropdown(["", "small", "large"], value="")),
        )
    layer = ("layer", "99")
    for more, shown, last in (
        ([], {}, 5),
        ([("model", "large")], {}, 11),
        ([("beside", "large")], {}, 11),
        # What an example has set, or a state that was open before, counts as well.
        ([], {"model": "large"}, 11),
    ):
        values, ignored = read_fields(fields, [layer, *more], LIMIT, shown)
        assert ignored == [f"layer must be a whole number from 0 to {last} in it; got '99'"]
        assert "layer" not in values
    # The slider's own range holds what any model has; that of the models shown decides.
    between = [("layer", "8"), ("model", "small")]
    told = "layer must be a whole number from 0 to 5 in it; got '8'"
    assert read_fields(fields, between, LIMIT) == ({"model": "small"}, [told])


def test_gradios_own_names_are_passed_over(fields):
    assert read_fields(fields, [("__theme", "dark"), ("tab", "x")], LIMIT) == ({}, [])


def test_a_saved_state_is_read_as_a_link(tmp_path):
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"lectern": "tab=attention&text=a%26b&text_pair="}))
    pairs = read_state(str(path))
    assert pairs == [("tab", "attention"), ("text", "a&b"), ("text_pair", "")]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"lectern": 3}', b"\xff\xfe", b'{"x": ""}', b"[" * 200_000],
    ids=["empty", "a list", "a number", "no text", "no state", "too deep"],
)
def test_a_file_that_is_no_saved_state_is_refused(tmp_path, content):
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not a saved state"):
        read_state(str(path))


def test_a_file_that_is_too_long_is_refused_with_the_number(tmp_path):
    path = tmp_path / "state.json"
    path.write_bytes(b" " * 1_000_001)
    with pytest.raises(UserError, match="at most 1,000,000 bytes"):
        read_state(str(path))


def test_on_loopback_the_page_says_that_phones_cannot_reach_it():
    assert "phones cannot reach it" in phone_note(Settings("127.0.0.1").address)
    assert "phones cannot reach it" in phone_note(Settings("::1").address)
    assert phone_note(Settings("192.168.1.20").address) == ""


def test_browser_and_server_draw_the_same_line():
    script = (ROOT / "assets" / "page" / "address.js").read_text(encoding="utf-8")
    assert f"const most = {MOST_BYTES};" in script
