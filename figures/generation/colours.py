"""Tokens in running text, coloured by how the model foresaw them, and the legend of each way."""

import math
import re
from collections.abc import Sequence
from html import escape

import numpy as np

from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.signs import BYTES, token_sign, visible
from figures.parts.style import CATEGORIES, STEPS, SURPRISE, ink, percent, ramp, three_digits

COLOURS = ("probability", "rank", "entropy")
# Both scales have fixed ends, so that colours of two texts, or of two branches, can be compared.
RAREST = 1e-4  # probability at which the scale begins
WIDEST = 6.0  # nats at which the scale of entropy ends
# GLTR's views of a rank (Gehrmann, Strobelt and Rush 2019): (at most, name, colour).
BUCKETS = (
    (10, "1 to 10", CATEGORIES[2]),
    (100, "11 to 100", CATEGORIES[3]),
    (1000, "101 to 1,000", CATEGORIES[5]),
    (math.inf, "beyond 1,000", CATEGORIES[6]),
)
PARTS = re.compile(r"( *)(.*?)(\n*)", re.DOTALL)


def token_paper(colour: str, logprob: float, rank: int, entropy: float) -> str:
    """The colour behind one token, as hex, in one of the `COLOURS`.

    Log-probability and entropy in nats; rank 1 is the most likely. The probability is laid on a
    logarithmic scale: it spans many powers of ten, and equal steps are equal surprisals.
    """
    if colour == "rank":
        return BUCKETS[bucket(rank)][2]
    share = {"probability": logprob / math.log(RAREST), "entropy": entropy / WIDEST}[colour]
    return ramp(SURPRISE)[round(min(max(share, 0.0), 1.0) * (STEPS - 1))]


def token_style(colour: str, logprob: float, rank: int, entropy: float) -> str:
    """The same as the value of a `style` attribute, with an ink that can be read on it."""
    paper = token_paper(colour, logprob, rank, entropy)
    return f"background:{paper};color:{ink(paper)}"


def bucket(rank: int) -> int:
    """Which of GLTR's four views a rank belongs to, from 0."""
    return next(index for index, (most, *_) in enumerate(BUCKETS) if rank <= most)


def token_words(logprob: float, rank: int, entropy: float) -> str:
    """The numbers of one token in words, so that colour does not say them alone."""
    return (
        f"probability {percent(math.exp(logprob))}, rank {rank:,} "
        f"({BUCKETS[bucket(rank)][1]}), entropy {three_digits(entropy)} nats"
    )


def colour_legend(
    colour: str, logprobs: Sequence[float], ranks: Sequence[int], entropies: Sequence[float]
) -> str:
    """What the colours mean, with units and ends, and what these tokens (token,) make of them."""
    chances = np.exp(np.asarray(logprobs, dtype=float))
    if colour == "rank":
        return _rank_legend(ranks)
    if colour == "entropy":
        mean = (
            f" Mean of these tokens: {three_digits(float(np.mean(entropies)))} nats."
            if len(entropies)
            else ""
        )
        return (
            f"{legend(SURPRISE, '0 nats: certain', f'{WIDEST:g} nats or more: open')}"
            "<p>Colour: the entropy of the distribution that each token came from, in nats "
            f"(1 nat is 1.44 bits): how open the choice was, whatever was chosen.{mean}</p>"
        )
    rare = int((chances < 0.01).sum())
    these = (
        f" Median of these tokens: {percent(float(np.median(chances)))}; "
        f"{rare:,} of {len(chances):,} below 1%."
        if len(chances)
        else ""
    )
    return (
        f"{legend(SURPRISE, '100%', f'{100 * RAREST:g}% or less: a surprise')}"
        "<p>Colour: the probability that the model gave each token, on a logarithmic scale: a "
        f"quarter of it is a factor of ten.{these}</p>"
    )


def _rank_legend(ranks: Sequence[int]) -> str:
    counts = np.bincount([bucket(rank) for rank in ranks], minlength=len(BUCKETS)).tolist()
    whole = max(1, len(ranks))
    keys = "".join(
        f'<span><i class="swatch" style="background:{paper}"></i> {name}: {count:,} '
        f"{'token' if count == 1 else 'tokens'}, {percent(count / whole)}</span>"
        for (_, name, paper), count in zip(BUCKETS, counts, strict=True)
    )
    return f'<p class="key">{keys}</p><p>{paragraph("generation", "colour_is_the_rank")}</p>'


def flowing(pieces: Sequence[str]) -> str:
    """Running text of pieces that `in_text` made, after which more may come."""
    return f'<span class="word">{"".join(pieces)}</span>'


def in_text(text: str, label: str, *, tag: str, attributes: str) -> str:
    """One token as a piece of running text: an element around what can be read of it.

    It stands in a `span.word`, which a space or a line end closes before the next one opens: lines
    break between words, never between two tokens of one word. The space before a token stays
    outside its element, as between words that are printed. A token that adds nothing to `text` is
    part of a character, or a special token: then its `label` is seen.
    """
    if not text:
        part = BYTES.fullmatch(label)
        shown = escape(label.replace("0x", "").replace(" ", "")) if part else token_sign(label)
        return f'<{tag} class="tok {"part" if part else "special"}" {attributes}>{shown}</{tag}>'
    found = PARTS.fullmatch(text)
    before, inside, after = found.groups() if found else ("", text, "")
    if inside or after:
        line_end = visible("\n")
        lines = inside.split("\n")
        shown = f"{line_end}\n".join(" ".join(map(visible, line.split(" "))) for line in lines)
        shown += line_end * len(after)
    else:  # nothing but spaces: each is seen
        before, shown = "", visible(before)
    between = '</span>{}<span class="word">'
    return (
        (between.format(before) if before else "")
        + f'<{tag} class="tok" {attributes}>{shown}</{tag}>'
        + (between.format(after) if after else "")
    )
