"""One head step by step: equal to the library, and honest when a step is switched off."""

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UserError
from core.numbers import softmax
from figures.attention.steps import comparison, row_table, steps_figure
from figures.attention.sums import enough
from figures.parts.style import three_digits
from services.attention.added import add_up
from services.attention.attend import attend
from services.attention.steps import explain, row_entropy, strongest_pair
from tabs.attention.steps import chosen_pair

TEXT = "the cats sat on the mat"


def test_a_softmax_row_sums_to_one_and_does_not_overflow():
    weights = softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3.0)]]))
    np.testing.assert_allclose(weights, [[0.5, 0.5], [0.25, 0.75]])


def test_entropy_is_in_nats_and_zero_for_one_place():
    assert row_entropy(np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    assert row_entropy(np.array([1.0, 0.0])) == 0


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("head", [0, 1])
def test_the_steps_end_where_the_library_ends(tiny_bert, layer, head):
    steps = explain(tiny_bert, TEXT, layer=layer, head=head)
    weights = attend(tiny_bert, TEXT).weights[layer, head]
    np.testing.assert_array_equal(steps.library_weights, weights)
    assert steps.weight_difference <= 1e-5
    assert steps.output_difference <= 1e-5
    assert steps.width == 8
    assert "The same as what transformers returned" in comparison(steps)


def test_the_librarys_output_is_what_its_own_module_passes_on(tiny_bert):
    import torch

    heard = {}
    dense = tiny_bert.model.encoder.layer[1].attention.output.dense
    hook = dense.register_forward_pre_hook(lambda _, given: heard.update(all=given[0]))
    with torch.inference_mode():
        tiny_bert.model(**tiny_bert.tensors(tiny_bert.encode(TEXT)))
    hook.remove()
    steps = explain(tiny_bert, TEXT, layer=1, head=1)
    np.testing.assert_array_equal(steps.library_output, heard["all"][0, :, 8:].numpy())


def test_explaining_leaves_no_hook_on_the_shared_model(tiny_bert):
    def hooks():
        modules = tiny_bert.model.modules()
        return [(list(m._forward_hooks), list(m._forward_pre_hooks)) for m in modules]

    attend(tiny_bert, TEXT)  # transformers sets some of its own at the first call
    before = hooks()
    explain(tiny_bert, TEXT)
    assert hooks() == before


def test_without_scaling_the_scores_go_into_the_softmax_as_they_are(tiny_bert):
    steps = explain(tiny_bert, TEXT, scaling=False)
    np.testing.assert_array_equal(steps.scaled, steps.scores)
    np.testing.assert_allclose(steps.weights, softmax(steps.scores))
    assert "because ÷ √d_k is switched off" in comparison(steps)


def test_without_softmax_the_values_are_mixed_by_the_scores(tiny_bert):
    steps = explain(tiny_bert, TEXT, softmax=False, scaling=False)
    np.testing.assert_allclose(steps.output, steps.scores @ steps.value)
    assert "÷ √d_k and softmax are switched off" in comparison(steps)


@pytest.mark.parametrize(("name", "value"), [("layer", 2), ("head", -1), ("head", 0.5)])
def test_a_layer_or_head_out_of_range_is_refused(tiny_bert, name, value):
    with pytest.raises(UserError, match=f"{name} must be a whole number from 0 to 1"):
        explain(tiny_bert, TEXT, **{name: value})


def test_the_pair_worked_out_is_the_strongest_between_ordinary_tokens(tiny_bert):
    steps = explain(tiny_bert, TEXT)
    row, column = strongest_pair(steps)
    inner = steps.library_weights[1:-1, 1:-1].copy()
    np.fill_diagonal(inner, 0)
    assert steps.library_weights[row, column] == inner.max()
    assert strongest_pair(steps, 0) == (0, int(steps.library_weights[0].argmax()))


def test_a_chosen_pair_is_kept_and_a_number_beyond_the_text_is_remarked(tiny_bert):
    steps = explain(tiny_bert, TEXT)
    assert chosen_pair(steps, "3", "2") == ((3, 2), "")
    assert chosen_pair(steps, "", "") == (strongest_pair(steps), "")
    pair, note = chosen_pair(steps, "99", "2")
    assert pair == (strongest_pair(steps)[0], 2)
    assert note.startswith("This text has no token 99: its tokens are numbered 0 to 8.")


@pytest.mark.parametrize("scaling", [True, False])
@pytest.mark.parametrize("softmax", [True, False])
def test_every_matrix_that_is_computed_is_drawn(tiny_bert, scaling, softmax):
    steps = explain(tiny_bert, TEXT, scaling=scaling, softmax=softmax)
    html = steps_figure(steps, (1, 2), entropy=1.0, caption="")
    assert html.count('class="grid') == 6 + scaling + softmax
    assert html.count("Switched off") == 2 - scaling - softmax


def test_the_sums_on_screen_come_out_on_a_calculator(tiny_bert):
    steps = explain(tiny_bert, TEXT)
    places = range(len(steps.tokens))
    spread = np.random.default_rng(1).normal(scale=300, size=steps.scores.shape)
    wide = replace(
        steps, scores=spread, scaled=spread / np.sqrt(8), weights=softmax(spread / np.sqrt(8))
    )
    for worked in (steps, wide):
        for pair in itertools.product(places, places):
            html = steps_figure(worked, pair, entropy=1.0, caption="").replace(",", "")
            score, root, scaled = read(r"√8 = (\S+) / (\S+) = <b>(\S+)</b>", html)
            assert three_digits(float(score) / float(root)) == scaled
            found = read(
                r"m = (\S+) the row.*?<sup>(\S+) − m</sup>.*? = (\S+) / (\S+) = <b>(\S+)</b>", html
            )
            largest, raised, power, total, weight = found
            assert three_digits(float(power) / float(total)) == weight
            ours = math.exp(float(raised) - float(largest))
            assert ours == pytest.approx(float(power), rel=5.1e-3)


def read(pattern, html):
    return re.search(pattern, html).groups()


def test_a_sum_that_three_digits_do_not_give_gets_a_fourth():
    assert enough(lambda a, b: a / b, 1.0, 1.477) == ("1.000", "1.477")
    assert enough(lambda a, b: a / b, 21.69, 5.657) == ("21.7", "5.66")


def test_the_steps_are_numbered_in_words_that_are_exported(tiny_bert):
    html = steps_figure(explain(tiny_bert, TEXT), (1, 2), entropy=1.0, caption="")
    assert [int(n) for n in re.findall(r"<h3>(\d)\. ", html)] == [1, 2, 3, 4, 5, 6]


def test_the_row_is_a_table_with_the_models_weight_beside(tiny_bert):
    html = row_table(explain(tiny_bert, TEXT), 3)
    assert "3 ##s looks at" in html
    assert html.count("<tr>") == 1 + 9


@pytest.mark.parametrize("scaling", [True, False])
def test_what_the_division_does_is_said_of_the_row_that_is_worked_out(tiny_bert, scaling):
    steps = explain(tiny_bert, TEXT, scaling=scaling)
    sharper = replace(steps, scores=steps.scores * 40, scaled=steps.scaled * 40)
    sharper = replace(sharper, weights=softmax(sharper.scaled))
    for worked in (steps, sharper):
        for row in range(len(steps.tokens)):
            html = steps_figure(worked, (row, 2), entropy=1.0, caption="")
            if not scaling:
                assert "Without the division" not in html
                continue
            said = read(r"this row's largest weight would be (\S+) instead of (\S+)\.<", html)
            unscaled = softmax(worked.scores[row].astype(float)).max()
            assert float(said[0]) == pytest.approx(unscaled, rel=5.1e-3)
            assert said[1] == three_digits(float(worked.weights[row].max()))
    assert "largest weight would" not in steps_figure(
        explain(tiny_bert, TEXT, softmax=False), (1, 2), entropy=1.0, caption=""
    )


def test_the_division_is_undone_under_the_mask_too(tiny_bert):
    steps = replace(explain(tiny_bert, TEXT), causal=True)
    count = len(steps.tokens)
    assert steps.unscaled_weights[0].tolist() == [1.0] + [0.0] * (count - 1)
    np.testing.assert_allclose(steps.unscaled_weights.sum(axis=-1), 1, atol=1e-6)


@pytest.mark.parametrize("width", [8, 32, 128, 512])
def test_the_spread_of_a_dot_product_is_the_root_of_the_width(width):
    """Vaswani et al. 2017, footnote 4: its mean is 0, so it is the spread that grows."""
    query, key = np.random.default_rng(0).normal(size=(2, 20_000, width))
    products = (query * key).sum(axis=1)
    assert products.std() == pytest.approx(math.sqrt(width), rel=0.02)
    assert abs(products.mean()) < 0.03 * math.sqrt(width)


def test_the_output_of_a_head_is_not_said_to_be_all_that_is_added(tiny_bert):
    steps, added = explain(tiny_bert, TEXT), add_up(tiny_bert, TEXT)
    html = steps_figure(steps, (1, 2), entropy=1.0, caption="", added=added)
    assert "what the head adds" not in html
    assert "Times V: the head's output" in html
    assert "multiplied by one more matrix, <i>W<sub>O</sub></i>" in html
    assert "The sum is added to the token's own vector" in html
    assert "nothing is switched off" not in html
    bare = explain(tiny_bert, TEXT, scaling=False)
    html = steps_figure(bare, (1, 2), entropy=1.0, caption="", added=added)
    assert "From here on nothing is switched off" in html
