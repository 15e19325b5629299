"""The making of the model of the next sentence: pairs, what learns, intervals, what shipped."""

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
from training.engine.backbone import EMBEDDINGS, load_tokenizer
from training.masking.next_sentence.data import (
    APART,
    MARGIN,
    RUN_LENGTH,
    RUNS,
    Case,
    cases_of,
    fits,
    read_exam,
    sentences_of,
    split,
)
from training.masking.next_sentence.model import (
    DOES_NOT,
    FOLLOWS,
    encode_cases,
    learned,
    log_odds,
    new_model,
    padded,
    planned,
)
from training.masking.next_sentence.scores import VISITORS, accuracy, with_interval

SHIPPED = ROOT / "assets" / "models" / "pocket-nsp"
SAMPLES = ROOT / "training" / "samples"


# --- sentences and pairs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rained. We ran.", ["It rained.", "We ran."]),
        ("“Run!” he said. ‘Why?’ she asked.", ['"Run!" he said.', '"Why?" she asked.']),
        ("Mr. Hill met Dr. No. They left.", ["Mr. Hill met Dr. No.", "They left."]),
        ("One line\nAnother.", ["One line", "Another."]),
        ("It wasn’t his.", ["It wasn’t his."]),
    ],
)
def test_a_text_falls_into_sentences(text, sentences):
    assert sentences_of(text) == sentences


def test_kept_out_documents_stand_far_from_those_to_train_on():
    train, kept_out = split(20_000, 1)
    assert len(kept_out) == RUNS
    held = np.array([number for run in kept_out for number in run])
    assert len(set(held)) == RUNS * RUN_LENGTH
    nearest = np.abs(np.array(train)[:, None] - held[None]).min(axis=1)
    assert nearest.min() == MARGIN + 1
    assert len(train) > 10_000


def texts_of(documents, length):
    return {
        number: [f"this is sentence {place} of document {number}." for place in range(length)]
        for number in range(documents)
    }


def test_a_case_is_what_it_says():
    books = [[0, 1], [2, 3], [4, 5]]
    cases = cases_of(texts_of(6, 30), books, 5, 1)
    assert len(cases) == 30
    for case in cases:
        place, home = (int(word.strip(".")) for word in case.first.split()[3::3])
        after, same_home = (int(word.strip(".")) for word in case.next.split()[3::3])
        assert (after, same_home) == (place + 1, home)
        far, far_home = (int(word.strip(".")) for word in case.same_book.split()[3::3])
        assert far_home == home == case.document
        assert abs(far - place) > APART
        assert int(case.random.split()[-1].strip(".")) // 2 != home // 2


