"""Two sentences: every token has the probabilities of the library; the plot is small and quick."""

import time

import numpy as np
import pytest

from core.errors import UserError
from figures.masking.compare import compare_figure, compare_table, headline
from services.masking.compare import LEAST, compare
from tabs.kit.view import Asked
from tabs.masking import TAB
from tabs.masking.choices import STEM, Choices
from tests.kit.stages import HOSTILE
from tests.masking.conftest import direct

FIRST, SECOND = "The cat sat on the _.", "The mat sat on the [MASK]."


def test_every_token_has_the_probabilities_of_the_library(any_model):
    found, size = compare(any_model, FIRST, SECOND), len(any_model.tokenizer)
    mask = any_model.tokenizer.mask_token
    for row, text in enumerate((FIRST.replace("_", mask), SECOND.replace("[MASK]", mask))):
        ids = any_model.tokenizer(text)["input_ids"]
        place = ids.index(any_model.tokenizer.mask_token_id)
        expected = direct(any_model, ids)[place][:size]
        np.testing.assert_allclose(np.exp(found.logs[row]), expected, rtol=0, atol=1e-5)


def test_the_farthest_are_those_with_the_largest_ratio(masked):
    found = compare(masked, "The boy said _.", "The girl said _.")
    ratio = found.logs[1] - found.logs[0]
    likely = np.exp(found.logs.max(axis=0)) >= LEAST
    assert found.towards_second[0].ratio == pytest.approx(ratio[likely].max())
    assert found.towards_first[0].ratio == pytest.approx(ratio[likely].min())
    chances = np.exp(found.logs.astype(float))
    assert found.moved == pytest.approx(np.abs(chances[0] - chances[1]).sum() / 2)


def test_words_are_looked_up(masked):
    found = compare(masked, FIRST, SECOND, "dog, Dog , floor").found
    assert [one.label for one in found] == ["dog", "floor"]
    with pytest.raises(UserError, match=r"'unhappily' is 4 pieces .*a point is one piece"):
        compare(masked, FIRST, SECOND, "unhappily")
    with pytest.raises(UserError, match=r"cannot spell 'ሰላም': it would be \[UNK\]"):
        compare(masked, FIRST, SECOND, "ሰላም")
    with pytest.raises(UserError, match="13 words are looked up; at most 12"):
        compare(masked, FIRST, SECOND, ",".join("abcdefghijklm"))


@pytest.mark.parametrize(("text", "number"), [("The cat.", 0), ("_ and _", 2)])
def test_each_sentence_has_one_blank(masked, text, number):
    with pytest.raises(UserError, match=rf"second sentence must have one .*; got {number}"):
        compare(masked, FIRST, text)


def test_all_points_are_drawn_in_a_second_and_in_300_kb(masked):
    found = compare(masked, FIRST, SECOND, "dog")
    assert found.logs.shape[1] == 30_522
    start = time.process_time()
    drawn = compare_figure(found, title="T")
    assert time.process_time() - start < 1
    assert len(drawn) < 300_000
    for word in ("dog", found.towards_first[0].label, found.towards_second[0].label):
        assert word in drawn


def test_hostile_names_are_escaped(masked):
    from dataclasses import replace

    found = compare(masked, FIRST, SECOND, "dog")
    evil = replace(found, found=(replace(found.found[0], label=HOSTILE),))
    evil = replace(evil, towards_first=evil.found)
    for html in (compare_figure(evil, title=HOSTILE), compare_table(evil), headline(evil)):
        assert "<lectern" not in html
        assert "<script" not in html


def test_the_code_gives_the_same_numbers(desk):
    entry, names = desk.default(STEM), {}
    chosen = Choices(first=FIRST, second=SECOND, view="compare", model=entry.name)
    exec(TAB.snippet(Asked(desk, entry, chosen)), names)
    found = desk.ask(compare, entry, FIRST, SECOND, "")
    np.testing.assert_allclose(names["logs"].exp(), np.exp(found.logs), rtol=0, atol=1e-5)
