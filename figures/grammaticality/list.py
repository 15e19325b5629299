"""Pictures of a judged list: its rows, the confusion matrix, MCC with its numbers filled in."""

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.grammaticality.mcc import formula
from figures.parts.bars import barred
from figures.parts.confusion import confusion_grid
from figures.parts.headline import decimals, share
from figures.parts.prose import paragraph
from figures.parts.reliability import reliability_chart
from figures.parts.style import minus, percent, three_digits

if TYPE_CHECKING:
    from services.grammaticality.list import JudgedList, Scores

DRAWN = 200  # rows on the page; the exports hold all
NAMES = ("unacceptable", "acceptable")


def headline(judged: "JudgedList") -> str:
    """The Matthews correlation and the accuracy; without labels, how many are acceptable."""
    if judged.scores:
        mcc, accuracy = decimals(judged.scores.mcc), share(judged.scores.accuracy)
        return f"MCC <b>{mcc}</b>, accuracy {accuracy}"
    acceptable = sum(judgement.acceptable for judgement in judged.judgements)
    return f"<b>{acceptable:,}</b> of {len(judged.judgements):,} acceptable"


def list_figure(judged: "JudgedList", *, title: str) -> str:
    """Scores first where there are labels, then every row."""
    count, layout = len(judged.judgements), judged.listed.layout
    acceptable = sum(judgement.acceptable for judgement in judged.judgements)
    caption = (
        f"{title} on {count:,} sentence{'s' * (count > 1)}, taken as {layout}. The bar is the "
        "probability of “acceptable”; from 50% on, that is the verdict."
    )
    lead = f"{acceptable:,} of {count:,} judged acceptable."
    return (
        '<figure class="figure judged-list">'
        f'<p class="headline">{escape(lead)}</p>'
        + (scores_html(judged.scores) if judged.scores else "")
        + rows_html(judged)
        + f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


# Rows --------------------------------------------------------------------------------------------


def order(judged: "JudgedList") -> tuple[list[int], str]:
    """Which rows come first, and why: the most confident mistakes, or the least acceptable."""
    chances = np.array([judgement.probability for judgement in judged.judgements])
    if judged.listed.labels is None:
        return [int(p) for p in np.argsort(chances, kind="stable")], "the least acceptable first"
    labels = np.array(judged.listed.labels)
    verdicts = np.array([judgement.acceptable for judgement in judged.judgements])
    # Mistakes by how sure they were, then what was right, the least sure first.
    sure = np.abs(chances - 0.5)
    wrong = verdicts != labels
    places = np.lexsort((np.where(wrong, -sure, sure), ~wrong))
    return [int(index) for index in places], "mistakes first, the most confident at the top"


def rows_html(judged: "JudgedList") -> str:
    """The first 200 rows in their order, in an area that scrolls by itself."""
    places, why = order(judged)
    head = ["line", "sentence", "verdict", "probability of acceptable"]
    head += ["against its label"] if judged.listed.labels is not None else []
    lines = "".join(_row(judged, index) for index in places[:DRAWN])
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    more = (
        f" The first {DRAWN} of {len(places):,} rows are drawn; “Numbers as CSV” below has all."
        if len(places) > DRAWN
        else ""
    )
    kind = "labelled" if judged.listed.labels is not None else ""
    return (
        f"<p>Sorted: {why}.{more}</p>"
        '<div class="scroll rows" tabindex="0" role="region" aria-label="Judged sentences">'
        f'<table class="judged {kind}"><thead><tr>{names}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _row(judged: "JudgedList", index: int) -> str:
    judgement, listed = judged.judgements[index], judged.listed
    verdict = NAMES[judgement.acceptable]
    cells = [
        f'<td class="line">{listed.lines[index]:,}</td>',
        f"<td>{escape(judgement.sentence)}{_source(judged, index)}</td>",
        f'<td class="{verdict}">{verdict}</td>',
        barred(judgement.probability, chance(judgement.probability), after="<i></i>"),
    ]
    kind = ""
    if listed.labels is not None:
        right = listed.labels[index] == judgement.acceptable
        kind = "" if right else ' class="missed"'
        label = NAMES[listed.labels[index]]
        cells.append(f"<td>{'right' if right else '<b>wrong</b>'} ({label})</td>")
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _source(judged: "JudgedList", index: int) -> str:
    sources = judged.listed.sources
    return f' <span class="source">({escape(sources[index])})</span>' if sources else ""


def chance(probability: float) -> str:
    """A probability in per cent; never 50.0% for one that is below it."""
    written = f"{three_digits(100 * probability)}%"
    return written if probability >= 0.5 or written != "50.0%" else "just below 50%"


# Scores ------------------------------------------------------------------------------------------


def scores_html(scores: "Scores") -> str:
    """Confusion matrix, the formula filled in, accuracy beside its baseline, calibration."""
    grid = confusion_grid(
        scores.confusion,
        [f"is {name}" for name in NAMES],
        [f"said {name}" for name in NAMES],
        title="Confusion matrix",
    )
    gain = scores.accuracy - scores.majority
    better = "no better than" if math.isclose(gain, 0, abs_tol=1e-12) else "better than"
    accuracy = (
        f"Accuracy {percent(scores.accuracy)}: "
        f"{'worse than' if gain < -1e-12 else better} always giving the more common label, which "
        f"is right for {percent(scores.majority)} (and has an MCC of 0)."
    )
    return (
        f'<div class="beside scores"><div>{grid}<p>{escape(accuracy)}</p></div>'
        f"<div>{formula(scores)}</div></div>{calibration_html(scores)}"
    )


def calibration_html(scores: "Scores") -> str:
    """How often each tenth of probability was right, as a diagram; words where too few."""
    if scores.bins is None:
        return ""
    drawn = reliability_chart(
        [("this list", scores.bins, scores.gap or 0)],
        title="Calibration: share labelled acceptable by probability given",
        share="share that is acceptable",
    )
    rows = "".join(
        f"<tr><td>{row.low:g} to {row.high:g}</td><td>{row.count:,}</td>"
        f"<td>{three_digits(row.mean_probability)}</td>"
        f"<td>{percent(row.share_acceptable)}</td></tr>"
        for row in scores.bins
    )
    heads = ("probability", "sentences", "mean", "acceptable")
    names = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<div class="beside scores training"><div>{drawn}</div><div><div class="scroll"><table>'
        f"<thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p>{paragraph('grammaticality', 'the_grey_line')}</p></div></div>"
    )


def list_table(judged: "JudgedList") -> str:
    """The same rows as the list gave them, with logits; the first 200."""
    listed = judged.listed
    lines = []
    for index, judgement in enumerate(judged.judgements[:DRAWN]):
        label = "" if listed.labels is None else str(listed.labels[index])
        cells = (
            f"{listed.lines[index]:,}",
            judgement.sentence,
            NAMES[judgement.acceptable],
            chance(judgement.probability),
            *(minus(float(logit)) for logit in judgement.logits),
            label,
        )
        lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    heads = ["line", "sentence", "verdict", "probability", "logit of unacceptable"]
    heads += ["logit of acceptable", "label"]
    names = "".join(f'<th scope="col">{name}</th>' for name in heads)
    more = len(judged.judgements) - DRAWN
    rest = f"<p>{more:,} more rows are in the exports.</p>" if more > 0 else ""
    return (
        f'<div class="scroll rows"><table><thead><tr>{names}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>{rest}"
    )
