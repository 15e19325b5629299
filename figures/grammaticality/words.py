"""One sentence word by word: what hurts it, and what a masked model finds surprising."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.grammaticality.left import colours_of, left_section, missing_section
from figures.grammaticality.verdict import ends, figure, notes, verdict, worked
from figures.parts.chips import chip, chips
from figures.parts.headline import share
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.style import (
    SIGNED,
    STEPS,
    SURPRISE,
    minus,
    percent,
    ramp,
    signed,
    three_digits,
)
from figures.parts.table import heads, number, table

if TYPE_CHECKING:
    from services.grammaticality.judge import Judgement
    from services.grammaticality.left import LeftToRight
    from services.grammaticality.masked import Disagreement, Likelihood
    from services.grammaticality.words import Reading, Word
    from services.records.parts import GrammarRecord

LEAST = 0.5  # nats: a scale that ended lower would paint noise in full colours
WORDS = ("word", "pieces", "guessed instead")  # columns of the table that hold no numbers
SURPRISING = 8.0  # nats: the surprisal scale ends here, or at a higher surprisal


def headline(judgement: "Judgement") -> str:
    """The verdict with its probability."""
    if judgement.acceptable:
        return f"<b>Acceptable</b> {share(judgement.probability)}"
    return f"<b>Not acceptable</b> {share(1 - judgement.probability)}"


def sentence_figure(
    reading: "Reading",
    seen: "Likelihood | None",
    differ: "Disagreement | None",
    *,
    title: str,
    masked: str,
    left: "LeftToRight | None" = None,
    causal: str = "",
    remarks: Sequence[str] = (),
    record: "GrammarRecord | None" = None,
) -> str:
    """The verdict, the words that hurt, the language models' views, and where they disagree.

    `masked` is the masked model's title, or why it is not there when `seen` is None; `causal`
    likewise that of the model that reads from left to right; `remarks` are those of the service;
    `record` is that of the model's training.
    """
    parts = verdict(reading.judgement) + _hurts(reading) + notes(remarks)
    parts += worked(reading.judgement) + ends(record)
    if seen is None:
        parts += f"<section><h3>The masked language model</h3><p>{escape(masked)}</p></section>"
    else:
        parts += _surprises(seen, masked) + _differ(reading, seen, differ)
    parts += missing_section(causal) if left is None else _left(reading, left, causal)
    caption = (
        f"Log-odds and surprisals in nats. Verdict and what hurts: {title}; surprisals: {masked}."
        if seen
        else f"Log-odds in nats: {title}."
    )
    caption += "" if left is None else f" From left to right: {causal}."
    return figure(parts, caption, "sentence")


def early_figure(judgement: "Judgement", *, title: str, record: "GrammarRecord | None") -> str:
    """The verdict, and how it comes out of two logits, while the words are still worked out."""
    parts = verdict(judgement) + (
        '<section class="early" role="status"><h3>Which word hurts</h3>'
        f"<p>{paragraph('grammaticality', 'early')}</p></section>"
    )
    parts += worked(judgement) + ends(record)
    return figure(parts, f"Log-odds in nats: {title}.", "sentence")


def _hurts(reading: "Reading") -> str:
    values = np.concatenate([reading.leave_one_out, reading.integrated])
    hidden, here = reading.hidden, reading.judgement.log_odds
    end = max(LEAST, float(np.abs(values).max()))
    return (
        "<section><h3>Which word hurts</h3>"
        f"<p>{paragraph('grammaticality', 'which_word_hurts')}</p>"
        "<h4>Left out, one at a time (leave-one-out)</h4>"
        f"{_signed(reading.words, reading.leave_one_out, end)}"
        "<h4>All hidden behind [MASK], the change shared out (integrated gradients)</h4>"
        f"{_signed(reading.words, reading.integrated, end)}"
        f"{legend(ramp(SIGNED)[::-1], f'{signed(-end)} helps', f'{signed(end)} hurts')}"
        f"<p>The second row sums to {signed(float(reading.integrated.sum()))}; hiding every word "
        f"takes the log-odds from {signed(here)} to {signed(hidden)}, a change of "
        f"{signed(hidden - here)}.{_baseline(hidden)}</p></section>"
    )


def _baseline(hidden: float) -> str:
    """What the model says of a row of masks, from where the second row counts."""
    verdict = "acceptable" if hidden > 0 else "not acceptable"
    return (
        f" A row of [MASK] alone is itself judged <i>{verdict}</i>: the second row counts from "
        "there, not from 50%."
    )


def _signed(words: Sequence["Word"], values: np.ndarray, end: float) -> str:
    """Words on the signed scale from -end, which helps, to end, each with its number under it."""
    colours = ramp(SIGNED)[::-1]
    drawn = []
    for index, (word, value) in enumerate(zip(words, values.tolist(), strict=True)):
        paper = colours[round((np.clip(value / end, -1, 1) + 1) / 2 * (STEPS - 1))]
        drawn.append(chip(word.text, signed(value), pair=f"w{index}", paper=paper))
    return chips(drawn)


def _surprises(seen: "Likelihood", masked: str) -> str:
    end = max(SURPRISING, float(seen.surprisal.max()))
    colours = ramp(SURPRISE)
    owners = {token: index for index, word in enumerate(seen.words) for token in word.tokens}
    drawn = []
    for index, (token, value) in enumerate(zip(seen.tokens, seen.surprisal.tolist(), strict=True)):
        paper = colours[round(value / end * (STEPS - 1))]
        pair = f"w{owners.get(index + 1, -1)}"
        drawn.append(chip(token, three_digits(value), pair=pair, paper=paper))
    most = int(seen.surprisal.argmax())
    return (
        "<section><h3>A masked language model: how surprising is each token?</h3>"
        f"<p>{escape(masked)} {paragraph('grammaticality', 'masked_model')}</p>"
        f"{chips(drawn)}"
        f"{legend(SURPRISE, '0 expected', f'{three_digits(end)} surprising')}"
        f"<p>Pseudo-log-likelihood: <b>{minus(seen.total)}</b> nats over "
        f"{len(seen.tokens)} tokens, {minus(seen.mean)} per token. Most surprising: "
        f"<code>{escape(seen.tokens[most])}</code>; {_guess(seen, most)}.</p></section>"
    )


def _left(reading: "Reading", left: "LeftToRight", title: str) -> str:
    """The words as chips on the scale of surprisals, and the sentence as a whole."""
    colours, end = colours_of(left, SURPRISING)
    drawn = [
        chip(word.text, three_digits(value), pair=f"w{index}", paper=paper)
        for index, (word, value, paper) in enumerate(
            zip(reading.words, left.surprisal.tolist(), colours, strict=True)
        )
    ]
    scale = legend(SURPRISE, "0 expected", f"{three_digits(end)} surprising")
    return left_section(left, reading.words, title, chips(drawn) + scale)


def _guess(seen: "Likelihood", index: int) -> str:
    if seen.guesses[index] == seen.tokens[index]:
        return "and yet it is the model’s first guess there"
    return (
        f"the model’s first guess there is <code>{escape(seen.guesses[index])}</code> "
        f"({percent(float(seen.chances[index]))})"
    )


def _differ(reading: "Reading", seen: "Likelihood", differ: "Disagreement | None") -> str:
    if differ is None:
        many = sum(word.spelled for word in reading.words) >= 3
        sentence = (
            paragraph("grammaticality", "nowhere_apart")
            if many
            else paragraph("grammaticality", "too_few_words")
        )
        return f"<section><h3>Where the two disagree</h3><p>{sentence}</p></section>"
    effect = float(reading.leave_one_out[differ.place])
    surprisal = float(seen.of_words[differ.place])
    moral = (
        paragraph("grammaticality", "matters_more")
        if differ.apart > 0
        else paragraph("grammaticality", "surprises_more")
    )
    return (
        "<section><h3>Where the two disagree</h3>"
        f"<p>Most about <b>{escape(differ.word.text)}</b>. Leaving it out changes the log-odds by "
        f"{signed(effect)}, {_side(differ.hurts)} the average over this sentence’s words; its "
        f"surprisal is {three_digits(surprisal)} nats, {_side(differ.surprises)} the average. "
        f"{moral}</p></section>"
    )


def _side(deviations: float) -> str:
    """On which side of the average a value lies, by its standard deviations above it."""
    return "above" if deviations >= 0 else "below"


def words_table(
    reading: "Reading", seen: "Likelihood | None", left: "LeftToRight | None" = None
) -> str:
    """All of it word by word."""
    names = ["word", "pieces", "probability without it", "leave-one-out", "integrated gradients"]
    names += [] if seen is None else ["surprisal", "guessed instead"]
    names += [] if left is None else ["surprisal, left to right"]
    lines = []
    for index, word in enumerate(reading.words):
        pieces = " ".join(reading.judgement.tokens[token] for token in word.tokens)
        cells = [
            f"<td>{escape(word.text)}</td><td>{escape(pieces)}</td>",
            number(percent(float(reading.without[index]))),
            number(signed(float(reading.leave_one_out[index]))),
            number(signed(float(reading.integrated[index]))),
        ]
        if seen is not None:
            own = seen.place_of(word)
            guesses = () if own is None else seen.words[own].tokens
            value = "" if own is None else three_digits(float(seen.of_words[own]))
            cells.append(number(value))
            cells.append(f"<td>{escape(' '.join(seen.guesses[at - 1] for at in guesses))}</td>")
        if left is not None:
            cells.append(number(three_digits(float(left.surprisal[index]))))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    surprisals = ", and surprisal," if seen or left else ""
    units = f"Leave-one-out and integrated gradients{surprisals}"
    return f"{table(heads(names, left=WORDS), lines)}<p>{units} in nats.</p>"
