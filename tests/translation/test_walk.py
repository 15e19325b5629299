"""The walk-through: every number of it is the library's own; each step leads to the next."""

import html
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.translation.walk import LAST, STOPS, WRITTEN, headline, walk_figure, walk_table
from services.translation.reading import start_of
from services.translation.translate import translate
from services.translation.walk import walk
from tabs.kit.snippets import filled
from tests.fakes import translators
from tests.fakes.published import roomy
from tests.parity.conftest import CLOSE
from tests.translation.conftest import said_by

SENTENCE = "The river was wet."
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", params=[*translators.NAMES, "pocket-translator"])
def translator(space, checkpoints, request):
    if request.param in translators.NAMES:
        return roomy(translators.small(space, request.param), new_tokens=8)
    return checkpoints.load(checkpoints.default("translation"), "translation")


def test_every_number_is_the_librarys(translator):
    ids, step = translate(translator, SENTENCE).ids, 2
    found = walk(translator, SENTENCE, step)
    given = translator.tokenizer(translator.checkpoint.prefix + SENTENCE, return_tensors="pt")
    before = torch.tensor([[start_of(translator), *ids[:step]]])
    with torch.inference_mode():
        output = translator.model(
            **given, decoder_input_ids=before, output_hidden_states=True, output_attentions=True
        )
    assert found.off < 1e-5
    np.testing.assert_allclose(found.embedded[-1], output.encoder_hidden_states[0][0], **CLOSE)
    for ours, theirs in zip(found.encoder, output.encoder_hidden_states[1:], strict=True):
        np.testing.assert_allclose(ours, theirs[0], **CLOSE)
    states = output.decoder_hidden_states
    np.testing.assert_allclose(found.written[-1], states[0][0, -1], **CLOSE)
    np.testing.assert_allclose(found.state, states[-1][0, -1], **CLOSE)
    for layer, block in enumerate(found.blocks):
        np.testing.assert_allclose(block.vectors[0], states[layer][0, -1], **CLOSE)
        crossed, back = output.cross_attentions[layer], output.decoder_attentions[layer]
        np.testing.assert_allclose(block.looks_over, crossed[0, :, -1], **CLOSE)
        np.testing.assert_allclose(block.looks_back, back[0, :, -1], **CLOSE)
        assert (block.added > 0).all()
    logits = output.logits[0, -1]
    chances = logits.softmax(dim=-1)
    for guess in found.guesses:
        assert guess.logit == pytest.approx(float(logits[guess.id]), abs=1e-5)
        assert guess.probability == pytest.approx(float(chances[guess.id]), abs=1e-5)
    assert found.pieces == translate(translator, SENTENCE).target.pieces


def test_rows_places_and_sum_are_added_where_there_are_places(pocket, space):
    found = walk(pocket, SENTENCE)
    np.testing.assert_allclose(found.embedded[0] + found.embedded[1], found.embedded[2], **CLOSE)
    assert not walk(translators.small(space, translators.T5), SENTENCE).positions


def test_a_step_behind_the_end_is_the_last_and_no_step_is_refused(pocket):
    found = walk(pocket, SENTENCE, 99)
    assert found.step == len(found.pieces) - 1
    assert found.guesses[0].text == "</s>" == found.pieces[-1]
    for wrong in (-1, 0.5, "2"):
        with pytest.raises(UserError, match="The step must be"):
            walk(pocket, SENTENCE, wrong)


def test_the_arrows_lead_through_every_stop_once_and_back(pocket):
    count = len(walk(pocket, SENTENCE).pieces)
    for by, at, end in ((1, (0, 0), (count - 1, LAST)), (-1, (count - 1, LAST), (0, 0))):
        seen = [at]
        while True:
            drawn = walk_figure(walk(pocket, SENTENCE, at[0]), at[1], title="It")
            (button,) = re.findall(rf'<button[^>]*data-walk="{by}"[^>]*>', drawn)
            pick = re.search(r'data-pick="([^"]+)"', button)
            if not pick:
                assert "disabled" in button
                break
            picked = json.loads(html.unescape(pick[1]))
            at = picked["token"], picked["stop"]
            seen.append(at)
        assert seen[-1] == end
        assert len(seen) == len(set(seen)) == WRITTEN + count * (len(STOPS) - WRITTEN)


def test_every_stop_says_its_number_and_escapes(pocket):
    found = walk(pocket, SENTENCE, 1)
    evil = replace(
        found,
        source=replace(found.source, pieces=tuple(HOSTILE for _ in found.source.pieces)),
        pieces=tuple(HOSTILE for _ in found.pieces),
        guesses=tuple(replace(one, text=HOSTILE) for one in found.guesses),
    )
    for stop in range(len(STOPS)):
        assert headline(found, stop)
        for drawn in (walk_figure(evil, stop, title=HOSTILE), headline(evil, stop)):
            assert "<img" not in drawn
    assert "<img" not in walk_table(evil)
    best = found.guesses[0]
    assert f"logit {best.logit:.2f}" in walk_figure(found, LAST, title="It")
    cells = walk_figure(found, 5, title="It")
    assert f">{found.blocks[-1].looks_over.mean(axis=0)[1]:.2f}<" in cells


def test_the_snippet_gives_the_same_numbers(pocket):
    code = filled("translation/walk", pocket.checkpoint, text=SENTENCE, step=2)
    said = said_by(code)
    found = walk(pocket, SENTENCE, 2)
    looks = [json.loads(one) for one in re.findall(r"^layer \d+: (.*)$", said, re.MULTILINE)]
    own = [block.looks_over.mean(axis=0) for block in found.blocks]
    np.testing.assert_allclose(looks, own, atol=1e-4)
    chances = re.findall(r"^(\d\.\d{4}) +(-?[\d.]+)  ", said, re.MULTILINE)
    guesses = [(one.probability, one.logit) for one in found.guesses]
    np.testing.assert_allclose([[float(a), float(b)] for a, b in chances], guesses, atol=1e-4)
