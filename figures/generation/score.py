"""Any text, coloured by how a causal model foresaw each token of it."""

import re
from html import escape
from math import exp
from typing import TYPE_CHECKING

from figures.generation.colours import (
    BUCKETS,
    bucket,
    colour_legend,
    flowing,
    in_text,
    token_style,
    token_words,
)
from figures.parts.bars import track
from figures.parts.headline import decimals
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import minus, percent, three_digits
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.generation.scores import Scored

SURPRISES = 5
AROUND = 40  # characters told before a surprising token


def headline(scored: "Scored") -> str:
    """How many bits a character takes."""
    return f"<b>{decimals(scored.bits_per_character)}</b> bits per character"


def score_figure(scored: "Scored", *, colour: str, title: str) -> str:
    """The text with each token in its colour, what it cost, and where the surprises are.

    `colour` is one of `generation_colours.COLOURS`.
    """
    legend = colour_legend(
        colour, scored.logprobs.tolist(), scored.ranks.tolist(), scored.entropies.tolist()
    )
    caption = (
        f"Probabilities, ranks and entropies by {title}, for each token given all before it; the "
        "first is scored after the start token alone."
    )
    return (
        f'<figure class="figure generation"><div class="written score">{_said(scored)}'
        '<p class="hint">Point at a token, tap it, or walk with the arrow keys, to read its '
        "numbers.</p>"
        f'<p class="text ribbon" dir="auto" tabindex="0" role="group" '
        f'aria-label="The text, token by token">{_text(scored, colour)}</p>{legend}'
        f"{_classes(scored)}{_surprises(scored)}"
        "<h3>What a score does not prove</h3>"
        f"<p>{paragraph('generation', 'what_a_score_does_not_prove')}</p></div>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _said(scored: "Scored") -> str:
    tokens, characters = len(scored.ids), len(scored.text)
    return (
        f'<p class="score-said"><b>{three_digits(scored.bits_per_character)}</b> bits per '
        f"character, perplexity <b>{three_digits(scored.perplexity)}</b></p>"
        f"<p>{_counted(tokens, 'token')}, {_counted(characters, 'character')}. Perplexity counts "
        "per token, so compare it only between models with the same tokenizer; bits per character "
        "can be compared between all.</p>"
    )


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _text(scored: "Scored", colour: str) -> str:
    pieces = []
    for index, (text, label) in enumerate(zip(scored.tokens, scored.labels, strict=True)):
        numbers = _numbers(scored, index)
        told = escape(f"“{label}”: {token_words(*numbers)}")
        style = token_style(colour, *numbers)
        attributes = f'data-told="{told}" style="{style}"'
        pieces.append(in_text(text, label, tag="span", attributes=attributes))
    return flowing(pieces)


def _numbers(scored: "Scored", index: int) -> tuple[float, int, float]:
    return (
        float(scored.logprobs[index]),
        int(scored.ranks[index]),
        float(scored.entropies[index]),
    )


def _classes(scored: "Scored") -> str:
    """How many tokens were among the first guesses, in GLTR's classes."""
    counts = [0] * len(BUCKETS)
    for rank in scored.ranks.tolist():
        counts[bucket(rank)] += 1
    lines = []
    for (_, name, paper), count in zip(BUCKETS, counts, strict=True):
        share = count / len(scored.ids)
        lines.append(
            f"<li><span>{name}</span>{track(share, colour=paper)}<b>{percent(share)}</b>"
            f"<span>{count:,}</span></li>"
        )
    return (
        "<h3>How many tokens were among the model’s first guesses</h3>"
        f'<ul class="score-classes">{"".join(lines)}</ul>'
    )


def _surprises(scored: "Scored") -> str:
    """The tokens that cost most, each with what stands before it."""
    order = sorted(range(len(scored.ids)), key=lambda index: scored.logprobs[index])[:SURPRISES]
    starts = [0]
    for text in scored.tokens:
        starts.append(starts[-1] + len(text))
    lines = []
    for index in order:
        before = escape(_before(scored.text, starts[index]))
        sign = token_sign(scored.labels[index])
        lines.append(
            f'<li><span class="where"><bdi>{before}</bdi><mark>{sign}</mark></span> '
            f"<span>{token_words(*_numbers(scored, index))}</span></li>"
        )
    share = sum(scored.logprobs[order].tolist()) / (float(scored.logprobs.sum()) or -1.0)
    few = "The most surprising tokens" if len(order) > 1 else "The only token"
    these = f"These {len(order)} of {len(scored.ids):,} tokens take {percent(share)} of all bits."
    return (
        f'<h3>{few}</h3><ol class="score-surprises">{"".join(lines)}</ol>'
        f"<p>{these if len(scored.ids) > len(order) else ''}</p>"
    )


def _before(text: str, start: int) -> str:
    """The last words before a place, on one line."""
    if start <= AROUND:
        return re.sub(r"\s+", " ", text[:start])
    some = text[start - AROUND : start]
    words = some.split(maxsplit=1)  # the first is cut in half
    return re.sub(r"\s+", " ", f"… {words[-1] if len(words) > 1 else some}")


def score_table(scored: "Scored") -> str:
    """Every token with its numbers."""
    lines = []
    for index, label in enumerate(scored.labels):
        logprob, rank, entropy = _numbers(scored, index)
        cells = (percent(exp(logprob)), minus(logprob), f"{rank:,}", three_digits(entropy))
        written = numbers(cells)
        lines.append(
            f"<tr><td class=number>{index}</td><td><code>{token_sign(label)}</code></td>"
            f"<td class=number>{scored.ids[index]}</td>{written}</tr>"
        )
    names = ("id", "probability", "ln of it, nats", "rank", "entropy, nats")
    head = "<th class=number>place</th><th>token</th>"
    head += heads(names)
    return table(head, lines)
