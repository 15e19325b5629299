"""The view of the answer in its passage."""

import re
from typing import Any

from core.spacefile import Checkpoint
from figures.answering.answer import answer_figure, answer_table, headline
from services.answering.answer import Answer, checked_top, ranked
from services.answering.reading import read
from services.answering.scores import window_bests
from services.examples import frozen
from services.records.record import record_threshold
from tabs.answering.choices import Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The answer in its passage, and the candidates as a table."""
    return draw_answer(asked.entry, answer_of(asked), asked.choices.threshold)


def draw_answer(entry: Checkpoint, found: Answer, threshold: float) -> Drawn:
    """An answer that is there already; the page opens with it."""
    bests = window_bests(found)
    trade = record_threshold(entry)
    picture = answer_figure(found, bests, trade, threshold=threshold, title=entry.title)
    return Drawn(picture, answer_table(found, bests), headline=headline(found, threshold))


def answer_of(asked: Asked[Choices]) -> Answer:
    """The answer to the question in the box; a longer list reads nothing again."""
    chosen = asked.choices
    top = checked_top(chosen.top)
    reading = asked.ask(read, chosen.question, chosen.context, progress=asked.progress)
    return ranked(reading, top)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each candidate, the most likely first."""
    found = answer_of(asked)
    lines: Lines = [
        ["rank", "text", "start", "end", "window", "first", "last", "logit", "probability"]
    ]
    for rank, span in enumerate(found.candidates, start=1):
        where = (span.start, span.end, span.window, span.first, span.last)
        lines.append([rank, span.text, *where, span.logit, span.score])
    if found.no_answer is not None:
        none = (found.no_answer_logit, found.no_answer)
        lines.append(["no answer", "", "", "", found.no_answer_window, "", "", *none])
    return lines, whole(asked.entry, found) | {
        "says_no_answer": found.says_none(asked.choices.threshold),
        "candidates": frozen(found.candidates),
        "windows": [
            {"start": window.start, "end": window.end, "best": frozen(best)}
            for window, best in zip(found.reading.windows, window_bests(found), strict=True)
        ],
    }


def whole(entry: Checkpoint, found: Answer) -> dict[str, Any]:
    """What `/answer` returns, and what was asked."""
    return as_endpoint(entry, found) | {
        "question": found.reading.question,
        "context": found.reading.context,
        "no_answer_logit": found.no_answer_logit,
        "margin": found.margin,
        "spans": found.spans,
    }


def as_endpoint(entry: Checkpoint, found: Answer) -> dict[str, Any]:
    """What `/answer` returns: numbers as the model gave them, never rounded."""
    best = found.best
    return {
        "model": entry.name,
        "answer": best.text,
        "start": best.start,
        "end": best.end,
        "score": best.score,
        "no_answer": found.no_answer,
        "candidates": [
            {"text": span.text, "start": span.start, "end": span.end, "score": span.score}
            for span in found.candidates
        ],
        "windows": [{"start": w.start, "end": w.end} for w in found.reading.windows],
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that finds the answer."""
    chosen = asked.choices
    more = {"question": chosen.question, "threshold": chosen.threshold, "top": chosen.top}
    return code("answering/answering", asked, abstains=asked.entry.abstains, **more)


def code(name: str, asked: Asked[Choices], **values: Any) -> str:
    """A snippet about the passage."""
    seps = 2 if asked.entry.family == "roberta" else 1
    passage = {"context": asked.choices.context, "seps": seps}
    return fill(name, asked.entry, **passage | values)


def fill(name: str, entry: Checkpoint, **values: Any) -> str:
    """The snippet filled in; without token types where the model has none."""
    code = filled(name, entry, **values)
    if entry.family == "bert":
        return code
    code = re.sub(r"^ *types = .*\n", "", code, flags=re.MULTILINE)
    return code.replace(", token_type_ids=torch.tensor([types])", "")


VIEW = View(
    name="answer",
    label="Answer",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("question", "context", "threshold", "top"),
    asks="Which stretch of the passage answers the question?",
)
