"""What every layer would have said: the logit lens as rows of guesses."""

import math
from html import escape
from typing import TYPE_CHECKING

from figures.generation.colours import RAREST
from figures.generation.why import token
from figures.parts.chips import painted
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.style import MAGNITUDE, STEPS, percent, ramp
from figures.parts.table import table

if TYPE_CHECKING:
    from services.generation.why import Lens


def lens_figure(lens: "Lens", *, title: str) -> str:
    """One row per layer from the embedding to the last: its guesses, and the chosen token."""
    rows = "".join(_row(lens, row) for row in range(len(lens.rank)))
    caption = f"Probabilities by {title}. {paragraph('generation', 'logit_lens')}"
    low = f"{100 * RAREST:g}% or less"
    return (
        '<figure class="figure generation lens"><h3>What each layer would have predicted</h3>'
        f"<p>{_found(lens)} {paragraph('generation', 'the_embedding_alone')}</p>"
        '<div class="lens-head" aria-hidden="true"><span></span>'
        f"<span>{token(lens.label)}</span><span>guesses, most likely first</span></div>"
        f'<ol class="lens-rows">{rows}</ol>'
        f"{legend(MAGNITUDE, low, '100%; framed: the token that was chosen')}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def layer_name(row: int, rows: int) -> str:
    """What a row of the lens shows; layers count from 0."""
    if row == 0:
        return "Embedding"
    return f"Layer {row - 1}" + (", the last" if row == rows - 1 else "")


def _found(lens: "Lens") -> str:
    """Where the chosen token first leads, in words."""
    rows = len(lens.rank)
    leads = [row for row in range(rows) if lens.rank[row] == 1]
    name = token(lens.label)
    if not leads:
        best = int(lens.rank.argmin())
        return (
            f"{name} leads at no layer; its best rank is {int(lens.rank[best]):,}, "
            f"at {_at(best, rows)}."
        )
    first = leads[0]
    sentence = f"{name} first leads at {_at(first, rows)}"
    if len(leads) == rows - first:
        return f"{sentence}{' and leads to the last' if first < rows - 1 else ''}."
    last = ", but not at the last" if rows - 1 not in leads else ", and not at every one after"
    return f"{sentence}{last}."


def _at(row: int, rows: int) -> str:
    name = layer_name(row, rows)
    return f"the {name.lower()}" if row == 0 else name[0].lower() + name[1:]


def _row(lens: "Lens", row: int) -> str:
    cells = []
    for number, (label, chance) in enumerate(
        zip(lens.labels[row], lens.chances[row].tolist(), strict=True)
    ):
        own = " own" if int(lens.guesses[row][number]) == lens.id else ""
        cells.append(
            f'<span class="lens-cell{own}" style="{_shade(chance)}">{token(label)}'
            f"<b>{percent(chance)}</b></span>"
        )
    chance = float(lens.chance[row])
    return (
        f'<li><span class="lens-layer">{layer_name(row, len(lens.rank))}</span>'
        f'<span class="lens-own" style="{_shade(chance)}"><span>rank {int(lens.rank[row]):,}'
        f"</span><b>{percent(chance)}</b></span>"
        f'<span class="lens-guesses">{"".join(cells)}</span></li>'
    )


def _shade(chance: float) -> str:
    """Dark where it is likely, on a logarithmic scale: the guesses span many powers of ten."""
    share = 1 - math.log(max(chance, RAREST)) / math.log(RAREST)
    return painted(ramp(MAGNITUDE)[round(share * (STEPS - 1))])


def lens_table(lens: "Lens") -> str:
    """Every layer with the chosen token's probability and rank, and its guesses."""
    rows = len(lens.rank)
    lines = []
    for row in range(rows):
        guesses = "".join(
            f"<td>{token(label)} {percent(chance)}</td>"
            for label, chance in zip(lens.labels[row], lens.chances[row].tolist(), strict=True)
        )
        lines.append(
            f"<tr><td>{layer_name(row, rows)}</td><td class=number>"
            f"{percent(float(lens.chance[row]))}</td><td class=number>{int(lens.rank[row]):,}</td>"
            f"{guesses}</tr>"
        )
    guessed = "".join(f"<th>guess {index + 1}</th>" for index in range(len(lens.labels[0])))
    head = (
        f"<td></td><th class=number>probability of {token(lens.label)}</th>"
        f"<th class=number>its rank</th>{guessed}"
    )
    return table(head, lines)
