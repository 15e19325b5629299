"""Answering with the model that ships: the claims of the page, and direct transformers."""

import json
import math
import re
import time

import numpy as np
import pytest

from core.paths import ROOT
from services.answering.answer import Answer, answer
from services.answering.gold import grade
from services.answering.scores import scores_of
from services.answering.why import explain
from services.examples import read_example
from tabs.answering import TAB
from tabs.answering.choices import Choices
from tabs.answering.gold import graded_of
from tabs.kit.examples import read_examples
from tests.weights.held import holds

EXAMPLES = {example["title"]: example for example in read_examples("answering")}
START = next(iter(EXAMPLES.values()))["inputs"]


@pytest.fixture(scope="module")
def qa(checkpoints):
    return checkpoints.load(checkpoints.default("answering"))


def choices(title="When did it reopen?", **changed):
    start = {"model": "pocket-qa", "view": "answer", "top": 3, "threshold": 0.0, "window": -1}
    return Choices(**(start | START | EXAMPLES[title]["inputs"] | changed))


def asked(qa, title, **changed):
    chosen = choices(title, **changed)
    return answer(qa, chosen.question, chosen.context, 10)


def stated(title):
    """The numbers with a decimal point that an example's line names; percentages as such."""
    found = re.findall(r"(−?)(\d+\.\d+)(%?)", EXAMPLES[title]["look_for"])
    return [float(("-" if sign else "") + number) for sign, number, _ in found]


def as_stated(value):
    """A number to the three digits that a line has of it."""
    return pytest.approx(value, rel=6e-3)


# The reference -----------------------------------------------------------------------------------


def direct(qa, question, context):
    """All spans of a passage of one window, by transformers and two loops."""
    import torch

    encoded = qa.tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        output = qa.model(**encoded)
    start, end = output.start_logits[0].double(), output.end_logits[0].double()
    places = [n for n, kind in enumerate(encoded["token_type_ids"][0].tolist()) if kind][:-1]
    spans = {
        (offsets[i][0], offsets[j][1]): math.exp(start[i] + end[j])
        for i in places
        for j in places
        if i <= j < i + 30
    }
    none = math.exp(start[0] + end[0])
    total = none + math.fsum(spans.values())
    return none / total, {span: value / total for span, value in spans.items()}


@pytest.mark.parametrize("title", [t for t in EXAMPLES if t != "One window of several"])
def test_one_window_gives_what_transformers_gives(qa, title):
    chosen = choices(title)
    found = answer(qa, chosen.question, chosen.context, 10)
    none, spans = direct(qa, chosen.question, chosen.context)
    assert found.no_answer == pytest.approx(none, abs=1e-5)
    for one in found.candidates:
        assert one.score == pytest.approx(spans[one.start, one.end], abs=1e-5)
    assert found.best.score == pytest.approx(max(spans.values()), abs=1e-5)


def test_many_windows_give_what_transformers_gives_for_each(qa):
    import torch

    chosen = choices("One window of several")
    encoded = qa.tokenizer(
        chosen.question,
        chosen.context,
        return_tensors="pt",
        return_overflowing_tokens=True,
        truncation="only_second",
        max_length=384,
        stride=128,
        padding=True,
        return_offsets_mapping=True,
    )
    offsets = encoded.pop("offset_mapping").tolist()
    encoded.pop("overflow_to_sample_mapping")
    with torch.inference_mode():
        output = qa.model(**encoded)
    # The tokenizer has settings of its own now; the page's calls do not set them back by chance.
    qa.tokenizer.backend_tokenizer.no_truncation()
    qa.tokenizer.backend_tokenizer.no_padding()
    found = answer(qa, chosen.question, chosen.context)
    assert len(found.reading.windows) == len(offsets) == 3
    for row, window in enumerate(found.reading.windows):
        places = [0] + [
            n
            for n, (kind, span) in enumerate(
                zip(encoded["token_type_ids"][row].tolist(), offsets[row], strict=True)
            )
            if kind and span != [0, 0]
        ]
        np.testing.assert_allclose(
            window.start_logits, output.start_logits[row, places], atol=1e-4
        )
        np.testing.assert_allclose(window.end_logits, output.end_logits[row, places], atol=1e-4)


