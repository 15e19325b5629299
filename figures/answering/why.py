"""Why this span: the passage without each sentence, the question without each word."""

from html import escape
from typing import TYPE_CHECKING

from figures.answering.answer import NEVER
from figures.parts.headline import share, short
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.style import SIGNED, STEPS, ink, percent, ramp, signed, three_digits
from figures.parts.table import table

if TYPE_CHECKING:
    from services.answering.why import Why, Without

LONGEST = 12  # characters of a text that a headline has room for
LEAST = 1.0  # where the colour scale ends at least: a factor of e


def headline(why: "Why") -> str:
    """The answer's probability, and what is left of it without the part that counts most."""
    text = f"<b><bdi>{escape(short(why.answer, LONGEST))}</bdi></b> {share(why.score)}"
    parts = [
        (one, f"<i>{escape(short(why.question[one.start : one.end], LONGEST))}</i>")
        for one in why.words
    ]
    parts += [(one, f"sentence {n}") for n, one in enumerate(why.sentences, 1) if one.kept]
    if not parts:
        return text
    most, name = max(parts, key=lambda pair: abs(pair[0].change))
    return f"{text}, without {name} {share(most.score)}"


def why_figure(why: "Why", *, title: str) -> str:
    """Each sentence and each word, coloured by what its absence does to the answer."""
    most = max([LEAST, *(abs(one.change) for one in (*why.sentences, *why.words))])
    where = ""
    if why.windows > 1:
        where = (
            " Only the window that holds the answer was used, alone: "
            f"{why.window} of {why.windows}, counted from 0."
        )
    caption = (
        f"Change of ln(probability) of the answer, by {title}: its value with the sentence or "
        f"word, minus its value without. +0.693: half as likely without it.{where}"
    )
    alone = " in its window alone" if why.windows > 1 else ""
    none = f". {NEVER}"
    if why.no_answer is not None:
        none = f", “no answer” {percent(why.no_answer)}"
    return (
        f'<figure class="figure answering why"><p class="headline" data-answer>'
        f"<b><bdi>{escape(short(why.answer, 200))}</bdi></b> has {percent(why.score)}{alone}{none}"
        "</p>"
        f"<h3>Without each sentence</h3>{_sentences(why, most)}{_summary(why)}"
        f"<h3>Without each word of the question</h3>{_words(why, most)}{_legend(most)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _sentences(why: "Why", most: float) -> str:
    """The passage: each sentence in its colour; a frame around those that hold the answer."""
    parts = []
    for number, one in enumerate(why.sentences, start=1):
        text = escape(why.text[one.start - why.shift : one.end - why.shift])
        if not one.kept:
            parts.append(f'<span class="holds"><sup>{number}</sup>{text}</span>')
        else:
            told = f"{signed(one.change)}: {percent(one.score)} without it"
            parts.append(
                f'<span class="part" style="{_paint(one.change, most)}" title="{told}">'
                f"<sup>{number}</sup>{text}</span>"
            )
    return f'<p class="passage" dir="auto">{"".join(parts)}</p>'


def _summary(why: "Why") -> str:
    """In words: what is answered without the sentence of the answer, and what mattered most."""
    sentences = []
    for number, one in enumerate(why.sentences, start=1):
        if one.kept:
            continue
        if not one.text:
            sentences.append(f"Sentence {number}, framed, holds the answer and is the only one.")
        elif one.says_none and one.no_answer is not None:
            sentences.append(
                f"Sentence {number}, framed, holds the answer. Without it “no answer” leads with "
                f"{percent(one.no_answer)}; the best span is <b>{escape(short(one.text))}</b> "
                f"({percent(one.text_score)})."
            )
        else:
            sentences.append(
                f"Sentence {number}, framed, holds the answer. Without it the best span is "
                f"<b>{escape(short(one.text))}</b> ({percent(one.text_score)})."
            )
    kept = [(one.change, n) for n, one in enumerate(why.sentences, start=1) if one.kept]
    if kept:
        change, number = max(kept, key=lambda pair: abs(pair[0]))
        speaks = "for" if change > 0 else "against"
        one = why.sentences[number - 1]
        which = f"Of the others, sentence {number} counts most,"
        if len(kept) == 1:
            which = f"Sentence {number} is the only other one; it speaks"
        sentences.append(
            f"{which} {speaks} the answer ({signed(change)}): {percent(one.score)} without it."
        )
    return f"<p>{' '.join(sentences)}</p>"


def _words(why: "Why", most: float) -> str:
    if not why.words:
        return f"<p>{paragraph('answering', 'one_word_alone')}</p>"
    items = "".join(
        f'<li><span class="part" style="{_paint(one.change, most)}">'
        f"<bdi>{escape(why.question[one.start : one.end])}</bdi></span>"
        f"<span>{percent(one.score)}</span>{_instead(why, one)}</li>"
        for one in why.words
    )
    return f'<p>{paragraph("answering", "words_not_asked")}</p><ul class="words">{items}</ul>'


def _instead(why: "Why", one: "Without") -> str:
    if one.says_none:
        return "<i>no answer</i>"
    return "" if one.text == why.answer else f"<i><bdi>{escape(short(one.text, 40))}</bdi></i>"


def _paint(change: float, most: float) -> str:
    """Background on the signed scale, blue for the answer, orange against it."""
    share = min(max(change / most, -1), 1) / 2 + 0.5
    paper = ramp(SIGNED)[round(share * (STEPS - 1))]
    return f"background:{paper};color:{ink(paper)}"


def _legend(most: float) -> str:
    high = three_digits(most)
    return legend(SIGNED, f"−{high}, against", f"+{high}, for the answer")


def why_table(why: "Why") -> str:
    """Everything that was left out, with the answer's probability and what leads then."""
    names = ["without it", "change of ln", "best span then", "its probability"]
    names += [] if why.no_answer is None else ["no answer"]

    def number_cell(part: float) -> str:
        return f"<td class=number>{percent(part)}</td>"

    tables = []
    for kind, rows, text, shift in (
        ("sentence", why.sentences, why.text, why.shift),
        ("word of the question", why.words, why.question, 0),
    ):
        lines = [
            f"<tr><td>{number}</td><td>{escape(text[one.start - shift : one.end - shift])}</td>"
            f"<td class=number>{percent(one.score) if one.kept else 'left out'}</td>"
            f"<td class=number>{signed(one.change) if one.kept else ''}</td>"
            f"<td><bdi>{escape(one.text)}</bdi></td>"
            f"<td class=number>{percent(one.text_score)}</td>"
            f"{'' if one.no_answer is None else number_cell(one.no_answer)}</tr>"
            for number, one in enumerate(rows, start=1)
        ]
        head = f"<td></td><th>{kind}</th>" + "".join(f"<th>{name}</th>" for name in names)
        tables.append(table(head, lines))
    return "".join(tables)
