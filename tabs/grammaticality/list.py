"""The Grammaticality tab's view of a list or CSV: its picture and its numbers."""

from collections.abc import Sequence
from typing import Any

from core.progress import Progress
from figures.grammaticality.list import list_figure, list_table
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.examples import frozen
from services.grammaticality.list import JudgedList, judge_list
from services.grammaticality.rows import read_list


def draw_list(
    checkpoints: Checkpoints, grammar: Loaded, text: str, progress: Progress | None = None
) -> tuple[str, str]:
    """The picture of a judged list and the same as a table. Raises UserError.

    `progress(done, whole)` is told after each part of the list.
    """
    judged = judge_list(grammar, read_list(text, checkpoints.limits), progress)
    return list_figure(judged, title=grammar.checkpoint.title), list_table(judged)


def list_numbers(grammar: Loaded, text: str) -> tuple[list[Sequence[Any]], dict[str, Any]]:
    """Every row of a judged list, as rows of a CSV and as a JSON answer; every digit kept."""
    judged = judge_list(grammar, read_list(text, grammar.limits))
    listed = judged.listed
    rows: list[Sequence[Any]] = [
        ["line", "sentence", "acceptable", "probability", "logit_unacceptable", "logit_acceptable"]
        + (["label"] if listed.labels is not None else [])
        + (["source"] if listed.sources is not None else [])
    ]
    for place, judgement in enumerate(judged.judgements):
        rows.append(
            [
                listed.lines[place],
                judgement.sentence,
                int(judgement.acceptable),
                judgement.probability,
                *frozen(judgement.logits),
                *([listed.labels[place]] if listed.labels is not None else []),
                *([listed.sources[place]] if listed.sources is not None else []),
            ]
        )
    return rows, {"layout": listed.layout, "scores": frozen(judged.scores), "rows": _rows(judged)}


def _rows(judged: JudgedList) -> list[dict[str, Any]]:
    listed = judged.listed
    return [
        {
            "line": listed.lines[place],
            "sentence": judgement.sentence,
            "acceptable": judgement.acceptable,
            "probability": judgement.probability,
            "logits": frozen(judgement.logits),
        }
        | ({"label": listed.labels[place]} if listed.labels is not None else {})
        | ({"source": listed.sources[place]} if listed.sources is not None else {})
        for place, judgement in enumerate(judged.judgements)
    ]
