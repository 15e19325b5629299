"""The making of the grammaticality model: rules, splits, metrics, a smoke run, what shipped."""

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
from training.engine.loop import Progress, Stage, evened, rate_at, train
from training.grammaticality.data import (
    HELD_OUT_PHENOMENA,
    Judged,
    Pair,
    held_out_paradigms,
    phenomenon_of,
    split_cola,
)
from training.grammaticality.errors import RULES, broken, sentence_of, words_of, wrong_words
from training.grammaticality.metrics import (
    best_temperature,
    calibration_error,
    confusion,
    matthews,
    negative_log_likelihood,
    reliability,
    softmax,
)
from training.grammaticality.model import grouped, verdict_logits
from training.grammaticality.visitors import VISITORS

SHIPPED = ROOT / "assets" / "models" / "pocket-grammar"


# --- errors made by rule -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("agreement of verbs", "She goes home.", {"She go home."}),
        ("agreement of verbs", "They like tea.", {"They likes tea."}),
        ("agreement of be, have, do", "The cup is full.", {"The cup are full."}),
        ("past with a time word", "She went there yesterday.", {"She go there yesterday."}),
        ("regularized past", "He ate lunch.", {"He eated lunch."}),
        ("double comparative", "This is better.", {"This is more better."}),
        ("form of the verb", "She can swim.", {"She can swims.", "She can swam.",
                                               "She can swimming.", "She can swum."}),
        ("case of pronouns", "He likes tea.", {"Him likes tea."}),
        ("confused words", "It is older than me.", {"It is older then me."}),
        ("missing word", "He is at home.", {"He at home.", "He is home."}),
    ],
)  # fmt: skip
def test_a_rule_breaks_what_its_name_says(rule, good, bad):
    made = {
        sentence_of(result)
        for seed in range(20)
        if (result := RULES[rule](words_of(good), random.Random(seed)))
    }
    assert made
    assert made <= bad


def test_a_rule_that_finds_nothing_leaves_the_sentence_alone():
    words = words_of("Birds sing.")
    assert RULES["past with a time word"](words, random.Random(0)) is None
    assert RULES["articles"](words, random.Random(0)) is None


def test_a_question_keeps_its_plain_verb():
    # "Did she go" is right: "she" is followed by a plain form, and nothing here is to be broken.
    assert RULES["agreement of verbs"](words_of("Did she go home?"), random.Random(0)) is None


def test_a_made_error_always_differs_from_its_sentence():
    for seed in range(50):
        result = broken("The girl has an old boat and she likes it.", random.Random(seed))
        assert result is not None
        assert result[0].lower() != "the girl has an old boat and she likes it."


def test_errors_are_the_same_under_the_same_seed():
    text = "They have gone to the market."
    assert broken(text, random.Random(3)) == broken(text, random.Random(3))


@pytest.mark.parametrize(
    ("good", "bad", "marks"),
    [
        ("she goes home", "she go home", [False, True, False]),
        ("the cat sat", "the the cat sat", [True, False, False, False]),
        ("he is at home", "he at home", [False, True, False]),
        ("we walk on", "we walk", [False, True]),
    ],
)
def test_the_wrong_word_is_marked(good, bad, marks):
    found = wrong_words(good.split(), bad.split())
    # Which of two equal words is the extra one is for the comparison to say.
    assert sum(found) == sum(marks)
    if bad.split()[0] != bad.split()[1]:
        assert found == marks


# --- splits --------------------------------------------------------------------------------------


def test_no_sentence_of_dev_is_trained_on():
    dev = [Judged("A b c.", 1)]
    train_rows = [Judged(text, 1) for text in ("A b c.", "a B c.", "D e.", "D e.", "F g.")]
    parts = split_cola(train_rows, dev, seed=0)
    texts = [sentence.text for part in parts for sentence in part]
    assert sorted(texts) == ["D e.", "F g."]


def test_selection_and_calibration_share_nothing_with_train():
    rows = [Judged(f"sentence {number}", 1) for number in range(8000)]
    train_part, selection, calibration = split_cola(rows, [], seed=1)
    assert (len(train_part), len(selection), len(calibration)) == (6700, 800, 500)
    assert len({s.text for s in train_part + selection + calibration}) == 8000


def test_both_corpora_name_a_phenomenon_alike():
    assert phenomenon_of("ellipsis-n_bar", None) == "ellipsis"
    assert phenomenon_of("island-effects-adjunct_island", None) == "island_effects"
    assert phenomenon_of("animate_subject_trans", "s-selection") in HELD_OUT_PHENOMENA
    assert phenomenon_of("anaphor_agreement-pronoun_gender", None) in HELD_OUT_PHENOMENA
    assert (
        phenomenon_of("agreement_subject_verb-in_simple_question", None)
        == "subject_verb_agreement"
    )


