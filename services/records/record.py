"""How was this checkpoint trained, and what did it score?

`training/` writes `training.json` and the card `README.md` beside the weights; both are read here,
and no model is loaded for it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from core.paths import ROOT
from core.spacefile import Checkpoint
from services.records.captioning import CaptionRecord, Described, KindCount, World
from services.records.card import Card, read_card
from services.records.parts import (
    AnswerRecord,
    Asked,
    Bin,
    GenerationRecord,
    GrammarRecord,
    Hard,
    Judged,
    Masked,
    Paradigm,
    Part,
    Point,
    Run,
    Score,
    Stage,
    Threshold,
    ThresholdPoint,
    Trial,
    Validation,
    Written,
)

Kind = TypeVar("Kind")
Record = GrammarRecord | AnswerRecord | GenerationRecord | CaptionRecord

# What was aimed at before the first run; a test holds them equal to the cards.
MCC, PAIRS = 0.40, 0.80
F1, EXACT, NO_ANSWER = 0.78, 0.67, 0.70
BITS, GPU_BITS = 1.35, 1.15  # per character, at most: trained on a processor, on a graphics card
CAPTION_AIMS: dict[str, dict[str, float]] = {
    "drawn": {"precision": 0.95, "recall": 0.95, "colour": 0.9, "count": 0.9, "relation": 0.9},
    "emoji": {"precision": 0.85, "recall": 0.85, "count": 0.9, "relation": 0.9},
}
CAPTION_MEASURES = {
    "precision": "objects said that are there (precision)",
    "recall": "objects there that are said (recall)",
    "colour": "colours right",
    "count": "counts right",
    "relation": "relations right",
    "size": "sizes right",
    "place": "places right",
}
WORLDS = {"drawn": "our own drawings", "emoji": "scenes of emojitwo pictures"}
ANSWER_MEASURES = (
    ("F1 on answerable questions", "f1", F1),
    ("exact match on them", "exact", EXACT),
    ("F1 of “no answer”", "no_answer_f1", NO_ANSWER),
    ("precision of “no answer”", "no_answer_precision", None),
    ("recall of “no answer”", "no_answer_recall", None),
    ("F1 with the threshold", "f1_with_threshold", None),
    ("exact match with it", "exact_with_threshold", None),
    ("F1 of both kinds together", "f1_together", None),
    ("exact match of both", "exact_together", None),
)


def read_record(checkpoint: Checkpoint, *, root: Path = ROOT) -> Record | None:
    """What was written when these weights were made; None where nothing lies beside them."""
    folder = root / checkpoint.path
    file = folder / "training.json"
    if not checkpoint.path or not file.is_file():
        return None
    content = json.loads(file.read_text(encoding="utf-8"))
    read = READERS.get(content["task"])
    if read is None:
        return None  # a head that was trained beside one of these, and is told of there
    return read(_run(content), read_card(folder / "README.md"))


def record_threshold(checkpoint: Checkpoint, *, root: Path = ROOT) -> Threshold | None:
    """The margin chosen on selection articles and its curve on others; None without a record."""
    record = read_record(checkpoint, root=root)
    return record.threshold if isinstance(record, AnswerRecord) else None


def _taken(kind: type[Kind], content: dict[str, Any]) -> Kind:
    """A flat dataclass from the values of its own names; the rest of the content is left."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in content.items() if name in names})


def _all(kind: type[Kind], rows: Iterable[dict[str, Any]]) -> tuple[Kind, ...]:
    return tuple(_taken(kind, row) for row in rows)


