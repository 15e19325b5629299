"""The record of a training run: read, drawn, exported; no model is loaded."""

import copy
import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from core.errors import UserError
from core.paths import ROOT
from figures.parts.chart import Axis, ticks_for
from figures.records.answering import threshold_curve
from figures.records.grammaticality import grammar_training, paradigm_bars
from figures.records.record import aims, curves
from services.records.card import Card, read_card
from services.records.parts import AnswerRecord, GrammarRecord, Paradigm, Point, Score, Stage
from services.records.record import ANSWER_MEASURES, MCC, PAIRS, read_record, record_threshold
from tabs.kit.record import training_numbers
from tests.fakes.shown import training_of

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def grammar(space):
    return next(c for c in space.checkpoints if c.name == "pocket-grammar")


@pytest.fixture(scope="module")
def answering(space):
    return next(c for c in space.checkpoints if c.name == "pocket-qa")


@pytest.fixture
def lay(tmp_path, grammar):
    """Put a changed copy of the grammar record where a checkpoint of that path is looked for."""

    def put(**changes):
        content = json.loads((ROOT / grammar.path / "training.json").read_text(encoding="utf-8"))
        folder = tmp_path / grammar.path
        folder.mkdir(parents=True, exist_ok=True)
        content = copy.deepcopy(content) | changes
        content = {name: value for name, value in content.items() if value is not None}
        (folder / "training.json").write_text(json.dumps(content), encoding="utf-8")
        return tmp_path

    return put


def test_every_number_is_the_one_that_the_training_wrote(grammar, answering):
    for checkpoint, kind in ((grammar, GrammarRecord), (answering, AnswerRecord)):
        written = json.loads((ROOT / checkpoint.path / "training.json").read_text("utf-8"))
        record = read_record(checkpoint)
        assert isinstance(record, kind)
        assert record.run.content == written
        assert record.run.minutes == pytest.approx(
            sum(stage["seconds"] for stage in written["stages"].values()) / 60
        )
        assert [stage.batches for stage in record.run.stages] == [
            stage["step"] for stage in written["stages"].values()
        ]


def test_the_curve_of_every_run_that_ships_goes_from_left_to_right(space):
    # One that was given more minutes on its way would double back (training.engine.loop.evened).
    drawn = 0
    for checkpoint in space.checkpoints:
        if (record := read_record(checkpoint)) is None:
            continue
        for stage in record.run.stages:
            shares = [point.share for point in stage.curve]
            assert shares == sorted(shares), (checkpoint.name, stage.name)
            drawn += 1
    assert drawn >= 5
    for file in (ROOT / "assets" / "models").glob("*/training.json"):  # drawn or not
        content = json.loads(file.read_text(encoding="utf-8"))
        for name, stage in content.get("stages", {}).items():
            shares = [point["share"] for point in stage["curve"]]
            assert shares == sorted(shares), (file.parent.name, name)


def test_the_grammar_record_keeps_its_parts_apart(grammar):
    record = read_record(grammar)
    content = record.run.content
    assert record.scores[0] == Score(
        "Matthews correlation (MCC), CoLA dev", content["dev"]["mcc"], MCC, percent=False
    )
    assert record.scores[1].value == content["held_out_pairs"]["right"]
    assert record.scores[1].aim == PAIRS
    assert [row.right for row in record.paradigms] == [
        row["right"] for row in content["held_out_pairs"]["by_paradigm"]
    ]
    assert record.after[0].low == content["dev"]["reliability"][0]["from"]
    assert sum(map(sum, record.confusion)) == record.sentences == content["dev"]["sentences"]


def test_the_threshold_is_handed_out_with_its_curve(answering, grammar):
    threshold = record_threshold(answering)
    content = read_record(answering).run.content
    assert threshold.value == content["threshold"]
    assert [vars(point) for point in threshold.curve] == content["threshold_curve"]
    assert record_threshold(grammar) is None


def test_the_aims_are_those_of_the_cards(grammar, answering):
    card = (ROOT / grammar.path / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"Matthews correlation.*\| {MCC:.2f} \|", card)
    assert re.search(rf"held-out minimal pairs.*\| {PAIRS:.0%}".replace("%", " %"), card)
    card = (ROOT / answering.path / "README.md").read_text(encoding="utf-8")
    aims = [f"{100 * aim:g} %" for _, _, aim in ANSWER_MEASURES if aim is not None]
    rows = [line.split("|")[3].strip() for line in card.splitlines() if line.startswith("| ")]
    assert [cell for cell in rows if cell in aims][:3] == aims


def test_a_model_without_a_record_says_so_and_exports_nothing(space):
    hub = replace(space.checkpoints[0], title="Big & far", repo="someone/big", package="")
    assert read_record(hub) is None
    picture, _ = training_of(hub, "grammaticality")
    assert "Big &amp; far" in picture
    assert "someone/big" in picture
    with pytest.raises(UserError, match="no record of how Big & far was trained"):
        training_numbers(hub)


def test_the_masked_head_has_no_view_of_its_own(lay, grammar):
    assert read_record(grammar, root=lay(task="masked words")) is None


def test_a_record_without_stages_or_masked_words_is_drawn_without_them(lay, grammar):
    record = read_record(grammar, root=lay(stages={}, masked=None))
    picture = grammar_training(record, title="Small", path="here")
    assert "While it learned" not in picture
    assert "Masked words" not in picture
    assert "batches in" not in picture


