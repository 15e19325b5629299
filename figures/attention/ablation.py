"""All heads of a model by what changes without them: bars in their order, and the table."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.ranked import ranked_heads
from figures.parts.style import significant, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.attention.ablation import Ablation


def headline(ablation: "Ablation", layer: int, head: int) -> str:
    """How much the chosen head matters, its rank, and how much the first one does."""
    of = f"rank <b>{ablation.rank(layer, head)}</b> of {ablation.effect.size}"
    text = f"{layer}.{head}: {_short(ablation.effect[layer, head])}, {of}"
    first = ablation.ranked()[0]
    if first == (layer, head):
        return text
    return f"{text}; {first[0]}.{first[1]}: {_short(ablation.effect[first])}"


def ablation_figure(ablation: "Ablation", layer: int, head: int, *, title: str) -> str:
    """Every head as a bar, the one that matters most first; a press picks layer and head."""
    bars = ranked_heads(
        ablation.effect,
        ablation.ranked(),
        lambda one, other: {"layer": one, "head": other},
        lambda one, other: (one, other) == (layer, head),
    )
    lead, caption = _said(ablation, layer, head), f"{title}, one head left out at a time"
    return (
        f'<figure class="figure" data-view="ablation"{_causal(ablation)}>'
        f'<p class="lead">{escape(lead)}</p>'
        f"{bars}<figcaption>{escape(caption)}. {_measure(ablation)}</figcaption></figure>"
    )


def _said(ablation: "Ablation", layer: int, head: int) -> str:
    """The chosen head, and the one that matters most, in a sentence."""
    what = "the next token's distribution" if _predicts(ablation) else "the sentence vector"
    unit = " nats" if _predicts(ablation) else ""
    first, rank = ablation.ranked()[0], ablation.rank(layer, head)
    text = f"Without head {layer}.{head}, {what} moves by {_short(ablation.effect[layer, head])}"
    text += f"{unit}, rank {rank} of {ablation.effect.size}"
    if rank > 1:
        text += (
            f"; without {first[0]}.{first[1]}, by {_short(ablation.effect[first])}{unit}, rank 1"
        )
    return f"{text}."


def _measure(ablation: "Ablation") -> str:
    if _predicts(ablation):
        return paragraph("attention", "without_a_head_next")
    return paragraph("attention", "without_a_head_vector")


def ablation_table(ablation: "Ablation") -> str:
    """Every head with its rank and what changes without it."""
    predicts = _predicts(ablation)
    names = [
        "head",
        "rank",
        *(["next token, nats"] if predicts else []),
        "1 − cosine of the vector",
    ]
    rows = []
    for index, one in enumerate(ablation.ranked(), start=1):
        row = [f"{one[0]}.{one[1]}", f"{index}"]
        if ablation.next is not None:
            row.append(three_digits(float(ablation.next[one])))
        rows.append([*row, three_digits(float(ablation.moved[one]))])
    return headed_table(names, rows, numbers=True)


def _predicts(ablation: "Ablation") -> bool:
    return ablation.next is not None


def _causal(ablation: "Ablation") -> str:
    return " data-causal" if _predicts(ablation) else ""


def _short(value: float) -> str:
    return significant(float(value), 2)
