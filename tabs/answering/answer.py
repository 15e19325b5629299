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


def draw_answer(entry: Checkpoint, answer: Answer, threshold: float) -> Drawn:
    """An answer that is there already; the page opens with it."""
    bests = window_bests(answer)
    trade = record_threshold(entry)
    picture = answer_figure(answer, bests, trade, threshold=threshold, title=entry.title)
    return Drawn(picture, answer_table(answer, bests), headline=headline(answer, threshold))


def answer_of(asked: Asked[Choices]) -> Answer:
    """The answer to the question in the box; a longer list reads nothing again."""
    chosen = asked.choices
    top = checked_top(chosen.top)
    reading = asked.ask(read, chosen.question, chosen.context, progress=asked.progress)
    return ranked(reading, top)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each candidate, the most likely first."""
    answer = answer_of(asked)
    lines: Lines = [
        ["rank", "text", "start", "end", "window", "first", "last", "logit", "probability"]
    ]
    for rank, span in enumerate(answer.candidates, start=1):
        where = (span.start, span.end, span.window, span.first, span.last)
        lines.append([rank, span.text, *where, span.logit, span.score])
    if answer.no_answer is not None:
        none = (answer.no_answer_logit, answer.no_answer)
        lines.append(["no answer", "", "", "", answer.no_answer_window, "", "", *none])
    return lines, whole(asked.entry, answer) | {
        "says_no_answer": answer.says_none(asked.choices.threshold),
        "candidates": frozen(answer.candidates),
        "windows": [
            {"start": window.start, "end": window.end, "best": frozen(best)}
            for window, best in zip(answer.reading.windows, window_bests(answer), strict=True)
        ],
    }


def whole(entry: Checkpoint, answer: Answer) -> dict[str, Any]:
    """What `/answer` returns, and what was asked."""
    return as_endpoint(entry, answer) | {
        "question": answer.reading.question,
        "context": answer.reading.context,
        "no_answer_logit": answer.no_answer_logit,
        "margin": answer.margin,
        "spans": answer.spans,
    }


def as_endpoint(entry: Checkpoint, answer: Answer) -> dict[str, Any]:
    """What `/answer` returns: numbers as the model gave them, never rounded."""
    best = answer.best
    return {
        "model": entry.name,
        "answer": best.text,
        "start": best.start,
        "end": best.end,
        "score": best.score,
        "no_answer": answer.no_answer,
        "candidates": [
            {"text": span.text, "start": span.start, "end": span.end, "score": span.score}
            for span in answer.candidates
        ],
        "windows": [{"start": w.start, "end": w.end} for w in answer.reading.windows],
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
