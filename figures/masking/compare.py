"""The picture of two sentences: every token of the vocabulary as a point."""

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.headline import short
from figures.parts.html import Html, tag
from figures.parts.pixels import pixels
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import percent, three_digits
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.masking.compare import Compared, Word

SIDE = 520  # px of the plot
LEFT, BELOW, ABOVE, RIGHT = 84, 46, 12, 70  # px beside it, for the axes and for names
DOT = 2  # px of a point
# Of places with one token, with two, with more; told apart on a light page and on a dark one.
COLOURS = ("#ffffff", "#8fb8de", "#5b95c9", "#1f6fb2")
LETTER, LINE = 9.0, 18  # px of a letter of a name, and of a line of it
NAMED = 6  # of each side in the plot; all stand in the lists
LONGEST = 14


def headline(compared: "Compared") -> str:
    """The farthest token of each side."""
    sides = (compared.towards_first, compared.towards_second)
    named = [
        f"<b><bdi>{escape(short(side[0].label, LONGEST))}</bdi></b>" for side in sides if side
    ]
    moved = f"{percent(compared.moved)} moves"
    return f"{' / '.join(named)}: {moved}" if named else moved


def compare_figure(compared: "Compared", *, title: str) -> str:
    """The plot, and beside it the farthest tokens of both sides and those that were looked up."""
    lists = [
        _list("Likelier in the first", compared.towards_first),
        _list("Likelier in the second", compared.towards_second),
    ]
    if compared.found:
        lists.insert(0, _list("Looked up", compared.found, kind="found"))
    caption = f"{compared.logs.shape[1]:,} tokens of {title}. {paragraph('masking', 'far')}"
    return (
        f'<figure class="figure masking compare"><div class="plot">{_plot(compared)}</div>'
        f'<div class="sides" data-answer>{"".join(lists)}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def compare_table(compared: "Compared") -> str:
    """The tokens that are named, with both probabilities."""
    rows = [
        [Html(token_sign(one.label)), percent(one.first), percent(one.second), _times(one)]
        for side in (compared.found, compared.towards_first, compared.towards_second)
        for one in side
    ]
    return rows_table(("token", "in the first", "in the second", "second ÷ first"), rows)


def _times(word: "Word") -> str:
    return f"× {three_digits(float(np.exp(word.ratio)))}"


def _list(title: str, words: "Sequence[Word]", kind: str = "") -> str:
    head = f"<h3>{title}</h3>"
    rows = [
        f"<li><b><bdi>{token_sign(one.label.strip() or one.label)}</bdi></b>"
        f"<span>{percent(one.first)}</span><span>{percent(one.second)}</span></li>"
        for one in words
    ]
    return f'<section class="{kind}">{head}<ol>{"".join(rows)}</ol></section>'


# The plot ----------------------------------------------------------------------------------------


def _plot(compared: "Compared") -> str:
    """Both axes are logarithmic and alike, so that no change is the diagonal."""
    tens = compared.logs.astype(float) / np.log(10)
    low = float(np.floor(tens.min()))

    def at(value: float) -> float:
        return SIDE * (value - low) / -low

    marks = [
        f'<path class="grid" d="M{LEFT} {SIDE - at(ten):.1f}h{SIDE}'
        f'M{LEFT + at(ten):.1f} 0v{SIDE}"/>'
        f'<text x="{LEFT - 8}" y="{SIDE - at(ten) + 5:.1f}" text-anchor="end">{_power(ten)}</text>'
        f'<text x="{LEFT + at(ten):.1f}" y="{SIDE + 20}" text-anchor="middle">{_power(ten)}</text>'
        for ten in range(int(low) + 1, 1, 2 if low < -8 else 1)
    ]
    label = "Every token by its probability in the first sentence and in the second"
    return (
        f'<svg viewBox="0 {-ABOVE} {LEFT + SIDE + RIGHT} {SIDE + BELOW + ABOVE}" role="img" '
        f'aria-label="{label}" '
        f'fill="currentColor">{"".join(marks)}'
        f'<path class="same" d="M{LEFT} {SIDE}L{LEFT + SIDE} 0"/>'
        f'<image href="{_points(tens, low)}" x="{LEFT}" y="0" width="{SIDE}" height="{SIDE}"/>'
        f"{_names(compared, at)}"
        f'<text x="{LEFT + SIDE / 2}" y="{SIDE + 42}" text-anchor="middle">in the first</text>'
        f'<text transform="translate(14 {SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "in the second</text></svg>"
    )


def _power(ten: int) -> str:
    return f"{100 * 10**ten:g}%" if ten >= -4 else f"1e{ten}"


def _points(tens: np.ndarray, low: float) -> str:
    """All tokens as one picture of points: 30,522 elements would be slow to draw."""
    counts = np.zeros((SIDE, SIDE), dtype=int)
    last = SIDE - DOT
    across, up = (np.clip((one - low) / -low * SIDE, 0, last).astype(int) for one in tens)
    for right in range(DOT):
        for down in range(DOT):
            np.add.at(counts, (last - up + down, across + right), 1)
    return pixels(np.minimum(counts, len(COLOURS) - 1), COLOURS, transparency=0)


def _names(compared: "Compared", place: Callable[[float], float]) -> str:
    """The farthest and those looked up by name, where no name stands over another."""
    drawn: list[str] = []
    taken: list[Sequence[float]] = []
    sides = (
        (compared.found, "found"),
        (compared.towards_first[:NAMED], "first"),
        (compared.towards_second[:NAMED], "second"),
    )
    known: set[int] = set()
    for words, kind in sides:
        for one in words:
            if one.id in known:
                continue
            known.add(one.id)
            x = LEFT + place(np.log10(max(one.first, 1e-300)))
            y = SIDE - place(np.log10(max(one.second, 1e-300)))
            name = short(one.label.strip() or one.label, LONGEST)
            wide = LETTER * len(name)
            left = x - wide - 7 if kind == "second" else x + 7
            box = (left, y - LINE / 2, left + wide, y + LINE / 2)
            drawn.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
            if any(_over(box, other) for other in taken):
                continue
            taken.append(box)
            drawn.append(str(tag("text", name, class_=kind, x=f"{left:.1f}", y=f"{y + 5:.1f}")))
    return "".join(drawn)


def _over(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two boxes (left, top, right, bottom) share a place."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