def test_short_and_long_sentences_are_left_out():
    assert [fits(" ".join(["word"] * count)) for count in (4, 5, 40, 41)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_cases_are_made_once_and_made_anew_for_other_settings(tmp_path):
    stories = SAMPLES / "stories"
    first = read_exam(stories, 1, 4, 2, tmp_path)
    made = (tmp_path / "cases.json").stat().st_mtime_ns
    assert read_exam(stories, 1, 4, 2, tmp_path) == first
    assert (tmp_path / "cases.json").stat().st_mtime_ns == made
    assert read_exam(stories, 1, 1, 2, tmp_path) != first
    documents = [{case.document for case in part} for part in (first.train, first.report)]
    assert documents[0].isdisjoint(documents[1])


# --- the model while it learns -------------------------------------------------------------------


CASES = [
    Case(f"It rained on day {day}.", "We ran home.", "The sea was warm.", "A king died.", day)
    for day in range(40)
]


def test_each_case_is_a_sentence_that_follows_and_one_that_does_not():
    tokenizer = load_tokenizer()
    items = encode_cases(CASES, tokenizer, 0.25, 1)
    texts = {tokenizer.decode(no.ids[no.second :], skip_special_tokens=True) for _, no in items}
    assert texts == {"the sea was warm.", "a king died."}
    for yes, no in items:
        assert (yes.label, no.label) == (FOLLOWS, DOES_NOT)
        assert yes.ids[: yes.second] == no.ids[: no.second]
    batches = planned(items, 8, random.Random(1))
    assert sorted(len(batch) for batch in batches) == [16] * 5


def test_only_the_top_learns_and_padding_changes_nothing():
    model, tokenizer = new_model(2).eval(), load_tokenizer()
    layers = {name.split(".")[3] for name in learned(model) if ".layer." in name}
    assert layers == {"4", "5"}
    assert not any(name.startswith(EMBEDDINGS) for name in learned(model))
    assert {"bert.pooler.dense.weight", "cls.seq_relationship.weight"} <= set(learned(model))
    pairs = [("A cat.", "It slept."), ("The old man walked along the shore.", "He was alone.")]
    together = log_odds(model, pairs, tokenizer, "cpu")
    with torch.inference_mode():
        for (first, second), value in zip(pairs, together.tolist(), strict=True):
            logits = model(**tokenizer(first, second, return_tensors="pt")).logits[0]
            assert value == pytest.approx((logits[FOLLOWS] - logits[DOES_NOT]).item(), abs=1e-4)


def test_a_batch_is_what_the_tokenizer_makes_of_the_pair():
    tokenizer = load_tokenizer()
    yes, _ = encode_cases(CASES[:1], tokenizer, 0.0, 1)[0]
    made = tokenizer(CASES[0].first, CASES[0].next, return_tensors="pt")
    for name, part in padded([yes], "cpu").items():
        assert part.tolist() == made[name].tolist()


# --- scores --------------------------------------------------------------------------------------


def test_accuracy_counts_both_verdicts():
    odds = {"next": np.array([1.0, 1.0, -1.0]), "random": np.array([-1.0, 1.0, 1.0])}
    assert accuracy(odds, "random").tolist() == [1.0, 0.5, 0.0]


def test_the_interval_is_that_of_documents_drawn_again():
    chance = np.random.default_rng(1)
    documents = np.repeat(np.arange(100), 5)
    values = np.repeat(chance.integers(2, size=100), 5).astype(float)  # alike inside a document
    found = with_interval(values, documents.tolist())
    wide = 2 * 1.96 * np.sqrt(values.mean() * (1 - values.mean()) / 100)
    assert found["high"] - found["low"] == pytest.approx(wide, rel=0.15)
    assert found["low"] < found["score"] < found["high"]


# --- end to end, and what shipped ----------------------------------------------------------------


def test_the_smoke_run_goes_end_to_end(tmp_path, space):
    out = tmp_path / "model"
    subprocess.run(
        [sys.executable, "-m", "training.masking.next_sentence", "--smoke", "--out", str(out)],
        cwd=ROOT, check=True, timeout=300, capture_output=True,
    )  # fmt: skip
    record = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert record["data"]["report"] > 0
    assert "## Limits" in (out / "README.md").read_text(encoding="utf-8")
    entries = tuple(
        replace(entry, path=str(out), sha256=()) if entry.name == "pocket-nsp" else entry
        for entry in space.checkpoints
    )
    cache = Checkpoints(Space("Written", space.limits, space.queue, entries))
    model = cache.load(cache.default("following")).model
    odds = log_odds(model, [(CASES[0].first, CASES[0].next)], load_tokenizer(), "cpu")
    assert torch.isfinite(odds).all()


def test_the_shipped_files_are_small_and_hold_what_learned():
    index = json.loads((SHIPPED / "model.safetensors.index.json").read_text(encoding="utf-8"))
    record = json.loads((SHIPPED / "training.json").read_text(encoding="utf-8"))
    assert set(index["weight_map"]) == set(learned(new_model(record["recipe"]["layers"])))
    sizes = [file.stat().st_size for file in SHIPPED.iterdir()]
    assert max(sizes) < 10_000_000
    assert sum(sizes) < 30_000_000
    whole = sum(file.stat().st_size for file in SHIPPED.parent.rglob("*") if file.is_file())
    assert whole < 200_000_000


def test_the_shipped_model_says_what_its_card_says(checkpoints):
    record = json.loads((SHIPPED / "training.json").read_text(encoding="utf-8"))
    model = checkpoints.load(checkpoints.default("following")).model
    pairs = [(first, second) for first, second, _ in VISITORS]
    odds = log_odds(model, pairs, load_tokenizer(), "cpu").tolist()
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for row, value in zip(record["visitors"], odds, strict=True):
        assert row["odds"] == pytest.approx(value, abs=0.05)  # float16 files
        assert f"| {row['odds']} |" in card
    report = record["report"]
    for kind in ("random", "same_book", "swapped"):
        assert f"{100 * report[f'accuracy_{kind}']['score']:.1f} %" in card
    assert report["accuracy_random"]["low"] > 0.7
    assert report["accuracy_random"]["low"] > report["accuracy_same_book"]["high"]


def test_the_page_knows_how_long_a_pair_it_learned_from(space):
    from training.masking.next_sentence.model import LONGEST

    entry = next(entry for entry in space.checkpoints if entry.name == "pocket-nsp")
    assert entry.longest == LONGEST
