"""Pictures of a caption: the picture beside it, its words with their probabilities, the rivals."""

import json
import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from figures.captioning.boards import ground
from figures.captioning.candidates import candidates_list, candidates_table
from figures.captioning.looks import look_of, look_words
from figures.parts.bars import track
from figures.parts.chips import painted
from figures.parts.headline import short
from figures.parts.legend import legend
from figures.parts.signs import token_sign
from figures.parts.style import MAGNITUDE, STEPS, minus, percent, ramp
from figures.parts.table import heads, table

if TYPE_CHECKING:
    from services.captioning.caption import Caption, Next, Told

MEAN = -1  # in place of a layer or head
END = "end"  # what the end token is called
LONGEST = 60  # characters of a caption that a headline has room for


def headline(caption: "Caption") -> str:
    """The caption itself."""
    return f"<b>{escape(short(caption.text, LONGEST))}</b>" if caption.text else "<b>no words</b>"


def caption_figure(
    caption: "Caption",
    image: Image.Image,
    *,
    token: int,
    title: str,
    layer: int = MEAN,
    head: int = MEAN,
    ranked: str = "",
    remarks: tuple[str, ...] = (),
) -> str:
    """The picture, its caption as words that can be chosen, and what else could have been said.

    `token` is the word looked at, from 0; each word has its map, by `layer` and `head` (-1: the
    mean), for the browser to lay over the scene. `ranked` says how the candidates were found;
    `remarks` say what was done to the picture.
    """
    token = within(caption, token)
    count = len(caption.tokens)
    sentence = (
        f"Probabilities by {title}: each word given the picture and the words before it; “{END}” "
        f"is the token that closes a caption. All {count:,} together: ln p = "
        f"{minus(caption.logprob)} nats, a probability of {percent(math.exp(caption.logprob))}."
    )
    return (
        '<figure class="figure captioning caption"><div class="caption-pair">'
        f'<div class="caption-given">{picture(image, caption.text)}'
        f"{''.join(f'<p>{escape(remark)}</p>' for remark in remarks)}</div>"
        f"<div data-answer>{_empty(caption)}{chips(caption, token, caption.looked(layer, head))}"
        f"{look_words()}{_nexts(caption, token)}"
        f"{legend(MAGNITUDE, '0%', '100%: how sure it is of a word')}</div></div>"
        f"{candidates_list(caption.candidates, ranked)}"
        f"<figcaption>{escape(sentence)}</figcaption></figure>"
    )


def empty_figure(sentence: str) -> str:
    """Where a picture's caption will be: what to do first."""
    empty = f'<p class="caption-empty">{escape(sentence)}</p>'
    return f'<figure class="figure captioning">{empty}</figure>'


def within(caption: "Caption", token: int) -> int:
    """The word looked at; the last one where a longer caption was looked at before."""
    return min(max(token, 0), len(caption.tokens) - 1)


def word(told: "Told") -> str:
    """A token as it is named in a sentence, not escaped: without the space before it."""
    return END if told.end else told.text.strip() or f"token {told.id}"


def shown(told: "Told") -> str:
    """The same as escaped HTML in which everything can be seen."""
    return END if told.end else token_sign(told.text.strip() or told.text) or f"#{told.id}"


def picture(image: Image.Image, said: str) -> str:
    """The picture that is described."""
    under = ground(image, (1, 1), grey=False)
    return (
        f'<svg class="caption-picture" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{escape(f"The picture: {said}")}" '
        f'viewBox="0 0 {under.width:g} {under.height:g}" style="max-width:{under.width:g}px">'
        f"{under.embedded}</svg>"
    )


def _empty(caption: "Caption") -> str:
    if caption.text:
        return ""
    return (
        "<p>The model wrote nothing: the first token it chose was the one that ends a caption.</p>"
    )


