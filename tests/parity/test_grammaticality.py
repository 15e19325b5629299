"""A BERT tuned on CoLA, at its real size: verdicts, and what each word has to do with them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.architectures import as_loaded
from services.grammaticality.judge import judge
from services.grammaticality.words import read
from tabs.grammaticality import TAB
from tabs.grammaticality.choices import Choices
from tabs.kit.view import Asked
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

NAME = "bert-base-uncased-CoLA"
SENTENCES = (
    "They wants to going home.",
    "The weather is cold.",
    "The cold, it is weather wet home.",
)


@pytest.fixture(scope="module")
def grammar(built):
    return built(NAME)


def logits_of(grammar, sentence):
    with torch.inference_mode():
        return grammar.model(**grammar.tokenizer(sentence, return_tensors="pt")).logits[0].numpy()


def test_verdicts_are_the_librarys(grammar):
    expected = [logits_of(grammar, sentence) for sentence in SENTENCES]
    for found, logits in zip(judge(grammar, SENTENCES), expected, strict=True):
        np.testing.assert_allclose(found.logits, logits, **CLOSE)
        odds = float(logits[1]) - float(logits[0])  # GLUE's CoLA: 1 is acceptable
        assert found.probability == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-5)
        assert found.log_odds == pytest.approx(odds, abs=1e-5)
    assert np.ptp([one.log_odds for one in judge(grammar, SENTENCES)]) > 1e-3


def test_each_word_left_out_is_a_sentence_judged_anew(grammar):
    sentence = SENTENCES[1]
    reading = read(grammar, sentence)
    whole = logits_of(grammar, sentence)
    for word, change in zip(reading.words[:-1], reading.leave_one_out[:-1], strict=True):
        left = f"{sentence[: word.start]} {sentence[word.end :]}"
        logits = logits_of(grammar, left)
        expected = (logits[1] - logits[0]) - (whole[1] - whole[0])
        assert change == pytest.approx(float(expected), abs=1e-5)


def test_integrated_gradients_add_up_to_the_change(grammar):
    sentence = SENTENCES[1]
    reading = read(grammar, sentence)
    ids = grammar.tokenizer(sentence, return_tensors="pt")["input_ids"]
    masked = torch.full_like(ids, grammar.tokenizer.mask_token_id)
    masked[0, [0, -1]] = ids[0, [0, -1]]
    with torch.inference_mode():
        hidden = grammar.model(masked).logits[0]
    assert reading.hidden == pytest.approx(float(hidden[1] - hidden[0]), abs=1e-5)
    change = reading.hidden - reading.judgement.log_odds
    assert reading.integrated.sum() == pytest.approx(change, abs=0.05 * abs(change) + 1e-3)


@pytest.mark.parametrize(
    ("labels", "fits"),
    [
        (("LABEL_0", "LABEL_1"), True),
        (("unacceptable", "acceptable"), True),
        (("Not grammatical", "Grammatical"), True),
        (("acceptable", "unacceptable"), False),
        (("grammatical", "ungrammatical"), False),
        (("negative", "neutral", "positive"), False),
    ],
)
def test_labels_the_other_way_round_are_refused(space, labels, fits):
    small = published.small(space, NAME)
    small.model.config.id2label = dict(enumerate(labels))
    if fits:
        assert as_loaded(small.checkpoint, small.model).layers == 3
        return
    with pytest.raises(ValueError, match=f"labels are {', '.join(labels)}, and grammaticality"):
        as_loaded(small.checkpoint, small.model)


@pytest.mark.parametrize(
    ("capability", "name"),
    [
        ("generation", "bert-base-uncased"),
        ("answering", "gpt2"),
        ("similarity", "gpt2"),
        ("captioning", "bert-base-uncased"),
        ("attention", "vit-gpt2-image-captioning"),
    ],
)
def test_an_architecture_that_a_capability_does_not_take_is_refused(space, capability, name):
    small = published.small(space, name)
    entry = replace(small.checkpoint, capabilities=(capability,))
    kind = small.model.config.model_type
    with pytest.raises(ValueError, match=f"architecture {kind}, and {capability} takes "):
        as_loaded(entry, small.model)


def test_the_code_shown_gives_the_same_numbers(space, desk, tmp_path):
    loaded = published.saved(space, NAME, tmp_path)
    entry = published.small(space, NAME).checkpoint
    first, second = SENTENCES[:2]
    start = {"model": NAME, "sentence": first, "other": second, "sentences": f"{first}\n{second}"}

    def shown(view):
        choices = Choices(
            **{field: start.get(field, "") for field in Choices.__dataclass_fields__}
        )
        chosen = replace(choices, view=view)
        asked = Asked(desk, entry, chosen)
        return run("", entry, tmp_path, fill=lambda code, _: TAB.snippet(asked))

    judged = judge(loaded, (first, second))
    np.testing.assert_allclose(shown("list").logits, [one.logits for one in judged], **CLOSE)
    odds = [one.log_odds for one in judged]
    np.testing.assert_allclose(shown("pair").log_odds, odds, **CLOSE)
    reading = read(loaded, first)
    words = shown("sentence")
    np.testing.assert_allclose(words.leave_one_out, reading.leave_one_out, **CLOSE)
    np.testing.assert_allclose(words.integrated, reading.integrated, **CLOSE)
