"""The settings of the Attention tab."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.spacefile import Checkpoint
from models.serving import Desk
from services.attention.patterns import PATTERNS
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    Setting,
    declared,
    hidden,
    model_choice,
    radio,
    second_model,
    second_sentence,
    slider,
    switch,
    text_box,
    view_choice,
)

STEM = "attention"
START = read_examples(STEM)[0]["inputs"]
LINES = 6  # that a text box grows to; what is wrong with a text stays in sight below it
MORE = "More settings"
# The controls of views that read the text with a model.
READS = ("text", "text_pair", "model", "beside")
CHOSEN = {"elem_classes": ["chosen-in-picture"]}  # with figures.attention.chooser, not by hand
COUNTED_FROM_0: dict[str, Any] = {"look": CHOSEN, "more": " (0: the first)"}

COMBINE = [("One head", "head"), ("Mean over heads", "mean"), ("Rollout", "rollout")]
COUNTED = [("Weights α", "weights"), ("What is added, ‖α·v·W_O‖", "added")]
HEADS = [("This head", "one"), ("All heads of the layer", "all")]
DIRECTION = [
    ("All", "all"),
    ("First to first", "aa"),
    ("First to second", "ab"),
    ("Second to first", "ba"),
    ("Second to second", "bb"),
]
SCALE = [("Linear", "linear"), ("Logarithmic", "log")]
TAKEN = [("Typed or dragged", "typed"), ("Of a real head, in 2-D", "head")]
PATTERN = [(pattern.label, name) for name, pattern in PATTERNS.items()]


def last_layer(entry: Checkpoint) -> int:
    """The number of the last layer; the first is 0."""
    return entry.layers - 1


def last_head(entry: Checkpoint) -> int:
    """The number of the last head of a layer; the first is 0."""
    return entry.heads - 1


def token_choice(label: str) -> Any:
    """The number of a token; at first that of the strongest weight.

    Texts, because gr.Number knows no empty value; "" stands for the strongest.
    """

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        numbers = [(str(index), str(index)) for index in range(desk.limits.attention_tokens)]
        return gr.Dropdown([("Strongest", ""), *numbers], value="", label=setting.label)

    return declared(Setting(label, make, about="a token's number"))


def vectors(label: str, start: str) -> Any:
    """Short vectors of the sandbox, one on each line."""
    return text_box(
        label,
        start,
        lines=3,
        most=5,
        where=INPUT,
        list_of_lines=True,
        typed=False,
        about="two numbers with a comma; repeated, one for each token",
    )


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("Sentence", START["text"], lines=2, most=LINES, where=INPUT)
    text_pair: str = second_sentence(LINES)
    queries: str = vectors("Queries", "1, 0.5\n3, 1.5\n-1, 1")
    keys: str = vectors("Keys", "2, 0\n0, 2\n-1.5, -1")
    values: str = vectors("Values", "4, 0\n0, 4\n-3, -3")
    mask: str = hidden("Mask", about="what is masked: row.column, with commas between")
    view: str = view_choice()
    model: str = model_choice()
    beside: str = second_model()
    layer: int = slider("Layer (0 is the first)", 0, last_layer, START["layer"], **COUNTED_FROM_0)
    head: int = slider("Head", 0, last_head, START["head"], **COUNTED_FROM_0)
    combine: str = radio("Weights shown", COMBINE, called="combination")
    counted: str = radio("Quantity shown", COUNTED, called="what is shown")
    heads: str = radio("Heads drawn", HEADS, called="heads drawn")
    taken: str = radio("Vectors", TAKEN, called="vectors")
    scaling: bool = switch("Divide by √d_k", True)
    softmax: bool = switch("Softmax", True)
    row: str = token_choice("Query token (row)")
    column: str = token_choice("Key token (column)")
    scale: str = radio("Colour scale", SCALE, folded=MORE)
    special: bool = switch("Show special tokens, such as [CLS]", True, folded=MORE)
    renormalise: bool = switch("Rescale each row to sum to 1", False, folded=MORE)
    words: bool = switch(
        "Words instead of word pieces", False, folded=MORE, about="words instead of pieces"
    )
    direction: str = radio("Direction (two sentences)", DIRECTION, folded=MORE)
    other: str = text_box(
        "The same head on another sentence",
        lines=2,
        most=LINES,
        folded=MORE,
        about="a text to set beside the first",
    )
    pattern: str = radio(
        "Pattern, measured on this text",
        PATTERN,
        folded="Find a head",
        redraws=False,
        exported=False,
        look={"elem_classes": ["patterns"]},  # the style sheet hides those of other models
    )
