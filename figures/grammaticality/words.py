"""One sentence word by word: what hurts it, and what a masked model finds surprising."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.grammaticality.left import colours_of, left_section, missing_section
from figures.grammaticality.verdict import figure, notes, verdict, worked
from figures.parts.chips import chip, chips
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.style import (
    MAGNITUDE,
    SIGNED,
    STEPS,
    minus,
    percent,
    ramp,
    signed,
    three_digits,
)
from figures.parts.table import heads, number, table

if TYPE_CHECKING:
    from services.grammaticality.left import LeftToRight
    from services.grammaticality.masked import Disagreement, Likelihood
    from services.grammaticality.words import Reading, Word

LEAST = 0.5  # nats: a scale that ended lower would paint noise in full colours
WORDS = ("word", "pieces", "guessed instead")  # columns of the table that hold no numbers
SURPRISING = 8.0  # nats: the surprisal scale ends here, or at a higher surprisal


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
) -> str:
    """The verdict, the words that hurt, the language models' views, and where they disagree.

    `masked` is the masked model's title, or why it is not there when `seen` is None; `causal`
    likewise that of the model that reads from left to right; `remarks` are those of the service.
    """
    parts = verdict(reading.judgement, title=title) + notes(remarks)
    parts += worked(reading.judgement) + _hurts(reading)
    if seen is None:
        parts += f"<section><h3>The language model</h3><p>{escape(masked)}</p></section>"
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
        f"{legend(SIGNED, f'{signed(-end)} helps', f'{signed(end)} hurts')}"
        f"<p>The second row sums to {signed(float(reading.integrated.sum()))}; hiding every word "
        f"takes the log-odds from {signed(here)} to {signed(hidden)}, a change of "
        f"{signed(hidden - here)}.</p></section>"
    )


def _signed(words: Sequence["Word"], values: np.ndarray, end: float) -> str:
    """Words on the signed scale from -end to end, each with its number under it."""
    colours = ramp(SIGNED)
    drawn = []
    for index, (word, value) in enumerate(zip(words, values.tolist(), strict=True)):
        paper = colours[round((np.clip(value / end, -1, 1) + 1) / 2 * (STEPS - 1))]
        drawn.append(chip(word.text, signed(value), pair=f"w{index}", paper=paper))
    return chips(drawn)


def _surprises(seen: "Likelihood", masked: str) -> str:
    end = max(SURPRISING, float(seen.surprisal.max()))
    colours = ramp(MAGNITUDE)
    owners = {token: index for index, word in enumerate(seen.words) for token in word.tokens}
    drawn = []
    for index, (token, value) in enumerate(zip(seen.tokens, seen.surprisal.tolist(), strict=True)):
        paper = colours[round(value / end * (STEPS - 1))]
        pair = f"w{owners.get(index + 1, -1)}"
        drawn.append(chip(token, three_digits(value), pair=pair, paper=paper))
    most = int(seen.surprisal.argmax())
    return (
        "<section><h3>Beside it, a language model: how surprising is each token?</h3>"
        f"<p>{escape(masked)} sees the sentence with one token hidden, and says how likely that "
        "token is. It learned that from running text, not from judgements.</p>"
        f"{chips(drawn)}"
        f"{legend(MAGNITUDE, '0 expected', f'{three_digits(end)} surprising')}"
        f"<p>Pseudo-log-likelihood: <b>{minus(seen.total)}</b> nats over "
        f"{len(seen.tokens)} tokens, {minus(seen.mean)} for each. Most surprising: "
        f"“{escape(seen.tokens[most])}”; {_guess(seen, most)}.</p></section>"
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
    scale = legend(MAGNITUDE, "0 expected", f"{three_digits(end)} surprising")
    return left_section(left, reading.words, title, chips(drawn) + scale)


def _guess(seen: "Likelihood", place: int) -> str:
    if seen.guesses[place] == seen.tokens[place]:
        return "and yet it was the first guess"
    return (
        f"the first guess there was “{escape(seen.guesses[place])}” "
        f"({percent(float(seen.chances[place]))})"
    )


def _differ(reading: "Reading", seen: "Likelihood", differ: "Disagreement | None") -> str:
    if differ is None:
        many = sum(word.spelled for word in reading.words) >= 3
        said = (
            paragraph("grammaticality", "nowhere_apart")
            if many
            else paragraph("grammaticality", "too_few_words")
        )
        return f"<section><h3>Where the two disagree</h3><p>{said}</p></section>"
    effect = float(reading.leave_one_out[differ.place])
    surprisal = float(seen.of_words[differ.place])
    moral = (
        paragraph("grammaticality", "matters_more")
        if differ.apart > 0
        else paragraph("grammaticality", "surprises_more")
    )
    return (
        "<section><h3>Where the two disagree</h3>"
        f"<p>Most on <b>“{escape(differ.word.text)}”</b>. Leave-one-out gives it "
        f"{signed(effect)}, {_spread(differ.hurts)} of this sentence’s words; its surprisal is "
        f"{three_digits(surprisal)}, {_spread(differ.surprises)}. {moral}</p></section>"
    )


def _spread(deviations: float) -> str:
    """Where a value stands among those of the other words."""
    side = "above" if deviations >= 0 else "below"
    return f"{three_digits(abs(deviations))} standard deviations {side} the mean"


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
            said = "" if own is None else three_digits(float(seen.of_words[own]))
            cells.append(number(said))
            cells.append(f"<td>{escape(' '.join(seen.guesses[at - 1] for at in guesses))}</td>")
        if left is not None:
            cells.append(number(three_digits(float(left.surprisal[index]))))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    surprisals = ", and surprisal," if seen or left else ""
    units = f"Leave-one-out and integrated gradients{surprisals}"
    return f"{table(heads(names, left=WORDS), lines)}<p>{units} in nats.</p>"
