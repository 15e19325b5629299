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


def headline(found: "Translation") -> str:
    """The translation itself."""
    return f"<b>{escape(short(found.text, LONGEST))}</b>" if found.text else "<b>no words</b>"


def coming_figure(made: "Writing") -> str:
    """The translation so far. Half a character brings no text, and is not the end for that."""
    chips = []
    for place, (text, logprob) in enumerate(zip(made.texts, made.logprobs, strict=True)):
        end = made.ended and place == len(made.texts) - 1
        joined = place > 0 and not end and not text[:1].isspace()
        said = "</s>" if end else text or "…"
        chips.append(chip(said, math.exp(logprob), joined=joined, end=end))
    cursor = Html() if made.ended else tag("span", "", class_="cursor")
    words = tag("div", *chips, cursor, class_="said-chips", aria_live="off")
    return f'<figure class="figure translation translate">{words}</figure>'


def coming_headline(made: "Writing") -> str:
    """The text so far."""
    return f"<b>{escape(short(''.join(made.texts).strip(), LONGEST))}</b>"


def translate_figure(
    found: "Translation", *, token: int, title: str, remarks: Sequence[str] = ()
) -> str:
    """The tokens, the likeliest at the one looked at, and the best translations."""
    token = within(found.tokens, token)
    whole = math.exp(found.logprob)
    caption = (
        f"Probabilities by {title}: each token given the English sentence and the tokens before "
        f"it; </s> ends a translation. All {len(found.tokens):,} together: ln p = "
        f"{minus(found.logprob)} nats, a probability of {percent(whole)}."
    )
    cut = (
        "" if found.tokens[-1].end else "<p>Cut off: the limit on tokens came before the end.</p>"
    )
    notes = "".join(tag("p", remark, class_="remark") for remark in remarks)
    return (
        f'<figure class="figure translation translate">{notes}'
        f"{told_chips(found.tokens, token)}{cut}"
        f"{legend(MAGNITUDE, '0%', '100%: how sure it is of a token')}"
        f'<div class="halves">{_nexts(found.tokens[token])}{_rivals(found)}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _nexts(told: "Told") -> str:
    """What could have stood at one place, likeliest first."""
    listed = "".join(
        bar(
            shown(one.text),
            one.probability,
            percent(one.probability),
            kind="chosen" if one.id == told.id else "",
        )
        for one in told.nexts
    )
    at = f"In place of <i>{shown(told.piece)}</i>"
    return f'<section><h3>{at}</h3><ul class="bars">{listed}</ul></section>'


def _rivals(found: "Translation") -> str:
    """The best translations; what differs from the first is marked."""
    if len(found.candidates) < 2:
        return ""
    best = found.candidates[0]
    listed = "".join(
        f'<li><p lang="fr">{_compared(best.text, one.text) if place else escape(one.text)}</p>'
        f"<small>score {minus(one.score)}, ln p {minus(one.logprob)}, "
        f"{len(one.ids)} tokens{'' if one.ended else ', cut off'}</small></li>"
        for place, one in enumerate(found.candidates)
    )
    return (
        f"<section><h3>{_ways(found)}</h3>"
        f'<ol class="rivals">{listed}</ol><p>{paragraph("translation", "score")}</p></section>'
    )


def _ways(found: "Translation") -> str:
    many = len(found.candidates)
    if found.beams == 1:
        return f"The greedy one, and {many - 1} more by beam search"
    return f"The best {many} of {max(found.beams, many)} beams"


def _compared(best: str, other: str) -> str:
    """A text in which the words that the best has not are marked."""
    one, two = best.split(), other.split()
    parts = []
    for kind, _, _, first, end in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        words = escape(" ".join(two[first:end]))
        if words:
            parts.append(words if kind == "equal" else f"<mark>{words}</mark>")
    return " ".join(parts)


def translate_table(found: "Translation") -> str:
    """Each token with its numbers, then each translation with its own."""
    lines = [
        f"<tr><td class=number>{place}</td><td>{shown(told.piece)}</td>"
        + numbers(
            (f"{told.id:,}", percent(math.exp(told.logprob)), minus(told.logprob), told.rank)
        )
        + f"<td>{shown(told.nexts[0].text)}</td></tr>"
        for place, told in enumerate(found.tokens)
    ]
    names = ("place", "token", "id", "probability", "ln p, nats", "rank", "likeliest")
    return table(heads(names, left={"token", "likeliest"}), lines) + rivals_table(found.candidates)


def rivals_table(candidates: "Sequence[Candidate]") -> str:
    """Translations with their scores."""
    lines = [
        f"<tr><td class=number>{place}</td><td>{escape(one.text)}</td>"
        + numbers((len(one.ids), minus(one.logprob), minus(one.score)))
        + "</tr>"
        for place, one in enumerate(candidates, start=1)
    ]
    return table(heads(("rank", "text", "tokens", "ln p, nats", "score"), left={"text"}), lines)
