"""What stands around a picture: whose question it is, and that nothing of it is lost or run."""

from dataclasses import replace
from html import escape

import pytest

from figures.parts.prose import marked
from tabs.kit.banner import example_of, with_question
from tabs.kit.examples import read_examples
from tabs.kit.view import Drawn
from tests.kit.stages import EVIL, HOSTILE, STEMS, chosen, stages_of


@pytest.fixture(scope="module")
def stages(desk):
    return stages_of(desk)


@pytest.mark.parametrize("stem", STEMS)
def test_every_example_is_known_by_its_settings_and_asks_its_own_question(stages, stem):
    stage = stages[stem]
    for example in read_examples(stem):
        choices, _ = chosen(stage, example["inputs"])
        assert example_of(stage.tab, stage.opened, choices) == example
        shown = with_question(stage.tab, stage.opened, choices, Drawn("<figure></figure>"))
        assert f'data-example="{example["name"]}"' in shown
        assert marked(example["asks"]) in shown
        assert shown.index(marked(example["asks"])) < shown.index("<figure>")
        assert shown.index("<figure>") < shown.index(marked(example["look_for"]))


@pytest.mark.parametrize("stem", STEMS)
def test_with_one_setting_changed_the_question_is_the_views(stages, stem):
    stage = stages[stem]
    name = next(n for n, one in stage.tab.settings.items() if isinstance(one.start, str))
    choices = replace(stage.opened, **{name: "something else"})
    shown = with_question(stage.tab, stage.opened, choices, Drawn("<figure></figure>"))
    assert "data-example" not in shown
    assert marked(stage.tab.view(choices).asks) in shown
    assert 'class="answer"' not in shown


@pytest.mark.parametrize("stem", STEMS)
def test_every_view_asks_and_says_what_it_is_about(stages, stem):
    for view in stages[stem].tab.views:
        if view.name != "training":
            assert view.asks.endswith("?"), view.name


def test_names_of_examples_are_unique_and_short_enough_for_a_qr_code():
    for stem in STEMS:
        names = [one["name"] for one in read_examples(stem)]
        assert len(set(names)) == len(names)
        for name in names:
            assert 2 <= len(name) <= 16
            assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_marks_are_set_and_all_else_is_text():
    assert marked("Whom does *it* mean in `[CLS]`?") == (
        "Whom does <i>it</i> mean in <code>[CLS]</code>?"
    )
    assert marked("a < b & c") == escape("a < b & c")
    assert f"<{EVIL}" not in marked(HOSTILE)