def chips(caption: "Caption", token: int, weights: np.ndarray) -> str:
    """The words in reading order, each a button in the colour of its probability.

    `weights` (token, 1 + patch) is where the model looked when it wrote each.
    """
    buttons = "".join(
        _chip(told, index, token, look_of(caption, weights[index], word(told)))
        for index, told in enumerate(caption.tokens)
    )
    cut = "" if caption.tokens[-1].end else "<p>Cut off: the limit came before the end.</p>"
    return f'<div class="caption-chips" role="group" aria-label="The caption">{buttons}</div>{cut}'


def _chip(told: "Told", index: int, token: int, look: str) -> str:
    chance = math.exp(told.logprob)
    paper = ramp(MAGNITUDE)[round(min(chance, 1.0) * (STEPS - 1))]
    joined = index and not told.end and not told.text[:1].isspace()
    kinds = f"caption-chip{' joined' if joined else ''}{' end' if told.end else ''}"
    pick = escape(json.dumps({"token": index}))
    return (
        f'<button type="button" class="{kinds}" data-pick="{pick}" {look} '
        f'aria-pressed="{str(index == token).lower()}"><b style="{painted(paper)}">'
        f"{shown(told)}</b><span>{_short(percent(chance))}</span></button>"
    )


def _short(share: str) -> str:
    """A probability below a word that may be narrower."""
    return escape(share.replace("above ", ">").replace("below ", "<"))


# What could have come ---------------------------------------------------------------------------


def _nexts(caption: "Caption", token: int) -> str:
    """The most likely tokens in place of the chosen word, as bars; the one written is named."""
    told = caption.tokens[token]
    before = _before(caption, token)
    lines = [
        _bar(name(one, caption.tokens), one.probability, one.id == told.id) for one in told.nexts
    ]
    chance = math.exp(told.logprob)
    rest = 1 - sum(one.probability for one in told.nexts)
    if all(one.id != told.id for one in told.nexts):
        lines.append(_bar(f"{shown(told)} (rank {told.rank:,})", chance, True))
        rest -= chance
    lines.append(_bar("<i>all others</i>", max(rest, 0.0), False))
    where = f"after <i>{escape(before)}</i>" if before else "at the start"
    view = escape(json.dumps({"token": token, "view": "words"}))
    return (
        f"<h3>What could come {where}</h3>"
        f'<ul class="caption-bars">{"".join(lines)}</ul>'
        f'<p data-export=no><button type="button" class="caption-go" data-pick="{view}">'
        f"See where it looked for <i>{shown(told)}</i></button></p>"
    )


def _before(caption: "Caption", token: int) -> str:
    """The last words before a token."""
    words = "".join(told.text for told in caption.tokens[:token]).split()
    return ("… " if len(words) > 4 else "") + " ".join(words[-4:])


def name(one: "Next", tokens: "Sequence[Told]") -> str:
    """A token that could have come in a caption, as escaped HTML."""
    ends = {told.id for told in tokens if told.end}
    return END if one.id in ends or not one.text else token_sign(one.text.strip() or one.text)


def _bar(label: str, share: float, written: bool) -> str:
    mark = ' class="written"' if written else ""
    note = " <em>written</em>" if written else ""
    return (
        f'<li{mark}><span class="caption-name">{label}{note}</span>'
        f"{track(share, kind='caption-track')}<span>{percent(share)}</span></li>"
    )


def caption_table(caption: "Caption") -> str:
    """Each token with its scores and the most likely instead, then each candidate."""
    lines = [
        f"<tr><td class=number>{index}</td><td>{shown(told)}</td><td class=number>{told.id}</td>"
        f"<td class=number>{percent(math.exp(told.logprob))}</td>"
        f"<td class=number>{minus(told.logprob)}</td><td class=number>{told.rank:,}</td>"
        f"<td>{_listed(told, caption)}</td></tr>"
        for index, told in enumerate(caption.tokens)
    ]
    names = ("token", "text", "id", "probability", "ln p", "rank", "most likely here")
    head = heads(names, left={"text", "most likely here"})
    return table(head, lines) + candidates_table(caption.candidates)


def _listed(told: "Told", caption: "Caption") -> str:
    return ", ".join(
        f"{name(one, caption.tokens)} {percent(one.probability)}" for one in told.nexts
    )
