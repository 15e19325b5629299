"""The making of the answering model: pairing, metrics, a smoke run, what shipped."""

import json
import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.paths import ROOT
from core.spacefile import Space
from models.checkpoints import Checkpoints
from training.answering.data import (
    Question,
    holds_answer,
    read_squad,
    split_articles,
    unanswerable,
)
from training.answering.model import (
    Item,
    Passage,
    Reply,
    cut,
    encode,
    planned,
    replies,
    token_span,
)
from training.answering.scores import VISITORS, answer_scores, best_threshold, detection_f1
from training.engine.backbone import EMBEDDINGS, load_tokenizer

SHIPPED = ROOT / "assets" / "models" / "pocket-qa"
SAMPLES = ROOT / "training" / "samples"


# --- unanswerable questions ----------------------------------------------------------------------


def test_an_unanswerable_question_never_meets_its_answer():
    # The answer rides along in the question's text, so that it can be looked for afterwards.
    questions = [
        replace(question, question=f"{question.question} {question.answers[0]}")
        for question in read_squad(SAMPLES / "squad" / "train-v1.1.json")
    ]
    made = unanswerable(questions, 1.0, random.Random(0))
    assert len(made) > 100
    for question in made:
        answer = question.question.split("? ")[1]
        assert answer not in question.passage
        assert not question.answerable


def test_an_unanswerable_question_stays_in_its_article():
    questions = [
        Question("Who?", "Ana did.", ("Ana",), 0, "one", "squad"),
        Question("When?", "In May it was.", ("May",), 3, "one", "squad"),
        Question("Where?", "In Rome.", ("Rome",), 3, "two", "squad"),  # has no other passage
    ]
    made = {(q.question, q.passage) for q in unanswerable(questions, 1.0, random.Random(0))}
    assert made == {("Who?", "In May it was."), ("When?", "Ana did.")}


@pytest.mark.parametrize(
    ("passage", "answer", "held"),
    [
        ("It was in the year 1992, they say.", "1992", True),
        ("It was in the year 1992, they say.", "199", False),
        ("He saw The Old Man.", "an old man", True),  # articles and case do not count
        ("He saw a boat.", "the", True),  # an answer of nothing is everywhere
    ],
)
def test_an_answer_is_held_by_whole_words(passage, answer, held):
    assert holds_answer(passage, [answer]) is held


def test_the_parts_share_no_article():
    questions = read_squad(SAMPLES / "squad" / "train-v1.1.json")
    parts = [{q.article for q in part} for part in split_articles(questions, 1, 8, 30)]
    assert [len(part) for part in parts] == [22, 8, 30]
    assert len(set.union(*parts)) == 60


# --- metrics -------------------------------------------------------------------------------------


def test_detection_f1_against_a_hand_value():
    wanted, said = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert detection_f1(wanted, said) == 0.5
    assert detection_f1(wanted, np.zeros(4, bool)) == 0


