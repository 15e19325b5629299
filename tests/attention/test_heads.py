"""The head finder: every pattern on arrays made by hand."""

import re

import numpy as np
import pytest

from core.errors import UserError
from core.paths import ASSETS
from figures.attention.heatmap import head_list
from services.attention.patterns import PATTERNS, rank
from tabs.attention.choices import PATTERN
from tests.attention.test_attention import attention_of

NAMES = ("[CLS]", "the", "cat", "the", "[SEP]")


def looking_at(*targets):
    """Weights of one head whose tokens look at one place each."""
    return np.eye(len(targets))[list(targets)]


def score(pattern, weights, names=NAMES):
    return rank(attention_of(weights, *names), pattern).heads[0].score


@pytest.mark.parametrize(
    ("pattern", "weights", "wanted"),
    [
        ("previous", looking_at(0, 0, 1, 2, 3), 1),
        ("previous", looking_at(0, 0, 1, 0, 0), 0.5),  # the first token has none before it
        ("next", looking_at(1, 2, 3, 4, 4), 1),
        ("next", looking_at(1, 2, 0, 0, 4), 0.5),
        ("itself", looking_at(0, 1, 2, 0, 0), 0.6),
        ("same", looking_at(0, 3, 0, 1, 0), 1),
        ("same", looking_at(0, 3, 2, 3, 4), 0.5),  # looking at itself does not count
        ("cls", looking_at(1, 0, 0, 0, 1), 0.75),
        ("sep", looking_at(4, 4, 4, 0, 0), 0.75),  # the separator's own row is left out
        ("broad", np.full((5, 5), 0.2), 1),
        ("broad", looking_at(0, 1, 2, 3, 4), 0),
    ],
)
def test_a_pattern_is_scored_as_defined(pattern, weights, wanted):
    assert score(pattern, weights) == pytest.approx(wanted, abs=1e-6)


def test_broad_is_the_entropy_as_a_share_of_the_largest():
    assert score("broad", [[0.5, 0.5, 0, 0]] * 4, "abcd") == pytest.approx(0.5)


def test_every_separator_of_a_pair_counts_together():
    weights = [[0.2] * 5] * 5
    attention = attention_of(weights, "[CLS]", "cat", "[SEP]", second=("sat", "[SEP]"))
    assert rank(attention, "sep").heads[0].score == pytest.approx(0.4)


def test_special_tokens_are_no_same_tokens():
    with pytest.raises(UserError, match="No token occurs twice"):
        rank(attention_of(np.eye(3), "[CLS]", "cat", "[CLS]"), "same")


def test_heads_come_highest_first_with_layer_and_head():
    layers = [[np.eye(3), looking_at(0, 0, 1)], [looking_at(0, 0, 0), np.eye(3)]]
    found = rank(attention_of(layers, "[CLS]", "cat", "sat"), "previous", top=2).heads
    assert [(h.layer, h.head, h.score) for h in found] == [(0, 1, 1.0), (1, 0, 0.5)]


def test_the_score_of_an_even_head_is_told():
    attention = attention_of(np.eye(5), *NAMES)
    assert rank(attention, "previous").even == pytest.approx(0.2)
    assert rank(attention, "broad").even == pytest.approx(1)


def test_an_unknown_pattern_is_refused():
    with pytest.raises(UserError, match="pattern must be one of previous, next"):
        rank(attention_of(np.eye(5), *NAMES), "pronoun")


def test_every_pattern_can_be_chosen_and_says_what_to_look_for():
    assert {name for _, name in PATTERN} == set(PATTERNS)
    assert all(pattern.label and pattern.look_for for pattern in PATTERNS.values())


def test_what_no_causal_model_can_show_is_left_out_of_the_list():
    rules = (ASSETS / "attention" / "style.css").read_text(encoding="utf-8")
    hidden = re.findall(r"attention:has\(.* \.patterns label:has\(input\[value=\"(\w+)", rules)
    assert set(hidden) == {name for name, pattern in PATTERNS.items() if pattern.not_causal}


def test_a_head_is_a_button_that_carries_its_layer_and_head():
    html = head_list(
        rank(attention_of(looking_at(0, 0, 1), "a", "b", "c"), "previous"), look_for="x"
    )
    assert 'data-pick="[0, 0]"' in html
    assert 'aria-label="Go to layer 0, head 0: score 1.00"' in html
    assert "would score 0.333" in html
