"""The smallest edit of a sentence that turns its verdict over, and how far it was looked for."""

from html import escape
from typing import TYPE_CHECKING

from figures.grammaticality.pair import changed
from figures.parts.prose import paragraph
from figures.parts.style import percent
from figures.parts.table import table

if TYPE_CHECKING:
    from services.grammaticality.search import Flip, Search, Searched

ROUNDS = {1: "single edits", 2: "sentences with two edits"}


def progress_line(progress: "Searched") -> str:
    """How far the search is, in words and as a bar."""
    again = "No single edit reverses the verdict. " if progress.edits == 2 else ""
    return (
        f'<div class="edits" role="status"><p>{again}Judging {ROUNDS[progress.edits]}: '
        f"{progress.judged:,} of {progress.of:,}.</p>"
        f'<progress value="{progress.judged}" max="{max(progress.of, 1)}"></progress></div>'
    )


def edits_figure(search: "Search", *, title: str, masked: str) -> str:
    """The smallest edit with its change marked, a few others, and how many were judged."""
    acceptable = search.probability >= 0.5
    breaks = "breaks it" if acceptable else "mends it"
    if search.found:
        best = search.found[0]
        many = len(best.said) > 1
        text = (
            f"<p>{'Two edits are' if many else 'One edit is'} enough: "
            f"{escape('; '.join(best.said))}. "
            f"{percent(search.probability)} becomes <b>{percent(best.probability)}</b>.</p>"
            f'<p class="sentence">{changed(search.sentence, best.sentence)}</p>'
        )
        others, rest = search.found[1:], f"Others of the {search.flips:,} that reverse it"
        if search.flips == 1:
            rest = ""
    else:
        target = "below 50%" if acceptable else "to 50%"
        text = (
            f"<p><b>None was found</b> that brings the probability {target}. "
            "These come closest.</p>"
        )
        others, rest = search.nearest, "Closest to 50%"
    return (
        f'<div class="figure edits grammaticality"><h3>The smallest edit that {breaks}</h3>{text}'
        f"{_table(search, others, rest) if others else ''}{_work(search, title, masked)}</div>"
    )


def _table(search: "Search", flips: tuple["Flip", ...], title: str) -> str:
    lines = [
        f'<tr><td class="sentence">{changed(search.sentence, flip.sentence)}</td>'
        f'<td class="number">{percent(flip.probability)}</td>'
        f'<td class="number">{flip.letters}</td></tr>'
        for flip in flips
    ]
    head = (
        f"<th>{title}</th><th class=number>probability of acceptable</th>"
        "<th class=number>letters changed</th>"
    )
    return table(head, lines)


def _work(search: "Search", title: str, masked: str) -> str:
    """How many were judged out of how many, and by what the order goes."""
    rounds = [
        f"all {possible:,} {ROUNDS[number]}"
        if judged == possible
        else f"{judged:,} of {possible:,} {ROUNDS[number]}, the most probable words first"
        for number, (judged, possible) in enumerate(
            zip(search.judged, search.possible, strict=True), start=1
        )
    ]
    beam = (
        " Pairs of edits start from the five single edits that came closest, so a smaller pair "
        "may be missed."
        if len(rounds) > 1
        else ""
    )
    return (
        f"<p>Judged by {escape(title)}: {' and '.join(rounds)}. Words were left out, neighbours "
        "swapped, each word put into its other forms or replaced by one of the eight that "
        f"{escape(masked)} guesses first in its place, and function words put in.{beam} "
        f"{paragraph('grammaticality', 'what_edits_were_tried')}</p>"
    )
