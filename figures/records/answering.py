"""How the model that answers questions was trained, and what it scored."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.chart import Axis, Line, chart, minus, ticks_for, upright
from figures.parts.confusion import confusion_grid
from figures.parts.prose import paragraph
from figures.parts.style import percent, three_digits
from figures.records.record import (
    aims,
    curves,
    data_and_limits,
    opening,
    records,
    run_tables,
    section,
)

if TYPE_CHECKING:
    from services.records.parts import AnswerRecord, Asked, Threshold

CURVES = (
    ("F1 on answerable questions", "f1_with_threshold"),
    ("F1 of “no answer”", "no_answer_f1"),
    ("F1 of both kinds together", "f1_together"),
)


def answer_training(record: "AnswerRecord", *, title: str, path: str) -> str:
    """The whole record as one figure, from the scores down to the limits."""
    names = ("has no answer", "has an answer")
    grid = confusion_grid(
        record.confusion,
        names,
        ("said none", "answered"),
        title=f"{sum(map(sum, record.confusion)):,} questions on held-out articles",
    )
    sentence = f"<p>{paragraph('answering', 'answered_is_not_right')}</p>"
    curve = threshold_curve(record.threshold)
    found = f'<div class="beside charts">{curve}<div>{grid}{sentence}</div></div>'
    aimed = [score for score in record.scores if score.aim is not None]
    return (
        '<figure class="figure training">'
        + opening(record.run, record.card, title)
        + section("Scores against the aims", aims(aimed), _sets(record))
        + curves(record.run.stages)
        + section("When it says “no answer”", found)
        + section("Questions", _questions(record))
        + data_and_limits(record.run, record.card, path)
        + f"<figcaption>{escape(_caption(record, title))}</figcaption></figure>"
    )


def _caption(record: "AnswerRecord", title: str) -> str:
    return (
        f"{title}: scores of {sum(map(sum, record.confusion)):,} questions on "
        f"{len(record.articles)} articles of SQuAD, all kept out of training. F1 counts shared "
        "words, exact match whole answers (articles and punctuation aside); losses are in nats."
    )


def _sets(record: "AnswerRecord") -> str:
    """The same scores beside those of fairy tales, which are further from its training."""
    rows = [
        [score.name, percent(score.value), "" if score.beside is None else percent(score.beside)]
        for score in record.scores
    ]
    return records(["measure", "SQuAD, held out", "FairytaleQA"], rows) + (
        f"<p>{paragraph('answering', 'what_may_stay_silent')}</p>"
    )


def threshold_curve(threshold: "Threshold") -> str:
    """What is won and lost as the threshold moves, with the chosen one marked."""
    places = [point.threshold for point in threshold.curve]
    across = Axis("threshold (margin of “no answer”)", ticks_for([*places, threshold.value]))
    lines = [
        Line(name, [(point.threshold, getattr(point, field)) for point in threshold.curve])
        for name, field in CURVES
    ]
    scores = [score for line in lines for _, score in line.points]
    up = Axis("F1", ticks_for([*scores, min(1.0, max(scores))]), percent=True)
    drawn = chart(
        lines,
        across,
        up,
        title="Scores by threshold",
        marks=upright(threshold.value, across),
    )
    sentence = (
        "“No answer” is said when its score exceeds the best span's by more than the threshold. "
        f"The dashed line is {minus(three_digits(threshold.value))}, which was best for both "
        "kinds together on a third set of articles; scores that allow “no answer” are at this "
        "threshold. On the page the slider starts at 0."
    )
    return f"<div>{drawn}<p>{escape(sentence)}</p></div>"


def _questions(record: "AnswerRecord") -> str:
    articles = escape(", ".join(record.articles))
    return (
        "<h4>Written for this project, as a visitor would ask</h4>"
        + _asked(record.visitors)
        + "<h4>Held-out questions at even distances, not cherry-picked, right or wrong</h4>"
        + _asked(record.samples)
        + f"<p>Held-out articles: {articles}.</p>"
    )


def _asked(rows: Sequence["Asked"]) -> str:
    """A list, for four columns of text are too many on a phone."""
    items = []
    for row in rows:
        where = f" ({row.article.replace('_', ' ')})" if row.article else ""
        margin = minus(three_digits(row.margin))
        items.append(
            f"<li><b>{escape(row.question)}</b>{escape(where)}<br>"
            f"expected: {_quoted(row.gold)}<br>said: {_quoted(row.said)}<br>"
            f"margin of “no answer”: {margin}</li>"
        )
    return f'<ul class="asked">{"".join(items)}</ul>'


def _quoted(answer: str) -> str:
    return f"“{escape(answer)}”" if answer else "no answer"


def answer_tables(record: "AnswerRecord") -> str:
    """The numbers of every picture as tables."""
    rows = [
        [
            minus(f"{point.threshold:g}"),
            percent(point.f1_with_threshold),
            percent(point.exact_with_threshold),
            percent(point.no_answer_f1),
            percent(point.f1_together),
        ]
        for point in record.threshold.curve
    ]
    head = ["threshold", "F1", "exact match", "F1 of “no answer”", "F1 of both"]
    return records(head, rows, caption="Scores by threshold") + run_tables(record.run)
