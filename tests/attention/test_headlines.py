"""The headline of each view of Attention: the rounding of what the service gives, and escaped."""

import re
from dataclasses import replace

import numpy as np
import pytest

from figures.attention.heatmap import headline, heads_headline
from figures.attention.steps import headline as steps_headline
from services.attention.attend import attend
from services.attention.matrix import Peak, look
from services.attention.steps import explain, strongest_pair
from tabs.attention import TAB
from tabs.attention.choices import Choices
from tabs.kit.examples import read_examples
from tests.attention.test_attention import HOSTILE, attention_of

EXAMPLES = {one["name"]: one["inputs"] for one in read_examples("attention")}
SAID = {  # what the examples put into large type, in words alone
    "pronoun": "it → animal 0.68",
    "one-weight": "it → animal 0.68",
    "token-before": "mat → the 1.00",
    "sink": "[CLS] gets 0.86 of a row on average",
    "sink-gives": "[CLS]: weight 0.87, gives 0.10",
    "subject-verb": "are → keys 0.81",
    "one-verb": "singing → sang 0.72",
    "bright-column": "it → animal 0.67",
    "ablation": "3.1: 0.0021, rank 31 of 72; 5.11: 0.079",
    "pair": "river → river 0.51",
    "masked": "·it → ·tired 0, masked",
    "mask-steps": "·hen → ·river 0, masked",
    "two-models": "[CLS] gets 0.49 of a row on average",
    "by-hand": "Token 1 looks most at 0: 0.89",
    "flat-head": "Token 1 looks most at 1: 0.99",
}


def choices(**changed):
    """Settings of the pocket BERT, those that are not named as the page has them."""
    start = {"text_pair": "", "view": "heatmap", "model": "pocket-bert", "beside": ""}
    start |= {"combine": "head", "heads": "all", "scaling": True, "softmax": True, "row": ""}
    start |= {"column": "", "scale": "linear", "special": True, "renormalise": False}
    start |= {"words": False, "direction": "all", "other": "", "pattern": "previous"}
    return Choices(**(start | {"layer": 3, "head": 1} | changed))


def plain(html):
    return re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_says_its_number_in_large_type(desk, name):
    first, *_ = TAB.shown(desk, choices(**EXAMPLES[name]))
    said = plain(TAB.draw(desk, first).headline)
    assert said == SAID[name]
    assert len(said) <= 40


def test_the_second_of_two_models_has_a_headline_of_its_own(desk):
    _, second = TAB.shown(desk, choices(**EXAMPLES["two-models"]))
    assert plain(TAB.draw(desk, second).headline) == "·went → ·hen 0.46"


@pytest.mark.parametrize("settings", [{}, {"layer": 1}, {"combine": "mean"}, {"words": True}])
def test_the_headline_is_the_weight_in_the_matrix(tiny_bert, settings):
    matrix = look(attend(tiny_bert, "the cats sat on the mat"), **settings)
    row, column, weight = matrix.peak.row, matrix.peak.column, matrix.peak.weight
    if row is None:
        others = np.delete(matrix.weights[:, column], column)
        assert weight == pytest.approx(others.mean(), abs=1e-6)
    else:
        assert weight == matrix.weights[row, column]
    assert f"<b>{round(weight, 2):.2f}</b>" in headline(matrix)


def test_the_strongest_is_between_two_ordinary_tokens():
    weights = [[0.0, 1.0, 0.0, 0.0], [0.1, 0.9, 0.0, 0.0], [0.3, 0.6, 0.1, 0.0], [0, 0, 1.0, 0]]
    attention = attention_of(weights, "[CLS]", "cat", "sat", "[SEP]")
    assert look(attention).peak == Peak(2, 1, pytest.approx(0.6))
    assert plain(headline(look(attention))) == "sat → cat 0.60"


