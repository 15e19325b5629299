"""Pictures of a verdict: the words, the probability, and how it comes out of two logits."""

import re
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.style import minus, percent, signed

if TYPE_CHECKING:
    from services.grammaticality.judge import Judgement

TRAINED_TOKENS = 64  # the longest sentence that was learned from, specials included
NAMES = ("unacceptable", "acceptable")
SHOUTED = re.compile(r"\b[A-Z]{2,}\b")


def verdict(judgement: "Judgement", *, title: str) -> str:
    """The verdict in words, and the probability as a bar with the line at a half."""
    word, kind = ("Acceptable", "") if judgement.acceptable else ("Not acceptable", " off")
    return (
        f'<p class="verdict{kind}"><b>{word}</b>, says {escape(title)}: the probability of '
        f"acceptable is <b>{percent(judgement.probability)}</b>.</p>"
        f"{bar(judgement.probability)}"
    )


def bar(probability: float) -> str:
    """A probability of acceptable from 0 to 100%, with the line that decides."""
    side = "over" if probability >= 0.5 else "under"
    said = f"Probability of acceptable: {percent(probability)}; the verdict turns at 50%."
    return (
        f'<div class="chance {side}" role="img" aria-label="{said}">'
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
        + "".join(f'<td class="number">{minus(value)}</td>' for value in values)
        + f'<td class="number">{percent(share)}</td></tr>'
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
        f'<table class="worked"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody>'
        f'<tfoot><tr><td>sum</td><td></td><td></td><td class="number">{minus(powers.sum())}</td>'
        '<td class="number">100%</td></tr></tfoot></table></div>'
        f"<p>m is the larger logit, {minus(logits.max())}. Log-odds of acceptable: "
        f"{minus(logits[1])} {_minus(logits[0])} = "
        f"<b>{signed(judgement.log_odds)}</b> nats. Above 0 is acceptable.</p></section>"
    )


def _minus(value: float) -> str:
    """What is taken away, in parentheses where it is negative: − 0.785, − (−0.785)."""
    return f"− ({minus(value)})" if value < 0 else f"− {minus(value)}"


def remarks(judgement: "Judgement") -> str:
    """What this sentence has that the model was not made for; empty for most sentences."""
    said = []
    if len(judgement.tokens) > TRAINED_TOKENS:
        said.append(
            f"This sentence has {len(judgement.tokens)} tokens; the model learned from sentences "
            f"of at most {TRAINED_TOKENS}, so trust it less here."
        )
    if judgement.unknown:
        parts = ", ".join(f"“{escape(part)}”" for part in dict.fromkeys(judgement.unknown))
        one = len(set(judgement.unknown)) == 1
        said.append(
            f"{parts} {'is' if one else 'are'} not in the vocabulary; the model reads "
            f"{'it' if one else 'each of them'} as the same unknown token."
        )
    if not _reads_as_english(judgement.sentence):
        said.append(
            "Most of this is not in the letters of English, the only language the model learned: "
            "its numbers say nothing here."
        )
    elif _unusual_capitals(judgement.sentence):
        said.append(
            "Capital letters are invisible to this model, where they stand and where they are "
            "missing: it reads every letter as small."
        )
    return "".join(f'<p class="told-note">{remark}</p>' for remark in said)


def _reads_as_english(sentence: str) -> bool:
    """Whether there are letters, and at least half of them those of English or accented ones."""
    letters = [sign for sign in sentence if sign.isalpha()]
    return bool(letters) and 2 * sum(sign < "\u0250" for sign in letters) >= len(letters)


def _unusual_capitals(sentence: str) -> bool:
    """Whether capitals are where they should not be, or not where they should."""
    letters = [sign for sign in sentence if sign.isalpha()]
    small_start = bool(letters) and letters[0].islower()
    return small_start or bool(SHOUTED.search(sentence))


def figure(parts: str, caption: str, view: str) -> str:
    """The parts of one view with what all of them have in common under them."""
    return (
        f'<figure class="figure grammaticality" data-view="{view}">{parts}'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
