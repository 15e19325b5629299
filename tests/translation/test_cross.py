"""Cross-attention, the alignment and the hidden word, against the library's own."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.translation.cross import (
    cross_figure,
    cross_table,
    headline,
    lines_figure,
    masks_figure,
    masks_headline,
    needs,
)
from services.translation import looking
from services.translation.looking import MEAN, NO_WORD, hide, look
from services.translation.reading import start_of
from services.translation.translate import translate
from tabs.kit.snippets import filled
from tabs.translation import TAB
from tabs.translation.choices import STEM, Choices, word_of
from tests.fakes import translators
from tests.fakes.published import roomy
from tests.parity.conftest import CLOSE
from tests.translation.conftest import said_by

SENTENCE = "The river was wet."
BLACK = "The black cat sleeps on the white bed."
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", params=[*translators.NAMES, "pocket-translator"])
def translator(space, checkpoints, request):
    if request.param in translators.NAMES:
        return roomy(translators.small(space, request.param), new_tokens=10)
    return checkpoints.load(checkpoints.default("translation"), "translation")


def library(model, ids, mask=None):
    """One pass of the library over the sentence and a translation of it."""
    given = model.tokenizer(model.checkpoint.prefix + SENTENCE, return_tensors="pt")
    started = torch.tensor([[start_of(model), *ids[:-1]]])
    masked = given.attention_mask.clone()
    if mask is not None:
        masked[0, mask[0] : mask[1]] = 0
    given["attention_mask"] = masked
    with torch.inference_mode():
        return given, model.model(**given, decoder_input_ids=started, output_attentions=True)


def test_all_attention_is_the_librarys(translator):
    looks = look(translator, SENTENCE)
    ids = [token.id for token in looks.tokens]
    assert tuple(ids) == translate(translator, SENTENCE).ids
    _, output = library(translator, ids)
    for ours, theirs in (
        (looks.cross, output.cross_attentions),
        (looks.encoder, output.encoder_attentions),
        (looks.decoder, output.decoder_attentions),
    ):
        np.testing.assert_allclose(ours, torch.cat(theirs).numpy(), **CLOSE)
        np.testing.assert_allclose(ours.sum(axis=-1), 1, atol=1e-5)
    assert not np.triu(looks.decoder, k=1).any()
    layer, head = looks.cross.shape[0] - 1, 1
    own = output.cross_attentions[layer][0, head].numpy()
    np.testing.assert_allclose(looks.looked(layer, head, words=False), own, **CLOSE)
    mean = torch.cat(output.cross_attentions).mean(dim=(0, 1)).numpy()
    np.testing.assert_allclose(looks.looked(MEAN, MEAN, words=False), mean, **CLOSE)
    np.testing.assert_allclose(looks.looked(MEAN, 0, words=True).sum(axis=-1), 1, atol=1e-5)


def test_a_hidden_word_is_masked_for_the_library_too(translator):
    hidden = hide(translator, SENTENCE, 1)
    looks = look(translator, SENTENCE)
    assert hidden.words[:2] == ("The", "river")
    ids = [token.id for token in looks.tokens]
    spans = [span for span in looks.source.words if span[0] >= looks.source.prefix]
    for word, span in enumerate(spans[: len(hidden.words)]):
        given, masked = library(translator, ids, span)
        _, whole = library(translator, ids)
        logs = [one.logits[0].log_softmax(dim=-1)[range(len(ids)), ids] for one in (whole, masked)]
        np.testing.assert_allclose(hidden.drops[word], (logs[0] - logs[1]).numpy(), atol=2e-5)
        if word == 1:
            most = min(translator.limits.new_tokens, len(ids) + 90)
            made = translator.model.generate(
                **given,
                do_sample=False,
                num_beams=1,
                max_new_tokens=most,
                forced_eos_token_id=None,
            )
            text = translator.tokenizer.decode(made[0, 1:], skip_special_tokens=True)
            assert hidden.without == text.strip()


def test_hidden_words_are_read_a_few_at_a_time(translator, monkeypatch):
    """Logits of all tokens for all words at once would be gigabytes of a large vocabulary."""
    whole, sizes = hide(translator, SENTENCE), []
    tokens = len(whole.target.ids) * translator.vocabulary
    monkeypatch.setattr(looking, "NUMBERS_AT_ONCE", 2 * tokens)
    hook = translator.model.get_encoder().register_forward_hook(
        lambda _, __, output: sizes.append(len(output[0]))
    )
    try:
        parts = hide(translator, SENTENCE)
    finally:
        hook.remove()
    assert max(sizes) == 2
    assert sum(sizes) == 1 + 1 + len(whole.words)  # the translation; as it is; without each word
    np.testing.assert_allclose(parts.drops, whole.drops, **CLOSE)


def test_without_a_word_there_is_no_new_translation_and_behind_the_end_is_the_last(pocket):
    assert hide(pocket, BLACK).word == NO_WORD
    assert hide(pocket, BLACK).without == ""
    assert hide(pocket, BLACK, 99).word == len(hide(pocket, BLACK).words) - 1
    for wrong in (-1, 1.5, "1"):
        with pytest.raises(UserError, match="number of the hidden word must be"):
            hide(pocket, BLACK, wrong)


@pytest.mark.parametrize(
    ("given", "word"), [("", None), ("1", 1), ("1.0", 1), (1, 1), (1.0, 1), (0, 0), ("0", 0)]
)
def test_a_hidden_word_is_a_number_however_it_is_sent(given, word):
    assert word_of(given) == word


@pytest.mark.parametrize("given", ["1.5", "x", "-1", -1, 1.5, True, None, [1], float("nan")])
def test_what_is_no_number_of_a_word_is_refused_in_a_sentence(given):
    with pytest.raises(UserError, match=r"number of the hidden word must be .*, or empty; got"):
        word_of(given)


def test_the_view_takes_a_hidden_word_as_scripts_and_links_send_it(desk):
    for given in ("1.0", 1.0, 1):
        chosen = Choices(text=BLACK, hidden=given, view="cross", model=desk.default(STEM).name)
        drawn = TAB.draw(desk, chosen)
        assert "without <i>black</i>" in drawn.headline


def test_the_colour_needs_its_word_and_no_other(pocket):
    hidden = hide(pocket, BLACK, 1)
    lost = needs(hidden)
    names = hidden.target.word_names
    assert lost[names.index("noir")].argmax() == hidden.words.index("black")
    assert lost[names.index("blanc")].argmax() == hidden.words.index("white")
    assert "noir" not in hidden.without
    assert "blanc" in hidden.without


def test_pictures_say_their_numbers_and_escape(pocket):
    looks, hidden = look(pocket, BLACK), hide(pocket, BLACK, 1)
    which = {"layer": 3, "head": MEAN}
    values = looks.looked(3, MEAN, words=True)
    names = looks.target.word_names, looks.source.word_names
    at = names[0].index("blanc"), names[1].index("white")
    table = cross_table(looks, hidden, **which, words=True)
    assert f"{values[at]:.3f}" in table
    assert headline(looks, hidden, **which) == f"without <i>black</i>: <b>{hidden.without}</b>"
    strongest = headline(looks, hide(pocket, BLACK), **which)
    assert "/s" not in re.sub(r"</?[ib]>", "", strongest)
    drawn = lines_figure(looks, hidden, **which, words=True, title=HOSTILE)
    assert drawn.count("<path") == int((values >= 0.04).sum())
    evil = replace(hidden, words=tuple(HOSTILE for _ in hidden.words), without=HOSTILE)
    pieces = replace(looks.source, pieces=tuple(HOSTILE for _ in looks.source.pieces))
    bad = replace(looks, source=pieces, start=HOSTILE)
    for html in (
        cross_figure(bad, evil, **which, words=False, title=HOSTILE),
        lines_figure(bad, evil, **which, words=False, title=HOSTILE),
        masks_figure(bad, **which, title=HOSTILE),
        cross_table(bad, evil, **which, words=False),
        headline(bad, evil, **which),
    ):
        assert "<img" not in html


def test_the_masks_count_the_pairs(pocket):
    looks = look(pocket, "Your cat is a lovely cat.")
    source, target = looks.encoder.shape[-1], looks.decoder.shape[-1]
    seen = int((looks.decoder.max(axis=(0, 1)) > 0).sum())  # one head may round a weight to 0
    said = f"<b>{source**2}</b>, <b>{seen}</b> of {target**2}, <b>{source * target}</b> pairs"
    assert masks_headline(looks) == said


def test_the_snippet_gives_the_same_attention(pocket):
    code = filled("translation/cross", pocket.checkpoint, text=BLACK, layer=3, head=MEAN)
    said = said_by(code)
    rows = [line.split("\t")[1:] for line in said.splitlines()[1:] if "\t" in line]
    own = look(pocket, BLACK).looked(3, MEAN, words=False)
    np.testing.assert_allclose(np.array(rows, dtype=float), own, atol=1e-4)
