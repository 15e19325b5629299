"""Heads left out: what changes is what the library says when a hook leaves them out."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.errors import UserError
from core.progress import Left, awaited
from figures.attention.ablation import ablation_figure, ablation_table, headline
from figures.attention.chooser import effect_chooser
from models.serving import Desk
from services.attention import ablation as service
from services.attention.ablation import Ablation, ablate
from tabs.attention import TAB
from tabs.attention.ablation import numbers, snippet
from tabs.attention.choices import Choices
from tests.fakes import published
from tests.fakes.tiny_gpt2 import tiny_gpt2

TEXT = "the cats sat on the mat"
PROJECTIONS = {  # what reads the outputs of all heads of a layer, by architecture
    "bert": lambda body, layer: body.encoder.layer[layer].attention.output.dense,
    "roberta": lambda body, layer: body.encoder.layer[layer].attention.output.dense,
    "distilbert": lambda body, layer: body.transformer.layer[layer].attention.out_lin,
    "gpt2": lambda body, layer: body.h[layer].attn.c_proj,
}
MADE = Ablation(5, np.array([[0.25, 0.0], [0.004, 1e-6]]), None)


def hooked(model, text, layer, head):
    """(mean vector, ln p of the next token) with a hook that leaves out a head; None: no hook."""
    body, heads = model.model.base_model, model.checkpoint.heads
    hooks = []
    if layer is not None:

        def leave_out(module, given):
            parts = given[0].unflatten(-1, (heads, -1)).clone()
            parts[..., head, :] = 0
            return parts.flatten(-2)

        projection = PROJECTIONS[body.config.model_type](body, layer)
        hooks.append(projection.register_forward_pre_hook(leave_out))
    with torch.inference_mode():
        inputs = model.tensors(model.encode(text))
        vector = body(**inputs).last_hidden_state[0].double().mean(0)
        logits = None
        if body.config.model_type == "gpt2":
            logits = model.model(**inputs).logits[0, -1].double().log_softmax(-1)
    for hook in hooks:
        hook.remove()
    return vector, logits


def expected(model, text):
    """(layer, head) of how far the vector moves, and of KL, by hooks and nothing of ours."""
    entry = model.checkpoint
    whole, predicted = hooked(model, text, None, None)
    moved, nats = np.zeros((2, entry.layers, entry.heads))
    for layer in range(entry.layers):
        for head in range(entry.heads):
            vector, other = hooked(model, text, layer, head)
            moved[layer, head] = 1 - torch.cosine_similarity(whole, vector, dim=0)
            if other is not None:
                nats[layer, head] = (predicted.exp() * (predicted - other)).sum()
    return moved, nats


@pytest.fixture(scope="module", params=["bert", "roberta", "distilbert", "gpt2"])
def model(request, space, tiny_bert):
    if request.param == "bert":
        return tiny_bert
    if request.param == "gpt2":
        return tiny_gpt2(space)
    names = {"roberta": "roberta-base", "distilbert": "distilbert-base-cased-distilled-squad"}
    made = published.small(space, names[request.param])
    return replace(made, checkpoint=replace(made.checkpoint, layers=3, heads=2))


# What is computed --------------------------------------------------------------------------------


def test_what_changes_without_a_head_is_what_a_hook_says(model):
    found = ablate(model, TEXT)
    moved, nats = expected(model, TEXT)
    np.testing.assert_allclose(found.moved, moved, rtol=0, atol=1e-6)  # of float32 vectors
    assert found.moved.max() > 1e-5  # not all of them nothing
    assert (found.next is not None) == (model.model.config.model_type == "gpt2")
    if found.next is not None:
        np.testing.assert_allclose(found.next, nats, atol=1e-6)
        assert found.next.max() > 1e-4


def test_the_model_of_all_visitors_is_left_as_it_was(model):
    body = model.model.base_model
    before = dict(body.named_modules()), hooked(model, TEXT, None, None)[0]
    ablate(model, TEXT)
    after = dict(body.named_modules())
    assert after.keys() == before[0].keys()
    assert all(after[name] is part for name, part in before[0].items())
    torch.testing.assert_close(hooked(model, TEXT, None, None)[0], before[1])


def test_few_heads_at_once_give_what_all_at_once_give(model, monkeypatch):
    whole = ablate(model, TEXT)
    monkeypatch.setattr(service, "TOKENS_AT_ONCE", whole.tokens)  # one head in each pass
    np.testing.assert_allclose(ablate(model, TEXT).moved, whole.moved, atol=1e-6)


def test_it_tells_how_far_it_is_where_it_is_long_alone(tiny_bert, monkeypatch):
    told = []
    ablate(tiny_bert, TEXT, progress=lambda done, whole: told.append((done, whole)))
    assert told == [(2, 0), (4, 0)]
    monkeypatch.setattr(service, "LONG", 1)
    ablate(tiny_bert, TEXT, progress=lambda done, whole: told.append((done, whole)))
    assert told[2:] == [(2, 4), (4, 4)]


def test_it_ends_when_nobody_waits_any_more(tiny_bert):
    with awaited(lambda: False), pytest.raises(Left):
        ablate(tiny_bert, TEXT)


def test_a_pair_is_one_text_and_what_is_empty_is_refused(tiny_bert):
    assert ablate(tiny_bert, TEXT, "the mat").tokens == 12
    with pytest.raises(UserError, match="Type a sentence"):
        ablate(tiny_bert, "  ")


def test_heads_are_ranked_by_what_is_measured():
    assert MADE.ranked() == [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert MADE.rank(1, 0) == 2
    swapped = Ablation(5, MADE.moved, MADE.moved[::-1])
    assert swapped.ranked()[0] == (1, 0)  # the next token decides where one is predicted


# What is drawn -----------------------------------------------------------------------------------


def test_every_head_is_a_bar_in_its_order_and_picks_itself():
    drawn = ablation_figure(MADE, 1, 0, title="<Tiny>")
    picks = re.findall(r'data-pick="\{&quot;layer&quot;: (\d), &quot;head&quot;: (\d)\}"', drawn)
    assert picks == [("0", "0"), ("1", "0"), ("1", "1"), ("0", "1")]
    assert re.findall(r"width:([\d.]+)%", drawn) == ["100.0", "1.6", "0.0", "0.0"]
    pressed = [one == "true" for one in re.findall(r'aria-pressed="(\w+)"', drawn)]
    assert pressed == [False, True, False, False]
    assert "&lt;Tiny&gt;" in drawn
    lead = "moves by 0.0040, rank 2 of 4; without 0.0, by 0.25, rank 1."
    assert f"Without head 1.0, the sentence vector {lead}" in drawn
    assert "data-causal" not in drawn


def test_of_a_model_that_predicts_the_next_token_is_what_counts():
    predicts = Ablation(5, MADE.moved, MADE.moved * 2)
    drawn = ablation_figure(predicts, 0, 0, title="Tiny")
    assert "s distribution moves by 0.50 nats, rank 1 of 4." in drawn
    assert "without 0.0" not in drawn
    assert "KL divergence" in drawn
    assert "data-causal" in drawn
    assert "next token, nats" in ablation_table(predicts)
    assert "next token, nats" not in ablation_table(MADE)


def test_the_headline_names_the_head_and_the_first():
    assert headline(MADE, 1, 0) == "1.0: 0.0040, rank <b>2</b> of 4; 0.0: 0.25"
    assert headline(MADE, 0, 0) == "0.0: 0.25, rank <b>1</b> of 4"


def test_where_nothing_changes_there_is_no_division_by_zero():
    nothing = Ablation(5, np.zeros((1, 2)), None)
    assert "width:0.0%" in ablation_figure(nothing, 0, 0, title="Tiny")
    assert "nan" not in effect_chooser(nothing.effect, 0, 0)


def test_the_chooser_has_every_head_and_another_colour_for_another_effect():
    one = effect_chooser(MADE.effect, 1, 0)
    assert one.count("data-pick") == 4
    assert one != effect_chooser(MADE.effect[::-1], 1, 0)


# The view ----------------------------------------------------------------------------------------


def test_the_snippet_and_the_exports_give_what_is_drawn(desk):
    choices = Choices(text=TEXT, text_pair="", model="pocket-bert", view="ablation", row="")
    asked = TAB.asked(desk, choices)
    lines, content = numbers(asked)
    found = ablate(desk.checkpoints.load(asked.entry), TEXT)
    assert len(lines) == 1 + found.moved.size
    np.testing.assert_allclose([line[3] for line in lines[1:]], found.moved.ravel(), atol=1e-9)
    assert content["next"] is None
    names = run(snippet(asked))
    ours = {place: float(found.moved[place]) for place in np.ndindex(found.moved.shape)}
    assert names.moved == pytest.approx(ours, abs=1e-5)


def test_the_snippet_of_gpt2_gives_what_is_drawn(desk):
    choices = Choices(text="The hen ran.", text_pair="", model="pocket-gpt2", view="ablation")
    asked = TAB.asked(desk, choices)
    lines, content = numbers(asked)
    names = run(snippet(asked))
    assert [names.changed[line[0], line[1]] for line in lines[1:]] == pytest.approx(
        [line[4] for line in lines[1:]], abs=1e-5
    )
    np.testing.assert_allclose(list(names.moved.values()), np.ravel(content["moved"]), atol=1e-5)


def run(code):
    names = {}
    exec(compile(code, "snippet", "exec"), names)
    return SimpleNamespace(**names)


def test_the_same_text_is_computed_once_whichever_head_is_chosen(checkpoints):
    desk = Desk(checkpoints)
    start = Choices(text=TEXT, text_pair="", model="pocket-bert", view="ablation")
    drawn = [TAB.draw(desk, start), TAB.draw(desk, chosen(start, layer=5, head=11))]
    assert drawn[0].headline != drawn[1].headline
    assert desk.kept.hits == 1


def chosen(choices, **changed):
    return Choices(**{**choices.__dict__, **changed})