def _pairs(table: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((row[0], row[1]) for row in table)


def _run(content: dict[str, Any]) -> Run:
    data: dict[str, int] = {}
    for name, value in content["data"].items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        data |= {f"{name}, {part}" if part else name: count for part, count in parts}
    stages = tuple(
        Stage(name, stage["step"], stage["seconds"] / 60, tuple(map(_point, stage["curve"])))
        for name, stage in content["stages"].items()
    )
    return Run(content["device"], stages, content["recipe"], data, content)


def _point(values: dict[str, float]) -> Point:
    scores = {name: value for name, value in values.items() if name not in ("share", "loss")}
    return Point(values["share"], values["loss"], scores)


def _bins(rows: Iterable[dict[str, Any]]) -> tuple[Bin, ...]:
    kept = ("from", "to", "count", "mean_probability", "share_acceptable")
    return tuple(Bin(*(row[name] for name in kept)) for row in rows)


def _grammar(run: Run, card: Card) -> GrammarRecord:
    content = run.content
    dev, pairs, masked = content["dev"], content["held_out_pairs"], content.get("masked")
    scores = (
        Score("Matthews correlation (MCC), CoLA dev", dev["mcc"], MCC, percent=False),
        Score("held-out minimal pairs in order", pairs["right"], PAIRS),
        Score("of them, phenomena never seen", pairs["unseen_phenomena_right"]),
        Score("accuracy, CoLA dev", dev["accuracy"]),
        Score("the same, were “acceptable” always said", _share_acceptable(dev["confusion"])),
    )
    return GrammarRecord(
        run=run,
        card=card,
        scores=scores,
        sentences=dev["sentences"],
        confusion=_pairs(dev["confusion"]),
        temperature=content["temperature"],
        before=_bins(dev["reliability_before"]),
        after=_bins(dev["reliability"]),
        error_before=dev["calibration_error_before"],
        error_after=dev["calibration_error"],
        paradigms=_all(Paradigm, pairs["by_paradigm"]),
        visitors=_all(Judged, content["visitors"]),
        samples=_all(Judged, content["samples"]),
        worst=_all(Judged, content["worst"]),
        masked=_taken(Masked, masked) if masked else None,
    )


def _share_acceptable(confusion: Sequence[Sequence[int]]) -> float:
    return sum(confusion[1]) / sum(map(sum, confusion))


def _answering(run: Run, card: Card) -> AnswerRecord:
    content = run.content
    report, tales = content["report"], content["tales"]
    return AnswerRecord(
        run=run,
        card=card,
        scores=tuple(
            Score(label, report[name], aim, beside=tales[name])
            for label, name, aim in ANSWER_MEASURES
        ),
        threshold=Threshold(
            content["threshold"], _all(ThresholdPoint, content["threshold_curve"])
        ),
        confusion=_pairs(report["confusion"]),
        articles=tuple(name.replace("_", " ") for name in content["report_articles"]),
        visitors=_all(Asked, content["visitors"]),
        samples=_all(Asked, content["samples"]),
    )


def _generation(run: Run, card: Card) -> GenerationRecord:
    content = run.content
    validation = _taken(Validation, content["validation"])
    aim = GPU_BITS if run.device == "cuda" else BITS
    bits, held_back = validation.bits_per_character, validation.held_back_bits_per_character
    return GenerationRecord(
        run=run,
        card=card,
        scores=(
            Score("bits per character, validation text", bits, aim, percent=False, least=True),
            Score("the same, held-back documents", held_back, percent=False, least=True),
        ),
        validation=validation,
        parameters=content["parameters"],
        tokens_seen=content["tokens_seen"],
        tokens_per_second=content["tokens_per_second"],
        parts=_all(Part, ({"name": name} | part for name, part in content["data"].items())),
        trials=_trials(content["trials"], run.recipe),
        measures=_trials(content["measures"], run.recipe),
        samples=_all(Written, content["samples"]),
        repeated=content["repeated"],
        greedy=_all(Written, content["greedy"]),
        greedy_repeated=content["greedy_repeated"],
        worst=_all(Hard, content["worst"]),
    )


def _captioning(run: Run, card: Card) -> CaptionRecord:
    content = run.content
    return CaptionRecord(
        run=run,
        card=card,
        worlds=tuple(_world(name, content) for name in content["scores"]),
        changed=tuple(content["changed"].items()),
        empty=tuple(Described(name, said) for name, said in content["empty"].items()),
        parameters=content["parameters"],
        scenes_seen=content["scenes_seen"],
        scenes_per_second=content["scenes_per_second"],
    )


def _world(name: str, content: dict[str, Any]) -> World:
    aims, held = CAPTION_AIMS[name], content["held_back"][name]
    return World(
        name=WORLDS[name],
        scores=tuple(
            Score(CAPTION_MEASURES[measure], value, aims.get(measure), beside=held[measure])
            for measure, value in content["scores"][name].items()
        ),
        kinds=tuple(KindCount(kind, *row) for kind, row in content["kinds"][name].items()),
        samples=_described(content["samples"][name]),
        failures=_described(content["failures"][name]),
    )


def _described(rows: Iterable[dict[str, str]]) -> tuple[Described, ...]:
    return tuple(Described(row["a true caption"], row["the model"]) for row in rows)


def _trials(rows: Sequence[dict[str, Any]], recipe: dict[str, Any]) -> tuple[Trial, ...]:
    """The rows, marked where the recipe has their settings; of several that fit, the fullest."""

    def fit(row: dict[str, Any]) -> int:
        settings = row["settings"]
        return len(settings) if settings.items() <= recipe.items() else 0

    most: dict[str, int] = {}
    for row in rows:
        most[row["trial"]] = max(most.get(row["trial"], 1), fit(row))
    return tuple(_taken(Trial, row | {"chosen": fit(row) == most[row["trial"]]}) for row in rows)


READERS: dict[str, Callable[[Run, Card], Record]] = {
    "grammaticality": _grammar,
    "answering": _answering,
    "generation": _generation,
    "captioning": _captioning,
}
