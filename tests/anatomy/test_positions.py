"""Positions: the sinusoids of the paper, vectors that are turned, and the tables of models."""

import io
import json
from contextlib import redirect_stdout

import numpy as np
import pytest
import torch
from transformers.models.gpt_neox.modeling_gpt_neox import GPTNeoXRotaryEmbedding
from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

from core.errors import UserError
from figures.anatomy.positions import headline, positions_figure, positions_table
from services.anatomy.positions import Table, learned, sinusoids, turned
from tabs.anatomy import TAB
from tests.anatomy.test_journey import chosen
from tests.fakes import published
from tests.fakes.tiny_gpt2 import tiny_gpt2


def test_the_sinusoids_are_the_librarys():
    """Marian has all sines first, then all cosines."""
    rows = MarianSinusoidalPositionalEmbedding(40, 64).create_weight().detach().numpy()
    ours = sinusoids(40, 64).rows
    np.testing.assert_allclose(np.concatenate([ours[:, 0::2], ours[:, 1::2]], 1), rows, atol=1e-6)


def test_the_product_of_two_sinusoids_depends_on_their_distance_alone():
    table = sinusoids(64, 512)
    assert table.products(0) == pytest.approx(np.full(64, 256.0))
    assert table.products(3) == pytest.approx(np.full(61, 211.749443))
    assert np.ptp(table.products(17)) < 1e-9


def test_so_does_that_of_a_vector_that_is_turned():
    table = turned(64, 32)
    assert np.ptp(table.products(5)) < 1e-9
    assert np.ptp(table.rows[:, 0]) > 0.1
    lengths = np.linalg.norm(table.rows, axis=1)
    np.testing.assert_allclose(lengths, lengths[0])


def test_the_angles_are_those_of_the_library():
    class Config:
        rope_parameters = {"rope_type": "default", "rope_theta": 10_000.0}  # noqa: RUF012
        hidden_size, num_attention_heads, max_position_embeddings = 32, 1, 64
        head_dim = 32

    rotary = GPTNeoXRotaryEmbedding(Config())
    cosines, _ = rotary(torch.zeros(1, 64, 32), torch.arange(64)[None])
    np.testing.assert_allclose(cosines[0, :, :16], sinusoids(64, 32).rows[:, 1::2], atol=1e-5)


def test_a_learned_table_begins_where_tokens_do(tiny_bert, space):
    table = tiny_bert.model.embeddings.position_embeddings.weight.detach()
    np.testing.assert_array_equal(learned(tiny_bert).rows, table)
    gpt2 = tiny_gpt2(space)
    np.testing.assert_array_equal(learned(gpt2).rows, gpt2.model.transformer.wpe.weight.detach())
    roberta = published.small(space, "roberta-base")
    table = roberta.model.embeddings.position_embeddings.weight.detach()
    np.testing.assert_array_equal(learned(roberta).rows, table[2:])


def test_cosines_are_of_vectors_of_length_one():
    table = Table(np.array([[3.0, 0.0], [0.0, 2.0], [5.0, 0.0]]))
    assert table.cosines(1).tolist() == [0, 0]
    assert table.cosines(2).tolist() == [1]
    assert table.curve().tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"distance": 64}, "got a distance of 64 and 64 positions"),
        ({"dimensions": 7}, "in pairs, a sine and a cosine; got 7"),
        ({"length": 1000}, "length must be a whole number from 8 to 256; got 1,000"),
        ({"kind": "none"}, "kind of positions must be one of sinusoids, rotary"),
    ],
)
def test_what_is_no_position_is_refused(desk, changed, said):
    with pytest.raises(UserError, match=said):
        TAB.draw(desk, chosen(view="positions", **changed))


@pytest.mark.parametrize("kind", ["sinusoids", "rotary"])
@pytest.mark.parametrize("model", ["pocket-bert", "pocket-gpt2"])
def test_the_code_gives_the_same_tables(desk, kind, model):
    one = chosen(view="positions", kind=kind, model=model, distance=3)
    _, content = TAB.files(desk, one)
    content = json.loads(content)
    names = {}
    with redirect_stdout(io.StringIO()):
        exec(compile(TAB.snippet(TAB.asked(desk, one)), "snippet", "exec"), names)
    assert names["products"].mean() == pytest.approx(content["dot"][3])
    assert float(names["cosines"].mean()) == pytest.approx(content["learned_cosine"][1], abs=1e-6)


def test_the_picture_has_both_tables_and_their_curves():
    table, own = sinusoids(16, 8), turned(12, 8)
    picture = positions_figure(table, own, 3, kind="sinusoids", title="<T>")
    assert picture.count("data:image/png") == 2
    assert "&lt;T&gt;" in picture
    assert "<T>" not in picture
    assert "13 pairs at distance 3" in picture
    assert positions_table(table, own).count("<tr>") == 17
    assert f"<b>{table.products(3).mean():.2f}</b> of 4.00" in headline(table, 3)
