"""One confusion matrix with its measures, beside all others of the same accuracy."""

from html import escape
from typing import TYPE_CHECKING

from figures.grammaticality.mcc import formula
from figures.parts.chart import Axis, Line, chart, ticks_for
from figures.parts.confusion import confusion_grid
from figures.parts.headline import decimals, share
from figures.parts.html import Html
from figures.parts.style import minus, percent, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.grammaticality.confusion import Confusion, Measures

NO_VALUE = "0/0: no value"
CLASSES = ("unacceptable", "acceptable")


def headline(confusion: "Confusion") -> str:
    """The accuracy and the Matthews correlation."""
    mcc = "no MCC (0/0)" if confusion.mcc is None else f"MCC <b>{decimals(confusion.mcc)}</b>"
    return f"Accuracy {share(confusion.accuracy)}, {mcc}"


def confusion_figure(confusion: "Confusion") -> str:
    """The matrix, MCC over every division of the same errors, and each measure worked out."""
    grid = confusion_grid(
        confusion.counts,
        [f"is {name}" for name in CLASSES],
        [f"said {name}" for name in CLASSES],
        title=f"{confusion.whole} sentences",
    )
    caption = (
        f"CoLA's in-domain development sentences: {confusion.unacceptable} unacceptable, "
        f"{confusion.acceptable} acceptable. No model is asked here; move the two sliders."
    )
    return (
        '<figure class="figure judged-list training confusion-view">'
        f'<div class="beside scores"><div>{grid}{_accuracy(confusion)}'
        f"{measures_table(confusion)}</div><div>{_curve(confusion)}</div></div>"
        f"{formula(confusion.scores)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _accuracy(confusion: "Confusion") -> str:
    (tn, _), (_, tp) = confusion.counts
    accuracy, whole = percent(confusion.accuracy), confusion.whole
    return f"<p>Accuracy = (TP + TN) / all = ({tp} + {tn}) / {whole} = <b>{accuracy}</b></p>"


def _curve(confusion: "Confusion") -> str:
    """MCC over how many of the same errors are wrongly accepted; what is seen is marked."""
    every = confusion.same_accuracy
    points = [(one.accepted, _mcc(one)) for one in every]
    lines = [Line(f"{confusion.errors} errors, however divided", points)]
    if confusion.mcc is not None:
        here = (confusion.accepted, confusion.mcc)
        lines.append(Line(f"as the sliders say: {minus(confusion.mcc)}", [here], dots=True))
    values = [value for _, value in points]
    across = Axis("of them wrongly accepted", ticks_for([0, max(1, points[-1][0])]))
    up = Axis("MCC", ticks_for([min(values) - 0.01, max(values) + 0.01]))
    lowest, highest = (at(every, key=_mcc) for at in (min, max))
    told = (
        f"Always {percent(confusion.accuracy)} right: MCC from <b>{minus(_mcc(lowest))}</b> "
        f"({lowest.accepted} wrongly accepted, {lowest.rejected} rejected) to "
        f"<b>{minus(_mcc(highest))}</b> ({highest.accepted} and {highest.rejected})."
    )
    return chart(lines, across, up, title="The same accuracy, another MCC") + f"<p>{told}</p>"


def _mcc(one: "Confusion") -> float:
    return one.mcc or 0.0


def measures_table(confusion: "Confusion") -> str:
    """Precision, recall and F1 of both classes, worked out with the counts."""
    (tn, fp), (fn, tp) = confusion.counts
    rows = [
        _row("precision", _parts(tp, tp + fp), _parts(tn, tn + fn), confusion),
        _row("recall", _parts(tp, tp + fn), _parts(tn, tn + fp), confusion),
        _row(
            "f1",
            _parts(f"2·{tp}", f"2·{tp} + {fp} + {fn}"),
            _parts(f"2·{tn}", f"2·{tn} + {fn} + {fp}"),
            confusion,
        ),
    ]
    return headed_table(["of the class", "acceptable", "unacceptable"], rows)


def _parts(part: object, whole: object) -> str:
    bracketed = f"({whole})" if "+" in f"{whole}" else f"{whole}"
    return f"{part} / {bracketed}"


def _row(name: str, one: str, other: str, confusion: "Confusion") -> list[str]:
    called = {"f1": "F<sub>1</sub>"}.get(name, name)
    values = (confusion.of_acceptable, confusion.of_unacceptable)
    return [called, *(_worked(w, m, name) for w, m in zip((one, other), values, strict=True))]


def _worked(worked: str, measures: "Measures", name: str) -> Html:
    value = getattr(measures, name)
    return Html(f"{worked} = <b>{three_digits(value)}</b>" if value is not None else NO_VALUE)


def confusion_table(confusion: "Confusion") -> str:
    """Every division of the same errors with its MCC."""
    rows = [
        [f"{one.accepted}", f"{one.rejected}", minus(one.mcc or 0.0)]
        for one in confusion.same_accuracy
    ]
    names = ["wrongly accepted", "wrongly rejected", "MCC"]
    text = f"<p>All with an accuracy of {percent(confusion.accuracy)}.</p>"
    return text + headed_table(names, rows, numbers=True)
