"""The view "how it was trained", which several tabs have: from the record beside the weights."""

from collections.abc import Callable, Sequence
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from figures.records.record import no_record
from services.records.parts import Run
from services.records.record import read_record
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, View

TRAINING = "training"  # the view's name in a link
NO_TABLE = "<p>There are no numbers to show.</p>"


def training(stem: str, figure: Callable[..., str], tables: Callable[[Any], str]) -> View:
    """The view for a tab: `figure(record, title, path)` and `tables(record)` show its record."""

    def draw(asked: Asked[Any]) -> Drawn:
        entry = asked.entry
        record = read_record(entry)
        if record is None:
            return Drawn(_on(stem, no_record(entry.title, entry.repo)), NO_TABLE)
        picture = figure(record, title=entry.title, path=entry.path)
        return Drawn(_on(stem, picture), tables(record))

    return View(
        name=TRAINING,
        label="How it was trained",
        draw=draw,
        numbers=lambda asked: training_numbers(asked.entry),
        snippet=lambda asked: filled(f"{stem}/training", asked.entry),
        reads=False,
        alone=True,
        asks="How was this model trained, and how good is it?",
    )


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