def test_the_margin_is_the_one_that_training_wrote(qa):
    path = ROOT / qa.checkpoint.path / "training.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert len(record["visitors"]) > 5
    for one in record["visitors"]:
        found = answer(qa, one["question"], one["passage"])
        assert found.best.text == one["best"]
        assert found.margin == pytest.approx(one["margin"], abs=0.02)  # before float16


# What the page states ----------------------------------------------------------------------------


@holds("answering", "When did it reopen?", 3)
def test_when_did_it_reopen(qa):
    found = asked(qa, "When did it reopen?")
    assert found.best.text == "2010"
    assert [100 * found.best.score] == [as_stated(n) for n in stated("When did it reopen?")]
    texts = [one.text for one in found.candidates]
    assert "2004" in texts
    assert any("2010" in text and text != "2010" for text in texts)


@holds("answering", "What is BERT?", 2)
def test_what_is_bert(qa):
    found = asked(qa, "What is BERT?")
    assert "language model" in found.best.text
    shorter = next(one for one in found.candidates if one.text == "a language model")
    seen = [100 * one.score for one in (found.best, shorter)]
    assert seen == [as_stated(n) for n in stated("What is BERT?")]
    cuts = [one for one in found.candidates if one.start < found.best.end > found.best.start]
    assert len(cuts) >= 3
    assert max(one.score for one in cuts) < 0.9


@holds("answering", "Who designed it?", 3)
def test_who_designed_it(qa):
    found = asked(qa, "Who designed it?")
    assert found.best.text in EXAMPLES["Who designed it?"]["look_for"]
    seen = [100 * found.no_answer, 100 * found.best.score, found.margin]
    assert seen == [as_stated(n) for n in stated("Who designed it?")]


@holds("answering", "museum closed when", 4)
def test_keywords_suffice(qa):
    found = asked(qa, "museum closed when")
    why = explain(qa, found)
    assert found.best.text == "2004"
    assert found.margin < 0
    closed = why.words[1]
    assert why.question[closed.start : closed.end] == "closed"
    assert closed.text == "1992"
    seen = [100 * found.best.score, 100 * closed.score]
    assert seen == [as_stated(n) for n in stated("museum closed when")]


@holds("answering", "A gallery beside the museum", 4)
def test_a_gallery_beside_the_museum(qa):
    title = "A gallery beside the museum"
    found = asked(qa, title)
    plain = asked(qa, title, context=START["context"])
    assert "gallery opened in 1985" in choices(title).context
    assert "gallery" not in START["context"]
    assert found.best.text == plain.best.text == "1992"
    assert found.margin > plain.margin
    assert [found.margin, plain.margin] == [as_stated(n) for n in stated(title)]


@holds("answering", "One window of several", 1)
def test_one_window_of_several(qa):
    title = "One window of several"
    found = asked(qa, title)
    assert len(found.reading.windows) == 3
    assert found.best.text == "Marta Lindqvist"
    assert [100 * found.best.score] == [as_stated(n) for n in stated(title)]
    held = found.reading.windows[found.best.window]
    assert "The organ fell silent" in found.reading.context[held.start : held.end]


def test_five_questions_at_once(qa):
    chosen = choices("Five questions at once")
    found = [answer(qa, question, chosen.context) for question in chosen.listed]
    assert [one.margin > 0 for one in found] == [False, False, False, True, True]
    assert [one.best.text for one in found[:3]] == ["1992", "2010", "Ana Silva"]


@holds("answering", "Start after the end", 2)
def test_the_start_stands_after_the_end(qa):
    scores = scores_of(asked(qa, "Start after the end"))
    start, end = scores.separate
    assert [scores.tokens[start], scores.tokens[end]] == ["1994", "1990"]
    assert end < start
    assert scores.separate_text == ""


