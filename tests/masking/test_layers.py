"""Layer by layer: what each state gives under the head, and the attention, are the library's."""

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.masking.layers import first_with, headline, layers_figure, layers_table
from services.masking.blanks import toggled
from services.masking.layers import read_layers
from tabs.kit.view import Asked
from tabs.masking import TAB
from tabs.masking.choices import STEM, Choices
from tests.kit.stages import HOSTILE
from tests.masking.conftest import direct

CLOSE = {"rtol": 0, "atol": 1e-5}
TEXT = "The cat sat on the mat."


def drawn(layers):
    return layers_figure(layers, lambda number: toggled(layers.blanked, number), title="T")


def test_every_state_and_every_weight_is_the_librarys(any_model):
    layers = read_layers(any_model, TEXT, (1, 5), 1)
    ids, place = layers.blanked.ids, layers.blanked.places[1]
    network = any_model.model
    with torch.inference_mode():
        output = network(
            torch.tensor([list(ids)]), output_hidden_states=True, output_attentions=True
        )
        head = network.cls if hasattr(network, "cls") else network.lm_head
        for state, guesses in zip(output.hidden_states, layers.guesses, strict=True):
            row = head(state)[0, place].double().softmax(dim=-1)
            best = row.topk(len(guesses))
            found = [one.probability for one in guesses]
            np.testing.assert_allclose(found, best.values, **CLOSE)
    weights = torch.stack(output.attentions)[:, 0, :, place]
    np.testing.assert_allclose(layers.attention, weights, **CLOSE)
    np.testing.assert_allclose(layers.attention.sum(axis=-1), 1, **CLOSE)
    last = direct(any_model, ids)[place]
    assert layers.final[-1] == pytest.approx(last.max(), abs=1e-5)


def test_a_number_behind_the_last_hidden_word_is_the_last(masked):
    assert read_layers(masked, TEXT, (1, 5), 9).number == 1
    with pytest.raises(UserError, match="Nothing is masked"):
        read_layers(masked, TEXT)


def test_the_picture_says_from_which_layer_on_the_guess_leads(masked):
    layers = read_layers(masked, TEXT, (1, 5))
    final = layers.guesses[-1][0].id
    since = first_with(layers)
    assert all(guesses[0].id == final for guesses in layers.guesses[since:])
    assert since == 0 or layers.guesses[since - 1][0].id != final
    assert f"after layer {since - 1}" in headline(layers)
    assert "{&quot;mask&quot;: 1}" in drawn(layers)


def test_hostile_texts_are_escaped(masked):
    layers = read_layers(masked, f"{HOSTILE} _")
    for html in (drawn(layers), layers_table(layers), headline(layers)):
        assert "<lectern" not in html
        assert "<script" not in html


def test_the_code_gives_the_same_numbers(desk):
    entry, names = desk.default(STEM), {}
    chosen = Choices(text=TEXT, hidden="1,5", mask=1, view="layers", model=entry.name)
    exec(TAB.snippet(Asked(desk, entry, chosen)), names)
    layers = desk.ask(read_layers, entry, TEXT, (1, 5), 1)
    np.testing.assert_allclose(names["attention"], layers.attention, **CLOSE)
    for row, guesses in zip(names["chances"], layers.guesses, strict=True):
        assert row[guesses[0].id].item() == pytest.approx(guesses[0].probability, abs=1e-5)
