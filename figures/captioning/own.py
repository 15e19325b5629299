"""A caption of one's own, word by word: how likely before this picture, and before others."""

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PIL import Image

from figures.captioning.caption import END, name, picture, shown, word
from figures.parts.bars import track
from figures.parts.chips import painted
from figures.parts.legend import legend
from figures.parts.style import MAGNITUDE, STEPS, minus, percent, ramp
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.captioning.caption import Told
    from services.captioning.own import Forced

SURE = 0.5  # from here on a word that needs no picture is worth naming


def headline(forced: "Forced") -> str:
    """The word that was foreseen least."""
    least = min(forced.tokens, key=lambda token: token.logprob)
    chance = percent(math.exp(least.logprob))
    return f"<b>{chance}</b> for <i>{shown(least)}</i>, the least expected word"


def own_figure(
    forced: "Forced", image: Image.Image, *, title: str, remarks: tuple[str, ...]
) -> str:
    """The picture; beside it each word with two bars, and what the model would have said."""
    rows = "".join(
        _row(token, elsewhere, forced.tokens)
        for token, elsewhere in zip(forced.tokens, forced.elsewhere, strict=True)
    )
    whole = (
        f"Probabilities by {title}: each word given the words before it, whatever the model would "
        f"have written there. All {len(forced.tokens):,} together: ln p = {minus(forced.logprob)} "
        f"nats. “{END}” is the token that closes a caption."
    )
    notes = "".join(f"<p>{escape(remark)}</p>" for remark in remarks)
    return (
        '<figure class="figure captioning caption own"><div class="caption-pair">'
        f'<div class="caption-given">{picture(image, "described by you")}{notes}</div>'
        f'<div data-answer><div class="own-words" role="table" aria-label="The caption, word by '
        'word"><div role="row" class="own-head"><span role="columnheader">word</span>'
        '<span role="columnheader">this picture</span>'
        f'<span role="columnheader">{forced.others} others</span>'
        f'<span role="columnheader">instead of it</span></div>{rows}</div>'
        f"<p>{_said(forced)}</p>{legend(MAGNITUDE, '0%', '100%')}</div></div>"
        f"<figcaption>{escape(whole)}</figcaption></figure>"
    )


def _row(token: "Told", elsewhere: float, tokens: "Sequence[Told]") -> str:
    chance = math.exp(token.logprob)
    paper = ramp(MAGNITUDE)[round(min(chance, 1.0) * (STEPS - 1))]
    first = token.nexts[0]
    instead = f"{name(first, tokens)} {percent(first.probability)}" if token.rank > 1 else ""
    return (
        f'<div role="row"><b role="rowheader" style="{painted(paper)}">{shown(token)}</b>'
        f'<span role="cell">{track(chance)}<i>{percent(chance)}</i></span>'
        f'<span role="cell" class="elsewhere">{track(elsewhere)}<i>{percent(elsewhere)}</i></span>'
        f'<span role="cell">{instead}</span></div>'
    )


def _said(forced: "Forced") -> str:
    """The word that needs the picture most, and the longest of those that need none."""
    here, elsewhere = forced.here, forced.elsewhere
    gains = here - elsewhere
    most = int(gains.argmax())
    sentences = []
    if gains[most] > 0:
        sentences.append(
            f"<i>{shown(forced.tokens[most])}</i> needs the picture most: "
            f"{percent(here[most])} before this one, {percent(elsewhere[most])} on average before "
            f"{forced.others} others."
        )
    sure = [place for place in range(len(here)) if min(here[place], elsewhere[place]) >= SURE]
    if sure:
        best = max(sure, key=lambda place: len(word(forced.tokens[place])))
        sentences.append(
            f"<i>{shown(forced.tokens[best])}</i> needs none: {percent(here[best])} here, "
            f"{percent(elsewhere[best])} there, from the words before it alone."
        )
    return " ".join(sentences)


def own_table(forced: "Forced") -> str:
    """Each token with its numbers."""
    lines = []
    for index, (token, elsewhere) in enumerate(zip(forced.tokens, forced.elsewhere, strict=True)):
        cells = (
            percent(math.exp(token.logprob)),
            minus(token.logprob),
            f"{token.rank:,}",
            percent(elsewhere),
            name(token.nexts[0], forced.tokens),
        )
        lines.append(
            f"<tr><td class=number>{index}</td><td>{shown(token)}</td>{numbers(cells)}</tr>"
        )
    names = ("place", "text", "probability", "ln p, nats", "rank", "other pictures", "most likely")
    return table(heads(names, left={"text"}), lines)
