"""The view "how it was trained", which several tabs have: from the record beside the weights."""

from collections.abc import Sequence
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from figures.records.answering import answer_tables, answer_training
from figures.records.captioning import caption_tables, caption_training
from figures.records.generation import generation_tables, generation_training
from figures.records.grammaticality import grammar_tables, grammar_training
from figures.records.record import no_record
from services.records.captioning import CaptionRecord
from services.records.parts import AnswerRecord, GrammarRecord, Run
from services.records.record import read_record

NO_TABLE = "<p>There are no numbers to show.</p>"


def draw_training(checkpoint: Checkpoint, stem: str) -> tuple[str, str]:
    """The picture and the same as tables; the stem says which tab they stand on."""
    record = read_record(checkpoint)
    if record is None:
        return _on(stem, no_record(checkpoint.title, checkpoint.repo)), NO_TABLE
    told = {"title": checkpoint.title, "path": checkpoint.path}
    if isinstance(record, GrammarRecord):
        return _on(stem, grammar_training(record, **told)), grammar_tables(record)
    if isinstance(record, AnswerRecord):
        return _on(stem, answer_training(record, **told)), answer_tables(record)
    if isinstance(record, CaptionRecord):
        return _on(stem, caption_training(record, **told)), caption_tables(record)
    return _on(stem, generation_training(record, **told)), generation_tables(record)


def _on(stem: str, picture: str) -> str:
    return f'<div class="training-view {stem}">{picture}</div>'


def training_numbers(checkpoint: Checkpoint) -> tuple[list[Sequence[Any]], dict[str, Any]]:
    """The record as rows (part, place, measure, value) and as it stands, every digit.

    Raises UserError for a model that has none.
    """
    record = read_record(checkpoint)
    if record is None:
        raise UserError(
            f"There is no record of how {checkpoint.title} was trained, so there is nothing to "
            "save; the models trained for this page have one."
        )
    rows: list[Sequence[Any]] = [["part", "place", "measure", "value"]]
    rows += [
        ["curve " + stage.name, point.share, name, value]
        for stage in record.run.stages
        for point in stage.curve
        for name, value in {"loss": point.loss, **point.scores}.items()
    ]
    rows += _leaves(record.run)
    return rows, {"training": record.run.content}


def _leaves(run: Run) -> list[Sequence[Any]]:
    """Every other number of the record, under the names that lead to it."""
    found: list[Sequence[Any]] = []

    def walk(value: Any, names: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, (*names, str(name)))
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                walk(inner, (*names, str(number)))
        else:
            found.append([names[0], " ".join(names[1:-1]), names[-1], value])

    walk({name: part for name, part in run.content.items() if name != "stages"}, ())
    return found
