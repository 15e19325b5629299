"""The passage with spans marked in it, and where its windows lie."""

import json
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from figures.parts.headline import short
from figures.parts.legend import legend
from figures.parts.style import MAGNITUDE, STEPS, minus, percent, ramp

if TYPE_CHECKING:
    from services.answering.answer import Answer
    from services.answering.reading import Window
    from services.answering.scores import WindowBest

Mark = tuple[int, int, str, str]  # from, to, what is written before it, its class

WIDTH, HIGH = 640, 14  # px of the strip, and of a window in it
LISTED = 5  # windows that are told beside the strip; the table has all


def marked(text: str, marks: Sequence[Mark], start: int = 0, end: int | None = None) -> str:
    """A stretch of the text as escaped HTML, each mark with its label before it.

    Where marks overlap, the first in the list gives the look, and every label is written.
    """
    end = len(text) if end is None else end
    inside = [mark for mark in marks if mark[0] < end and mark[1] > start]
    edges = {start, end}
    for mark in inside:
        edges |= {max(start, mark[0]), min(end, mark[1])}
    places = sorted(edges)
    parts = []
    for first, last in pairwise(places):
        over = [mark for mark in inside if mark[0] <= first and mark[1] >= last]
        labels = "".join(
            f"<sup><bdi>{escape(mark[2])}</bdi></sup>"
            for mark in over
            if max(start, mark[0]) == first and mark[2]
        )
        piece = escape(text[first:last])
        if over:
            look = f'class="{over[0][3]}" data-pair="{escape(over[0][2])}"'
            piece = f"<mark {look}>{labels}{piece}</mark>"
        parts.append(piece)
    return "".join(parts)


def passage(text: str, marks: Sequence[Mark], start: int = 0, end: int | None = None) -> str:
    """The passage, or a part of it with the number of characters left out at each side."""
    end = len(text) if end is None else end
    before = f'<span class="cut">… {start:,} characters before </span>' if start else ""
    after = len(text) - end
    behind = f'<span class="cut"> {after:,} characters after …</span>' if after else ""
    return f'<p class="passage" dir="auto">{before}{marked(text, marks, start, end)}{behind}</p>'


def strip(answer: "Answer", bests: "Sequence[WindowBest]") -> str:
    """The windows over a long passage, coloured by how likely the best span of each is.

    Each is a button in the list below that opens its scores.
    """
    reading = answer.reading
    order = sorted(range(len(bests)), key=lambda place: -bests[place].logit)[:LISTED]
    items = "".join(_window_item(reading.windows[at], at, bests[at]) for at in order)
    more = len(bests) - len(order)
    room = max(window.last - window.first for window in reading.windows)
    rest = f"<p>{more:,} more in the table below.</p>" if more else ""
    return (
        f"<h3>{len(bests):,} windows over {len(reading.tokens):,} tokens</h3>"
        f"<p>Beside this question the model reads at most {room:,} tokens of the passage at once, "
        "so it read it in overlapping windows; all their spans compete. Colour: the probability "
        "of each window's best span."
        f"</p>{_strip_svg(answer, [best.score for best in bests])}"
        f"{legend(MAGNITUDE, '0%', '100%')}"
        f'<ul class="windows">{items}</ul>{rest}'
    )


def _window_item(window: "Window", number: int, best: "WindowBest") -> str:
    pick = escape(json.dumps(["scores", number]))
    return (
        f'<li><button type="button" data-pick="{pick}">window {number}</button> '
        f"<span>characters {window.start:,} to {window.end:,}: best span "
        f"“<bdi>{escape(short(best.text))}</bdi>”, start + end {minus(best.logit)}, "
        f"{percent(best.score)}</span></li>"
    )


def _strip_svg(answer: "Answer", shares: Sequence[float]) -> str:
    """Two rows of bars, because neighbours overlap; a line where the answer is."""
    reading, colours = answer.reading, ramp(MAGNITUDE)
    scale = WIDTH / len(reading.context)
    best = answer.candidates[0]
    bars = "".join(
        f'<rect x="{window.start * scale:.1f}" y="{30 + index % 2 * (HIGH + 2)}" '
        f'width="{max(1.0, (window.end - window.start) * scale - 1):.1f}" height="{HIGH}" '
        f'fill="{colours[round(min(share, 1) * (STEPS - 1))]}"><title>window {index}: '
        f"{percent(share)}</title></rect>"
        for index, (window, share) in enumerate(zip(reading.windows, shares, strict=True))
    )
    at = (best.start + best.end) / 2 * scale
    anchor = "start" if at < 60 else "end" if at > WIDTH - 60 else "middle"
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH} {34 + 2 * HIGH}" role="img" '
        'xmlns="http://www.w3.org/2000/svg" fill="currentColor" font-size="16" '
        'font-family="Source Sans Pro, sans-serif" aria-label="The windows over the passage; '
        'the list below and the table say the same.">'
        f'<text x="{at:.1f}" y="16" text-anchor="{anchor}">answer</text>'
        f'<path d="M{at:.1f} 20v8" stroke="currentColor" stroke-width="2"/>{bars}</svg>'
    )
