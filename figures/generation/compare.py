"""Two branches from their fork on: their tokens, and which of the two is more likely, and why."""

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import accumulate
from math import exp, floor, log
from typing import TYPE_CHECKING

from figures.generation.colours import colour_legend, flowing, in_text, token_style
from figures.parts.signs import visible
from figures.parts.style import CATEGORIES, minus, percent, signed, three_digits
from figures.parts.table import table

if TYPE_CHECKING:
    from services.generation.tree import Comparison, Path, Tree

SHARED = 12  # tokens of the shared beginning that are written again
EQUAL = 0.005  # nats: a factor that would be written as 1.00
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 260, 76, 60, 14, 54
LINE_ENDS = re.compile(r"\n+")
ONE, TWO = CATEGORIES[4], CATEGORIES[5]


def comparison(tree: "Tree", texts: Sequence[Sequence[str]], *, branch: int, other: int) -> str:
    """The rests of two branches side by side, their running totals, and one sentence on them.

    `texts` as for `branches_figure`. Changes are those from the other branch to the one looked at.
    """
    seen = tree.compare(other, branch)
    theirs, mine = seen.own
    shared = "".join(texts[branch][max(0, seen.shared - SHARED) : seen.shared]).lstrip(" ")
    more = f"[{count(seen.shared - SHARED)} more] … " if seen.shared > SHARED else ""
    beginning = (
        f'<p class="said shared" dir="auto">{more}{prose(shared)} …</p>'
        if shared
        else "<p>They part at the first token.</p>"
    )
    every = [*mine.logprobs, *theirs.logprobs]
    return (
        f'<section class="compared"><h3>Branch {branch} and branch {other}</h3>'
        f"<p>{_sentence(seen, branch, other)}</p>"
        f"<p>{_forks(seen, texts, branch, other)}</p>"
        f"<h4>The {count(seen.shared)} they share</h4>{beginning}"
        f'<div class="beside">{_side(branch, mine, texts[branch][seen.shared :], "one")}'
        f"{_side(other, theirs, texts[other][seen.shared :], 'two')}</div>"
        f"{colour_legend('probability', every, [], [])}"
        f"{_chart(mine, theirs, branch, other)}</section>"
    )


def _sentence(seen: "Comparison", branch: int, other: int) -> str:
    """Which is more likely, by what factor; and per token, where the lengths differ."""
    theirs, mine = seen.own
    if abs(seen.change) < EQUAL:
        sentence = (
            f"<b>Branch {branch} is about as likely under the model as branch {other}</b> "
            f"({signed(seen.change)} nats)."
        )
    else:
        word = "more" if seen.change > 0 else "less"
        sentence = (
            f"<b>Branch {branch} is {times(abs(seen.change))} times {word} likely under the model "
            f"than branch {other}</b> ({signed(seen.change)} nats)."
        )
    if not mine.ids or not theirs.ids:
        ends, goes = (branch, other) if not mine.ids else (other, branch)
        more = f"Branch {goes} continues where branch {ends} ends"
        return f"{sentence} {more}, and every token lowers the total."
    lengths = (len(mine.ids), len(theirs.ids))
    means = seen.means[::-1]
    per = f"per token {minus(means[0])} against {minus(means[1])} nats"
    if lengths[0] == lengths[1]:
        return f"{sentence} Both have {count(lengths[0])} after the fork: {per}."
    return (
        f"{sentence} After the fork it is {per}; the lengths differ, {lengths[0]:,} and "
        f"{count(lengths[1])}, and the total favours the shorter, since every token can only make "
        "a text less likely."
    )


def _forks(seen: "Comparison", texts: Sequence[Sequence[str]], branch: int, other: int) -> str:
    """What the choice at the fork alone makes of the change."""
    theirs, mine = seen.own
    if not mine.ids or not theirs.ids:
        return ""
    at = seen.shared
    fork = mine.logprobs[0] - theirs.logprobs[0]
    return (
        f"At the fork: {token(texts[branch], at)} ({percent(exp(mine.logprobs[0]))}) against "
        f"{token(texts[other], at)} ({percent(exp(theirs.logprobs[0]))}). That choice alone "
        f"accounts for {signed(fork)} nats of the difference, all that follows for "
        f"{signed(seen.change - fork)}."
    )


def _side(number: int, path: "Path", pieces: Sequence[str], look: str) -> str:
    """One branch after the fork, each token on the colour of its probability."""
    drawn = [
        in_text(
            piece,
            "" if piece else no_text(pieces, index),
            tag="span",
            attributes=f'style="{token_style("probability", logprob, 1, 0.0)}" '
            f'title="{minus(logprob)} nats, {percent(exp(logprob))}"',
        )
        for index, (piece, logprob) in enumerate(zip(pieces, path.logprobs, strict=True))
    ]
    mean = path.total / max(1, len(path.ids))
    numbers = f": {count(len(path.ids))}, {minus(path.total)} nats, {minus(mean)} per token"
    return (
        f'<div class="{look}"><p>{badge(number)} <b>Branch {number}</b> after the fork'
        f'{numbers if path.ids else " has ended"}</p><p class="said" dir="auto">'
        f"{flowing(drawn)}</p></div>"
    )


