"""The answers to the open questions: every link opens what it says, every number stands there."""

import re

import pytest

from core.paths import ROOT
from tabs import TABS
from tabs.kit.examples import read_examples
from tests.weights.held import NUMBER

QUIZ = (ROOT / "docs" / "quiz.md").read_text(encoding="utf-8")
LINK = re.compile(r"`\?tab=(\w+)&(\w+)=([\w-]+)")
POINTS = re.findall(r"^\d\. (.*(?:\n   .*)*)", QUIZ, re.MULTILINE)


@pytest.mark.parametrize("link", LINK.findall(QUIZ), ids="-".join)
def test_a_link_opens_an_example_or_a_view(link):
    stem, kind, name = link
    tab = next(tab for tab in TABS if tab.stem == stem)
    offered = {"example": [one["name"] for one in read_examples(stem)]}
    offered["view"] = [view.name for view in tab.views]
    assert name in offered[kind]


@pytest.mark.parametrize("point", POINTS)
def test_a_number_of_an_answer_stands_in_the_example_beside_it(point):
    """Those of the examples are recomputed by tests/weights."""
    said = " ".join(
        f"{one['asks']} {one['look_for']}"
        for stem, kind, name in LINK.findall(point)
        for one in read_examples(stem)
        if kind == "example" and one["name"] == name
    )
    plain = re.sub(r"\(`.*?\)|`[^`]*`|layer \d|mean 0 and deviation 1", "", point, flags=re.DOTALL)
    for number in NUMBER.findall(plain):
        assert number in NUMBER.findall(said), number


def test_both_answers_are_there_with_what_full_marks_ask_for():
    assert len(re.findall(r'^## "', QUIZ, re.MULTILINE)) == QUIZ.count("Full marks:") == 2
    assert len(POINTS) == 10
