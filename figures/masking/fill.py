"""The picture of masked words: the text, and for each of them what a model would put there."""

import json
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from figures.masking.sentence import notes, sentence
from figures.parts.bars import track
from figures.parts.headline import share, short
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import percent, three_digits
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.masking.fill import Blank, Filled, Guess, Scored

Put = Callable[[int, str], tuple[str, str]]  # text and hidden words after a guess is put in
NAMED = 3  # hidden words that a headline has room for
LONGEST = 14  # characters of a guess in it


def headline(filled: "Filled") -> str:
    """The first guess for each hidden word; what to do where there is none."""
    if not filled.blanks:
        return "Nothing is masked"
    firsts = [
        f"<b><bdi>{escape(short(one.guesses[0].label, LONGEST))}</bdi></b> "
        f"{share(one.guesses[0].probability)}"
        for one in filled.blanks[:NAMED]
    ]
    more = len(filled.blanks) - len(firsts)
    return ", ".join(firsts) + (f" and {more} more" if more else "")


def fill_figure(filled: "Filled", toggled: Callable[[int], str], put: Put, *, title: str) -> str:
    """The text and the lists of guesses, each of which a press puts in."""
    lists = "".join(_blank(filled, one, put) for one in filled.blanks)
    several = len(filled.blanks) > 1
    asked = paragraph("masking", "several") if several else paragraph("masking", "hide")
    caption = (
        f"Probabilities of {title}: for each masked word those of all {filled.vocabulary:,} "
        "tokens add up to 100%."
    )
    text = f"<figcaption>{escape(caption)}</figcaption>" if filled.blanks else ""
    return (
        f'<figure class="figure masking">{sentence(filled.blanked, toggled)}'
        f'{notes(filled.blanked)}<div class="lists" data-answer>{lists}</div>'
        f'{text}<p class="told">{asked}</p></figure>'
    )


def fill_table(filled: "Filled") -> str:
    """Every guess for every hidden word with its rank, and the words that somebody proposes."""
    rows: list[list[object]] = []
    for number, blank in enumerate(filled.blanks, start=1):
        for rank, guess in enumerate(blank.guesses, start=1):
            rows.append([number, rank, Html(token_sign(guess.label)), percent(guess.probability)])
        for kind, one in (("the word itself", blank.was), ("your word", blank.own)):
            if one:
                shown = f"{one.text} ({kind})"
                rows.append([number, _rank(one), shown, percent(one.probability)])
    return rows_table(("masked word", "rank", "token", "probability"), rows)


def _blank(filled: "Filled", blank: "Blank", put: Put) -> str:
    part = filled.blanked.parts[blank.part]
    was = f"in place of “{escape(part.was)}”" if part.was else "your blank"
    number = [one.part for one in filled.blanks].index(blank.part) + 1
    title = f"Masked word {number}" if len(filled.blanks) > 1 else "Masked word"
    guesses = "".join(
        _guess(one, rank, put(blank.part, one.label), blank)
        for rank, one in enumerate(blank.guesses, start=1)
    )
    text = [
        _said(one, what, filled.vocabulary)
        for one, what in ((blank.was, "stood here"), (blank.own, "is your word"))
        if one
    ]
    return (
        f'<section data-blank="{blank.part}"><h3>{title} <small>{was}</small></h3>'
        f'<ol class="guesses" data-roving="1">{guesses}</ol>{"".join(text)}</section>'
    )


def _guess(guess: "Guess", rank: int, put: tuple[str, str], blank: "Blank") -> Html:
    largest = blank.guesses[0].probability
    text, hidden = put
    was = blank.was is not None and blank.was.rank == rank
    button = tag(
        "button",
        tag("span", Html(token_sign(guess.label.strip() or guess.label)), class_="name"),
        track(guess.probability / largest if largest else 0.0),
        tag("span", percent(guess.probability), class_="value"),
        type="button",
        class_="was" if was else "",
        data_pick=json.dumps({"text": text, "hidden": hidden}),
        aria_label=f"{rank}: {guess.label.strip()}, {percent(guess.probability)}; put it in",
        tabindex="0" if rank == 1 else "-1",
    )
    return tag("li", button)


def _rank(one: "Scored") -> object:
    return "–" if one.rank is None else f"{one.rank:,}"


def _said(one: "Scored", what: str, vocabulary: int) -> str:
    """What the model gives a word that somebody proposes, and how it was scored."""
    word = f"<i><bdi>{escape(short(one.text, 40))}</bdi></i> {what}"
    if one.rank is not None:
        return (
            f'<p class="scored">{word}: rank <b>{one.rank:,}</b> of {vocabulary:,}, '
            f"<b>{percent(one.probability)}</b>.</p>"
        )
    pieces = " · ".join(
        f"<code>{escape(piece)}</code> {percent(chance)}"
        for piece, chance in zip(one.pieces, one.chances, strict=True)
    )
    whole = three_digits(one.probability)
    product = percent(one.probability) if one.probability >= 1e-6 else whole
    return (
        f'<p class="scored">{word}: {len(one.pieces)} pieces, {pieces}, together '
        f"<b>{product}</b>. {paragraph('masking', 'pieces')}</p>"
    )
