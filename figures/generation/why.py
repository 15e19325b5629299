"""Which words of the prompt moved one chosen token."""

from collections.abc import Sequence
from html import escape
from math import exp
from typing import TYPE_CHECKING

from figures.parts.headline import share, short
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.signs import visible
from figures.parts.style import SIGNED, STEPS, ink, minus, percent, ramp, signed, three_digits
from figures.parts.table import heads, table

if TYPE_CHECKING:
    from services.generation.why import Why, Without

LEAST = 1.0  # nats: where the colour scale ends at least, a factor of e
NOTHING = 0.001  # nats: a thousandth of a probability
NAMED = 12  # characters of a word that a headline has room for
SMALL = 0.1  # nats: what moves the token less is called little


def headline(why: "Why") -> str:
    """The token's probability, and what is left of it without the word that moves it most."""
    text = f"{token(why.label)} <b>{share(exp(why.logprob))}</b>"
    if not why.words:
        return text
    most = max(why.words, key=lambda one: abs(one.change))
    return f"{text}, without <i>{escape(short(most.word, NAMED))}</i> {share(exp(most.logprob))}"


def why_figure(why: "Why", *, title: str) -> str:
    """The prompt, each word coloured by what its absence does to the chosen token."""
    most = max([LEAST, *(abs(one.change) for one in why.words)])
    drawn = (
        f'<p class="why-words" dir="auto">{_passage(why, most)}</p>'
        f"{legend(SIGNED, f'{signed(-most)} against', f'{signed(most)} for the token')}"
        if why.words
        else ""
    )
    caption = (
        f"Change of ln(probability) of the token in nats, by {title}: its value with the word "
        "minus its value without. +0.693: half as likely without the word. The tokens written "
        "since the prompt stay as they are (occlusion, Zeiler and Fergus 2014)."
    )
    return (
        f'<figure class="figure generation why"><p class="why-said" data-answer>'
        f"{token(why.label)} has "
        f"<b>{percent(exp(why.logprob))}</b> with the whole prompt, ln {minus(why.logprob)}.</p>"
        f"<h3>Without each word of the prompt</h3>{drawn}<p>{_strongest(why)}</p>"
        f"<p>{paragraph('generation', 'limits_of_occlusion') if why.words else ''}</p>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def token(label: str) -> str:
    """A token standing alone: monospace, its spaces and line ends visible; escaped."""
    return f'<code class="alone">{visible(label)}</code>'


def _passage(why: "Why", most: float) -> str:
    """The prompt as it was typed; under each word its change."""
    parts = []
    at = 0
    for one in why.words:
        parts.append(escape(why.prompt[at : one.start]))
        parts.append(
            f'<span class="why-word" style="{_paint(one.change, most)}" title='
            f'"{percent(exp(one.logprob))} without it"><bdi>{escape(one.word)}</bdi>'
            f"<b>{_short(one.change)}</b></span>"
        )
        at = one.end
    return "".join(parts) + escape(why.prompt[at:])


def _short(change: float) -> str:
    """A change under its word; the table has the digits of what is next to nothing."""
    return signed(change) if abs(change) >= NOTHING or change == 0 else "≈ 0"


def _paint(change: float, most: float) -> str:
    """Background on the signed scale: blue for the token, orange against it."""
    share = min(max(change / most, -1), 1) / 2 + 0.5
    paper = ramp(SIGNED)[round(share * (STEPS - 1))]
    return f"background:{paper};color:{ink(paper)}"


def _strongest(why: "Why") -> str:
    """The words that count most for and against, in words."""
    if not why.words:
        return "The prompt has no word that could be left out."
    up = max(why.words, key=lambda one: one.change)
    down = min(why.words, key=lambda one: one.change)
    largest = max(abs(up.change), abs(down.change))
    if largest < SMALL:
        return (
            f"No word changes it much: none by more than {three_digits(largest)} nats, a factor "
            f"of {three_digits(exp(largest))}."
        )
    sentences = []
    if up.change > 0:
        sentences.append(
            f"Without {_named(up, why.words)} it falls to {percent(exp(up.logprob))}: no word "
            f"speaks more strongly for it ({signed(up.change)})."
        )
    if down.change < 0:
        sentences.append(
            f"Without {_named(down, why.words)} it rises to {percent(exp(down.logprob))}: no word "
            f"speaks more strongly against it ({signed(down.change)})."
        )
    return " ".join(sentences)


def _named(one: "Without", words: Sequence["Without"]) -> str:
    """A word, with its place where the prompt has it more than once."""
    twice = sum(other.word == one.word for other in words) > 1
    place = f" (word {words.index(one) + 1})" if twice else ""
    return f"<b><bdi>{escape(one.word)}</bdi></b>{place}"


def why_table(why: "Why") -> str:
    """Every word with the token's probability without it."""
    lines = [
        f"<tr><td class=number>{number}</td><td><bdi>{escape(one.word)}</bdi></td>"
        f"<td class=number>{one.start:,} to {one.end:,}</td>"
        f"<td class=number>{percent(exp(one.logprob))}</td>"
        f"<td class=number>{minus(one.logprob)}</td>"
        f"<td class=number>{signed(one.change)}</td></tr>"
        for number, one in enumerate(why.words, start=1)
    ]
    names = ("characters", "probability without it", "ln of it", "change (nats)")
    head = "<td></td><th>word</th>" + heads(names)
    whole = (
        f"<p>With the whole prompt {token(why.label)} has {percent(exp(why.logprob))}, "
        f"ln {minus(why.logprob)}.</p>"
    )
    return whole + table(head, lines)