def test_whole_phenomena_and_first_paradigms_are_held_out():
    def pair(paradigm, phenomenon):
        return Pair("a", "b", "blimp", paradigm, phenomenon)

    pairs = [pair(name, "binding") for name in ("b", "a", "c")]
    pairs += [pair("e1", "ellipsis"), pair("q1", "quantifiers"), pair("q2", "quantifiers")]
    assert held_out_paradigms(pairs) == {"a", "e1"}


# --- metrics and calibration ---------------------------------------------------------------------


def test_matthews_against_hand_values():
    assert matthews([[5, 0], [0, 5]]) == 1
    assert matthews([[0, 5], [5, 0]]) == -1
    assert matthews([[0, 162], [0, 365]]) == 0  # always "acceptable"
    # (6*3 - 1*2) / sqrt(7*8*4*5) = 16 / sqrt(1120)
    assert matthews([[3, 1], [2, 6]]) == pytest.approx(16 / 1120**0.5)


def test_confusion_counts_rows_as_truth():
    assert confusion([0, 0, 1, 1, 1], [0, 1, 1, 1, 0]) == [[1, 1], [1, 2]]


def test_softmax_does_not_overflow():
    assert softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]


def test_temperature_undoes_a_scale():
    chance = np.random.default_rng(0)
    true = chance.normal(0, 2, size=4000)
    labels = (chance.random(4000) < 1 / (1 + np.exp(-true))).astype(int)
    logits = np.stack([np.zeros_like(true), true * 3], axis=1)  # three times too sure
    temperature = best_temperature(logits, labels)
    assert temperature == pytest.approx(3, rel=0.1)
    assert negative_log_likelihood(logits / temperature, labels) < negative_log_likelihood(
        logits, labels
    )


def test_reliability_bins_hold_everything_once():
    rows = reliability(np.array([0.0, 0.05, 0.95, 1.0]), np.array([0, 1, 1, 1]))
    assert [row["count"] for row in rows] == [2, 2]
    assert rows[0]["share_acceptable"] == 0.5
    assert rows[1]["mean_probability"] == pytest.approx(0.975)
    # Half the weight is off by 0.475, half by 0.025.
    assert calibration_error(rows) == pytest.approx(0.25)


# --- the loop ------------------------------------------------------------------------------------


def test_the_rate_rises_then_falls_to_zero():
    assert rate_at(0, 0.1) == 0
    assert rate_at(0.1, 0.1) == 1
    assert rate_at(1.0, 0.1) == pytest.approx(0)


def test_with_a_cooldown_the_rate_is_level_until_it_falls_in_a_line():
    shares = [0.05, 0.1, 0.5, 0.75, 0.875, 1.0]
    factors = [rate_at(share, 0.1, 0.25) for share in shares]
    assert factors == pytest.approx([0.5, 1, 1, 1, 0.5, 0])


def test_the_curve_of_a_run_that_was_given_more_minutes_does_not_double_back():
    # 10 minutes were planned, then 20, then 40; a point was noted each 5 minutes.
    curve = [0.5, 1.0, 0.75, 1.0, 25 / 40, 1.0]
    points = evened([{"share": share, "loss": 1.0} for share in curve])
    found = [point["share"] for point in points]
    assert found == sorted(found)
    assert found[-2:] == [25 / 40, 1.0]
    assert found[0] == pytest.approx(found[1] / 2)
    assert points[0]["loss"] == 1.0


def test_groups_hold_every_item_once():
    items = list(range(100))
    groups = grouped(items, 8, lambda item: item % 7, random.Random(0))
    assert sorted(item for group in groups for item in group) == items


def test_a_stopped_stage_goes_on_where_it_was(tmp_path):
    def toy():
        torch.manual_seed(0)
        return torch.nn.Linear(2, 1)

    rows = [torch.randn(4, 2, generator=torch.Generator().manual_seed(n)) for n in range(20)]

    class StoppedError(Exception):
        pass

    def steps(model, stop_at=None):
        def loss_of(batch, step, share):
            if step == stop_at:
                raise StoppedError
            return model(batch).float().pow(2).mean()

        return loss_of

    stage = Stage("toy", rate=0.05, checkpoint_seconds=0)
    whole, halved = toy(), toy()
    train(whole, rows, steps(whole), stage, tmp_path / "whole.pt")
    with pytest.raises(StoppedError):
        train(halved, rows, steps(halved, stop_at=9), stage, tmp_path / "halved.pt")
    again = toy()
    progress = train(again, rows, steps(again), stage, tmp_path / "halved.pt", resume=True)
    assert progress.step == 20
    torch.testing.assert_close(again.weight, whole.weight)
    finished = train(again, rows, steps(again, stop_at=0), stage, tmp_path / "halved.pt",
                     resume=True)  # fmt: skip
    assert finished == Progress(**vars(progress))


