"""The picture of two groups: how far each word leans to one of them, with its interval."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.headline import decimals
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.style import signed
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.masking.bias import Leaning

KINDS = ("fills", "writes")  # the model that fills in, and the one that reads from left to right


def headline(leaning: "Leaning") -> str:
    """The two ends of the list."""
    first, last = leaning.order[0], leaning.order[-1]
    named = [
        f"<b><bdi>{escape(leaning.words[one])}</bdi></b> {decimals(float(leaning.means[one]))}"
        for one in dict.fromkeys((first, last))
    ]
    return " … ".join(named)


def bias_figure(
    leanings: "Sequence[tuple[str, Leaning]]", groups: tuple[str, str], *, why: str = ""
) -> str:
    """A row for each word, in the order of the first model; `why` there is no second one."""
    low, high = _ends([leaning for _, leaning in leanings])
    rows = []
    for index in leanings[0][1].order:
        lines = [_line(one, index, kind, low, high) for (_, one), kind in _by_kind(leanings)]
        numbers = [
            tag("span", signed(float(one.means[index])), class_=kind)
            for (_, one), kind in _by_kind(leanings)
        ]
        zero = tag("i", style=f"left:{_at(0, low, high):.2f}%")
        rows.append(
            tag(
                "li",
                tag("b", leanings[0][1].words[index]),
                tag("span", zero, *lines, class_="way"),
                tag("span", *numbers, class_="numbers"),
            )
        )
    first, second = (escape(one) for one in groups)
    key = [
        tag("span", tag("i", class_=f"swatch {kind}"), f" {title}")
        for (title, _), kind in _by_kind(leanings)
    ]
    count = len(leanings[0][1].templates)
    text = (
        f"Log-odds, ln p({second}) − ln p({first}): the mean over {count} sentences; the bars are "
        f"95% bootstrap intervals over the sentences. At +1 {second} is 2.7 times as likely as "
        f"{first}, at 0 just as likely; 0 is not neutral, so compare words with each other."
    )
    missing = f'<p class="told">{escape(why)}</p>' if why else ""
    return (
        f'<figure class="figure masking bias"><p class="ends"><span>← {first}</span>'
        f"<span>{second} →</span></p><ol data-answer>{''.join(rows)}</ol>"
        f'{tag("p", *key, class_="key")}{missing}<p class="told">{text}</p>'
        f'<div class="not-said"><h3>What does not follow</h3><p>{paragraph("masking", "follows")}'
        f"</p><p>{paragraph('masking', 'data')}</p></div></figure>"
    )


def bias_table(leanings: "Sequence[tuple[str, Leaning]]") -> str:
    """Every word with its means and intervals."""
    rows = [
        [leanings[0][1].words[index], *_cells(leanings, index)] for index in leanings[0][1].order
    ]
    names = [part for title, _ in leanings for part in (title, "95% interval")]
    return rows_table(("word", *names), rows)


def _cells(leanings: "Sequence[tuple[str, Leaning]]", index: int) -> list[str]:
    cells = []
    for _, one in leanings:
        low, high = one.intervals[index]
        cells += [
            signed(float(one.means[index])),
            f"{signed(float(low))} to {signed(float(high))}",
        ]
    return cells


def _by_kind(
    leanings: "Sequence[tuple[str, Leaning]]",
) -> "list[tuple[tuple[str, Leaning], str]]":
    return list(zip(leanings, KINDS, strict=False))


def _line(leaning: "Leaning", index: int, kind: str, low: float, high: float) -> Html:
    left, right = (_at(float(end), low, high) for end in leaning.intervals[index])
    mean = _at(float(leaning.means[index]), low, high)
    bar = tag("em", style=f"left:{left:.2f}%;width:{right - left:.2f}%")
    return tag("span", bar, tag("b", style=f"left:{mean:.2f}%"), class_=kind)


def _ends(leanings: "Sequence[Leaning]") -> tuple[float, float]:
    """What the axis spans: all intervals and 0."""
    every = np.concatenate([one.intervals.ravel() for one in leanings] + [np.zeros(1)])
    margin = 0.03 * max(float(np.ptp(every)), 0.1)
    return float(every.min()) - margin, float(every.max()) + margin


def _at(value: float, low: float, high: float) -> float:
    """The place of a value on the axis, in per cent of it."""
    return 100 * (value - low) / (high - low)
