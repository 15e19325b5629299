"""Pictures of a verdict: the words, the probability, and how it comes out of two logits."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.style import minus, percent, signed
from figures.parts.table import number, numbers

if TYPE_CHECKING:
    from services.grammaticality.judge import Judgement
    from services.records.parts import GrammarRecord

NAMES = ("unacceptable", "acceptable")


def verdict(judgement: "Judgement") -> str:
    """What the verdict in the headline comes from: the probability, and a bar cut at a half."""
    chance = percent(judgement.probability)
    return (
        f"<div data-answer><p>Probability of <i>acceptable</i>: <b>{chance}</b></p>"
        f"{bar(judgement.probability)}</div>"
    )


def ends(record: "GrammarRecord | None") -> str:
    """How sure this model ever was on the sentences of its record; nothing without a record.

    A calibrated model may end well below 100%: then its highest number is no doubt.
    """
    if record is None or not record.after:
        return ""
    low, high = record.after[0].low, record.after[-1].high
    if low == 0 and high == 1:
        return ""
    return (
        f'<p class="told-note">On its {record.sentences:,} development sentences this model never '
        f"gave less than {100 * low:g}% or more than {100 * high:g}%: a number near either end is "
        "as sure as it gets.</p>"
    )


def bar(probability: float) -> str:
    """A probability of acceptable from 0 to 100%, with the line that decides."""
    side = "over" if probability >= 0.5 else "under"
    sentence = f"Probability of acceptable: {percent(probability)}; the verdict changes at 50%."
    return (
        f'<div class="chance {side}" role="img" aria-label="{sentence}">'
        f'<div class="track"><span style="width:{100 * probability:.2f}%"></span>'
        '<i class="half"></i></div>'
        '<p class="ends"><span>0% unacceptable</span><span>50%</span>'
        "<span>acceptable 100%</span></p></div>"
    )


def worked(judgement: "Judgement") -> str:
    """The softmax with this sentence's numbers filled in, step by step."""
    logits = np.asarray(judgement.logits, dtype=float)
    less = logits - logits.max()
    powers = np.exp(less)
    rows = "".join(
        f"<tr><td>{name}</td>"
        + numbers(minus(value) for value in values)
        + f"{number(percent(share))}</tr>"
        for name, *values, share in zip(
            NAMES, logits, less, powers, powers / powers.sum(), strict=True
        )
    )
    head = "".join(
        f'<th class="number">{name}</th>'
        for name in ("logit z", "z − m", "e<sup>z − m</sup>", "share")
    )
    return (
        '<section><h3>From two logits to the probability</h3><div class="scroll">'
        f'<table class="worked"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody>'
        f'<tfoot><tr><td>sum</td><td></td><td></td><td class="number">{minus(powers.sum())}</td>'
        '<td class="number">100%</td></tr></tfoot></table></div>'
        f"<p>m is the larger logit, {minus(logits.max())}. Log-odds of acceptable: "
        f"{minus(logits[1])} {_minus(logits[0])} = "
        f"<b>{signed(judgement.log_odds)}</b> nats. Above 0 the verdict is <i>acceptable</i>.</p>"
        "</section>"
    )


def _minus(value: float) -> str:
    """What is taken away, in parentheses where it is negative: − 0.785, − (−0.785)."""
    return f"− ({minus(value)})" if value < 0 else f"− {minus(value)}"


def notes(remarks: Sequence[str]) -> str:
    """What this sentence has that the model was not made for, under its verdict."""
    return "".join(f'<p class="told-note">{escape(remark)}</p>' for remark in remarks)


def figure(parts: str, caption: str, view: str) -> str:
    """The parts of one view with what all of them have in common under them."""
    return (
        f'<figure class="figure grammaticality" data-view="{view}">{parts}'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
