"""Marian and T5 at their published sizes: translations and all that is told of them."""

import numpy as np
import pytest
import torch

from services.translation.reading import encoded, read_source, reread, start_of
from services.translation.translate import translate
from tests.fakes import translators
from tests.fakes.published import roomy
from tests.parity.conftest import CLOSE

SENTENCE = "The bank of the river was wet."
LONG = 12  # tokens of a translation: random weights never end one


@pytest.fixture(scope="module", params=translators.NAMES)
def translator(space, request):
    return roomy(translators.translator(space, request.param), new_tokens=LONG)


@pytest.fixture(scope="module")
def given(translator):
    """What the library's tokenizer makes of the sentence, T5's order before it."""
    text = translator.checkpoint.prefix + SENTENCE
    return translator.tokenizer(text, return_tensors="pt")


def generated(translator, given, beams, **more):
    """The library's own translations and their scores, start token and padding cut off."""
    settings = {"do_sample": False, "max_new_tokens": LONG, "num_beams": beams} | more
    # A Marian forces its end where the limit is; a text is cut off here, and says so.
    made = translator.model.generate(
        **given,
        **settings,
        forced_eos_token_id=None,
        return_dict_in_generate=True,
        output_scores=True,
    )
    end = translator.model.config.eos_token_id
    rows = [row[1:] for row in made.sequences.tolist()]
    rows = [tuple(row[: row.index(end) + 1] if end in row else row) for row in rows]
    return rows, made.get("sequences_scores")


def direct(translator, given, ids):
    """The library's one pass over a translation."""
    started = torch.tensor([[start_of(translator), *ids[:-1]]])
    with torch.inference_mode():
        return translator.model(**given, decoder_input_ids=started, output_attentions=True)


def test_the_source_is_what_the_tokenizer_gives(translator, given):
    source = read_source(translator, SENTENCE)
    assert list(source.ids) == given.input_ids[0].tolist()
    assert "".join(source.pieces).endswith(f"{SENTENCE}</s>")
    assert "".join(source.pieces[source.prefix :]) == f" {SENTENCE}</s>"


def test_greedy_is_the_librarys(translator, given):
    found = translate(translator, SENTENCE)
    (expected,), _ = generated(translator, given, 1)
    assert found.ids == expected
    output = direct(translator, given, found.ids)
    logs = output.logits[0].log_softmax(dim=-1)
    own = logs[range(len(expected)), expected].numpy()
    np.testing.assert_allclose([token.logprob for token in found.tokens], own, **CLOSE)
    best = logs.max(dim=-1).values.exp().numpy()
    np.testing.assert_allclose([t.nexts[0].probability for t in found.tokens], best, **CLOSE)


def test_logits_and_attentions_are_the_librarys(translator, given):
    ids = translate(translator, SENTENCE).ids
    states = encoded(translator, read_source(translator, SENTENCE).ids)
    ours, theirs = (
        reread(translator, states, ids, attentions=True),
        direct(translator, given, ids),
    )
    np.testing.assert_allclose(states, theirs.encoder_last_hidden_state, **CLOSE)
    np.testing.assert_allclose(ours.logits, theirs.logits, **CLOSE)
    for one, other in (
        (ours.cross_attentions, theirs.cross_attentions),
        (ours.decoder_attentions, theirs.decoder_attentions),
    ):
        np.testing.assert_allclose(torch.cat(one), torch.cat(other), **CLOSE)
        assert float(torch.cat(other).std()) > 1e-4


def test_beams_are_the_librarys(translator, given):
    found = translate(translator, SENTENCE, 4, 4)
    expected, scores = generated(translator, given, 4, num_return_sequences=4)
    assert [one.ids for one in found.candidates] == expected
    np.testing.assert_allclose([one.score for one in found.candidates], scores, **CLOSE)
    assert len(set(expected)) == 4
