"""Several questions against one passage."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.answering.answer import NEVER, unknown_note
from figures.answering.passage import marked, passage
from figures.parts.headline import short
from figures.parts.style import CATEGORIES, minus, percent
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.answering.answer import Answer

WHOLE = 6000  # characters up to which the passage itself is drawn
AROUND = 80  # characters at each side of an answer in a longer one


def headline(answers: Sequence["Answer"], threshold: float) -> str:
    """How many questions get an answer."""
    given = sum(not one.says_none(threshold) for one in answers)
    return f"<b>{given}</b> of {len(answers)} answered"


def several_figure(answers: Sequence["Answer"], *, threshold: float, title: str) -> str:
    """A table of the answers, and where in the passage each of them lies."""
    lines = [_line(number, one, one.says_none(threshold)) for number, one in enumerate(answers, 1)]
    head = "<td></td><th>question</th><th>answer</th><th>probability</th>"
    head += "<th>no answer</th>" if answers[0].no_answer is not None else ""
    context = answers[0].reading.context
    drawn = passage(context, marks(answers, threshold)) if len(context) <= WHOLE else ""
    excerpts = "" if drawn else _excerpts(answers, threshold)
    caption = f"Model: {title}. Each question has a softmax of its own over all its spans"
    if answers[0].no_answer is None:
        caption += f". {NEVER}"
    else:
        silent = sum(one.says_none(threshold) for one in answers)
        caption += (
            f" and “no answer”. {silent} of {len(answers)} margins are above the threshold "
            f"{minus(threshold)}."
        )
    return (
        f'<figure class="figure answering several"><div class="answers">{table(head, lines)}</div>'
        f"{drawn}{excerpts}{unknown_note(answers[0])}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def marks(answers: Sequence["Answer"], threshold: float) -> list[tuple[int, int, str, str]]:
    """A mark for each answer that is given, with its number and a colour."""
    return [
        (one.best.start, one.best.end, str(number), f"c{(number - 1) % len(CATEGORIES)}")
        for number, one in enumerate(answers, start=1)
        if not one.says_none(threshold)
    ]


def _line(number: int, one: "Answer", none: bool) -> str:
    best = f"<bdi>{escape(short(one.best.text, 200))}</bdi>"
    sentence = f"no answer <i>(best span: {best})</i>" if none else f"<b>{best}</b>"
    look = "none" if none else f"c{(number - 1) % len(CATEGORIES)}"
    return (
        f'<tr data-pair="{number}"><td><mark class="{look}">{number}</mark></td>'
        f"<td><bdi>{escape(one.reading.question)}</bdi></td><td>{sentence}</td>"
        f"<td>{percent(one.best.score)}</td>"
        f"{'' if one.no_answer is None else f'<td>{percent(one.no_answer)}</td>'}</tr>"
    )


def _excerpts(answers: Sequence["Answer"], threshold: float) -> str:
    """Of a long passage only what stands around each answer."""
    context = answers[0].reading.context
    items = []
    for start, end, label, look in marks(answers, threshold):
        first, last = max(0, start - AROUND), min(len(context), end + AROUND)
        around = marked(context, [(start, end, label, look)], first, last)
        items.append(f"<li>character {start:,}: <bdi>… {around} …</bdi></li>")
    if not items:
        return ""
    return f'<ul class="excerpts">{"".join(items)}</ul>'


def several_table(answers: Sequence["Answer"]) -> str:
    """Each question with its best span, where it is, and both sides of the margin."""
    lines = []
    for number, one in enumerate(answers, start=1):
        best = one.best
        cells = [percent(best.score), minus(best.logit)]
        if (
            one.no_answer is not None
            and one.no_answer_logit is not None
            and one.margin is not None
        ):
            cells[1:1] = [percent(one.no_answer)]
            cells += [minus(one.no_answer_logit), minus(one.margin)]
        written = numbers(cells)
        lines.append(
            f"<tr><td>{number}</td><td><bdi>{escape(one.reading.question)}</bdi></td>"
            f"<td><bdi>{escape(best.text)}</bdi></td><td>{best.start:,} to {best.end:,}</td>"
            f"{written}</tr>"
        )
    names = ["probability", "start + end"]
    if answers[0].no_answer is not None:
        first = escape(answers[0].reading.first_token)
        names = ["probability", "no answer", "start + end", f"{first} start + end", "margin"]
    head = "<td></td><th>question</th><th>best span</th><th>characters</th>"
    head += heads(names)
    return table(head, lines)
