"""The record of the model that continues text: read as its training writes it, drawn, exported."""

import copy
import re
from dataclasses import replace
from functools import partial

import pytest

from figures.records import generation as training_generation
from figures.records.generation import generation_tables, generation_training
from figures.records.record import aims
from figures.records.trials import speed_bars, trial_bars
from services.records.parts import GenerationRecord, Score, Trial
from services.records.record import BITS, GPU_BITS, read_record
from tabs.kit import record as training_view
from tabs.kit.record import training_numbers
from tests.fakes.shown import training_of

HOSTILE = "</script><img src=x onerror=alert(1)>"
PATH = "assets/models/some-gpt2"
SHORT = {"trial": "size", "minutes": 4.0, "device": "cpu", "base": {}}
RECORD = {
    "task": "generation",
    "recipe": {
        "minutes": 130.0,
        "vocabulary": 8192,
        "width": 384,
        "layers": 6,
        "head_width": 64,
        "context": 256,
        "optimizer": "muon",
        "wide_share": 0.0,
        "easy_share": 0.1,
        "cooldown": 0.3,
        "attention": "eager",
        "compile": False,
        "dropout": 0.0,
        "watched": 16,
    },
    "device": "cpu",
    "parameters": 13891584,
    "data": {
        "core": {
            "documents": 19500,
            "characters": 8200,
            "tokens": 2000,
            "documents_kept_out": 412,
            "characters_kept_out": 900,
        },
        "easy": {
            "documents": 5000,
            "characters": 2100,
            "tokens": 500,
            "documents_kept_out": 311,
            "characters_kept_out": 10,
        },
    },
    "tokens_seen": 3000,
    "tokens_per_second": 4117,
    "validation": {
        "bits_per_character": 1.3712,
        "held_back_bits_per_character": 1.3321,
        "perplexity_per_token": 52.34,
        "documents": 133,
        "characters": 640000,
        "tokens": 152000,
    },
    "samples": [
        {"prompt": "Once upon a time,", "seed": seed, "text": f" there was a king {seed}.\n"}
        for seed in range(20)
    ],
    "repeated": 0.012,
    "greedy": [{"prompt": "Two and two make", "text": " a king, a king, a king"}],
    "greedy_repeated": 0.41,
    "worst": [{"bits_per_character": 2.912, "text": "Wee Willie Winkie"}],
    "trials": [
        SHORT | {"settings": {"width": 256, "layers": 6}, "held_back": 1.92, "tokens": 900},
        SHORT | {"settings": {"width": 384, "layers": 6}, "held_back": 1.9312, "tokens": 800},
        SHORT | {"settings": {"width": 384}, "held_back": 1.94},
        SHORT | {"settings": {"width": 512, "layers": 4}, "failed": "RuntimeError: no compiler"},
    ],
    "measures": [
        SHORT | {"trial": "measure", "settings": {"compile": True}, "tokens_per_second": 5000},
        SHORT | {"trial": "measure", "settings": {"compile": False}, "tokens_per_second": 4000},
    ],
    "stages": {
        "generation": {
            "step": 7840,
            "seconds": 7800.0,
            "done": True,
            "curve": [
                {"share": 0.5, "loss": 4.4, "held_back": 1.62, "validation": 1.66},
                {"share": 1.0, "loss": 3.6, "held_back": 1.38, "validation": 1.4},
            ],
        }
    },
}


@pytest.fixture
def entry(space):
    return replace(space.checkpoints[0], name="some-gpt2", title="Some & GPT-2", path=PATH)


@pytest.fixture
def lay(tmp_path, entry):
    """The record as its training writes it, with the card, and what the page reads of them."""

    def put(**changes):
        from training.generation.card import write_model_card

        folder = tmp_path / PATH
        folder.mkdir(parents=True, exist_ok=True)
        write_model_card(copy.deepcopy(RECORD) | changes, folder)
        return read_record(entry, root=tmp_path)

    return put


def drawn(record):
    return generation_training(record, title="Some GPT-2", path=PATH)


def test_every_number_is_the_one_that_the_training_wrote(lay):
    record = lay()
    assert isinstance(record, GenerationRecord)
    assert record.run.content == RECORD
    assert record.run.minutes == 130
    assert vars(record.validation) == RECORD["validation"]
    assert [vars(row) for row in record.samples] == RECORD["samples"]
    assert [part.tokens for part in record.parts] == [2000, 500]
    assert record.passes == 1.5  # the easy part is inside core


def test_the_aims_are_those_of_the_card_by_the_device(lay, tmp_path):
    for device, aim, verdict in (("cpu", BITS, "not reached"), ("cuda", GPU_BITS, "not reached")):
        record = lay(device=device)
        assert record.scores[0].aim == aim
        assert f"1.37 (aim at most {aim:.2f}: {verdict})" in drawn(record)
        card = (tmp_path / PATH / "README.md").read_text(encoding="utf-8")
        assert re.search(rf"\| bits per character, all of core_val .*\| at most {aim} \|", card)


