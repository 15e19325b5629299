"""The captions a picture may get, with their scores, and how they differ from the first."""

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.style import minus, percent
from figures.parts.table import table

if TYPE_CHECKING:
    from services.captioning.caption import Candidate

# How the candidates were found and in which order they stand, by the method that wrote them.
RANKED = {
    "greedy": paragraph("captioning", "ranked_greedy"),
    "beam": paragraph("captioning", "ranked_beam"),
    "sample": paragraph("captioning", "ranked_sample"),
}


def candidates_list(candidates: "Sequence[Candidate]", ranked: str) -> str:
    """A numbered list of captions, each with its scores; empty where there is but one.

    `ranked` says how they were found, and in which order they stand.
    """
    if len(candidates) < 2:
        return ""
    first = candidates[0].text.split()
    items = "".join(
        f"<li><span class=caption-number>{rank}</span><span>{differing(first, one.text.split())}"
        f"{'' if one.ended else ' <em>(cut off at the limit)</em>'}"
        f"<small>ln p {minus(one.logprob)} ({percent(math.exp(one.logprob))}), score "
        f"{minus(one.score)}, {len(one.ids):,} tokens</small></span></li>"
        for rank, one in enumerate(candidates, start=1)
    )
    return (
        f"<section data-answer><h3>{len(candidates)} candidates</h3>"
        f'<ol class="caption-candidates">{items}</ol>'
        f"<p class=caption-hint>{ranked} {paragraph('captioning', 'marks_of_candidates')}</p>"
        "</section>"
    )


def differing(first: Sequence[str], words: Sequence[str]) -> str:
    """Words as escaped HTML: those that the first has not are marked, those it lacks struck."""
    parts = []
    for kind, start, end, low, high in SequenceMatcher(
        None, first, words, autojunk=False
    ).get_opcodes():
        mine = escape(" ".join(words[low:high]))
        if kind == "delete":
            parts.append(f"<del>{escape(' '.join(first[start:end]))}</del>")
        else:
            parts.append(mine if kind == "equal" else f"<mark>{mine}</mark>")
    return " ".join(parts) or "<i>nothing</i>"


def candidates_table(candidates: "Sequence[Candidate]") -> str:
    """Each candidate with its scores."""
    lines = [
        f"<tr><td class=number>{rank}</td><td>{escape(one.text)}</td>"
        f"<td class=number>{minus(one.logprob)}</td>"
        f"<td class=number>{percent(math.exp(one.logprob))}</td>"
        f"<td class=number>{minus(one.score)}</td><td class=number>{len(one.ids):,}</td>"
        f"<td>{'end token' if one.ended else 'limit'}</td></tr>"
        for rank, one in enumerate(candidates, start=1)
    ]
    head = "<th class=number>rank</th><th>candidate</th>"
    head += "".join(
        f"<th class=number>{name}</th>" for name in ("ln p", "probability", "score", "tokens")
    )
    return table(f"{head}<th>stopped by</th>", lines)
