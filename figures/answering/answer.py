"""Pictures of an answer: verdict, passage, the best spans, what the threshold trades."""

from collections.abc import Sequence
from html import escape
from math import exp
from typing import TYPE_CHECKING

from core.text import all_of
from figures.answering.passage import Mark, passage, strip
from figures.answering.threshold import trade_chart
from figures.parts.bars import barred
from figures.parts.headline import share, short
from figures.parts.prose import paragraph
from figures.parts.style import minus, percent, three_digits
from figures.parts.table import heads, number, numbers, table

if TYPE_CHECKING:
    from services.answering.answer import Answer, Candidate
    from services.answering.reading import Window
    from services.answering.scores import WindowBest
    from services.records.parts import Threshold


# Said of a model that has no "no answer".
NEVER = paragraph("answering", "no_answer_is_never_said")
LONGEST = 28  # characters of an answer that a headline has room for


def answer_figure(
    answer: "Answer",
    bests: "Sequence[WindowBest]",
    trade: "Threshold | None",
    *,
    threshold: float,
    title: str,
) -> str:
    """The answer in its passage, the runners-up, and what the page says under the threshold."""
    reading = answer.reading
    long = len(reading.windows) > 1
    held = reading.windows[answer.best.window]
    edges = (held.start, held.end) if long else (0, len(reading.context))
    rivals = "" if answer.no_answer is None else " and “no answer”"
    caption = (
        f"Probabilities of {title}: {answer.spans:,} spans of at most 30 tokens{rivals} compete "
        "in one softmax. They rank candidates; they are not the chance of being right."
    )
    return (
        f'<figure class="figure answering">'
        f"{strip(answer, bests) if long else ''}"
        f"{passage(reading.context, marks_of(answer, threshold), *edges)}{unknown_note(answer)}"
        f"<div data-answer>{verdict(answer, threshold)}{_listed(answer)}"
        f"{overlap_note(answer)}</div>"
        f"{trade_chart(trade, threshold) if trade else ''}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def headline(answer: "Answer", threshold: float) -> str:
    """The answer with its probability, or that there is none with that of "no answer"."""
    if answer.no_answer is not None and answer.says_none(threshold):
        return f"<b>No answer</b> {share(answer.no_answer)}"
    return (
        f"<b><bdi>{escape(short(answer.best.text, LONGEST))}</bdi></b> {share(answer.best.score)}"
    )


def verdict(answer: "Answer", threshold: float) -> str:
    """What the page says, and why, in two lines."""
    best = answer.best
    words = " ".join(best.text.split())
    if answer.margin is None or answer.no_answer is None:
        return (
            f'<p class="said" dir="auto">{escape(words)}</p><p class="why">It has '
            f"{percent(best.score)} of all spans. {NEVER}</p>"
        )
    margin = minus(answer.margin)
    if answer.says_none(threshold):
        sentence = '<p class="said none">No answer</p>'
        why = (
            f"“No answer” has {percent(answer.no_answer)}; the best span would be "
            f"<b><bdi>{escape(words)}</bdi></b> ({percent(best.score)}). The score of “no answer” "
            f"minus that of the best span is {margin}, above the threshold ({minus(threshold)})."
        )
    else:
        sentence = f'<p class="said" dir="auto">{escape(words)}</p>'
        why = (
            f"It has {percent(best.score)}, “no answer” {percent(answer.no_answer)}. The score of "
            f"“no answer” minus that of the best span is {margin}, not above the threshold "
            f"({minus(threshold)})."
        )
    return f'{sentence}<p class="why">{why} {_meaning(threshold)}</p>'


def _meaning(threshold: float) -> str:
    """What a threshold means in probabilities: e to its power."""
    if threshold == 0:
        return "At threshold 0 the more likely of the two is said."
    ratio = three_digits(exp(abs(threshold)))
    if threshold > 0:
        much = f"only when it is more than {ratio} times as likely as the best span"
    else:
        much = f"unless the best span is at least {ratio} times as likely"
    return f"At this threshold “no answer” is said {much}."


def marks_of(answer: "Answer", threshold: float) -> list[Mark]:
    """The candidates as marks: the answer in full colour, the runners-up lightly.

    A span that is not given as an answer does not look like one.
    """
    best = "refused" if answer.says_none(threshold) else "best"
    return [
        (one.start, one.end, str(rank), best if rank == 1 else "runner")
        for rank, one in enumerate(answer.candidates, start=1)
    ]


def unknown_note(answer: "Answer") -> str:
    """How much of the passage the vocabulary cannot spell; empty where all is spelled."""
    reading = answer.reading
    if not reading.unknown:
        return ""
    count = len(reading.tokens)
    if reading.unknown == count:
        sentence = paragraph("answering", "nothing_is_spelled")
        return f'<p class="unknown">{sentence}</p>'
    return (
        f'<p class="unknown">{reading.unknown:,} of {count:,} tokens are [UNK]: this vocabulary '
        "cannot spell them, and all such tokens are the same to the model.</p>"
    )


def overlap_note(answer: "Answer") -> str:
    """Which runners-up overlap the answer; empty where none does."""
    best = answer.best
    same = [
        str(rank)
        for rank, one in enumerate(answer.candidates, start=1)
        if rank > 1 and one.start < best.end and one.end > best.start
    ]
    if not same:
        return ""
    verb = "overlaps" if len(same) == 1 else "overlap"
    return (
        f'<p class="overlap">{all_of(same)} {verb} 1: overlapping spans split the probability '
        "between them.</p>"
    )


def _listed(answer: "Answer") -> str:
    """The best spans with "no answer" at its rank, and what is left for all other spans."""
    rows = [(one.score, _row(str(rank), one)) for rank, one in enumerate(answer.candidates, 1)]
    none = answer.no_answer
    if none is not None and answer.no_answer_logit is not None:
        rows.append((none, _bar("", "<i>no answer</i>", none, minus(answer.no_answer_logit))))
    rows.sort(key=lambda row: -row[0])
    rest = max(0.0, 1 - (none or 0.0) - sum(one.score for one in answer.candidates))
    others = answer.spans - len(answer.candidates)
    lines = [line for _, line in rows]
    if others > 0:
        lines.append(_bar("", f"<i>the other {others:,} spans together</i>", rest, ""))
    head = "<td></td><th>span</th><th>probability</th><th class=number>start + end</th>"
    return f'<div class="ranking">{table(head, lines)}</div>'


def _row(rank: str, one: "Candidate") -> str:
    words = escape(" ".join(one.text.split()))
    return _bar(rank, f"<bdi>{words}</bdi>", one.score, minus(one.logit))


def _bar(rank: str, text: str, part: float, logit: str) -> str:
    cells = f"<td>{rank}</td><td>{text}</td>{barred(part, percent(part))}{number(logit)}"
    return f"<tr>{cells}</tr>"


def answer_table(answer: "Answer", bests: "Sequence[WindowBest]") -> str:
    """Every candidate with its place and its logits, and every window with its best span."""
    reading = answer.reading
    lines = []
    for rank, one in enumerate(answer.candidates, start=1):
        window = reading.windows[one.window]
        start = float(window.start_logits[1 + one.first - window.first])
        end = float(window.end_logits[1 + one.last - window.first])
        cells = (minus(start), minus(end), minus(one.logit), percent(one.score))
        written = numbers(cells)
        lines.append(
            f"<tr><td>{rank}</td><td><bdi>{escape(one.text)}</bdi></td>"
            f"<td>{one.start:,} to {one.end:,}</td><td>{one.window}</td>{written}</tr>"
        )
    lines += _none_line(answer)
    names = ("start logit", "end logit", "start + end", "probability")
    head = "<td></td><th>span</th><th>characters</th><th>window</th>"
    head += heads(names)
    return table(head, lines) + _windows_table(answer, bests)


def _none_line(answer: "Answer") -> list[str]:
    """The line of "no answer" in the table, where there is such a thing."""
    window, logit, none = answer.no_answer_window, answer.no_answer_logit, answer.no_answer
    if window is None or logit is None or none is None:
        return []
    lowest = answer.reading.windows[window]
    cells = (
        minus(float(lowest.start_logits[0])),
        minus(float(lowest.end_logits[0])),
        minus(logit),
        percent(none),
    )
    written = numbers(cells)
    return [
        f"<tr><td></td><td>no answer ({escape(answer.reading.first_token)})</td><td></td>"
        f"<td>{window}</td>{written}</tr>"
    ]


def _windows_table(answer: "Answer", bests: "Sequence[WindowBest]") -> str:
    def none(window: "Window") -> str:
        if answer.no_answer is None:
            return ""
        total = float(window.start_logits[0] + window.end_logits[0])
        return f"<td class=number>{minus(total)}</td>"

    lines = [
        f"<tr><td>{index}</td><td>{window.start:,} to {window.end:,}</td>"
        f"<td>{window.first:,} to {window.last - 1:,}</td><td><bdi>{escape(best.text)}</bdi></td>"
        f"<td class=number>{minus(best.logit)}</td><td class=number>{percent(best.score)}</td>"
        f"{none(window)}</tr>"
        for index, (window, best) in enumerate(zip(answer.reading.windows, bests, strict=True))
    ]
    head = "<th>window</th><th>characters</th><th>tokens</th><th>its best span</th>"
    names = ["start + end", "probability"]
    if answer.no_answer is not None:
        names.append(f"{escape(answer.reading.first_token)} start + end")
    head += heads(names)
    return table(head, lines)
