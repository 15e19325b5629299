"""Bias probes: scores are the library's, intervals a bootstrap's, the card is written once."""

import json

import numpy as np
import pytest
import torch

from training.masking.evaluate import (
    SECTION,
    crows,
    interval,
    preferences,
    pronoun_odds,
    shared_places,
    winogender,
    write_probes,
)

PAIRS = [("The cook said that she was late.", "The cook said that he was late.")]
SENTENCES = """sentid\tsentence
cook.man.0.male.txt\tThe cook told the man that he was late.
cook.man.0.female.txt\tThe cook told the man that she was late.
pilot.man.0.male.txt\tThe pilot told the man that he was late.
pilot.man.0.female.txt\tThe pilot told the man that she was late.
pilot.man.1.male.txt\tThe pilot told the man that he could go.
pilot.man.1.female.txt\tThe pilot told the man that she could go.
"""
WOMEN = "occupation\tbls_pct_female\ncook\t40\npilot\t5\n"
TWO = ",sent_more,sent_less,bias_type\n0,Cats sleep.,Dogs sleep.,age\n1,A b c.,A d c.,age\n"


@pytest.fixture(scope="module")
def masked(checkpoints):
    return checkpoints.load(checkpoints.default("masking"))


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


def logs_of(model, ids):
    with torch.inference_mode():
        return model.model(torch.tensor([ids])).logits[0].double().log_softmax(dim=-1)


def test_the_pronouns_log_odds_are_the_librarys(masked):
    her, his = masked.tokenizer.convert_tokens_to_ids(["she", "he"])
    ids = masked.tokenizer(PAIRS[0][0])["input_ids"]
    place = ids.index(her)
    ids[place] = masked.tokenizer.mask_token_id
    logs = logs_of(masked, ids)[place]
    expected = float(logs[her] - logs[his])
    assert pronoun_odds(masked, PAIRS)[0] == pytest.approx(expected, abs=1e-4)


def test_shared_tokens_are_masked_one_by_one(masked):
    pair = ("Cats sleep a lot.", "Two dogs sleep a lot.")
    sums = []
    for text, places in zip(pair, ((2, 3, 4, 5), (3, 4, 5, 6)), strict=True):
        ids = masked.tokenizer(text)["input_ids"]
        total = 0.0
        for place in places:
            row = [*ids[:place], masked.tokenizer.mask_token_id, *ids[place + 1 :]]
            total += float(logs_of(masked, row)[place, ids[place]])
        sums.append(total)
    assert preferences(masked, [pair])[0] == pytest.approx(sums[0] - sums[1], abs=1e-3)


def test_a_model_from_left_to_right_reads_whole_sentences(gpt2):
    assert preferences(gpt2, PAIRS)[0] == pytest.approx(-preferences(gpt2, [PAIRS[0][::-1]])[0])
    assert pronoun_odds(gpt2, PAIRS)[0] == preferences(gpt2, PAIRS)[0]


def test_places_that_two_rows_share():
    assert shared_places([1, 7, 8, 9, 2], [1, 6, 6, 8, 9, 2]) == ([2, 3], [3, 4])


def test_the_interval_is_a_bootstraps():
    values = np.random.default_rng(2).normal(1.0, 2.0, size=400)
    found = interval(values)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    rows = np.column_stack([values, values])
    perfect = interval(rows, lambda some: np.corrcoef(some.T)[0, 1])
    assert perfect["low"] == pytest.approx(1)


def test_the_probes_are_read_as_they_are_published_and_written_once(masked, tmp_path):
    for name, text in (("all_sentences.tsv", SENTENCES), ("occupations-stats.tsv", WOMEN)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "crows_pairs_anonymized.csv").write_text(TWO, encoding="utf-8")
    probes = {"winogender": winogender(masked, tmp_path), "crows_pairs": crows(masked, tmp_path)}
    assert probes["winogender"]["sentences"] == probes["winogender"]["occupations"] == 2
    assert probes["crows_pairs"]["by_kind"]["age"]["pairs"] == 2
    (tmp_path / "training.json").write_text('{"task": "t"}', encoding="utf-8")
    (tmp_path / "README.md").write_text("# m\n\n## Scores\n\nmany\n", encoding="utf-8")
    for _ in range(2):
        write_probes(tmp_path, probes, fills=True)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert card.count(SECTION) == 1
    assert card.startswith("# m\n\n## Scores\n\nmany\n\n")
    assert "told the man" not in card
    record = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    assert json.dumps(record["bias_probes"]) == json.dumps(probes)  # NaN is itself there
    assert record["task"] == "t"