def test_the_slider_starts_where_the_more_likely_of_the_two_is_said():
    assert TAB.settings["threshold"].start == 0
    path = ROOT / "assets" / "models" / "pocket-qa" / "training.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    curve = {point["threshold"]: point for point in content["threshold_curve"]}
    chosen = round(content["threshold"])  # at which the record's own curve gains nothing over 0
    for name in ("f1_with_threshold", "no_answer_f1", "f1_together"):
        assert curve[0.0][name] > curve[chosen][name]


def test_the_page_opens_with_what_the_model_gives(qa):
    stored = read_example("answering", Answer)
    fresh = answer(qa, START["question"], START["context"])
    assert [one.text for one in stored.candidates] == [one.text for one in fresh.candidates]
    assert stored.margin == pytest.approx(fresh.margin, abs=1e-4)
    for one, other in zip(stored.reading.windows, fresh.reading.windows, strict=True):
        np.testing.assert_allclose(one.start_logits, other.start_logits, atol=1e-4)


# Long passages -----------------------------------------------------------------------------------


def test_nearly_ten_thousand_words_are_read_and_the_right_window_wins(qa):
    text = EXAMPLES["One window of several"]["inputs"]["context"]
    filler = [line + "\n" for line in text.strip().split("\n") if "organ" not in line]
    before = "".join(filler * 10)
    context = before + "Marta Lindqvist repaired the organ.\n" + before
    assert len(context.split()) > 9_500
    began = time.monotonic()
    found = answer(qa, "Who repaired the organ?", context)
    print(f"{len(context.split()):,} words, {time.monotonic() - began:.1f} s")
    assert found.best.text == "Marta Lindqvist"
    assert found.best.start == len(before)
    assert len(found.reading.windows) > 40


# Code and exports --------------------------------------------------------------------------------


def run(code):
    names = {}
    exec(compile(code, "snippet", "exec"), names)
    return names


@pytest.mark.parametrize(
    "title", ["When did it reopen?", "Who designed it?", "One window of several"]
)
def test_the_code_of_the_answer_gives_its_numbers(desk, qa, title):
    chosen = choices(title, top=5)
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    found = answer(qa, chosen.question, chosen.context, 5)
    assert names["best"] == [(one.first, one.last) for one in found.candidates]
    for one in found.candidates:
        assert names["probability"][one.first, one.last] == pytest.approx(one.score, abs=1e-5)
    assert names["shares"][0] == pytest.approx(found.no_answer, abs=1e-5)
    assert names["margin"] == pytest.approx(found.margin, abs=1e-4)


@pytest.mark.parametrize(
    ("title", "window"), [("Start after the end", -1), ("One window of several", 2)]
)
def test_the_code_of_the_scores_gives_them(desk, qa, title, window):
    chosen = choices(title, view="scores", window=window)
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    scores = scores_of(answer(qa, chosen.question, chosen.context), window)
    assert tuple(names["tokens"]) == scores.tokens
    np.testing.assert_allclose(names["starts"], scores.start_shares, atol=1e-5)
    np.testing.assert_allclose(names["ends"], scores.end_shares, atol=1e-5)
    assert names["total"] == pytest.approx(scores.best.logit, abs=1e-4)


@pytest.mark.parametrize("title", ["When did it reopen?", "museum closed when"])
def test_the_code_of_why_gives_its_numbers(desk, qa, title):
    chosen = choices(title, view="why")
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    why = explain(qa, answer(qa, chosen.question, chosen.context))
    kept = [one.score for one in why.sentences if one.kept]
    np.testing.assert_allclose(names["sentences"], kept, atol=1e-5)
    np.testing.assert_allclose(names["words"], [one.score for one in why.words], atol=1e-5)


def test_the_code_of_several_questions_gives_their_answers(desk, qa):
    chosen = choices(view="several")
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    for (text, share, none, margin), question in zip(names["answers"], chosen.listed, strict=True):
        found = answer(qa, question, chosen.context)
        assert text == found.best.text
        assert share == pytest.approx(found.best.score, abs=1e-5)
        assert none == pytest.approx(found.no_answer, abs=1e-5)
        assert margin == pytest.approx(found.margin, abs=1e-4)


