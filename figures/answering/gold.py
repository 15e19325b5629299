"""How right an answer is: its words beside the right ones, and the scores worked out."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.headline import decimals, short
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.style import percent
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.answering.gold import Graded
    from services.answering.overlap import Overlap, Word

LONGEST = 28  # characters of an answer that a headline has room for


def headline(graded: "Graded") -> str:
    """Both scores of what is said."""
    given = escape(short(graded.given, LONGEST)) or "no answer"
    return (
        f"<i><bdi>{given}</bdi></i>: F1 <b>{decimals(graded.overlap.f1)}</b>, exact match "
        f"<b>{int(graded.overlap.exact)}</b>"
    )


def gold_figure(graded: "Graded", *, title: str) -> str:
    """Both answers word by word, what follows from them, and a runner-up that would score more."""
    seen, many = graded.overlap, len(graded.golds)
    nearest = f" Of {many} right answers the one nearest to it counts." if many > 1 else ""
    compared = paragraph("answering", "words_are_compared")
    caption = f"{escape(f'Model: {title}.{nearest}')} {compared}"
    return (
        f'<figure class="figure answering gold">{_side("It says", seen.answer)}'
        f"{_side('Right', seen.gold)}{_worked(seen)}{_better(graded)}"
        f"<figcaption>{caption}</figcaption></figure>"
    )


def gold_table(graded: "Graded") -> str:
    """The spans of the list, each with its scores against the right answer nearest to it."""
    rows = [
        (rank, span.text, percent(span.score), int(one.exact), decimals(one.f1))
        for rank, (span, one) in enumerate(
            zip(graded.answer.candidates, graded.of_candidates, strict=True), start=1
        )
    ]
    return rows_table(("rank", "span", "probability", "exact match", "F1"), rows)


def _side(name: str, words: "Sequence[Word]") -> Html:
    """One of the two answers; a word that is dropped is struck out."""
    drawn = [
        tag("s" if word.fate == "dropped" else "span", word.text, class_=word.fate)
        for word in words
    ]
    text = Html(" ".join(drawn)) if drawn else tag("i", "no answer")
    return tag("p", tag("b", name), tag("span", text, dir="auto"), class_="side")


def _worked(seen: "Overlap") -> Html:
    """Precision, recall, F1 and exact match, with the counts that they come from."""
    given, right = len(seen.words), len(seen.gold_words)
    sums = []
    if seen.precision is not None and seen.recall is not None:
        sums = [
            ("Precision", f"{seen.shared} shared of {given} said", decimals(seen.precision)),
            ("Recall", f"{seen.shared} shared of {right} right", decimals(seen.recall)),
        ]
        how = f"2 · {seen.shared} ÷ ({given} + {right})"
    else:
        how = "neither side has a word" if seen.exact else "one side has no word"
    same = "the same words in the same order" if seen.exact else "not the same words in a row"
    sums += [("F1", how, decimals(seen.f1)), ("Exact match", same, f"{int(seen.exact)}")]
    return rows_table(("score", "worked out", "value"), sums, kind="worked")


def _better(graded: "Graded") -> Html:
    """A span further down the list that would score more, had the model ranked it first."""
    if graded.better is None:
        return Html()
    span, scored = graded.answer.candidates[graded.better], graded.of_candidates[graded.better]
    return tag(
        "p",
        f"Span {graded.better + 1} of the list, ",
        tag("i", tag("bdi", short(span.text))),
        f", would have F1 {decimals(scored.f1)}; the model gives it {percent(span.score)}.",
    )
