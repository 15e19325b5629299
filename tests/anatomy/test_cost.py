"""Cost: what is timed is one layer, what is fitted fits, and a gradient is the library's."""

import io
from contextlib import redirect_stdout
from time import perf_counter

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from figures.anatomy.cost import cost_figure, cost_table, headline
from services.anatomy.cost import LENGTHS, Cost, Fit, Reach, cost, fitted, reach
from services.anatomy.layer import parts_of, passed
from tabs.anatomy import TAB
from tabs.anatomy.endpoint import inspect_endpoint
from tests.anatomy.test_journey import TEXT, chosen
from tests.fakes.tiny_gpt2 import tiny_gpt2


class Largest(TorchDispatchMode):
    """The shapes of all tensors that are made."""

    def __init__(self):
        super().__init__()
        self.shapes = set()

    def __torch_dispatch__(self, function, types, given=(), named=None):
        made = function(*given, **(named or {}))
        if isinstance(made, torch.Tensor):
            self.shapes.add(tuple(made.shape))
        return made


def test_what_is_counted_is_what_a_layer_makes(tiny_bert):
    made = cost(tiny_bert)
    body, config = tiny_bert.model, tiny_bert.model.config
    n = made.lengths[-1]
    with torch.no_grad(), Largest() as seen:
        parts = parts_of("bert", body, 0)
        passed(parts, torch.randn(n, config.hidden_size), config.num_attention_heads, causal=False)
    assert (config.num_attention_heads, n, n) in seen.shapes
    assert (n, config.intermediate_size) in seen.shapes
    assert made.weights[-1] == 4 * config.num_attention_heads * n * n
    assert made.units[-1] == 4 * config.intermediate_size * n
    assert made.layers == 2
    assert min(*made.attention, *made.forward) > 0


def test_a_text_is_no_longer_than_the_model_reads(space):
    assert cost(tiny_gpt2(space)).lengths == tuple(n for n in LENGTHS if n <= 64)


def test_a_measurement_is_bounded(desk):
    """All of it is begun within its share; what runs beside it may make it longer, not endless."""
    start = perf_counter()
    desk.ask(cost, desk.default("anatomy"))
    assert perf_counter() - start < 10
    assert desk.knows(cost, desk.default("anatomy"))  # once for everybody


@pytest.mark.parametrize("true", [Fit(2.0, 0.1, 0.003), Fit(0.0, 0.5, 0.0), Fit(1.0, 0.0, 0.01)])
def test_a_curve_that_is_there_is_found(true):
    found = fitted(LENGTHS, [true.at(n) for n in LENGTHS], square=True)
    assert (found.constant, found.linear, found.square) == pytest.approx(
        (true.constant, true.linear, true.square), abs=1e-9
    )


def test_no_term_of_a_curve_is_below_0():
    found = fitted(LENGTHS, [100 - n / 10 for n in LENGTHS], square=True)
    assert min(found.constant, found.linear, found.square) >= 0
    assert fitted(LENGTHS, [float(n * n) for n in LENGTHS], square=False).square == 0


# The reach of a gradient -------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_a_gradient_is_that_of_the_whole_derivative(tiny_bert, space, family):
    """Of all directions, by the library's own pass: the mean is the root of the sum over them."""
    model = tiny_bert if family == "bert" else tiny_gpt2(space)
    found = reach(model, TEXT)
    body = model.model.base_model
    ids = torch.tensor([model.encode(TEXT)["input_ids"]])
    first, last = (1, ids.shape[1] - 2) if family == "bert" else (0, ids.shape[1] - 1)

    def ended(x):
        if family == "gpt2":
            return body.ln_f(_through(body.h, x))[0, last]
        return body.encoder(x).last_hidden_state[0, last]

    def _through(layers, x):
        mask = torch.full((x.shape[1], x.shape[1]), -torch.inf).triu(1)[None, None]
        for layer in layers:
            x = layer(x, attention_mask=mask)
        return x

    with torch.no_grad():
        if family == "gpt2":
            x = body.wte(ids) + body.wpe(torch.arange(ids.shape[1]))
        else:
            x = body.embeddings(ids)
    whole = torch.autograd.functional.jacobian(ended, x)[:, 0]  # (end, token, width)
    expected = (whole.double().square().sum(dim=(0, 2)) / len(whole)).sqrt()
    expected = expected[first : last + 1].flip(0)
    # Eight directions of 32 are a sample: near in each token, and in their order.
    ratio = found.model / expected.numpy()
    assert ratio.min() > 0.6
    assert ratio.max() < 1.6
    assert len(found.model) == len(found.recurrent) == last + 1 - first


def test_an_lstm_that_learned_nothing_forgets(tiny_bert):
    found = reach(tiny_bert, "the cats sat on the mat the cats sat on the mat")
    share = found.recurrent / found.recurrent[0]
    assert share[-1] < 0.05
    assert (np.diff(share) < 0).all()
    again = reach(tiny_bert, "the cats sat on the mat the cats sat on the mat")
    np.testing.assert_array_equal(found.model, again.model)
    np.testing.assert_array_equal(found.recurrent, again.recurrent)


def test_no_gradient_is_left_on_the_model(tiny_bert):
    reach(tiny_bert, TEXT)
    assert all(weight.grad is None for weight in tiny_bert.model.parameters())


# The page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pocket-bert", "pocket-gpt2"])
def test_the_code_times_the_same_lengths(desk, name):
    one = TAB.asked(desk, chosen(view="cost", model=name, text="The cat sat."))
    names = {}
    with redirect_stdout(io.StringIO()):
        exec(compile(TAB.snippet(one), "snippet", "exec"), names)
    measured = one.ask(cost)
    assert tuple(names["lengths"]) == measured.lengths
    assert len(names["milliseconds"]["attention"]) == len(measured.lengths)
    given = inspect_endpoint(desk)("The cat sat.", model=name, view="cost")
    assert given["bytes"]["attention_weights"] == list(measured.weights)
    assert given["milliseconds"]["attention"] == list(measured.attention)


def test_the_picture_says_all_three():
    made = Cost(
        (8, 16), (1.0, 4.0), (1.0, 2.0), Fit(0, 0, 1 / 64), Fit(0, 1 / 8, 0), (9, 99), (5, 55), 6
    )
    far = Reach(np.array([2.0, 1.0]), np.array([1.0, 0.25]), "<s>")
    picture = cost_figure(made, far, title="<T>")
    assert picture.count("<polyline") == 6
    assert picture.count("<circle") == 4  # what was measured
    assert "&lt;T&gt;" in picture
    assert "<s>" not in picture.replace("<span>", "")
    assert "attention ≈ 0.0156·n² ms" in picture
    assert "50.0%" in picture
    assert "25.0%" in picture
    assert headline(made).count("× 4.0") == 1
    assert cost_table(made).count("<tr>") == 3
