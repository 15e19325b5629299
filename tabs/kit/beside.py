"""A second model beside the first: the same input in the same view, read by both."""

import csv
import html
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core.errors import as_user_error
from core.progress import Left
from core.sheets import cell
from models.serving import Desk
from tabs.kit.notes import note_html
from tabs.kit.view import Drawn, Numbers

Shown = tuple[Drawn, str]  # what is drawn, and the code
Choices = Any  # of any tab; `model` is the name of the one that is asked


def shown_beside(
    desk: Desk, stem: str, shown: Sequence[Choices], show: Callable[[Choices], Shown]
) -> tuple[Drawn, str, list[tuple[str, Any]]]:
    """What is drawn of all models, in one, and their code; of each its title and its plot.

    A second model that cannot answer says why in its place, and the first stays. Raises what the
    first raises.
    """
    if len(shown) == 1:
        drawn, code = show(shown[0])
        return drawn, code, [("", drawn.plot)]
    parts = []
    for number, choices in enumerate(shown):
        try:
            drawn, code = show(choices)
        except Exception as error:
            if number == 0 or isinstance(error, Left):
                raise
            drawn, code = Drawn(note_html(as_user_error(error))), ""
        parts.append((desk.named(choices.model, stem).title, drawn, code))
    pictures = "".join(_headed(title, _numbered(drawn)) for title, drawn, _ in parts)
    tables = "".join(_headed(title, drawn.table) for title, drawn, _ in parts if drawn.table)
    codes = [f"# {title}\n{code}" for title, _, code in parts if code]
    plots = [(title, drawn.plot) for title, drawn, _ in parts]
    both = Drawn(f'<div class="duo">{pictures}</div>', tables, chooser=parts[0][1].chooser)
    return both, "\n\n".join(codes), plots


def files_beside(
    shown: Sequence[Choices], numbers: Callable[[Choices], Numbers]
) -> tuple[str, str]:
    """CSV and JSON of each model, in one: in the CSV a first column names the model.

    What a second model cannot answer stands in the JSON as its `error`. Raises what the first
    raises.
    """
    if len(shown) == 1:
        return as_files(*numbers(shown[0]))
    lines: list[Sequence[Any]] = []
    contents = []
    for number, choices in enumerate(shown):
        try:
            own, content = numbers(choices)
        except Exception as error:
            if number == 0 or isinstance(error, Left):
                raise
            own, content = [], {"model": choices.model, "error": str(as_user_error(error))}
        lines += _named(choices.model, own, lines)
        contents.append(content)
    return as_files(lines, {"models": contents})


def _named(
    model: str, own: Iterable[Sequence[Any]], before: Sequence[Sequence[Any]]
) -> list[Sequence[Any]]:
    """The lines with the model in front; of tables with the same header it is said once."""
    named: list[Sequence[Any]] = []
    header = True  # the first line, and the one after an empty one
    for line in own:
        if header and not named and before and list(before[0]) == ["model", *line]:
            header = False
            continue
        named.append(["model" if header else model, *line] if line else [])
        header = not line
    return named


def _numbered(drawn: Drawn) -> str:
    """A picture under its own number: the banner above both has the question alone."""
    return f'<p class="headline">{drawn.headline}</p>{drawn.picture}'


def _headed(title: str, content: str) -> str:
    return f"<section><h3>{html.escape(title)}</h3>{content}</section>"


def as_files(lines: Iterable[Sequence[Any]], content: dict[str, Any]) -> tuple[str, str]:
    """The lines as CSV and the content as JSON, every digit kept.

    In the CSV no text is a formula (`core.sheets`); the JSON has it as it is.
    """
    sheet = io.StringIO()
    csv.writer(sheet).writerows([cell(value) for value in line] for line in lines)
    return sheet.getvalue(), json.dumps(content, indent=1, ensure_ascii=False)