def _chart(mine: "Path", theirs: "Path", branch: int, other: int) -> str:
    """The log-probability of both so far, token by token from the fork on."""
    sums = [[0.0, *accumulate(path.logprobs)] for path in (mine, theirs)]
    lowest = min(min(line) for line in sums)
    step = _round_step(-lowest)
    bottom = -step * max(1, -floor(lowest / step))
    longest = max(1, *(len(line) - 1 for line in sums))

    def x(value: float) -> float:
        return LEFT + value / longest * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + value / bottom * (HEIGHT - TOP - BOTTOM)

    drawn = _axes(x, y, longest, bottom, step)
    looks = ((ONE, "", "one", branch), (TWO, ' stroke-dasharray="7 4"', "two", other))
    ends = [y(line[-1]) for line in sums]
    close = len(sums[0]) == len(sums[1]) and abs(ends[0] - ends[1]) < 30
    for index, (line, (colour, dash, name, number)) in enumerate(zip(sums, looks, strict=True)):
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(line))
        higher = ends[index] < ends[1 - index] or (ends[0] == ends[1] and index == 0)
        shift = (-14 if higher else 14) if close else 0
        drawn += (
            f'<polyline class="{name}" fill="none" stroke="{colour}" stroke-width="3"{dash} '
            f'points="{points}"/><text x="{x(len(line) - 1) + 8:.1f}" '
            f'y="{ends[index] + shift:.1f}" dominant-baseline="central" font-weight="700">'
            f"{number}</text>"
        )
    return (
        "<h4>Log-probability so far, in nats</h4>"
        f'<svg class="sums" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" fill="currentColor" '
        'xmlns="http://www.w3.org/2000/svg" font-size="16" '
        'font-family="Source Sans Pro, sans-serif" aria-label="Log-probability of both branches '
        f"so far, token by token: branch {branch} ends at {minus(sums[0][-1])} nats, branch "
        f'{other} at {minus(sums[1][-1])}.">{drawn}</svg>'
        f'<p class="key"><span><i class="swatch one"></i> branch {branch}</span>'
        f'<span><i class="swatch two"></i> branch {other}, dashed</span></p>'
    )


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten: two to five of them in the span."""
    power = 10.0 ** floor(log(max(span, 0.1), 10))
    return next(part * power for part in (0.2, 0.5, 1, 2) if span <= 5 * part * power)


def _axes(
    x: Callable[[float], float],
    y: Callable[[float], float],
    longest: int,
    bottom: float,
    step: float,
) -> str:
    lines = round(-bottom / step)
    up = "".join(
        f'<path d="M{LEFT} {y(-index * step):.1f}H{WIDTH - RIGHT}" stroke="#8a8a8a" '
        f'opacity="0.35"/><text x="{LEFT - 8}" y="{y(-index * step):.1f}" text-anchor="end" '
        f'dominant-baseline="central">{"−" if index else ""}{index * step:g}</text>'
        for index in range(lines + 1)
    )
    across = "".join(
        f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 34}" text-anchor="{anchor}">{text}</text>'
        for value, anchor, text in (
            (0, "start", "the fork"),
            (longest, "end", f"{count(longest)} later"),
        )
    )
    return up + across


def comparison_table(
    tree: "Tree", texts: Sequence[Sequence[str]], *, branch: int, other: int
) -> str:
    """Both branches token by token after their fork, and how far apart they are by then."""
    seen = tree.compare(other, branch)
    theirs, mine = seen.own
    head = (
        f"<th class=number>token</th><th>branch {branch}</th><th class=number>nats</th>"
        f"<th>branch {other}</th><th class=number>nats</th>"
        f"<th class=number>branch {branch} ahead by, nats</th>"
    )
    lines, ahead = [], 0.0
    for index in range(max(len(mine.ids), len(theirs.ids))):
        cells = f"<td class=number>{seen.shared + index:,}</td>"
        for path, text, way in ((mine, texts[branch], 1), (theirs, texts[other], -1)):
            if index < len(path.ids):
                ahead += way * path.logprobs[index]
                cells += f"<td>{token(text, seen.shared + index)}</td>"
                cells += f"<td class=number>{minus(path.logprobs[index])}</td>"
            else:
                cells += "<td></td><td></td>"
        lines.append(f"<tr>{cells}<td class=number>{signed(ahead)}</td></tr>")
    return table(head, lines)


def times(nats: float) -> str:
    """The factor of probability that a change in nats is, as HTML: 3.42, or 1.27 × 10¹⁵."""
    power = floor(nats / log(10))
    if power < 6:
        return three_digits(exp(nats))
    digits = f"{10 ** (nats / log(10) - power):.2f}"
    if digits == "10.00":
        digits, power = "1.00", power + 1
    return f"{digits} × 10<sup>{power}</sup>"


def token(pieces: Sequence[str], index: int) -> str:
    """One token alone, with its spaces seen, as HTML."""
    return f'<span class="tok">{sign(pieces, index)}</span>'


def sign(pieces: Sequence[str], index: int) -> str:
    """What a token adds, escaped and with nothing hidden; or why it adds nothing."""
    return visible(pieces[index]) if pieces[index] else f"<i>{no_text(pieces, index)}</i>"


def no_text(pieces: Sequence[str], index: int) -> str:
    """Why a token adds nothing: a half character, unless it is the last one, which ends a text."""
    return "end of text" if index == len(pieces) - 1 else "part of a character"


def prose(text: str) -> str:
    """Running text, escaped; line ends are signs in the line, so that many texts fit a page."""
    return LINE_ENDS.sub(lambda found: f'<i class="ws">{"↵" * len(found[0])}</i> ', escape(text))


def badge(number: int) -> str:
    """The number of a branch as a sign of its own."""
    return f'<b class="badge-of">{number}</b>'


def count(tokens: int) -> str:
    """So many tokens, in words."""
    return f"{tokens:,} {'token' if tokens == 1 else 'tokens'}"
