"""Tensors: what is printed is what torch prints, and what tells an invented one is counted."""

import io
import json
from contextlib import redirect_stdout

import numpy as np
import pytest
import torch

from figures.anatomy.tensors import headline, state_chooser, tensors_figure, tensors_table
from services.anatomy.invented import INVENTED
from services.anatomy.tensors import Signs, signs_of, tensors
from tabs.anatomy import TAB
from tabs.anatomy.endpoint import inspect_endpoint
from tests.anatomy.test_journey import TEXT, chosen, states_of
from tests.fakes.tiny_gpt2 import tiny_gpt2


@pytest.fixture(scope="module")
def made(tiny_bert):
    return tensors(tiny_bert, TEXT, "", INVENTED)


def test_the_states_and_their_print_are_the_librarys(made, tiny_bert, space):
    for model, mine in ((tiny_bert, made), (tiny_gpt2(space), None)):
        mine = mine or tensors(model, TEXT, "", INVENTED)
        told = states_of(model, TEXT).hidden_states
        assert len(told) == len(mine.states)
        for ours, printed, theirs in zip(mine.states, mine.printed, told, strict=True):
            np.testing.assert_allclose(ours, theirs[0], atol=1e-6)
            assert printed.startswith("tensor([[[")
            assert printed == repr(theirs)
        assert mine.shape() == tuple(told[0].shape)


def test_what_gives_a_tensor_away_is_counted():
    rows = np.array([[1.0, -1.0], [0.0, 0.0], [1.0, -1.0], [3.0, 0.0]])
    assert signs_of(rows, 6) == Signs(4, 2, 6, 1, 1, 0.25, 3.0, (0.0, 1.5), (0.0, 1.5))


def test_the_invented_tensor_is_given_away_by_most_of_them(made):
    real, fake = signs_of(made.states[-1], len(made.tokens)), signs_of(INVENTED.array, 8)
    assert (real.rows, real.twins, real.empty) == (real.tokens, 0, 0)
    assert fake.rows < fake.tokens
    assert fake.twins == fake.empty == 1
    assert fake.deviations[0] == 0 < real.deviations[0]
    assert abs(real.below - 0.5) < 0.1 < abs(fake.below - 0.5)


def test_it_is_printed_as_torch_prints():
    """In the shape that it claims, with the numbers that it shows where torch shows them."""
    whole = torch.zeros(INVENTED.shape) + 0.5
    for place, row in enumerate(INVENTED.rows):
        whole[0, place, :3], whole[0, place, -3:] = torch.tensor(row[:3]), torch.tensor(row[3:])
    assert INVENTED.printed.split() == repr(whole).replace(",  ...,", ", ...,").split()


@pytest.mark.parametrize("model", ["pocket-bert", "pocket-gpt2"])
def test_the_code_prints_the_same(desk, model):
    one = chosen(view="tensors", model=model, text="The cat sat.", layer=3)
    names = {}
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(TAB.snippet(TAB.asked(desk, one)), "snippet", "exec"), names)
    _, content = TAB.files(desk, one)
    content = json.loads(content)
    assert content["state"] == 3
    np.testing.assert_allclose(names["rows"][0], content["vectors"], atol=1e-5)
    assert f"torch.Size({content['shape']})" in said.getvalue()
    given = inspect_endpoint(desk)("The cat sat.", model=model, view="tensors", layer=3)
    assert given["vectors"] == content["vectors"]


def test_the_answer_is_hidden_until_it_is_asked_for(made):
    signs = (signs_of(made.states[2], 9), signs_of(INVENTED.array, made.invented_tokens))
    closed, opened = (
        tensors_figure(made, 2, INVENTED, signs, title="<T>", solved=solved)
        for solved in (False, True)
    )
    assert "&lt;T&gt;" in closed
    assert "Equal rows" not in closed
    assert "Equal rows" in opened
    assert closed.count("<svg") == len(made.tokens) + len(INVENTED.rows) + 1  # and the legend
    assert "last_hidden_state" in closed
    assert f"torch.Size({list(made.shape())})" in closed
    assert "hidden_states[1]" in tensors_figure(made, 1, INVENTED, signs, title="", solved=False)
    assert tensors_table(made, 0).count("<tr>") == len(made.tokens) + 1
    assert state_chooser(made, 1).count("data-pick") == 3
    assert f"<b>{len(made.tokens)}</b>" in headline(made)
