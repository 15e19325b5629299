"""The next token drawn many times: torch's own draws, what is listed, the picture."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.generation.draws import draws_figure, draws_table, headline
from services.generation.draws import MOST_DRAWS, SHOWN, draw_many
from services.generation.generate import generate
from services.generation.settings import Settings
from tests.kit.stages import HOSTILE

PROMPT = "The old dog sat by the"


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


def direct(gpt2, temperature=1.0):
    """The distribution of the next token, by transformers."""
    ids = torch.tensor([gpt2.tokenizer(PROMPT)["input_ids"]])
    with torch.inference_mode():
        return (gpt2.model(ids).logits[0, -1] / temperature).softmax(dim=-1)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_draws_are_those_of_torch(gpt2, temperature):
    found = draw_many(gpt2, PROMPT, Settings(temperature=temperature, seed=3), 300)
    chances = direct(gpt2, temperature)
    generator = torch.Generator().manual_seed(3)
    drawn = torch.multinomial(chances, 300, replacement=True, generator=generator)
    counts = torch.bincount(drawn, minlength=len(chances))
    np.testing.assert_allclose(found.chances, chances[found.ids].numpy(), atol=1e-5)
    assert found.counts.tolist() == counts[found.ids].tolist()
    assert found.drawn == int((counts > 0).sum())
    assert len(found.ids) == SHOWN
    assert found.rest[1] == 300 - counts[found.ids].sum()


def test_one_draw_is_the_first_token_of_the_text(gpt2):
    settings = Settings(seed=5, max_new_tokens=1)
    found = draw_many(gpt2, PROMPT, settings, 1)
    assert found.ids[found.counts.argmax()] == generate(gpt2, PROMPT, settings).ids[0]


def test_what_a_filter_removed_is_never_drawn(gpt2):
    found = draw_many(gpt2, PROMPT, Settings(top_k=2, seed=1), 50)
    assert (len(found.ids), found.left) == (2, 2)
    assert found.rest == (pytest.approx(0, abs=1e-6), 0)
    assert "others" not in draws_figure(found, title="T")


@pytest.mark.parametrize("settings", [Settings(greedy=True), Settings(temperature=0)])
def test_greedy_draws_one_token(gpt2, settings):
    found = draw_many(gpt2, PROMPT, settings, 20)
    assert found.ids.tolist() == [int(direct(gpt2).argmax())]
    assert found.counts.tolist() == [20]
    assert "draws nothing" in draws_figure(found, title="T")


@pytest.mark.parametrize("times", [0, MOST_DRAWS + 1, 1.5, "many"])
def test_a_number_of_draws_out_of_range_is_refused(gpt2, times):
    with pytest.raises(UserError, match=r"number of draws .* 1 to 5,000"):
        draw_many(gpt2, PROMPT, Settings(), times)


def test_a_prompt_that_leaves_no_place_for_a_token_is_refused(gpt2):
    with pytest.raises(UserError, match=r"300 tokens and 1 new one is asked for, 301 together"):
        draw_many(gpt2, " dog" * 300, Settings(), 10)


def test_the_picture_says_both_shares(gpt2):
    found = draw_many(gpt2, PROMPT, Settings(seed=1), 200)
    made = replace(found, chances=found.chances.copy(), counts=found.counts.copy())
    made.chances[0], made.counts[0] = 0.25, 60
    drawn = draws_figure(made, title="T")
    assert "25.0%" in drawn
    assert "30.0% <small>60</small>" in drawn
    assert "3.1 points" in drawn  # the root of 0.25 · 0.75 / 200
    assert headline(made).endswith("drawn <b>30.0%</b>, probability <b>25.0%</b>")
    assert "50.0" in draws_table(made)  # expected


def test_hostile_titles_and_labels_are_escaped(gpt2):
    found = draw_many(gpt2, PROMPT, Settings(seed=1), 10)
    evil = replace(found, labels=(HOSTILE, *found.labels[1:]))
    for html in (draws_figure(evil, title=HOSTILE), headline(evil), draws_table(evil)):
        assert "<script" not in html
        assert "<img" not in html
