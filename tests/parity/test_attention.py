"""Attention of the published architectures at their real size: weights, steps, tokens, code."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from core.spacefile import Space
from models.architectures import context_length
from models.checkpoints import Checkpoints
from models.serving import Desk
from services.attention.added import add_up
from services.attention.attend import attend
from services.attention.matrix import checked_lines, look, rollout
from services.attention.patterns import rank
from services.attention.steps import explain
from tabs.attention import TAB
from tabs.attention.choices import Choices
from tabs.kit.view import Asked
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

READERS = ("bert-base-uncased", "all-MiniLM-L6-v2", "roberta-base")
WRITERS = ("gpt2", "distilgpt2")
TEXT, SECOND = "The river's bank was wet.", "It was wet."
START = {
    "text": TEXT,
    "text_pair": "",
    "view": "heatmap",
    "layer": 1,
    "head": 1,
    "combine": "head",
    "scale": "linear",
    "special": True,
    "renormalise": False,
    "words": False,
    "direction": "all",
    "other": "",
    "heads": "all",
    "scaling": True,
    "softmax": True,
    "row": "",
    "column": "",
    "beside": "",
    "pattern": "previous",
}


@pytest.fixture(scope="module", params=(*READERS, *WRITERS))
def model(built, request):
    return built(request.param)


def second_of(model):
    return "" if model.checkpoint.family == "gpt2" else SECOND


@pytest.fixture(scope="module")
def library(model):
    """What the library itself makes of the text, or of the pair."""
    pair = model.tokenizer(TEXT, second_of(model) or None, return_tensors="pt")
    with torch.inference_mode():
        output = model.model.base_model(**pair, output_attentions=True, output_hidden_states=True)
    return pair, output


def test_what_the_heads_add_is_what_the_librarys_projection_makes(model, library):
    added = add_up(model, TEXT, second_of(model), layer=1)
    assert added.difference < 1e-5
    assert np.abs(added.total).max() > 1e-2
    np.testing.assert_allclose(added.weights, library[1].attentions[1][0].numpy(), **CLOSE)


def test_weights_and_tokens_are_the_librarys(model, library):
    pair, output = library
    found = attend(model, TEXT, second_of(model))
    np.testing.assert_allclose(found.weights, torch.cat(output.attentions).numpy(), **CLOSE)
    assert (found.layers, found.heads) == (model.checkpoint.layers, 12)
    assert [token.id for token in found.tokens] == pair["input_ids"][0].tolist()
    assert np.ptp(found.weights) > 1e-3
    texts = (TEXT, SECOND)
    offsets = model.tokenizer(TEXT, second_of(model) or None, return_offsets_mapping=True)
    for token, (start, end) in zip(found.tokens, offsets["offset_mapping"], strict=True):
        assert (token.start, token.end) == (start, end)
        name = token.text.replace("##", "").replace("Ġ", " ").strip()
        if not token.special and len(name) > 1:
            assert texts[token.segment][start:end].strip().lower() == name.lower()


def test_every_step_of_a_head_ends_where_the_library_ends(model, library):
    _, output = library
    layer, head = model.checkpoint.layers - 1, 7
    steps = explain(model, TEXT, second_of(model), layer=layer, head=head)
    expected = output.attentions[layer][0, head].numpy()
    np.testing.assert_allclose(steps.library_weights, expected, **CLOSE)
    assert steps.weight_difference < 1e-5
    assert steps.output_difference < 1e-5
    given = output.hidden_states[layer][0]
    with torch.inference_mode():
        query = queries(model, layer, given)
    width = steps.width
    part = query[:, head * width : (head + 1) * width].numpy()
    np.testing.assert_allclose(steps.query, part, **CLOSE)
    assert np.abs(steps.output).max() > 1e-3


def queries(model, layer, given):
    body = model.model.base_model
    if model.checkpoint.family == "gpt2":
        return body.h[layer].attn.c_attn(body.h[layer].ln_1(given))[:, : given.shape[-1]]
    return body.encoder.layer[layer].attention.self.query(given)


def test_rollout_goes_through_all_layers(model, library):
    _, output = library
    flow = np.eye(output.attentions[0].shape[-1])
    for layer in output.attentions:
        flow = (layer[0].mean(0).numpy() / 2 + np.eye(len(flow)) / 2) @ flow
    found = attend(model, TEXT, second_of(model))
    np.testing.assert_allclose(rollout(found.weights), flow, **CLOSE)


@pytest.mark.parametrize("which", ["layer", "head"])
def test_a_layer_or_head_beyond_the_model_is_refused_with_both_numbers(model, space, which):
    last = {"layer": model.checkpoint.layers - 1, "head": 11}[which]
    entry = replace(model.checkpoint, capabilities=("attention",))
    desk = Desk(Checkpoints(Space("One", space.limits, space.queue, (entry,))))
    for view in ("heatmap", "lines", "model", "steps"):
        choices = Choices(
            **START | {"model": model.checkpoint.name, "view": view, which: last + 1}
        )
        said = rf"from 0 to {last} \(0: the first\) in {entry.title}; got {last + 1}"
        with pytest.raises(UserError, match=said):
            TAB.draw(desk, choices)
    with pytest.raises(UserError, match=f"from 0 to {last}; got {last + 1}"):
        explain(model, TEXT, **{which: last + 1})


def test_lines_are_limited_for_any_number_of_layers_and_heads(limits):
    for heads, tokens in ((12, 64), (16, 55)):
        checked_lines(tokens, heads, limit=limits.attention_lines)
        with pytest.raises(UserError, match=f"{tokens + 1} tokens × {heads} heads"):
            checked_lines(tokens + 1, heads, limit=limits.attention_lines)
    for layers, heads, tokens in ((12, 12, 18), (24, 16, 11)):
        checked_lines(tokens, heads, layers, limit=limits.attention_model_lines)
        with pytest.raises(UserError, match=f"heads × {layers} layers"):
            checked_lines(tokens + 1, heads, layers, limit=limits.attention_model_lines)


# RoBERTa: bytes in a model that looks both ways -------------------------------------------------


@pytest.fixture(scope="module")
def roberta(space):
    return published.small(space, "roberta-base")


def test_byte_level_tokens_are_shown_with_their_spaces(roberta):
    found = attend(roberta, "The wet bänk", SECOND)
    assert found.tokens[2].text.startswith("Ġ")
    assert found.names[2].startswith(" ")
    assert not any("Ġ" in name for name in found.names)
    assert (found.names[0], found.names[-1]) == ("<s>", "</s>")


def test_merged_words_of_bytes_are_parts_of_the_right_text(roberta):
    found = attend(roberta, "The wet bänk", "häus")
    names = look(found, words=True).rows
    assert names == ("<s>", "The", "wet", "bänk", "</s>", "</s>", "häus", "</s>")


def test_separators_belong_to_the_text_before_them(roberta, space):
    bert = published.small(space, "bert-base-uncased")
    for model in (roberta, bert):
        tokens = attend(model, TEXT, SECOND).tokens
        segments = [token.segment for token in tokens]
        assert segments == sorted(segments)
        assert segments[-1] == 1
        first = [token for token in tokens if token.segment == 0]
        assert first[-1].special
    types = bert.tokenizer(TEXT, SECOND)["token_type_ids"]
    assert [token.segment for token in attend(bert, TEXT, SECOND).tokens] == types


def test_two_of_robertas_positions_are_never_a_tokens(roberta):
    assert roberta.model.config.max_position_embeddings == 514
    assert context_length(roberta.model.config) == 512
    roomy = published.roomy(roberta, attention_tokens=600)
    with pytest.raises(UserError, match=r"has 514 tokens; .* reads at most 512 at once"):
        attend(roomy, "the" + " the" * 510)
    assert len(attend(roomy, "the" + " the" * 508).tokens) == 512


def test_rest_on_separators_counts_all_of_them(roberta):
    found = attend(roberta, TEXT, SECOND)
    marks = [place for place, token in enumerate(found.tokens) if token.text == "</s>"]
    assert len(marks) == 3
    others = [place for place in range(len(found.tokens)) if place not in marks]
    best = rank(found, "sep").heads[0]
    weights = found.weights[best.layer, best.head]
    expected = weights[np.ix_(others, marks)].sum(axis=1).mean()
    assert best.score == pytest.approx(float(expected), abs=1e-6)


# From files, and in the code shown ---------------------------------------------------------------


def test_distilberts_parts_have_other_names_and_no_segments(space, tmp_path):
    name = "distilbert-base-cased-distilled-squad"
    loaded = published.saved(space, name, tmp_path)
    assert "token_type_ids" in loaded.tokenizer.model_input_names
    assert set(loaded.tensors(loaded.tokenizer(TEXT, SECOND))) == {"input_ids", "attention_mask"}
    steps = explain(loaded, TEXT, SECOND, layer=2, head=1)
    assert steps.weight_difference < 1e-5
    assert steps.output_difference < 1e-5
    entry = replace(published.small(space, name).checkpoint, capabilities=("attention",))
    shown = {"view": "steps", "layer": 2, "head": 1, "text_pair": SECOND, "model": name}
    code = TAB.snippet(Asked(None, entry, Choices(**START | shown)))
    made = run("", entry, tmp_path, fill=lambda name, _: code)
    np.testing.assert_allclose(made.output, steps.output, **CLOSE)


@pytest.mark.parametrize("name", ["bert-base-uncased", "roberta-base", "gpt2"])
def test_the_code_shown_gives_the_same_weights(space, name, tmp_path):
    loaded = published.saved(space, name, tmp_path)
    entry = published.small(space, name).checkpoint
    second = "" if name == "gpt2" else SECOND
    which = {"layer": 2, "head": 1}
    found = attend(loaded, TEXT, second)
    parts = {"words": True, "special": False, "renormalise": True}
    changes = [
        {},
        {"combine": "mean"},
        {"combine": "rollout"},
        {"view": "steps"},
        parts,
        parts | {"direction": "ab"},
    ]
    for change in changes[: 5 if name == "gpt2" else 6]:
        choices = Choices(**START | which | {"model": name, "text_pair": second} | change)
        code = TAB.snippet(Asked(None, entry, choices))
        made = run("", entry, tmp_path, fill=lambda name, _, code=code: code)
        if choices.view == "steps":
            steps = explain(loaded, TEXT, second, **which)
            np.testing.assert_allclose(made.output, steps.output, **CLOSE)
            continue
        settings = {key: getattr(choices, key) for key in (*parts, "combine", "direction")}
        expected = look(found, **which, **settings).weights
        np.testing.assert_allclose(made.weights, expected, **CLOSE)
