"""Matthews correlation: its formula, with the numbers of a confusion matrix filled in."""

import math
from html import escape
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.style import minus

if TYPE_CHECKING:
    from services.grammaticality.list import Scores

NAMES = ("TP·TN − FP·FN", "(TP+FP)(TP+FN)(TN+FP)(TN+FN)")


def formula(scores: "Scores") -> str:
    """The formula (Matthews 1975), below it the same with this list's counts, and the result.

    Drawn by the style sheet: MathML has no root sign that grows where no font for it is installed.
    """
    (tn, fp), (fn, tp) = scores.confusion
    sums = (tp + fp, tp + fn, tn + fp, tn + fn)
    root = math.prod(sums)
    above = f"{tp:,}·{tn:,} − {fp:,}·{fn:,}"
    below = " · ".join(f"{value:,}" for value in sums)
    lines = [("MCC =", _fraction(*NAMES)), ("=", _fraction(above, below))]
    if root:
        gain = f"{tp * tn - fp * fn:,}".replace("-", "−")
        lines += [("=", _fraction(gain, f"{root:,}")), ("=", f"<b>{minus(scores.mcc)}</b>")]
        sentence = ""
    else:
        sentence = f"<p>{paragraph('grammaticality', 'mcc_has_no_value')}</p>"
    told = [f"MCC = ({NAMES[0]}) / √({NAMES[1]})", f"({above}) / √({below})"]
    told += [minus(scores.mcc)] if root else []
    steps = "".join(f"<span>{name}</span><span>{right}</span>" for name, right in lines)
    return (
        '<p class="chart-title">Matthews correlation (MCC)</p>'
        f'<div class="scroll"><div class="formula" role="img" '
        f'aria-label="{escape(" = ".join(told))}">{steps}</div></div>{sentence}'
        f"<p>{paragraph('grammaticality', 'reading_mcc')}</p>"
    )


def _fraction(above: str, below: str) -> str:
    """One over the root of the other."""
    return (
        f'<span class="fraction"><span>{above}</span>'
        f'<span>√<span class="root">{below}</span></span></span>'
    )
