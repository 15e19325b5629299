"""The view of one matrix of weights, alone or beside that of another sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from core.spacefile import Checkpoint
from figures.attention.heatmap import (
    GIVES,
    SPENDS,
    gives_headline,
    headline,
    heatmap,
    strongest_table,
)
from services.attention.added import add_up
from services.attention.attend import Attention, attend
from services.attention.matrix import Matrix, look
from tabs.attention.choices import READS, Choices
from tabs.attention.weights import (
    COLUMNS,
    as_endpoint,
    attention_of,
    chooser_of,
    code,
    weight_lines,
)
from tabs.kit.settings import settings_of
from tabs.kit.view import Asked, Drawn, Numbers, Only, View

WHICH = ("layer", "head", "combine")
PARTS = ("words", "special", "renormalise", "direction")  # what is shown of a matrix
CELL = ("row", "column")  # the pair of tokens that the headline names
AS_GIVEN = {name: settings_of(Choices)[name].start for name in PARTS}  # all of it, as it is


def draw(asked: Asked[Choices]) -> Drawn:
    """One matrix, or the same head on two texts."""
    chosen, weights, shown = asked.choices, attention_of(asked), shown_of(asked)
    drawn = draw_heatmap(asked.entry, shown, chosen, other_of(asked))
    if not adds(chosen):
        return drawn
    number = gives_headline(matrix_of(weights, chosen), matrix_of(shown, chosen))
    return replace(drawn, headline=number, chooser=chooser_of(weights, chosen))


def shown_of(asked: Asked[Choices]) -> Attention:
    """What is drawn of the text: its weights, or of the chosen head what they add."""
    return counted(asked, attention_of(asked), asked.choices.text, asked.choices.text_pair)


def other_of(asked: Asked[Choices]) -> Attention | None:
    """The same of the sentence beside the first, where there is one."""
    other = asked.choices.other
    return counted(asked, asked.ask(attend, other), other, "") if other.strip() else None


def counted(asked: Asked[Choices], attention: Attention, text: str, pair: str) -> Attention:
    """The weights as they are, or in their place the share that each gives of what is added."""
    chosen = asked.choices
    if not adds(chosen):
        return attention
    layer = int(chosen.layer)
    added = asked.ask(add_up, text, pair, layer=layer)
    weights = attention.weights.copy()
    weights[layer] = added.given / added.given.sum(axis=-1, keepdims=True)
    return replace(attention, weights=weights)


def adds(choices: Choices) -> bool:
    """Whether lengths of what is added are drawn; of several heads together there are none."""
    return choices.counted == "added" and choices.combine == "head"


def draw_heatmap(
    entry: Checkpoint, attention: Attention, choices: Choices, other: Attention | None = None
) -> Drawn:
    """The heatmap of weights that are there already; the page opens with it."""
    matrix = matrix_of(attention, choices)
    second = None if other is None else matrix_of(other, choices, direction="all")
    which = {
        "head": f"layer {choices.layer}, head {choices.head}",
        "mean": f"layer {choices.layer}, mean over {entry.heads} heads",
        "rollout": f"rollout over layers 0 to {choices.layer}",
    }[choices.combine]
    if adds(choices):
        caption = (
            f"What is added by {entry.title}, {which}: the share of each column in the lengths "
            "‖α·v·W_O‖ of its row"
        )
    else:
        caption = (
            f"Attention weights of {entry.title}, {which}: how much each row looks at each column"
        )
    if attention.causal:
        caption += "; hatched cells are masked: no token of this model sees a later one"
    tables = [strongest_table(shown) for shown in (matrix, second) if shown is not None]
    pair = choices.text_pair.strip()
    titles = (f"{choices.text} · {pair}" if pair else choices.text, choices.other)
    picture = heatmap(
        matrix,
        caption=caption,
        scale=choices.scale,
        other=second,
        titles=titles,
        say=GIVES if adds(choices) else SPENDS,
    )
    return Drawn(
        picture,
        "".join(tables),
        headline=headline(matrix),
        chooser=chooser_of(attention, choices),
    )


def matrix_of(attention: Attention, choices: Choices, direction: str = "") -> Matrix:
    """The one matrix that the settings name."""
    chosen = {name: getattr(choices, name) for name in (*WHICH, *PARTS)}
    named = {name: int(getattr(choices, name)) for name in CELL if getattr(choices, name)}
    return look(attention, **chosen | named | {"direction": direction or choices.direction})


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each cell, and all heads of the layer."""
    chosen = asked.choices
    other = other_of(asked)
    content = as_endpoint(asked.entry, attention_of(asked), chosen.layer)
    matrices = [matrix_of(shown_of(asked), chosen)]
    if other is not None:
        content["other"] = as_endpoint(asked.entry, other, chosen.layer)
        matrices.append(matrix_of(other, chosen, direction="all"))
    return matrix_lines(matrices, chosen), content


def matrix_lines(matrices: Sequence[Matrix], choices: Choices) -> Iterable[Sequence[Any]]:
    """A line for each cell; `sentence` is 2 for the text beside the first."""
    head = choices.head if choices.combine == "head" else choices.combine
    yield COLUMNS
    for sentence, matrix in enumerate(matrices, start=1):
        which = (sentence, choices.layer, head)
        yield from weight_lines(which, matrix.rows, matrix.columns, matrix.weights.tolist())


def snippet(asked: Asked[Choices]) -> str:
    """The code that computes the matrix: the short one where all of it is shown as it is."""
    chosen = asked.choices
    parts = {name: getattr(chosen, name) for name in PARTS}
    if adds(chosen):
        which = {"layer": chosen.layer, "head": chosen.head}
        return code("steps", asked, **which, scaling=True, softmax=True)
    if parts != AS_GIVEN:
        return code("parts", asked, **{name: getattr(chosen, name) for name in WHICH}, **parts)
    if chosen.combine == "head":
        return code("attention", asked, layer=chosen.layer, head=chosen.head)
    return code(chosen.combine, asked, layer=chosen.layer)


VIEW = View(
    "heatmap",
    "Heatmap",
    draw,
    numbers,
    snippet,
    (
        *READS,
        "layer",
        Only("head", "combine", "head"),
        "combine",
        Only("counted", "combine", "head"),
        "scale",
        *PARTS,
        *CELL,
        "other",
        "pattern",
    ),
    asks="Where does each token look?",
)