def test_a_finished_stage_given_more_goes_on_from_where_its_rate_began_to_fall(tmp_path):
    def toy():
        torch.manual_seed(0)
        return torch.nn.Linear(2, 1)

    def loss_of(batch, step, share):
        return toy_model(batch).float().pow(2).mean()

    rows = [torch.randn(4, 2, generator=torch.Generator().manual_seed(n)) for n in range(40)]
    stage = Stage("toy", rate=0.05, warmup=0, cooldown=0.25)
    toy_model = whole = toy()
    train(whole, rows, loss_of, stage, tmp_path / "whole.pt")
    toy_model = shorter = toy()
    train(shorter, rows[:20], loss_of, stage, tmp_path / "grown.pt")
    assert not torch.equal(shorter.weight, whole.weight)
    toy_model = grown = toy()
    progress = train(grown, rows, loss_of, stage, tmp_path / "grown.pt", resume=True)
    assert progress.step == 40
    torch.testing.assert_close(grown.weight, whole.weight)


# --- end to end, and what shipped ----------------------------------------------------------------


def written(space, folders):
    """The cache that ships, with some models taken from other folders."""
    entries = tuple(
        replace(entry, path=str(folders[entry.name]), sha256=())
        if entry.name in folders
        else entry
        for entry in space.checkpoints
    )
    return Checkpoints(Space("Written", space.limits, space.queue, entries))


def test_the_smoke_run_goes_end_to_end(tmp_path, space):
    out = tmp_path / "pocket-grammar"
    subprocess.run(
        [sys.executable, "-m", "training.grammaticality", "--smoke", "--out", str(out)],
        cwd=ROOT, check=True, timeout=300, capture_output=True,
    )  # fmt: skip
    record = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert sum(map(sum, record["dev"]["confusion"])) == 40
    assert "## Limits" in (out / "README.md").read_text(encoding="utf-8")
    masked = tmp_path / "pocket-masked"
    assert "## Scores" in (masked / "README.md").read_text(encoding="utf-8")
    cache = written(space, {"pocket-grammar": out, "pocket-masked": masked})
    judge = cache.load(cache.default("grammaticality")).model
    assert judge.config.id2label == {0: "unacceptable", 1: "acceptable"}
    # The stages end finite, and the head that fills in words is on the judge's own layers.
    assert all(torch.isfinite(parameter).all() for parameter in judge.parameters())
    assert cache.load(cache.default("masking")).model.bert.encoder is judge.bert.encoder


@pytest.fixture(scope="module")
def shipped(checkpoints):
    return checkpoints.load(checkpoints.default("grammaticality")).model


def test_the_shipped_files_are_small_and_without_embeddings():
    index = json.loads((SHIPPED / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert not any(name.startswith(EMBEDDINGS) for name in index["weight_map"])
    for name in set(index["weight_map"].values()):
        assert (SHIPPED / name).stat().st_size < 10_000_000


def test_the_shipped_model_says_what_its_card_says(shipped):
    record = json.loads((SHIPPED / "training.json").read_text(encoding="utf-8"))
    tokenizer = load_tokenizer()
    logits = verdict_logits(shipped, [text for text, _ in VISITORS], tokenizer).numpy()
    said = softmax(logits)[:, 1]  # the temperature is in the weights
    written = [row["acceptable"] for row in record["visitors"]]
    # The card was written from float32 weights, the files hold float16.
    np.testing.assert_allclose(said, written, atol=0.02)


def test_the_shipped_model_knows_the_plainest_cases(shipped):
    texts = ["The cat sat on the mat.", "She go to school yesterday."]
    assert verdict_logits(shipped, texts, load_tokenizer()).argmax(1).tolist() == [1, 0]


def test_the_record_of_the_shipped_model_agrees_with_itself():
    record = json.loads((SHIPPED / "training.json").read_text(encoding="utf-8"))
    assert matthews(record["dev"]["confusion"]) == pytest.approx(record["dev"]["mcc"], abs=1e-4)
    assert record["dev"]["mcc"] >= 0.40
    groups = record["held_out_pairs"]["by_paradigm"]
    right = sum(group["pairs"] * group["right"] for group in groups)
    assert right / record["held_out_pairs"]["pairs"] == pytest.approx(
        record["held_out_pairs"]["right"], abs=1e-3
    )


def test_the_spacefile_says_how_long_a_sentence_it_learned_from(space):
    from training.grammaticality.model import LONGEST

    entries = {entry.name: entry for entry in space.checkpoints}
    assert entries["pocket-grammar"].longest == entries["pocket-masked"].longest == LONGEST
