"""DistilBERT and BERT large, tuned on SQuAD 1.1, at their real size: spans and their scores."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from figures.answering.answer import NEVER, answer_figure, answer_table
from figures.answering.scores import scores_figure
from figures.answering.several import several_figure, several_table
from figures.answering.why import why_figure, why_table
from services.answering.answer import answer
from services.answering.reading import read, template_of
from services.answering.scores import scores_of, window_bests
from services.answering.why import explain
from tabs.answering import TAB
from tabs.answering.answer import as_endpoint, fill
from tabs.answering.choices import Choices
from tabs.kit.view import Asked
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

DISTILBERT = "distilbert-base-cased-distilled-squad"
LARGE = "bert-large-uncased-whole-word-masking-finetuned-squad"
QUESTION = "Which river flows through Paris?"
CONTEXT = "The bank opened in Paris. The Seine, a river, flows through the city. It is wet."


@pytest.fixture(scope="module")
def qa(built):
    return built(DISTILBERT)


def library(qa, question, context):
    """Start and end logits of every token of the pair, as the library reads it."""
    pair = qa.tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True)
    offsets, texts = pair.pop("offset_mapping")[0].tolist(), pair.sequence_ids(0)
    if qa.checkpoint.family != "bert":
        pair.pop("token_type_ids", None)
    with torch.inference_mode():
        output = qa.model(**pair)
    return output.start_logits[0].numpy(), output.end_logits[0].numpy(), texts, offsets


def expected_spans(qa, question, context):
    """{(start, end) characters: logit} of every allowed span, pair by pair."""
    start, end, texts, offsets = library(qa, question, context)
    places = [place for place, text in enumerate(texts) if text == 1]
    return {
        (offsets[i][0], offsets[j][1]): float(start[i]) + float(end[j])
        for i in places
        for j in places
        if i <= j < i + 30
    }


def assert_same_spans(qa, question, context):
    found = answer(qa, question, context, top=5)
    spans = expected_spans(qa, question, context)
    best = sorted(spans, key=spans.get, reverse=True)[:5]
    assert [(one.start, one.end) for one in found.candidates] == best
    total = np.logaddexp.reduce(list(spans.values()))
    for one in found.candidates:
        assert one.logit == pytest.approx(spans[one.start, one.end], abs=1e-5)
        assert one.score == pytest.approx(np.exp(one.logit - total), abs=1e-5)
        assert context[one.start : one.end] == one.text
    assert found.spans == len(spans)
    assert np.ptp(list(spans.values())) > 1e-2
    return found


def test_spans_are_those_of_the_library(qa):
    assert "token_type_ids" in qa.tokenizer.model_input_names  # which the model has no rows for
    assert_same_spans(qa, QUESTION, CONTEXT)


def test_every_token_of_the_scores_view_has_the_librarys_logits(qa):
    scores = scores_of(answer(qa, QUESTION, CONTEXT))
    start, end, texts, offsets = library(qa, QUESTION, CONTEXT)
    places = [0, *(place for place, text in enumerate(texts) if text == 1)]
    np.testing.assert_allclose(scores.start_logits, start[places], **CLOSE)
    np.testing.assert_allclose(scores.end_logits, end[places], **CLOSE)
    assert list(scores.offsets[1:]) == [tuple(offsets[place]) for place in places[1:]]


def test_windows_of_a_long_passage_are_those_of_the_library(qa):
    context = " ".join([CONTEXT, "The weather is cold."] * 20)
    reading = read(qa, QUESTION, context)
    batch = qa.tokenizer(
        QUESTION,
        context,
        max_length=384,
        stride=128,
        truncation="only_second",
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding=True,
        return_tensors="pt",
    )
    given = {name: batch[name] for name in ("input_ids", "attention_mask")}
    with torch.inference_mode():
        output = qa.model(**given)
    assert len(reading.windows) == len(batch["input_ids"]) > 1
    for number, window in enumerate(reading.windows):
        texts = batch.sequence_ids(number)
        places = [0, *(place for place, text in enumerate(texts) if text == 1)]
        offsets = batch["offset_mapping"][number, places[1:]].tolist()
        assert (window.start, window.end) == (offsets[0][0], offsets[-1][1])
        expected = output.start_logits[number, places].numpy()
        np.testing.assert_allclose(window.start_logits, expected, **CLOSE)


def test_what_is_left_out_is_read_again(qa):
    found = answer(qa, QUESTION, CONTEXT)
    why = explain(qa, found)
    for one in why.words:
        left = QUESTION[: one.start] + QUESTION[one.end :]
        spans = expected_spans(qa, left, CONTEXT)
        total = np.logaddexp.reduce(list(spans.values()))
        same = spans[found.best.start, found.best.end]
        assert one.score == pytest.approx(np.exp(same - total), abs=1e-5)


def test_bert_large_answers_as_the_library_does(built):
    large = built(LARGE)
    types = large.tokenizer(QUESTION, CONTEXT)["token_type_ids"]
    assert sum(types) > 10  # the second text has rows of its own, and they count
    assert_same_spans(large, QUESTION, CONTEXT)
    assert (large.model.config.num_hidden_layers, large.model.config.hidden_size) == (24, 1024)


# What was never learned --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(space):
    return published.small(space, DISTILBERT)


def test_a_model_that_saw_answers_only_has_no_number_for_no_answer(small):
    found = answer(small, QUESTION, CONTEXT)
    assert found.no_answer is None
    assert found.margin is None
    assert as_endpoint(small.checkpoint, found)["no_answer"] is None
    why = explain(small, found)
    assert {one.no_answer for one in (*why.sentences, *why.words)} == {None}
    pages = [
        answer_figure(found, window_bests(found), None, threshold=-30, title="T"),
        scores_figure(scores_of(found), title="T"),
        several_figure([found], threshold=-30, title="T"),
        why_figure(why, title="T"),
    ]
    for page in pages:
        assert page.count(NEVER) == 1
        assert "less the span" not in page
        assert "no answer</i>" not in page
    tables = (
        answer_table(found, window_bests(found)),
        several_table([found]),
        why_table(why),
    )
    assert not any("no answer" in drawn or "[CLS]" in drawn for drawn in tables)


def test_spans_alone_share_all_of_the_probability(small):
    found = answer(small, QUESTION, "The Seine flows.", top=10)
    assert sum(one.score for one in found.candidates) == pytest.approx(1, abs=1e-3)


def test_the_template_is_the_tokenizers_own(space, small):
    roberta = published.text_model(space, "roberta-base", **published.SMALL["roberta"])
    for qa, between in ((small, 1), (roberta, 2)):
        template = template_of(qa)
        asked = qa.tokenizer("the river", add_special_tokens=False)["input_ids"]
        piece = qa.tokenizer("the city", add_special_tokens=False)["input_ids"]
        pair = qa.tokenizer("the river", "the city", return_token_type_ids=True)
        assert len(template.between) == between
        assert template.row(asked, piece) == (pair["input_ids"], pair["token_type_ids"])


@pytest.mark.parametrize("name", [DISTILBERT, LARGE])
def test_the_code_shown_gives_the_same_spans(space, name, tmp_path):
    loaded = published.saved(space, name, tmp_path)
    entry = published.small(space, name).checkpoint
    asked = {"question": QUESTION, "context": CONTEXT, "seps": 1}
    settings = {"abstains": False, "threshold": 0.0}

    def code(view, **values):
        return run(view, entry, tmp_path, fill=fill, **values)

    found = answer(loaded, QUESTION, CONTEXT, top=3)
    made = code("answering/answering", **asked, **settings, top=3)
    spans = [(made.offsets[i][0], made.offsets[j][1]) for i, j in made.best]
    assert spans == [(one.start, one.end) for one in found.candidates]
    shares = [made.probability[pair] for pair in made.best]
    np.testing.assert_allclose(shares, [one.score for one in found.candidates], **CLOSE)
    made = code("answering/scores", **asked, window=-1)
    np.testing.assert_allclose(made.start, scores_of(found).start_logits, **CLOSE)
    made = code("answering/why", **asked, abstains=False)
    np.testing.assert_allclose(
        made.words, [w.score for w in explain(loaded, found).words], **CLOSE
    )
    del asked["question"]
    made = code("answering/several", **asked, **settings, questions=[QUESTION])
    assert made.answers[0][:2] == (found.best.text, pytest.approx(found.best.score, abs=1e-5))


def test_the_page_gives_the_code_of_this_architecture(space):
    model = published.small(space, DISTILBERT)
    # The code is that of the model on the Hub, which is not here: this one answers for it.
    desk = SimpleNamespace(
        ask=lambda verb, entry, *inputs, progress: verb(model, *inputs), limits=model.limits
    )
    start = {"model": DISTILBERT, "view": "answer", "top": 3, "threshold": 0.0, "window": -1}
    asked = {"question": QUESTION, "context": CONTEXT, "questions": QUESTION}
    for view in ("answer", "scores", "why", "gold", "several"):
        choices = Choices(**(start | asked | {"view": view}))
        code = TAB.snippet(Asked(desk, model.checkpoint, choices))
        compile(code, "snippet", "exec")
        assert "token_type_ids" not in code
        assert "backbone" not in code
        assert f'from_pretrained("{DISTILBERT}"' not in code
        assert code.count("revision=revision") == 2
