"""One token's way: every part is the library's, and the picture says its numbers."""

import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.anatomy.journey import headline, journey_figure, journey_table, layer_chooser
from figures.parts.strip import common_scale, strip
from models.tokens import labels
from services.anatomy.journey import AFTER, BEFORE, Journey, inspect
from services.examples import frozen, read_example
from tabs.anatomy import TAB
from tabs.anatomy.choices import Choices
from tabs.anatomy.endpoint import inspect_endpoint
from tabs.anatomy.journey import same_place
from tests.fakes.tiny_gpt2 import tiny_gpt2

TEXT = "the cats sat on the mat"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


@pytest.fixture(scope="module")
def one(tiny_bert):
    return inspect(tiny_bert, TEXT, "", 2)


@pytest.fixture(scope="module")
def written(gpt2):
    return inspect(gpt2, "There was a little hen", "", 2)


def chosen(**changed):
    settings = {name: one.start for name, one in TAB.settings.items()}
    return Choices(**{**settings, "model": "pocket-bert", "beside": "", **changed})


def states_of(model, text):
    encoded = model.tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        return model.model(**encoded, output_hidden_states=True)


@pytest.mark.parametrize("token", [0, 2, 5])
def test_the_states_are_the_librarys(tiny_bert, gpt2, token):
    for model, text in ((tiny_bert, TEXT), (gpt2, "There was a little hen")):
        journey, told = inspect(model, text, "", token), states_of(model, text).hidden_states
        assert journey.off < 1e-5
        places = [BEFORE, *range(2)]
        if journey.causal:
            places[-1] = AFTER
        for place, theirs in zip(places, told, strict=True):
            np.testing.assert_allclose(journey.state(place).vector, theirs[0, token], atol=1e-5)


def test_the_steps_follow_from_each_other(one, written):
    for journey in (one, written):
        before = journey.state(BEFORE).vector
        for layer in range(journey.layers):
            named = [(step.name, step.vector) for step in journey.of(layer)]
            names, vectors = zip(*named, strict=True)
            if journey.norm_first:
                assert names == ("norm", "attention", "sum", "norm", "feed-forward", "sum")
                np.testing.assert_allclose(before + vectors[1], vectors[2], atol=1e-5)
                np.testing.assert_allclose(vectors[2] + vectors[4], vectors[5], atol=1e-5)
            else:
                assert names == ("attention", "sum", "norm", "feed-forward", "sum", "norm")
                np.testing.assert_allclose(before + vectors[0], vectors[1], atol=1e-5)
                np.testing.assert_allclose(vectors[2] + vectors[3], vectors[4], atol=1e-5)
                assert abs(journey.of(layer)[-1].mean) < 1e-6  # of a random model γ is 1
                assert journey.of(layer)[-1].deviation == pytest.approx(1, abs=1e-3)
            before = journey.state(layer).vector


def test_the_embeddings_are_rows_of_the_tables(one, tiny_bert, written, gpt2):
    tables = tiny_bert.model.embeddings
    rows = {step.name: step.vector for step in one.of(BEFORE)}
    word = tables.word_embeddings.weight[one.tokens[2].id].detach()
    np.testing.assert_array_equal(rows["token"], word)
    np.testing.assert_array_equal(rows["position"], tables.position_embeddings.weight[2].detach())
    assert set(rows) == {"token", "position", "segment", "sum", "norm"}
    body = gpt2.model.transformer
    rows = {step.name: step.vector for step in written.of(BEFORE)}
    np.testing.assert_array_equal(rows["position"], body.wpe.weight[2].detach())
    assert set(rows) == {"token", "position", "sum"}


def test_a_pair_has_its_segments(tiny_bert):
    pair = inspect(tiny_bert, "the cats", "sat on", token=5)
    row = next(step.vector for step in pair.of(BEFORE) if step.name == "segment")
    table = tiny_bert.model.embeddings.token_type_embeddings.weight.detach()
    np.testing.assert_array_equal(row, table[1])
    assert pair.off < 1e-5


def test_a_logit_is_the_last_state_times_a_row(written, gpt2):
    logits = states_of(gpt2, "There was a little hen").logits[0, 2]
    assert [guess.id for guess in written.guesses] == logits.topk(8).indices.tolist()
    chances = logits.softmax(-1)
    for guess in written.guesses:
        assert guess.logit == pytest.approx(float(logits[guess.id]), abs=1e-4)
        assert guess.probability == pytest.approx(float(chances[guess.id]), abs=1e-5)
        product = float(written.state(AFTER).vector @ guess.row)
        assert product == pytest.approx(guess.logit, abs=1e-4)


def test_units_promote_what_their_row_points_to(written, gpt2):
    inner = written.inner[1]
    normed = torch.tensor(written.of(1)[3].vector)
    block = gpt2.model.transformer.h[1].mlp
    units = block.act(block.c_fc(normed)).detach()
    assert (inner.on, inner.units) == (int((units > 0).sum()), len(units))
    assert [unit.number for unit in inner.strongest] == units.topk(5).indices.tolist()
    first = inner.strongest[0]
    likelier = (gpt2.model.lm_head.weight @ block.c_proj.weight[first.number]).topk(3).indices
    assert first.promotes == labels(gpt2.tokenizer, likelier.tolist())


