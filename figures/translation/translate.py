"""A translation with the probability of each token, what else could have stood there, rivals."""

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import bar
from figures.parts.headline import short
from figures.parts.html import Html, tag
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.style import MAGNITUDE, minus, percent
from figures.parts.table import heads, numbers, table
from figures.translation.tokens import chip, shown, told_chips, within

if TYPE_CHECKING:
    from services.translation.translate import Candidate, Told, Translation, Writing

LONGEST = 48  # characters of a translation that a headline has room for


def headline(translation: "Translation") -> str:
    """The translation itself."""
    return (
        f"<b>{escape(short(translation.text, LONGEST))}</b>"
        if translation.text
        else "<b>no words</b>"
    )


def coming_figure(made: "Writing") -> str:
    """The translation so far. Half a character brings no text, and is not the end for that."""
    chips = []
    for index, (text, logprob) in enumerate(zip(made.texts, made.logprobs, strict=True)):
        end = made.ended and index == len(made.texts) - 1
        joined = index > 0 and not end and not text[:1].isspace()
        said = "</s>" if end else text or "…"
        chips.append(chip(said, math.exp(logprob), joined=joined, end=end))
    cursor = Html() if made.ended else tag("span", "", class_="cursor")
    words = tag("div", *chips, cursor, class_="said-chips", aria_live="off")
    return f'<figure class="figure translation translate">{words}</figure>'


def coming_headline(made: "Writing") -> str:
    """The text so far."""
    return f"<b>{escape(short(''.join(made.texts).strip(), LONGEST))}</b>"


def translate_figure(
    translation: "Translation", *, token: int, title: str, remarks: Sequence[str] = ()
) -> str:
    """The tokens, the likeliest at the one looked at, and the best translations."""
    token = within(translation.tokens, token)
    whole = math.exp(translation.logprob)
    caption = (
        f"Probabilities by {title}: each token given the English sentence and the tokens before "
        f"it; </s> ends a translation. All {len(translation.tokens):,} together: ln p = "
        f"{minus(translation.logprob)} nats, a probability of {percent(whole)}."
    )
    cut = (
        ""
        if translation.tokens[-1].end
        else "<p>Cut off: the limit on tokens came before the end.</p>"
    )
    notes = "".join(tag("p", remark, class_="remark") for remark in remarks)
    return (
        f'<figure class="figure translation translate">{notes}'
        f"{told_chips(translation.tokens, token)}{cut}"
        f"{legend(MAGNITUDE, '0%', '100%: how sure it is of a token')}"
        f'<div class="halves">{_nexts(translation.tokens[token])}{_rivals(translation)}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _nexts(token: "Told") -> str:
    """What could have stood at one place, likeliest first."""
    listed = "".join(
        bar(
            shown(one.text),
            one.probability,
            percent(one.probability),
            kind="chosen" if one.id == token.id else "",
        )
        for one in token.nexts
    )
    at = f"In place of <i>{shown(token.piece)}</i>"
    return f'<section><h3>{at}</h3><ul class="bars">{listed}</ul></section>'


def _rivals(translation: "Translation") -> str:
    """The best translations; what differs from the first is marked."""
    if len(translation.candidates) < 2:
        return ""
    best = translation.candidates[0]
    listed = "".join(
        f'<li><p lang="fr">{_compared(best.text, one.text) if index else escape(one.text)}</p>'
        f"<small>score {minus(one.score)}, ln p {minus(one.logprob)}, "
        f"{len(one.ids)} tokens{'' if one.ended else ', cut off'}</small></li>"
        for index, one in enumerate(translation.candidates)
    )
    return (
        f"<section><h3>{_ways(translation)}</h3>"
        f'<ol class="rivals">{listed}</ol><p>{paragraph("translation", "score")}</p></section>'
    )


def _ways(translation: "Translation") -> str:
    many = len(translation.candidates)
    if translation.beams == 1:
        return f"The greedy one, and {many - 1} more by beam search"
    return f"The best {many} of {max(translation.beams, many)} beams"


def _compared(best: str, other: str) -> str:
    """A text in which the words that the best has not are marked."""
    one, two = best.split(), other.split()
    parts = []
    for kind, _, _, first, end in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        words = escape(" ".join(two[first:end]))
        if words:
            parts.append(words if kind == "equal" else f"<mark>{words}</mark>")
    return " ".join(parts)


def translate_table(translation: "Translation") -> str:
    """Each token with its numbers, then each translation with its own."""
    lines = [
        f"<tr><td class=number>{index}</td><td>{shown(token.piece)}</td>"
        + numbers(
            (f"{token.id:,}", percent(math.exp(token.logprob)), minus(token.logprob), token.rank)
        )
        + f"<td>{shown(token.nexts[0].text)}</td></tr>"
        for index, token in enumerate(translation.tokens)
    ]
    names = ("place", "token", "id", "probability", "ln p, nats", "rank", "likeliest")
    return table(heads(names, left={"token", "likeliest"}), lines) + rivals_table(
        translation.candidates
    )


def rivals_table(candidates: "Sequence[Candidate]") -> str:
    """Translations with their scores."""
    lines = [
        f"<tr><td class=number>{index}</td><td>{escape(one.text)}</td>"
        + numbers((len(one.ids), minus(one.logprob), minus(one.score)))
        + "</tr>"
        for index, one in enumerate(candidates, start=1)
    ]
    return table(heads(("rank", "text", "tokens", "ln p, nats", "score"), left={"text"}), lines)