def test_masked_words_are_told_where_they_were_measured(lay, grammar):
    masked = {"pairs": 600, "pairs_right": 0.645, "words": 5652, "first_guess": 0.267, "nats": 5.3}
    picture = grammar_training(
        read_record(grammar, root=lay(masked=masked)), title="Small", path="here"
    )
    assert "in 64.5% of them" in picture
    assert "26.7% of 5,652 masked words" in picture


def test_a_hostile_sentence_stays_text(lay, grammar):
    row = {"text": HOSTILE, "label": 1, "acceptable": 0.5}
    record = read_record(grammar, root=lay(visitors=[row], samples=[row], worst=[row]))
    picture = grammar_training(record, title=HOSTILE, path=HOSTILE)
    assert "<img" not in picture
    assert "&lt;img" in picture


def test_the_card_gives_licences_recipe_and_limits(grammar, tmp_path):
    card = read_card(ROOT / grammar.path / "README.md")
    assert card.base == "sentence-transformers/all-MiniLM-L6-v2"
    assert ("Zorro, 23 paradigms", "minimal pairs", "MIT") in card.data
    assert card.recipe.startswith("First stage")
    assert any("BERT-large 0.605" in limit for limit in card.limits)
    assert "\n" not in "".join(card.limits)
    assert read_card(tmp_path / "README.md") == Card()


def test_a_bar_in_a_cell_of_the_card_is_no_new_cell(tmp_path):
    file = tmp_path / "README.md"
    text = (
        "# x\n\n## Data and licences\n\n| D | U | L |\n| --- | --- | --- |\n| a | b | c \\| d |\n"
    )
    file.write_text(text, encoding="utf-8")
    assert read_card(file).data == (("a", "b", "c | d"),)


def test_scores_are_told_reached_or_not():
    drawn = aims([Score("one", 0.39, 0.40, percent=False), Score("two", 0.8, 0.8)])
    assert "0.390 (aim 0.40: not reached)" in drawn
    assert "80.0% (aim 80%: reached)" in drawn
    assert '<i style="left:40.0%">' in drawn


def test_runs_under_several_seeds_share_a_chart():
    curve = (Point(0.5, 1.0, {}), Point(1.0, 0.5, {"selection_mcc": 0.3}))
    drawn = curves([Stage(name, 10, 1.0, curve) for name in ("syntax", "cola-0", "cola-1")])
    assert drawn.count('<div class="chart">') == 4
    assert "loss, run 2" in drawn
    assert "run 1: 0.300 at the end" in drawn


def test_paradigms_are_sorted_and_marked():
    rows = [
        Paradigm("blimp", "binding", "low_one", 200, 0.255, False),
        Paradigm("zorro", "ellipsis", "high_one", 200, 0.9, True),
    ]
    drawn = paradigm_bars(rows)
    assert drawn.index("high one (Zorro)") < drawn.index("25.5%")
    assert "90.0%, never seen" in drawn
    assert "the wrong sentence preferred: low one (BLiMP)." in drawn


def test_the_chosen_threshold_is_marked_on_its_curve(answering):
    threshold = record_threshold(answering)
    drawn = threshold_curve(threshold)
    assert 'stroke-dasharray="4 4"' in drawn
    assert "−" in drawn or threshold.value >= 0


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.02, 0.97], (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([7.3, 10.48], (7, 8, 9, 10, 11)),
        ([-10, 10, -3.06], (-10, -5, 0, 5, 10)),
        ([0.42, 0.89], (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
        ([0.5, 0.5], (0.5,)),
    ],
)
def test_ticks_are_round_and_hold_every_value(values, ticks):
    assert ticks_for(values) == ticks


def test_a_value_stands_between_the_ends_of_its_axis():
    place = Axis("share", (0, 0.5, 1)).place(100, 300)
    assert [place(value) for value in (0, 0.5, 1, 2)] == [100, 200, 300, 300]


def test_the_export_has_every_number_with_every_digit(answering):
    rows, answer = training_numbers(answering)
    content = read_record(answering).run.content
    assert answer["training"] == content
    assert ["report", "", "f1", content["report"]["f1"]] in rows
    point = content["stages"]["answering"]["curve"][-1]
    assert ["curve answering", point["share"], "loss", point["loss"]] in rows
    assert {len(row) for row in rows} == {4}


def test_the_view_has_the_parts_that_the_reader_looks_for(space):
    recorded = [entry for entry in space.checkpoints if read_record(entry)]
    assert {"pocket-grammar", "pocket-qa"} <= {entry.name for entry in recorded}
    for entry in recorded:
        picture, table = training_of(entry)
        for part in ("Scores against the aims", "Data and licences", "Limits", "README.md"):
            assert part in picture
        assert "<caption>Recipe</caption>" in table
        assert picture.count("<section>") == picture.count("</section>")


def test_nothing_heavy_is_imported_to_show_it():
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from core.spacefile import read_spacefile
from tests.fakes.shown import training_of
for entry in read_spacefile(Path({str(ROOT / "Spacefile")!r})).checkpoints:
    if {{"grammaticality", "answering", "generation", "captioning"}} & {{*entry.capabilities}}:
        training_of(entry)
print([name for name in sys.modules if name.startswith(("torch._C", "transformers.models"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