@pytest.mark.parametrize(
    ("text", "pair", "token", "said"),
    [
        ("", "", 0, "empty"),
        (TEXT, "", 99, "token must be a whole number from 0 to 8; got 99"),
        (TEXT, "", -1, "got -1"),
    ],
)
def test_what_cannot_be_followed_is_refused(tiny_bert, text, pair, token, said):
    with pytest.raises(UserError, match=said):
        inspect(tiny_bert, text, pair, token)


def test_a_causal_model_takes_one_text(gpt2):
    with pytest.raises(UserError, match="second sentence cannot be given"):
        inspect(gpt2, "There", "was")


def test_the_page_takes_the_nearest_token(tiny_bert):
    assert inspect(tiny_bert, TEXT, "", 99, nearest=True).token == 8
    assert inspect(tiny_bert, TEXT, "", -1, nearest=True).token == 1


def test_a_second_model_follows_the_token_at_the_same_place(tiny_bert, gpt2):
    one = inspect(tiny_bert, "the mat", "", 2)
    other = inspect(gpt2, "the mat")
    place = same_place(one, other)
    assert other.tokens[place].start <= 4 < other.tokens[place].end
    assert same_place(inspect(tiny_bert, "the mat", "", 0), other) == 0


# The page ----------------------------------------------------------------------------------------


def test_the_page_opens_with_what_the_model_says(desk):
    stored = read_example("anatomy", Journey)
    now = desk.ask(inspect, desk.default("anatomy"), chosen().text, "", int(chosen().token))
    assert stored.tokens == now.tokens
    for ours, theirs in zip(stored.steps, now.steps, strict=True):
        np.testing.assert_allclose(ours.vector, theirs.vector, atol=1e-5)
    assert TAB.opening(TAB.asked(desk, chosen()))[1] == TAB.snippet(TAB.asked(desk, chosen()))


def test_the_endpoint_gives_every_step_and_every_head(desk):
    given = inspect_endpoint(desk)("The cat sat.", token=2)
    assert given["tokens"][2] == "cat"
    assert len(given["states"]) == 5 + 6 * 6
    assert [(one["layer"], one["head"]) for one in given["heads"]][-1] == (5, 11)
    _, content = TAB.files(desk, chosen(text="The cat sat.", token="2"))
    assert json.loads(content)["states"] == given["states"]


@pytest.mark.parametrize("model", ["pocket-bert", "pocket-gpt2"])
def test_the_code_prints_the_same_numbers(desk, model):
    asked = TAB.asked(desk, chosen(model=model, text="Once upon a time.", token="2", layer=1))
    journey = desk.ask(inspect, asked.entry, "Once upon a time.", "", 2, nearest=True)
    names = {}
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(TAB.snippet(asked), "snippet", "exec"), names)
    found = {step.name: step.vector for step in journey.of(1) if step.name != "norm"}
    for name in ("attention", "feed-forward"):
        np.testing.assert_allclose(names["steps"][name], found[name], atol=1e-4)
    np.testing.assert_allclose(names["steps"]["new x"], journey.state(1).vector, atol=1e-4)
    np.testing.assert_allclose(names["added"], journey.inner[1].heads, atol=1e-4)
    assert f"{journey.inner[1].on} of {journey.inner[1].units} units on" in said.getvalue()


# Pictures ----------------------------------------------------------------------------------------


def test_the_picture_has_the_steps_and_their_lengths(one):
    picture = journey_figure(one, 0, 0, title="<i>")
    assert picture.count("<svg") == 5 + 6 + 1  # and the legend
    assert "&lt;i&gt;" in picture
    for step in (*one.of(BEFORE), *one.of(0)):
        assert f">{step.norm:.2f}<" in picture
    assert "data-causal" not in picture
    assert "no output over the vocabulary" not in picture
    assert "no output over the vocabulary" in journey_figure(one, 2, 0, title="x")
    assert f"<b>{one.of(0)[0].norm:.2f}</b>" in headline(one, 0, 0)
    assert journey_table(one).count("<tr>") == len(one.steps) + 1
    assert layer_chooser(one, 1).count("data-pick") == 3


def test_a_writer_ends_in_a_logit(written):
    picture = journey_figure(written, 2, 1, title="x")
    assert f"<b>{written.guesses[1].logit:.2f}</b>".replace("-", "−") in picture
    assert picture.count("data-pick") == len(written.tokens) + 8
    assert "data-causal" in picture
    assert f"{written.guesses[0].logit:.2f}".replace("-", "−") in headline(written, 2, 0)
    assert "logit" not in journey_figure(written, 0, 0, title="x")


def test_a_token_cannot_break_the_picture(one):
    evil = replace(one.tokens[2], text="<script>")
    tokens = (*one.tokens[:2], evil, *one.tokens[3:])
    assert "<script" not in journey_figure(replace(one, tokens=tokens), 0, 0, title="x")


def test_a_strip_has_a_stripe_for_each_number():
    drawn = strip(np.linspace(-1, 1, 7), 1.0)
    assert 'viewBox="0 0 7 1"' in drawn
    assert re.search("data:image/png;base64,[A-Za-z0-9+/]+", drawn)
    assert common_scale([np.zeros(4)]) == 1.0
    assert common_scale([np.ones(9), np.full(9, 2.0), np.full(9, 1e3)]) == 3.0


def test_what_is_followed_pickles_and_freezes(one):
    assert json.loads(json.dumps(frozen(one)))["token"] == 2
