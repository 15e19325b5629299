"""The view of one confusion matrix that the visitor sets: what do the measures say of it?"""

from typing import Any

from figures.grammaticality.confusion import confusion_figure, confusion_table, headline
from services.examples import frozen
from services.grammaticality.confusion import Confusion, Measures, confuse
from tabs.grammaticality.choices import Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The matrix of the two sliders, and all of the same accuracy."""
    confusion = confusion_of(asked)
    table = confusion_table(confusion)
    return Drawn(confusion_figure(confusion), table, headline=headline(confusion))


def confusion_of(asked: Asked[Choices]) -> Confusion:
    """What the sliders say; no model is asked."""
    return confuse(asked.choices.accepted, asked.choices.rejected)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each division of the same errors; the measures of this one in the JSON."""
    confusion = confusion_of(asked)
    lines: Lines = [["wrongly_accepted", "wrongly_rejected", "accuracy", "mcc"]]
    for one in confusion.same_accuracy:
        lines.append([one.accepted, one.rejected, one.accuracy, one.mcc])
    content: dict[str, Any] = {
        "confusion": frozen(confusion.counts),
        "accuracy": confusion.accuracy,
        "mcc": confusion.mcc,
        "acceptable": _measures(confusion.of_acceptable),
        "unacceptable": _measures(confusion.of_unacceptable),
    }
    return lines, content


def _measures(measures: Measures) -> dict[str, float | None]:
    return {"precision": measures.precision, "recall": measures.recall, "f1": measures.f1}


def snippet(asked: Asked[Choices]) -> str:
    """The code that computes the measures of these counts."""
    (tn, fp), (fn, tp) = confusion_of(asked).counts
    return filled("grammaticality/confusion", tn=tn, fp=fp, fn=fn, tp=tp)


VIEW = View(
    name="confusion",
    label="Accuracy",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("accepted", "rejected"),
    reads=False,
    alone=True,
    asks="Is accuracy enough?",
)
