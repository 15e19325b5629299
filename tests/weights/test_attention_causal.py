"""The pocket GPT-2 in the Attention tab: what holds for any weights of it, and parity."""

import re

import numpy as np
import pytest

from core.paths import ROOT
from models.files import local_folder
from services.attention.attend import attend
from services.attention.matrix import look
from services.attention.steps import explain
from tabs.attention import TAB
from tabs.attention.endpoint import endpoint
from tabs.attention.heatmap import matrix_of
from tabs.attention.steps import steps_of
from tests.weights.held import holds
from tests.weights.test_attention import DEFAULT, Choices, example, run

STORY = 'Once upon a time, there was a naïve little hen. "Come here," said the hen 😀.'
TITLES = ("Masked: GPT-2 looks back only", "The mask, step by step")


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


def every_head(gpt2):
    entry = gpt2.checkpoint
    return [(layer, head) for layer in range(entry.layers) for head in range(entry.heads)]


def chosen_for(gpt2, **settings):
    """Settings of a page on which the pocket GPT-2 is chosen."""
    return Choices(
        **{**DEFAULT.__dict__, "text": STORY, "model": gpt2.checkpoint.name, **settings}
    )


# Parity ------------------------------------------------------------------------------------------


def test_every_layer_equals_a_direct_computation_with_transformers(gpt2, checkpoints):
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = local_folder(ROOT, gpt2.checkpoint)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    inputs = AutoTokenizer.from_pretrained(folder)(STORY, return_tensors="pt")
    with torch.inference_mode():
        direct = torch.cat(model(**inputs, output_attentions=True).attentions).numpy()
    ours = attend(gpt2, STORY)
    assert ours.weights.shape[:2] == (gpt2.checkpoint.layers, gpt2.checkpoint.heads)
    np.testing.assert_allclose(ours.weights, direct, atol=1e-5)
    assert np.triu(ours.weights, 1).max() == 0


def test_the_steps_equal_the_library_in_every_head(gpt2):
    steps = [explain(gpt2, STORY, layer=layer, head=head) for layer, head in every_head(gpt2)]
    assert max(step.weight_difference for step in steps) <= 1e-5
    assert max(step.output_difference for step in steps) <= 1e-5


def test_offsets_give_the_text_back(gpt2):
    attention = attend(gpt2, STORY)
    parts = dict.fromkeys((token.start, token.end) for token in attention.tokens)
    assert "".join(STORY[start:end] for start, end in parts) == STORY
    assert "".join(look(attention, words=True).rows) == STORY


# What the examples and the explanation say -------------------------------------------------------


@pytest.mark.parametrize("title", TITLES)
def test_an_example_names_a_layer_and_a_head_of_this_model(gpt2, title):
    chosen, _ = example(title)
    assert chosen.model == gpt2.checkpoint.name
    assert chosen.layer < gpt2.checkpoint.layers
    assert chosen.head < gpt2.checkpoint.heads


@holds("attention", "Masked: GPT-2 looks back only", 1)
def test_the_last_word_changes_no_row_before_it_but_berts(gpt2, bert):
    chosen, said = example(TITLES[0])
    assert "hatched cells are masked, exactly 0" in said
    assert "Every row up to *too* is therefore the same" in said
    tired, wide = attend(gpt2, chosen.text), attend(gpt2, chosen.other)
    count = [name.strip() for name in tired.names].index("too") + 1
    same = tired.weights[:, :, :count, :count], wide.weights[:, :, :count, :count]
    np.testing.assert_allclose(*same, atol=1e-6)
    place = attend(bert, chosen.text).names.index("it")
    rows = [attend(bert, text).weights[3, 1, place] for text in (chosen.text, chosen.other)]
    assert np.abs(rows[0] - rows[1]).max() > 0.05


@holds("attention", "The mask, step by step", 4)
def test_the_masked_pair_of_the_example_is_hen_and_river(gpt2, desk):
    chosen, said = example(TITLES[1])
    steps = steps_of(TAB.asked(desk, chosen))
    row, column = int(chosen.row), int(chosen.column)
    assert [steps.names[place].strip() for place in (row, column)] == ["hen", "river"]
    assert steps.weights[row, column] == 0
    headings = re.findall(r"<h3>(\d)\. ([^<]*)", TAB.draw(desk, chosen).picture)
    assert "Step 5 adds −∞ to the score of every later token, and the softmax of step 6" in said
    assert [name for number, name in headings if number in "56"] == ["Causal mask", "Softmax"]
    assert (attend(gpt2, chosen.text).weights[:, :, 0, 0] == 1).all()


# Code and endpoint -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"layer": 3, "head": 1},
        {"layer": 3, "combine": "mean"},
        {"layer": 4, "combine": "rollout"},
        {"layer": 3, "head": 2, "words": True, "renormalise": True},
        {"layer": 1, "combine": "mean", "special": False, "text": "The<|endoftext|> hen"},
    ],
)
def test_the_code_of_the_heatmap_gives_what_is_on_screen(gpt2, desk, settings):
    chosen = chosen_for(gpt2, **settings)
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    matrix = matrix_of(attend(gpt2, chosen.text), chosen)
    np.testing.assert_allclose(names["weights"].numpy(), matrix.weights, atol=1e-5)


@pytest.mark.parametrize(("scaling", "softmax"), [(True, True), (False, True), (True, False)])
def test_the_code_of_the_steps_gives_what_is_on_screen(gpt2, desk, scaling, softmax):
    chosen = chosen_for(gpt2, view="steps", layer=2, head=3, scaling=scaling, softmax=softmax)
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    steps = steps_of(TAB.asked(desk, chosen))
    for part in ("query", "key", "value", "scores", "scaled", "weights", "output"):
        ours = getattr(steps, part)
        # Scores and what is mixed by them are in the tens: float32 keeps seven digits of them.
        close = 1e-5 * max(1.0, float(np.abs(ours).max()))
        np.testing.assert_allclose(names[part].numpy(), ours, atol=close)


def test_the_code_says_where_the_model_lies_and_installs_nothing_else(gpt2, desk):
    for view in ("heatmap", "lines", "model", "steps"):
        code = TAB.snippet(TAB.asked(desk, chosen_for(gpt2, view=view)))
        assert code.startswith("# In a clone of the repository: pip install torch transformers")
        assert f"folder = '{gpt2.checkpoint.path}'" in code
        assert "distribution" not in code


def test_the_endpoint_gives_a_layer_of_it_and_refuses_a_pair(gpt2, desk):
    import gradio as gr

    ask = endpoint(desk)
    answer = ask(STORY, model=gpt2.checkpoint.name, layer=5)
    np.testing.assert_array_equal(answer["weights"], attend(gpt2, STORY).weights[5])
    assert answer["heads"] == gpt2.checkpoint.heads
    with pytest.raises(gr.Error, match="reads one text from left to right"):
        ask(STORY, "And then?", model=gpt2.checkpoint.name)