def test_less_is_better_where_the_score_says_so():
    score = Score("bits", 1.34, 1.35, percent=False, least=True)
    assert score.reached
    assert not replace(score, value=1.36).reached
    told = aims([score], full=2)
    assert "1.34 (aim at most 1.35: reached)" in told
    assert '<i style="left:67.5%">' in told


def test_the_text_says_how_samples_were_drawn_as_the_training_draws_them():
    from training.generation import scores as generation_scores

    assert training_generation.TEMPERATURE == generation_scores.TEMPERATURE
    assert training_generation.LENGTH == generation_scores.LENGTH


def test_all_samples_stand_there_with_prompt_and_seed(lay):
    picture = drawn(lay())
    for seed in range(20):
        assert (
            f"seed {seed}</span><bdi><b>Once upon a time,</b> there was a king {seed}." in picture
        )
    assert "20 continuations at temperature 0.8" in picture


def test_failures_are_told_with_their_share(lay):
    picture = drawn(lay())
    assert "<b>Two and two make</b> a king, a king, a king" in picture
    assert "41.0% had been written before" in picture
    assert "it was 1.20%" in picture
    assert "2.91 bits per character" in picture


def test_compute_and_data_are_told(lay):
    picture = drawn(lay())
    for told in (
        "was trained from nothing: 7,840 batches in 130 minutes on a processor",
        "3,000 tokens, 1.50 times the length of its text, at 4,117 tokens a second",
        "13,891,584 parameters: 6 layers, 384 wide, 6 heads",
        "<td>core</td><td>19,500</td><td>8,200</td><td>2,000</td><td>4.10</td><td>412</td>",
        "public domain (USA)",
        "at 90% to the easiest part",
        "validation text: 1.40 at the end",
    ):
        assert told in picture
    # The card has a second table below that of the licences.
    assert "<td>Part</td>" not in picture


def test_the_chosen_settings_are_the_fullest_that_the_recipe_has(lay):
    record = lay()
    assert [trial.chosen for trial in record.trials] == [False, True, False, False]
    assert [one.chosen for one in record.measures] == [False, True]
    shown = trial_bars(record.trials)
    assert "width 384, layers 6 (chosen)" in shown
    assert shown.index("1.92, best") < shown.index("1.93, +0.0112") < shown.index("1.94, +0.0200")
    assert '<span class="value">failed</span>' in shown
    assert "RuntimeError: no compiler" in generation_tables(record)


def test_a_dot_stands_on_the_scale_that_is_told():
    trials = [
        Trial("size", {"width": width}, {}, 4.0, "cpu", held_back=bits)
        for width, bits in ((1, 1.5), (2, 2.0), (3, 1.75))
    ]
    shown = trial_bars(trials)
    assert "from 1.5 at the left to 2 at the right" in shown
    places = dict(re.findall(r"width (\d)</span>.*?left:([\d.]+)%", shown))
    assert places == {"1": "0.0", "3": "50.0", "2": "100.0"}


def test_speed_is_a_share_of_the_fastest(lay):
    shown = speed_bars(lay().measures)
    assert 'compile yes</span><span class="track"><span style="width:100.0%">' in shown
    assert 'compile no (chosen)</span><span class="track"><span style="width:80.0%">' in shown


def test_a_record_without_short_runs_says_so(lay):
    picture = drawn(lay(trials=[], measures=[]))
    assert "None are recorded for these weights" in picture
    assert "Nothing is recorded for these weights" in picture


def test_hostile_text_stays_text_and_control_characters_are_signs(lay):
    row = {"prompt": HOSTILE, "seed": 0, "text": HOSTILE + "\x04\r\n\x1b"}
    hard = {"bits_per_character": 9.0, "text": HOSTILE}
    trial = SHORT | {"trial": HOSTILE, "settings": {HOSTILE: HOSTILE}, "failed": HOSTILE}
    scored = trial | {"held_back": 2.0}
    record = lay(samples=[row], greedy=[row], worst=[hard], trials=[trial, scored])
    for written in (drawn(record), generation_tables(record)):
        assert "<img" not in written
        assert "&lt;img" in written
    assert "alert(1)&gt;␄\n␛" in drawn(record)


def test_the_view_and_its_export_work_for_any_stem(lay, entry, tmp_path, monkeypatch):
    lay()
    monkeypatch.setattr(training_view, "read_record", partial(read_record, root=tmp_path))
    picture, table = training_of(entry, "generation")
    assert picture.startswith(
        '<div class="training-view generation"><figure class="figure generation'
    )
    assert "Some &amp; GPT-2 was trained" in picture
    assert picture.count("<section>") == picture.count("</section>")
    for caption in ("Scores", "Short runs", "Speed", "Curves", "Recipe"):
        assert f"<caption>{caption}</caption>" in table
    assert "<td>optimizer</td><td>muon</td>" in table
    assert "<td>compile</td><td>no</td>" in table
    rows, answer = training_numbers(entry)
    assert answer["training"] == RECORD
    assert ["curve generation", 1.0, "validation", 1.4] in rows
    assert ["validation", "", "bits_per_character", 1.3712] in rows
    assert ["samples", "3", "text", " there was a king 3.\n"] in rows
    assert {len(row) for row in rows} == {4}