def test_a_head_that_rests_is_said_to_rest_and_without_the_sinks_own_row():
    weights = [[0.0, 0.5, 0.5, 0.0], [0.8, 0.0, 0.2, 0.0], [0.7, 0.1, 0.2, 0.0], [0.9, 0, 0, 0.1]]
    attention = attention_of(weights, "[CLS]", "cat", "sat", "[SEP]")
    assert look(attention).peak == Peak(None, 0, pytest.approx(0.8))
    hidden = look(attention, special=False)
    assert hidden.peak == Peak(0, 1, pytest.approx(0.2))
    assert plain(headline(hidden)) == "cat → sat 0.20"


def test_the_pair_that_was_asked_for_is_named_wherever_it_is_shown():
    weights = np.full((4, 4), 0.25)
    weights[2] = [0.1, 0.2, 0.3, 0.4]
    attention = attention_of(weights, "[CLS]", "cat", "sat", "[SEP]")
    assert look(attention, row=2, column=0).peak == Peak(2, 0, pytest.approx(0.1))
    assert look(attention, row=2).peak == Peak(2, 1, pytest.approx(0.2))  # of two ordinary tokens
    assert look(attention, row=0).peak.row == 0  # which has no ordinary one
    assert look(attention, row=2, column=1, special=False).peak == Peak(1, 0, pytest.approx(0.2))
    assert look(attention, row=99, column=1).peak == look(attention).peak  # of a longer text


def test_a_text_without_two_ordinary_tokens_says_where_its_rows_rest():
    attention = attention_of([[0.5, 0.5], [0.9, 0.1]], "[CLS]", "[SEP]")
    assert plain(headline(look(attention))) == "[CLS] gets 0.90 of a row on average"
    assert heads_headline(attention, [0], [0]) == "No two ordinary tokens"


def test_of_several_heads_the_strongest_is_named_with_its_number():
    weights = np.stack([[np.eye(3), np.eye(3)[[1, 1, 1]]], [np.eye(3)[[0, 2, 2]] * 0.9] * 2])
    attention = attention_of(weights, "a", "b", "c")
    assert plain(heads_headline(attention, [0, 1], [0, 1])) == "a → b 1.00 in head 0.1"
    assert plain(heads_headline(attention, [1], [0, 1])) == "b → c 0.90 in head 1.0"
    assert plain(heads_headline(attention, [1], [1])) == "b → c 0.90"


@pytest.mark.parametrize("view", ["lines", "model"])
def test_the_lines_name_the_largest_weight_that_they_draw(desk, view):
    chosen = choices(view=view, text="The cat sat on the mat because it was soft.", layer=1)
    attention = desk.ask(attend, desk.named("pocket-bert", "attention"), chosen.text)
    shown = attention.weights if view == "model" else attention.weights[1:2]
    ordinary = shown[:, :, 1:-1, 1:-1] * (1 - np.eye(shown.shape[-1] - 2))
    said = plain(TAB.draw(desk, chosen).headline)
    assert f" {ordinary.max():.2f} in head " in said


@pytest.mark.parametrize("softmax", [True, False])
def test_the_steps_name_the_pair_that_is_worked_out(tiny_bert, softmax):
    steps = explain(tiny_bert, "the cats sat on the mat", softmax=softmax)
    row, column = pair = strongest_pair(steps)
    number = f"{float(steps.weights[pair]):.2f}".replace("-", "−")
    names = steps.names[row], steps.names[column]
    score = "" if softmax else "score "
    assert plain(steps_headline(steps, pair)) == f"{names[0]} → {names[1]} {score}{number}"


def test_what_was_typed_is_escaped_and_cut(tiny_bert):
    attention = attention_of([[0.1, 0.9], [0.9, 0.1]], HOSTILE, "cat")
    steps = explain(tiny_bert, "the cat")
    hostile = tuple(replace(token, text=HOSTILE) for token in steps.tokens)
    for said in (
        headline(look(attention)),
        heads_headline(attention, [0], [0]),
        steps_headline(replace(steps, tokens=hostile), (1, 2)),
    ):
        assert "&lt;/script&gt;" in said
        assert "</script" not in said
        assert "<img" not in said
        assert len(plain(said)) < 80