@holds("answering", "Half right", 3)
def test_half_right(qa):
    chosen = choices("Half right")
    graded = grade(asked(qa, "Half right"), chosen.golds_typed, chosen.threshold)
    f1, better = stated("Half right")
    assert graded.overlap.f1 == as_stated(f1)
    assert not graded.overlap.exact
    assert graded.better == 3
    assert graded.of_candidates[3].exact
    assert 100 * graded.answer.candidates[3].score == as_stated(better)


@pytest.mark.parametrize("title", ["Half right", "Who designed it?"])
def test_the_code_scores_what_the_page_scores(desk, title):
    chosen = choices(title, view="gold", gold="a small village near Ghent")
    question = TAB.asked(desk, chosen)
    graded = graded_of(question)
    names = run(TAB.snippet(question))
    assert names["answer"] == graded.given
    assert names["best"] == pytest.approx(graded.overlap.f1, abs=1e-9)
    assert names["exact"] == graded.overlap.exact


def test_the_code_of_the_training_view_prints_its_scores(desk, qa, capsys):
    run(TAB.snippet(TAB.asked(desk, choices(view="training"))))
    assert "no_answer_f1" in capsys.readouterr().out


@pytest.mark.parametrize("view", ["answer", "scores", "why", "gold", "several", "training"])
def test_the_exports_keep_every_digit(desk, qa, view):
    sheet, text = TAB.files(desk, choices(view=view))
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (content["model"], content["settings"]["view"]) == ("pocket-qa", view)
    found = answer(qa, START["question"], START["context"])
    lines = sheet.splitlines()
    if view == "answer":
        assert content["score"] == pytest.approx(found.best.score, abs=1e-9)
        assert float(lines[1].split(",")[-1]) == content["score"]
        assert len(lines) == 1 + 3 + 1
    if view == "scores":
        assert len(lines) == 1 + 1 + len(found.reading.tokens)
    if view == "why":
        assert len(lines) == 1 + 2 + 4
    if view == "gold":
        assert (content["f1"], content["exact_match"], content["right"]) == (1, 1, ["2010"])
        assert len(lines) == 1 + 1 + 3
    if view == "several":
        assert [one["answer"] for one in content["answers"]][:3] == ["1992", "2010", "Ana Silva"]


# Headlines ---------------------------------------------------------------------------------------


def headline(desk, title, **changed):
    return TAB.draw(desk, choices(title, **changed)).headline


@pytest.mark.parametrize("title", ["When did it reopen?", "museum closed when"])
def test_the_headline_is_the_answer_with_its_probability(desk, qa, title):
    best = asked(qa, title).best
    said = f"<b><bdi>{best.text}</bdi></b> {best.score:.1%}"
    assert headline(desk, title, view="answer") == said


def test_the_headline_of_no_answer_says_so(desk, qa):
    assert asked(qa, "Who designed it?").no_answer > 0.9995
    assert headline(desk, "Who designed it?") == "<b>No answer</b> &gt; 99.9%"
    assert headline(desk, "Who designed it?", threshold=10).startswith("<b><bdi>Ana Silva</bdi>")


def test_the_headline_of_the_scores_has_both_ends(desk, qa):
    scores = scores_of(asked(qa, "Start after the end"))
    start, end = float(scores.start_shares.max()), float(scores.end_shares.max())
    assert headline(desk, "Start after the end") == (
        f"Start <code><bdi>1994</bdi></code> <b>{start:.1%}</b>, "
        f"end <code><bdi>1990</bdi></code> <b>{end:.1%}</b>"
    )


def test_the_headline_of_why_names_the_part_that_counts_most(desk, qa):
    why = explain(qa, asked(qa, "museum closed when"))
    said = (
        f"<b><bdi>2004</bdi></b> {why.score:.1%}, without <i>closed</i> {why.words[1].score:.1%}"
    )
    assert headline(desk, "museum closed when") == said


def test_the_headline_of_several_questions_counts_the_answers(desk):
    assert headline(desk, "Five questions at once") == "<b>3</b> of 5 answered"
