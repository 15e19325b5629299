"""The words of every tab: what a view asks and explains, what an example is called and asks."""

import re

import pytest

from core.paths import ASSETS
from figures.parts.prose import marked
from tabs import TABS
from tabs.kit.examples import read_examples

VIEWS = {
    f"{tab.stem}-{view.name}": (tab.stem, view)
    for tab in TABS
    for view in tab.views
    if view.name != "training"
}
EXAMPLES = {
    f"{tab.stem}, {one['title']}": (tab.stem, one)
    for tab in TABS
    for one in read_examples(tab.stem)
}
SECTION = re.compile(r"^## View: ([^\n]+)\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
LONGEST = 60  # characters of a question: one line on a projector


def sections(stem):
    """The text on each view, by its name, as the explanation has it."""
    return dict(SECTION.findall((ASSETS / stem / "explain.md").read_text(encoding="utf-8")))


def plain(text):
    """What is read of a text with marks."""
    return text.replace("*", "").replace("`", "")


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_puts_a_question(name):
    _, view = VIEWS[name]
    assert view.asks.endswith("?")
    assert len(plain(view.asks)) <= LONGEST
    assert_marks_are_pairs(view.asks)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_explained_in_four_short_parts(name):
    stem, view = VIEWS[name]
    text = sections(stem)[view.name]
    assert 60 <= len(re.findall(r"[\w’'-]+", text)) <= 130


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.stem)
def test_nothing_is_explained_that_is_no_view(tab):
    assert set(sections(tab.stem)) <= {view.name for view in tab.views}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_a_name_for_links_and_a_question(name):
    _, one = EXAMPLES[name]
    assert re.fullmatch(r"[a-z0-9-]{2,16}", one["name"])
    assert one["asks"].endswith("?")
    assert len(plain(one["asks"])) <= LONGEST
    for text in (one["asks"], one["look_for"]):
        assert_marks_are_pairs(text)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.stem)
def test_the_names_of_a_tabs_examples_differ(tab):
    names = [one["name"] for one in read_examples(tab.stem)]
    assert len(set(names)) == len(names)


def assert_marks_are_pairs(text):
    """Every star and backtick is one of two around a word."""
    assert not set(re.sub(r"<code>.*?</code>", "", marked(text))) & set("*`"), text
