"""The settings of the Inside tab."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import checked_index, number_in
from figures.anatomy.scratch import NAMES
from models.serving import Desk
from services.anatomy.off import checked_parts, read_off
from services.anatomy.positions import ROTARY, SINUSOIDS
from services.anatomy.shapes import PRESETS, checked_measure
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    Setting,
    declared,
    dropdown,
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

STEM = "anatomy"
START = read_examples(STEM)[0]["inputs"]
LINES = 6  # that a text box grows to
CHOSEN = {"elem_classes": ["chosen-in-picture"]}  # with a row of stops, not by hand
MEASURES = ("vocabulary", "width", "heads", "layers", "feedforward", "context")
KINDS = [("Sinusoids", SINUSOIDS), ("Rotary", ROTARY)]
PARTS = [(label, name) for name, label in NAMES.items()]
SHOW = [("Count", "count"), ("Modules", "tree"), ("Find the errors", "slide")]
SHAPES = [("The model above", ""), *((shape.title, name) for name, shape in PRESETS.items())]
MOST_PICKED = 100_000  # a token's number; behind the end of a text its last one is meant
OUTPUT = [("As it is", ""), ("Tied", "tied"), ("Its own", "own")]
SHARING = [("As it is", ""), ("Each its own", "own"), ("All share one", "shared")]


def last_stop(entry: Checkpoint) -> int:
    """The stop behind the last layer, which is the end; the first layer is 0."""
    return entry.layers


def has_parts(off: str, entry: Checkpoint) -> None:
    """Raises UserError for a layer or a head that the model lacks; other texts the tab refuses."""
    try:
        parts = read_off(off)
    except UserError:
        return
    checked_parts(parts, entry)


def number_check(name: str) -> Any:
    """A check of a number that a press in the picture sets; empty is allowed."""

    def check(value: object) -> None:
        if value != "":
            number = number_in(value) if isinstance(value, str) else None
            checked_index(
                value if number is None else number, 0, MOST_PICKED, name=name, more=", or empty"
            )

    return check


def picked(text: str, otherwise: int) -> int:
    """The number that was picked; `otherwise` where nothing was."""
    return int(text) if text else otherwise


def measure_box(label: str, name: str) -> Any:
    """A measure of the model; empty: as it is."""

    def make(setting: Setting, stem: str, desk: Desk) -> gr.components.Component:
        return gr.Textbox(
            "", label=setting.label, placeholder="as it is", max_lines=1, **setting.look
        )

    def check(value: object) -> None:
        text = value if isinstance(value, str) else str(value)
        if text.strip():
            checked_measure(name, text)

    return declared(Setting(label, make, checks=check, about="a number; empty: as it is"))


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("Sentence", START["text"], lines=2, most=LINES, where=INPUT)
    positions: bool = switch("Positions", True)
    residual: bool = switch("Residual", True)
    scaling: bool = switch("Scaling by √dₖ", True)
    shuffle: int = slider("Shuffle the words (0: as written)", 0, 20)
    off: str = hidden(
        "Off",
        checks=read_off,
        has=has_parts,
        about="layers and heads that are off, with commas between: 3,5.11",
    )
    text_pair: str = second_sentence(LINES)
    view: str = view_choice()
    model: str = model_choice()
    beside: str = second_model()
    layer: int = slider(
        "Layer (0 is the first; behind the last, the end)",
        0,
        last_stop,
        START["layer"],
        look=CHOSEN,
        more=" (0: the first layer or the state before it, the last number: the end)",
    )
    token: str = hidden(
        "Token", START["token"], checks=number_check("token"), about="a token's number"
    )
    guess: str = hidden(
        "Next token", checks=number_check("guess"), about="0 the likeliest next token, 1 …"
    )
    part: str = radio("Part", PARTS, called="part", look=CHOSEN)
    kind: str = radio("Computed positions", KINDS, called="kind of positions")
    dimensions: int = slider("Dimensions d", 4, 512, 128, step=2)
    length: int = slider("Positions", 8, 256, 64)
    distance: int = slider("Distance p − q", 1, 255, 1)
    show: str = radio("Show", SHOW, called="what is shown")
    preset: str = dropdown("Count", SHAPES, called="preset")
    vocabulary: str = measure_box("Vocabulary V", "vocabulary")
    width: str = measure_box("Width d", "width")
    heads: str = measure_box("Heads h", "heads")
    layers: str = measure_box("Layers L", "layers")
    feedforward: str = measure_box("Feed-forward f", "feedforward")
    context: str = measure_box("Context n", "context")
    output: str = radio("Output matrix", OUTPUT, called="output matrix")
    sharing: str = radio("Weights of the layers", SHARING, called="sharing")
    marked: str = hidden("Lines that are marked", about="numbers of lines, with commas between")
    solved: bool = switch("Show the answer", False)
