"""What the heads of a layer add: equal to the library, head by head, and who gives it."""

import numpy as np
import pytest

from core.errors import UserError
from figures.attention.added import added_sections
from services.attention.added import add_up
from services.attention.steps import explain

TEXT = "the cats sat on the mat"


@pytest.mark.parametrize("layer", [0, 1])
def test_the_shares_add_up_to_what_the_models_own_module_hands_on(tiny_bert, layer):
    import torch

    heard = {}
    dense = tiny_bert.model.encoder.layer[layer].attention.output.dense
    hook = dense.register_forward_hook(lambda _, given, made: heard.update(made=made))
    with torch.inference_mode():
        tiny_bert.model(**tiny_bert.tensors(tiny_bert.encode(TEXT)))
    hook.remove()
    added = add_up(tiny_bert, TEXT, layer=layer)
    np.testing.assert_allclose(added.total, heard["made"][0].numpy(), atol=1e-5)
    assert added.difference <= 1e-5


def test_a_heads_share_is_its_output_through_its_rows_of_w_o(tiny_bert):
    steps = explain(tiny_bert, TEXT, layer=1, head=1)
    added = add_up(tiny_bert, TEXT, layer=1)
    w_o = tiny_bert.model.encoder.layer[1].attention.output.dense.weight.detach().numpy()[:, 8:].T
    np.testing.assert_allclose(added.shares[:, 1], steps.output @ w_o, atol=1e-6)
    np.testing.assert_allclose(added.side[:, 1], steps.library_output)
    lengths = np.linalg.norm(steps.output @ w_o, axis=-1)
    assert added.lengths(2)[1] == pytest.approx(lengths[2], rel=1e-5)
    one_by_one = steps.weights[2, 3] * np.linalg.norm(steps.value[3] @ w_o)
    assert added.given[1, 2, 3] == pytest.approx(one_by_one, rel=1e-5)


def test_the_sink_is_named_with_its_weight_and_what_it_gives(tiny_bert):
    added = add_up(tiny_bert, TEXT, layer=0)
    rest = added.rest(1)
    weights, given = added.weights[1], added.given[1]
    assert weights.sum(axis=0).max() == weights[:, rest].sum()
    shares = added.from_token(1, rest)
    assert shares == pytest.approx(
        (weights[:, rest].sum() / weights.sum(), given[:, rest].sum() / given.sum())
    )
    names = [str(place) for place in range(len(weights))]
    side, total, gives = added_sections(added, 1, 2, names, None)
    assert f"<code>{rest}</code>" in gives[1]
    assert total[2].count('scope="row"') == added.shares.shape[1] + 2
    assert side[2].count("<svg") == added.shares.shape[1]
    assert "concatenated to one vector of 16" in side[1]


def test_the_numbers_of_the_layer_are_checked(tiny_bert):
    with pytest.raises(UserError, match="layer must be a whole number from 0 to 1; got 2"):
        add_up(tiny_bert, TEXT, layer=2)
