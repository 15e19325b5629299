"""Attention by hand: against torch, the mask, a head in two dimensions, what is refused."""

import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UserError
from figures.attention.sandbox import headline, sandbox_figure, typed
from services.attention.sandbox import by_hand, flatten
from services.attention.steps import explain
from tabs.attention import TAB
from tabs.attention.choices import Choices
from tabs.kit.examples import read_examples
from tests.weights.held import holds

QUERIES, KEYS, VALUES = "1, 0.5\n3, 1.5\n-1, 1", "2, 0\n0, 2\n-1.5, -1", "4, 0\n0, 4\n-3, -3"
TEXT = "the cats sat on the mat"
EXAMPLES = {one["title"]: one for one in read_examples("attention")}


def choices(title="By hand", **changed):
    start = {"model": "pocket-bert", "beside": "", "view": "sandbox"}
    return Choices(**(start | EXAMPLES[title]["inputs"] | changed))


@pytest.mark.parametrize("scaling", [True, False])
def test_it_is_torchs_attention(scaling):
    import torch

    made = by_hand(QUERIES, KEYS, VALUES, "0.1, 2.0", scaling=scaling)
    query, key, value = (torch.tensor(part) for part in (made.query, made.key, made.value))
    expected = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=torch.tensor(~made.masked), scale=None if scaling else 1.0
    )
    np.testing.assert_allclose(made.output, expected.numpy(), atol=1e-12)
    assert made.weights[0, 1] == made.weights[2, 0] == 0
    np.testing.assert_allclose(made.weights.sum(axis=1), 1)


@holds("attention", "By hand", 3)
def test_a_longer_query_chooses_more_sharply():
    made = by_hand(choices().queries, choices().keys, choices().values)
    np.testing.assert_allclose(made.query[1], 3 * made.query[0])
    said = EXAMPLES["By hand"]["look_for"]
    assert made.weights[:2].argmax(axis=1).tolist() == [0, 0]
    assert f"from {made.weights[0, 0]:.2f} to {made.weights[1, 0]:.2f}" in said


@holds("attention", "A head in two dimensions", 5)
def test_a_head_in_two_dimensions_is_told_with_what_is_lost(desk):
    chosen = choices("A head in two dimensions")
    entry = desk.named("pocket-bert", "attention")
    said = EXAMPLES["A head in two dimensions"]["look_for"]

    def off(layer, head):
        flat = desk.ask(flatten, entry, chosen.text, "", layer, head)
        made = by_hand(typed(flat.query), typed(flat.key), typed(flat.value))
        return flat, f"{np.abs(made.weights - flat.weights).max():.2f}"

    flat, far = off(chosen.layer, chosen.head)
    assert f"two of {flat.width} dimensions keep {100 * flat.kept:.1f}%" in said
    assert f"by at most {far}" in said
    assert "Head 0.2 cannot be drawn" in said
    assert f"differ by {off(0, 2)[1]}." in said


def test_two_dimensions_are_those_of_most_squared_length(tiny_bert):
    flat = flatten(tiny_bert, TEXT, "", 1, 0)
    steps = explain(tiny_bert, TEXT, layer=1, head=0)
    assert flat.names == ("the", "cat", "##s", "sat", "on")
    query, key = steps.query[1:6].astype(float), steps.key[1:6].astype(float)
    both = np.vstack([query, key])
    sizes = np.linalg.svd(both, compute_uv=False)
    assert flat.kept == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum())
    # ÷ √2 here is ÷ √8 there, but for what two dimensions lose and two digits round.
    left, sizes, right = np.linalg.svd(both)
    near = left[:, :2] * sizes[:2] @ right[:2]
    scaled = near[:5] @ near[5:].T / np.sqrt(steps.width)
    made = by_hand(typed(flat.query), typed(flat.key), typed(flat.value))
    np.testing.assert_allclose(made.scaled, scaled, atol=0.05)
    assert steps.width == flat.width == 8


def test_a_text_of_two_tokens_is_too_short(tiny_bert):
    with pytest.raises(UserError, match="takes 3 to 5 tokens of the text; this one has 2"):
        flatten(tiny_bert, "the mat", "", 0, 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"queries": "1, 2\nx, 3\n1, 1"}, "Line 2 of the query vectors must be two numbers"),
        ({"keys": "1, 2"}, r"There must be 3 to 5 key vectors, one on each line; got 1\."),
        ({"values": "1, 2\n" * 6}, r"3 to 5 value vectors, .* got more than 5\."),
        ({"values": "1, 2\n" * 4}, r"as many queries as keys and values, .* got 3, 3 and 4\."),
        ({"mask": "0"}, r"pairs of a row and a column .* such as 0\.1,0\.2; got '0'\."),
        ({"mask": "1.0,1.1,1.2"}, "Token 1 would see nothing"),
        ({"mask": None}, "The mask must be text; got nothing"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(changed, said):
    given = {"queries": QUERIES, "keys": KEYS, "values": VALUES, "mask": ""} | changed
    with pytest.raises(UserError, match=said):
        by_hand(*given.values())


def test_a_mask_behind_the_last_token_means_nothing():
    assert not by_hand(QUERIES, KEYS, VALUES, "4.0,0.3").masked.any()


def test_a_press_masks_a_place_and_shows_it_again():
    masked = sandbox_figure(by_hand(QUERIES, KEYS, VALUES, "0.1"), None)
    assert '{&quot;mask&quot;: &quot;&quot;}" data-cell="0.1" aria-pressed="true"' in masked
    assert '&quot;0.1,0.2&quot;}" data-cell="0.2" aria-pressed="false"' in masked
    assert "0.1,0.2,1.2" in masked  # the causal mask


def test_no_model_is_read_for_vectors_that_are_typed(desk, monkeypatch):
    for door in ("read", "ask"):
        monkeypatch.setattr(type(desk), door, lambda *_, **__: pytest.fail("a model was asked"))
    drawn = TAB.draw(desk, choices())
    assert re.sub("<[^>]+>", "", drawn.headline) == "Token 1 looks most at 0: 0.89"
    assert drawn.headline == headline(by_hand(QUERIES, KEYS, VALUES))


def test_an_arrow_of_a_head_that_is_moved_makes_all_of_them_ones_own(desk):
    picture = TAB.draw(desk, choices("A head in two dimensions")).picture
    assert picture.count("&quot;taken&quot;: &quot;typed&quot;") == 3
    assert "taken" not in TAB.draw(desk, choices()).picture


def test_the_code_gives_the_same_weights(desk):
    chosen = replace(choices(), mask="0.1")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(TAB.snippet(TAB.asked(desk, chosen)), {})
    made = by_hand(QUERIES, KEYS, VALUES, "0.1")
    numbers = [float(n) for n in re.findall(r"-?\d\.\d+e?[-+]?\d*", out.getvalue())]
    np.testing.assert_allclose(numbers[:9], made.weights.ravel(), atol=1e-4)
