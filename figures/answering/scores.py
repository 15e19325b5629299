"""Start and end probabilities over the tokens of one window."""

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.answering.answer import NEVER
from figures.parts.headline import share, short
from figures.parts.style import CATEGORIES, minus, percent
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.answering.scores import Scores

START, END = CATEGORIES[4], CATEGORIES[5]
WIDTH, HALF, WIDEST, LEFT = 640, 90, 26, 84  # px of the chart, of a full bar, of a bar's width
FAINT, NEAR, RUN = 0.01, 3, 8  # below this share, this far from any other, so many are folded
LONGEST = 10  # characters of a token that a headline has room for
BAR = 20  # px of a full bar on a token


def headline(scores: "Scores") -> str:
    """The most likely start and the most likely end, each by itself."""
    start, end = scores.separate
    return (
        f"Start {_token(scores, start)} <b>{share(float(scores.start_shares[start]))}</b>, "
        f"end {_token(scores, end)} <b>{share(float(scores.end_shares[end]))}</b>"
    )


def _token(scores: "Scores", index: int) -> str:
    return f"<code><bdi>{escape(short(scores.tokens[index], LONGEST))}</bdi></code>"


def scores_figure(scores: "Scores", *, title: str) -> str:
    """The tokens with their bars, the same as a chart, and the best sum worked out."""
    which = ""
    if scores.windows > 1:
        which = (
            f"<p>Window {scores.window} of {scores.windows}, counted from 0: characters "
            f"{scores.start:,} to {scores.end:,} of the passage.</p>"
        )
    caption = (
        f"Softmax of the start logits, and of the end logits, of {title} over "
        f"{scores.tokens[0]} and the {len(scores.tokens) - 1:,} tokens of "
        f"{'this window' if scores.windows > 1 else 'the passage'}: each kind sums to 100%."
    )
    return (
        f'<figure class="figure answering scores">{which}<p class="key">'
        '<span><i class="swatch start"></i> starts here, above the token</span>'
        '<span><i class="swatch end"></i> ends here, below it</span></p>'
        f"{chips(scores)}{_chart(scores)}{worked(scores)}{separately(scores)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def chips(scores: "Scores") -> str:
    """Every token with a bar for its start above and one for its end below.

    Long runs of tokens that are next to never chosen are folded into their number.
    """
    shown = _shown(scores)
    parts, place = [], 0
    while place < len(shown):
        if shown[place]:
            parts.append(_chip(scores, place))
            place += 1
            continue
        run = place
        while run < len(shown) and not shown[run]:
            run += 1
        parts.append(f'<span class="folded">{run - place} tokens below 1%</span>')
        place = run
    return f'<p class="chips">{" ".join(parts)}</p>'


def _shown(scores: "Scores") -> np.ndarray:
    """Which tokens are drawn: those near one that counts, and runs too short to fold."""
    counts = np.maximum(scores.start_shares, scores.end_shares) >= FAINT
    counts[[0, scores.best.first, scores.best.last]] = True
    near = np.convolve(counts, np.ones(2 * NEAR + 1), mode="same") > 0
    shown: np.ndarray = near[: len(counts)]
    edges = np.flatnonzero(np.diff(np.r_[True, shown, True].astype(int)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < RUN:
            shown[begin:end] = True
    return shown


def _chip(scores: "Scores", index: int) -> str:
    start, end = float(scores.start_shares[index]), float(scores.end_shares[index])
    inside = scores.best.first <= index <= scores.best.last
    token = escape(scores.tokens[index])
    return (
        f'<span class="chip{" in" if inside else ""}" title="{token}: start {percent(start)}, '
        f'end {percent(end)}"><i class="start" style="height:{start * BAR:.1f}px"></i>'
        f'<b><bdi>{token}</bdi></b><i class="end" style="height:{end * BAR:.1f}px"></i></span>'
    )


def _chart(scores: "Scores") -> str:
    """Bars up for the start and down for the end, one place for each token in its order."""
    count = len(scores.tokens)
    step = min(WIDEST, (WIDTH - LEFT) / count)
    top, middle = 40, 40 + HALF
    bars = []
    for shares, colour, up in (
        (scores.start_shares, START, True),
        (scores.end_shares, END, False),
    ):
        for place in np.flatnonzero(shares * HALF >= 0.3).tolist():
            high = float(shares[place]) * HALF
            bars.append(
                f'<rect x="{LEFT + place * step:.1f}" y="{middle - high if up else middle:.1f}" '
                f'width="{max(step - 1, 1.5):.1f}" height="{high:.1f}" fill="{colour}"/>'
            )
        place = int(shares.argmax())
        x = LEFT + (place + 0.5) * step
        anchor = "start" if x < 200 else "end" if x > WIDTH - 160 else "middle"
        bars.append(
            f'<text x="{x:.1f}" y="{28 if up else middle + HALF + 30}" text-anchor="{anchor}">'
            f"{escape(scores.tokens[place])} {percent(float(shares[place]))}</text>"
        )
    axis = "".join(
        f'<path d="M{LEFT} {y}H{LEFT + count * step:.1f}" stroke="#8a8a8a" opacity="0.4"/>'
        f'<text x="{LEFT - 8}" y="{y}" text-anchor="end" dominant-baseline="central">{name}</text>'
        for y, name in ((top, "100%"), (middle, "0"), (middle + HALF, "100%"))
    )
    return (
        f'<svg class="both" viewBox="0 0 {WIDTH} {middle + HALF + 42}" role="img" '
        'xmlns="http://www.w3.org/2000/svg" fill="currentColor" font-size="16" '
        'font-family="Source Sans Pro, sans-serif" aria-label="Start probabilities upwards, end '
        'probabilities downwards, token by token; the table below has the numbers.">'
        f"{axis}{''.join(bars)}</svg>"
    )


def worked(scores: "Scores") -> str:
    """The best sum of a start and an end, and that of [CLS], in numbers."""
    best = scores.best
    start, end = float(scores.start_logits[best.first]), float(scores.end_logits[best.last])
    more = ""
    if scores.answer_window != scores.window:
        more = (
            f" In window {scores.answer_window} the answer <b><bdi>{escape(short(scores.answer))}"
            f"</bdi></b> has {minus(scores.answer_logit)}, and the highest sum of all windows "
            "counts."
        )
    kind = "The answer" if scores.is_answer else "The best span of this window"
    return (
        f"<h3>The best sum</h3><p>{kind} is <b><bdi>{escape(best.text)}</bdi></b>: of all pairs "
        "of a start and an end, in order and at most 30 tokens long, it has the largest sum of "
        "logits."
        f"{more}</p>"
        '<p class="sum">'
        f"start({_named(scores, best.first)}) + end({_named(scores, best.last)}) = "
        f"{_sum(start, end)}{_none(scores, start + end)}</p>"
    )


def _none(scores: "Scores", best: float) -> str:
    """The sum of the first token, which stands for "no answer" where the model learned that."""
    if not scores.abstains:
        return f"<br>{NEVER}"
    none = float(scores.start_logits[0]), float(scores.end_logits[0])
    name = _named(scores, 0)
    return (
        f"<br>start({name}) + end({name}) = {_sum(*none)}, “no answer”<br>"
        f"“no answer” minus the span = {minus(sum(none) - best)}"
    )


def _named(scores: "Scores", index: int) -> str:
    return f"<bdi>{escape(scores.tokens[index])}</bdi>"


def _sum(first: float, second: float) -> str:
    return (
        f"{minus(first)} {'−' if second < 0 else '+'} {minus(abs(second))} = "
        f"<b>{minus(first + second)}</b>"
    )


def separately(scores: "Scores") -> str:
    """What the most likely start and end, each chosen by itself, would have given."""
    start, end = scores.separate
    best = (scores.best.first, scores.best.last)
    pair = f"The most likely start is {_at(scores, start)}, the most likely end {_at(scores, end)}"
    if (start, end) == best:
        sentence = f"{pair}: here two separate choices give the same span."
    elif start == end == 0:
        what = "at “no answer”" if scores.abstains else "outside the passage"
        sentence = f"{pair}: both point at {escape(scores.tokens[0])}, that is, {what}."
    elif 0 in (start, end):
        what = "“no answer”" if scores.abstains else "a token before the question"
        sentence = f"{pair}: one of them points at {what}, the other into the passage."
    elif end < start:
        sentence = (
            f"{pair}: the end comes before the start, so two separate choices give no span at "
            "all. That is why sums of pairs are compared."
        )
    elif not scores.separate_text:
        sentence = f"{pair}: together they are longer than the 30 tokens that an answer may have."
    else:
        sentence = (
            f"{pair}: together <b><bdi>{escape(scores.separate_text)}</bdi></b>, a lower sum."
        )
    return f"<h3>Two separate choices</h3><p>{sentence}</p>"


def _at(scores: "Scores", index: int) -> str:
    return f"<code>{_named(scores, index)}</code> (token {index})"


def scores_table(scores: "Scores") -> str:
    """Every token of the window with both logits and both probabilities."""
    lines = []
    for index, token in enumerate(scores.tokens):
        cells = (
            minus(float(scores.start_logits[index])),
            percent(float(scores.start_shares[index])),
            minus(float(scores.end_logits[index])),
            percent(float(scores.end_shares[index])),
        )
        written = numbers(cells)
        lines.append(
            f"<tr><td class=number>{index}</td><td><code>{escape(token)}</code></td>{written}</tr>"
        )
    names = ("start logit", "start", "end logit", "end")
    head = "<th class=number>token</th><td></td>"
    head += heads(names)
    return table(head, lines)
