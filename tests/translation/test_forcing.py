"""A given translation, a wrong word in it, and beams, against the library's own."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.translation.beams import against
from figures.translation.forcing import NO_PLACE, forcing_figure, forcing_table, headline
from services.translation.beams import search_beams
from services.translation.forcing import force
from services.translation.reading import start_of
from services.translation.translate import translate
from tabs.kit.snippets import filled
from tabs.translation import TAB
from tabs.translation.choices import Choices
from tests.fakes import translators
from tests.fakes.published import roomy
from tests.parity.conftest import CLOSE
from tests.translation.conftest import said_by

SENTENCE, GIVEN = "The river was wet.", "La rivière est la ville."
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", params=[*translators.NAMES, "pocket-translator"])
def translator(space, checkpoints, request):
    if request.param in translators.NAMES:
        return roomy(translators.small(space, request.param), new_tokens=12)
    return checkpoints.load(checkpoints.default("translation"), "translation")


def logs_of(model, ids):
    """Log-probabilities of the library at each place of a translation."""
    given = model.tokenizer(model.checkpoint.prefix + SENTENCE, return_tensors="pt")
    before = torch.tensor([[start_of(model), *ids[:-1]]])
    with torch.inference_mode():
        return model.model(**given, decoder_input_ids=before).logits[0].log_softmax(dim=-1)


def target_ids(model, text):
    return model.tokenizer(text_target=text, add_special_tokens=False).input_ids


def test_each_token_is_read_after_the_right_ones(translator):
    found = force(translator, SENTENCE, f"  {GIVEN}\n")
    ids = [*target_ids(translator, GIVEN), translator.model.config.eos_token_id]
    assert [token.id for token in found.tokens] == ids
    own = logs_of(translator, ids)[range(len(ids)), ids].numpy()
    np.testing.assert_allclose(found.right, own, **CLOSE)
    assert found.loss == pytest.approx(-own.mean(), abs=1e-5)
    assert tuple(token.id for token in found.free) == translate(translator, SENTENCE).ids
    assert found.text == GIVEN


def test_the_loss_is_what_training_makes_small(pocket):
    found = force(pocket, SENTENCE, GIVEN)
    given = pocket.tokenizer(SENTENCE, return_tensors="pt")
    labels = torch.tensor([[token.id for token in found.tokens]])
    with torch.inference_mode():
        loss = pocket.model(**given, labels=labels).loss
    assert found.loss == pytest.approx(float(loss), abs=1e-5)


def test_after_a_wrong_word_the_right_ones_are_read_again_and_it_goes_on_by_itself(translator):
    place = 1
    found = force(translator, SENTENCE, GIVEN, "Paris", place)
    right = [token.id for token in found.tokens]
    changed = [*right[:place], *target_ids(translator, "Paris")]
    whole = [*changed, *right[place + 1 :]]
    logs = logs_of(translator, whole)
    rest = range(len(changed), len(whole))
    own = logs[list(rest), whole[len(changed) :]].numpy()
    np.testing.assert_allclose(found.after[place + 1 :], own, **CLOSE)
    np.testing.assert_allclose(found.after[: place + 1], found.right[: place + 1], **CLOSE)
    assert list(found.follows.ids[: found.kept]) == changed
    for at in range(found.kept, len(found.follows.ids)):
        ids = [*found.follows.ids[:at], 0]
        likely = logs_of(translator, ids)[at].clone()
        for never in translator.model.generation_config.bad_words_ids or []:
            likely[never] = -torch.inf
        assert found.follows.ids[at] == int(likely.argmax())


@pytest.mark.parametrize(
    ("given", "wrong", "place", "sentence"),
    [
        ("", "", NO_PLACE, "The translation is empty"),
        ("mot " * 500, "", NO_PLACE, r"The translation has \d+ tokens; at most 126 are allowed"),
        ("Oui.", "mot " * 500, 0, "The translation with the wrong word has"),
        ("Oui.", "x", -2, "The place of the wrong word must be"),
        (None, "", NO_PLACE, "The translation must be text; got nothing"),
        ("Oui.", 5, 0, "The wrong word must be text"),
    ],
)
def test_what_is_no_translation_is_refused(pocket, given, wrong, place, sentence):
    with pytest.raises(UserError, match=sentence):
        force(pocket, SENTENCE, given, wrong, place)


def test_what_the_model_goes_on_from_is_shorter_than_what_it_may_write(pocket):
    short = replace(pocket, limits=replace(pocket.limits, new_tokens=4))
    assert len(force(short, SENTENCE, GIVEN, "Paris", 1).follows.ids) <= 4
    said = r"The beginning with the wrong word has \d tokens; at most 3 are allowed here"
    with pytest.raises(UserError, match=said):
        force(short, SENTENCE, GIVEN, "Paris", 5)


def test_a_wrong_word_behind_the_end_stands_before_the_end_token(pocket):
    found = force(pocket, SENTENCE, "Oui.", "non", 99)
    assert found.place == len(found.tokens) - 2


def test_pictures_say_their_numbers_and_escape(pocket):
    plain, wrong = force(pocket, SENTENCE, GIVEN), force(pocket, SENTENCE, GIVEN, HOSTILE, 1)
    assert headline(plain) == f"loss <b>{plain.loss:.2f}</b> nats a token"
    drawn = re.sub(r"<[^>]+>", " ", forcing_figure(plain, token=0, title="It"))
    for token in plain.tokens:
        assert f"{-token.logprob:.2f}" in drawn
    tokens = tuple(replace(one, piece=HOSTILE, text=HOSTILE) for one in wrong.tokens)
    pieces = tuple(HOSTILE for _ in wrong.follows.pieces)
    evil = replace(
        wrong, tokens=tokens, free=tokens, follows=replace(wrong.follows, pieces=pieces)
    )
    for html in (
        forcing_figure(evil, token=1, title=HOSTILE),
        forcing_table(evil),
        headline(evil),
    ):
        assert "<img" not in html


def test_the_snippet_gives_the_same_losses(pocket):
    code = filled("translation/forcing", pocket.checkpoint, text=SENTENCE, given=GIVEN)
    said = said_by(code)
    *losses, mean = [float(one) for one in re.findall(r"^ *([\d.]+)  ", said, re.MULTILINE)]
    found = force(pocket, SENTENCE, GIVEN)
    np.testing.assert_allclose(losses, -found.right, atol=1e-4)
    assert mean == pytest.approx(found.loss, abs=1e-4)


# Beams -------------------------------------------------------------------------------------------


def test_the_tree_ends_in_the_translations_of_generate(translator):
    searched = search_beams(translator, SENTENCE, 3)
    found = translate(translator, SENTENCE, 3, 3)
    assert [one.ids for one in searched.found.hypotheses] == [one.ids for one in found.candidates]
    assert searched.greedy == translate(translator, SENTENCE).candidates[0]
    with pytest.raises(UserError, match="at least 2 beams; got 1"):
        search_beams(translator, SENTENCE, 1)


def test_a_translators_beams_begin_from_a_start_token_and_have_no_prompt(desk):
    entry = desk.default("translation")
    chosen = Choices(text="You are very kind.", view="beams", beams=2, model=entry.name)
    drawn = TAB.draw(desk, chosen)
    for said in (drawn.picture, drawn.table):
        assert "start token" in said
        assert "prompt" not in said


@pytest.mark.parametrize("beams", [0, 1, 9, 2.5, "4", None])
def test_a_number_of_beams_is_refused_before_anything_is_written(pocket, beams):
    wrote = []
    hook = pocket.model.get_decoder().register_forward_hook(lambda *_: wrote.append(1))
    try:
        with pytest.raises(UserError, match="beams"):
            search_beams(pocket, SENTENCE, beams)
    finally:
        hook.remove()
    assert not wrote


def test_greedy_and_beams_are_told_apart(pocket):
    searched = search_beams(pocket, "You are very kind.", 4)
    said = against(searched)
    assert searched.greedy.text in said
    same = searched.greedy.ids == searched.found.best.ids
    assert ("Both are the same here." in said) == same
    worse = replace(searched, greedy=replace(searched.greedy, ids=(5,), score=-9.0))
    assert "Beam search has found a better score." in against(worse)
    better = replace(searched, greedy=replace(searched.greedy, ids=(5,), score=-0.01))
    assert "Greedy has the better score here" in against(better)
    evil = replace(searched, greedy=replace(searched.greedy, text=HOSTILE))
    assert "<img" not in against(evil)