def test_scores_with_and_without_silence():
    questions = [
        Question("q", "p", ("yes", "aye"), 0, "a", "squad"),
        Question("q", "p", ("no way",), 0, "a", "squad"),
        Question("q", "p", (), -1, "a", "squad"),
    ]
    said = [Reply("aye", -2.0), Reply("way", 1.0), Reply("p", 3.0)]
    scores = answer_scores(questions, said, threshold=0.0)
    assert scores["exact"] == 0.5
    assert scores["f1"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    assert scores["f1_with_threshold"] == 0.5  # the second is silenced
    assert scores["confusion"] == [[1, 0], [1, 1]]
    assert scores["no_answer_recall"] == 1
    assert scores["no_answer_precision"] == 0.5
    # A threshold between 1 and 3 lets the second answer speak and keeps the third silent.
    assert 1.0 <= best_threshold(questions, said) < 3.0


# --- encoding ------------------------------------------------------------------------------------


def test_token_span_covers_the_characters():
    offsets = [(0, 3), (4, 10), (10, 12), (13, 17)]
    assert token_span(offsets, 4, 8) == (1, 2)
    assert token_span(offsets, 11, 3) == (2, 3)
    assert token_span(offsets, 40, 2) is None


def test_the_answers_tokens_are_the_answer():
    passage = "It closed in 2004 and reopened in 2010."
    question = Question("When?", passage, ("2010",), passage.index("2010"), "a", "squad")
    [item] = encode([question], load_tokenizer())
    first, last = item.passage.offsets[item.first][0], item.passage.offsets[item.last][1]
    assert passage[first:last] == "2010"


@pytest.mark.parametrize("place", [0, 17, 39])
def test_a_piece_fits_and_holds_the_answer(place):
    item = Item([1] * 5, Passage(list(range(40)), [(0, 0)] * 40), place, min(place + 2, 39))
    for seed in range(30):
        begin, end = cut(item, 20, random.Random(seed))
        assert begin <= item.first
        assert item.last < end
        assert begin >= 0
        assert end <= 40
        assert end - begin == 12


def test_every_question_is_read_once():
    items = [Item([1], Passage([0] * size, []), 0, 0) for size in range(1, 60)]
    batches = planned(items, 8, 384, random.Random(0))
    assert sorted(len(item.passage.ids) for batch in batches for item in batch) == list(
        range(1, 60)
    )


# --- end to end, and what shipped ----------------------------------------------------------------


def test_the_smoke_run_goes_end_to_end(tmp_path, space):
    subprocess.run(
        [sys.executable, "-m", "training.answering", "--smoke", "--out", str(tmp_path)],
        cwd=ROOT, check=True, timeout=300, capture_output=True,
    )  # fmt: skip
    record = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    assert record["report"]["answerable"] == 180
    assert "## Limits" in (tmp_path / "README.md").read_text(encoding="utf-8")
    entries = tuple(
        replace(entry, path=str(tmp_path), sha256=()) if entry.name == "pocket-qa" else entry
        for entry in space.checkpoints
    )
    cache = Checkpoints(Space("Written", space.limits, space.queue, entries))
    assert cache.load(cache.default("answering")).model.qa_outputs.out_features == 2


@pytest.fixture(scope="module")
def shipped(checkpoints):
    return checkpoints.load(checkpoints.default("answering")).model


def test_the_shipped_files_are_small_and_without_embeddings():
    index = json.loads((SHIPPED / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert not any(name.startswith(EMBEDDINGS) for name in index["weight_map"])
    assert not any("pooler" in name for name in index["weight_map"])
    for name in set(index["weight_map"].values()):
        assert (SHIPPED / name).stat().st_size < 10_000_000


def test_the_shipped_model_says_what_its_card_says(shipped):
    record = json.loads((SHIPPED / "training.json").read_text(encoding="utf-8"))
    questions = [
        Question(question, passage, (gold,), passage.find(gold) if gold else -1, "visitor", "made")
        for passage, question, gold in VISITORS
    ]
    with torch.inference_mode():
        said = replies(shipped, questions, load_tokenizer())
    assert [reply.text for reply in said] == [row["best"] for row in record["visitors"]]
    # The card was written from float32 weights, the files hold float16.
    margins = [row["margin"] for row in record["visitors"]]
    np.testing.assert_allclose([reply.margin for reply in said], margins, atol=0.1)


def test_the_shipped_model_answers_the_museum(shipped):
    passage = VISITORS[0][0]
    questions = [
        Question(text, passage, (), -1, "visitor", "made")
        for text in ("When did the museum open?", "When did it reopen?")
    ]
    said = replies(shipped, questions, load_tokenizer())
    assert [reply.text for reply in said] == ["1992", "2010"]


def test_a_far_answer_is_found_through_windows(shipped):
    filler = "The weather was fine and nothing of note was written down that day. " * 60
    question = Question(
        "When did the museum open?", filler + VISITORS[0][0], (), -1, "visitor", "made"
    )
    assert replies(shipped, [question], load_tokenizer())[0].text == "1992"
