"""Greedy against beams: two sentences and their scores, above the tree."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.style import minus

if TYPE_CHECKING:
    from services.translation.beams import Searched


def against(searched: "Searched") -> str:
    """The greedy translation beside the best of the beams."""
    greedy, beams = searched.greedy, searched.found.settings.beams
    if not searched.found.hypotheses:
        return ""
    best = searched.found.best
    same = greedy.ids == best.ids
    text = "Both are the same here." if same else "Beam search has found a better score."
    if not same and greedy.score > best.score:
        text = "Greedy has the better score here: beam search has dropped its beginning."
    return (
        '<p class="against"><span>Greedy: '
        f"<b lang=fr>{escape(greedy.text)}</b> score {minus(greedy.score)}</span>"
        f"<span>{beams} beams: <b lang=fr>{escape(best.text.strip())}</b> "
        f"score {minus(best.score)}</span><span>{text}</span></p>"
    )
