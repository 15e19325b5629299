"""The record of the model that describes pictures: read as its training writes it, and drawn."""

import json
from dataclasses import replace

import pytest

from figures.records.captioning import caption_tables, caption_training
from scenes.scene import KINDS
from services.records.captioning import CaptionRecord
from services.records.record import CAPTION_AIMS, CAPTION_MEASURES, read_record
from tabs.kit import record as training_view
from tabs.kit.record import training_numbers
from tests.fakes.shown import training_of
from training.captioning.card import write_model_card

HOSTILE = "</script><img src=x onerror=alert(1)>"
SHARES = dict.fromkeys(CAPTION_MEASURES, 0.75) | {"precision": 0.97}
SAMPLE = {"a true caption": "a red ball", "the model": HOSTILE}
RECORD = {
    "task": "captioning",
    "recipe": {
        "minutes": 400.0,
        "side": 120,
        "patch": 10,
        "width": 256,
        "layers": 6,
        "decoder_layers": 3,
        "head_width": 64,
        "vocabulary": 2048,
        "longest": 44,
        "hints": 0.5,
        "emoji_share": 0.4,
        "cooldown": 0.3,
        "earlier_minutes": 303.7,
        "earlier_scenes": 66400,
        "waves": True,
    },
    "device": "cpu",
    "parameters": 8616704,
    "data": {"drawn_kinds": len(KINDS), "emojitwo_pictures": 298},
    "scenes_seen": 64000,
    "scenes_per_second": 41,
    "scores": {"drawn": SHARES, "emoji": SHARES},
    "held_back": {"drawn": SHARES, "emoji": SHARES},
    "samples": {"drawn": [SAMPLE], "emoji": [SAMPLE]},
    "failures": {"drawn": [SAMPLE], "emoji": []},
    "kinds": {"drawn": {"ball": [40, 30, 20], "cat": [0, 3, 0]}, "emoji": {"fox": [8, 8, 8]}},
    "changed": {"as drawn": SHARES, "JPEG of quality 20": SHARES},
    "empty": {"grey": "a cat"},
    "stages": {
        "captioning": {
            "step": 1000,
            "seconds": 600.0,
            "done": True,
            "curve": [
                {"share": 0.5, "loss": 3.2},
                {"share": 1.0, "loss": 1.6, "drawn_recall": 0.11, "emoji_recall": 0.13},
            ],
        }
    },
}


@pytest.fixture
def checkpoint(space, tmp_path, monkeypatch):
    """A checkpoint beside whose weights the training wrote its record and card."""
    entry = space.checkpoints[0]
    path = "assets/models/some-captioner"
    folder = tmp_path / path
    folder.mkdir(parents=True)
    write_model_card(RECORD, folder)
    monkeypatch.setattr(training_view, "read_record", lambda one: read_record(one, root=tmp_path))
    return replace(entry, path=path, title="Some captioner")


def test_the_record_is_read_as_training_writes_it(checkpoint):
    record = training_view.read_record(checkpoint)
    assert isinstance(record, CaptionRecord)
    drawn, emoji = record.worlds
    assert {score.name: score.aim for score in drawn.scores if score.aim} == {
        CAPTION_MEASURES[name]: aim for name, aim in CAPTION_AIMS["drawn"].items()
    }
    assert [score.value for score in emoji.scores][:2] == [0.97, 0.75]
    assert [(kind.name, kind.there, kind.said, kind.right) for kind in drawn.kinds] == [
        ("ball", 40, 30, 20),
        ("cat", 0, 3, 0),
    ]
    assert record.empty[0].said == "a cat"
    assert record.run.batches == 1000
    assert any("photograph" in limit for limit in record.card.limits)


def test_reached_and_missed_aims_are_told_apart(checkpoint):
    picture = training_of(checkpoint, "captioning")[0]
    assert picture.count("(aim 95%: reached)") == 1
    assert picture.count("(aim 95%: not reached)") == 1
    assert "(aim 85%: reached)" in picture
    assert "50.0% of 40" in picture  # the ball's recall
    assert "64,000 scenes" in picture
    assert "304 minutes came before those of the curves" in picture
    assert HOSTILE not in picture
    assert "&lt;/script&gt;" in picture


def test_the_tables_hold_every_kind(checkpoint):
    tables = caption_tables(training_view.read_record(checkpoint))
    for kind in ("ball", "cat", "fox"):
        assert f"<td>{kind}</td>" in tables
    assert "66.7%" in tables  # the ball's precision


def test_a_figure_without_pictures_from_outside_is_drawn(checkpoint, tmp_path):
    file = tmp_path / checkpoint.path / "training.json"
    alone = {
        name: {"drawn": value["drawn"]} if name in ("scores", "kinds") else value
        for name, value in RECORD.items()
    }
    file.write_text(json.dumps(alone))
    record = training_view.read_record(checkpoint)
    assert len(record.worlds) == 1
    assert (
        "emojitwo pictures" not in caption_training(record, title="T", path="p").split("Data")[0]
    )


def test_the_numbers_are_exported_whole(checkpoint):
    rows, content = training_numbers(checkpoint)
    assert content["training"]["scenes_seen"] == 64000
    assert ["curve captioning", 1.0, "drawn_recall", 0.11] in rows
