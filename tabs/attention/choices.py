"""The settings of the Attention tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass

import gradio as gr

from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from services.attention import matrix
from tabs.kit.beside import second_choice
from tabs.kit.examples import read_examples
from tabs.kit.ranges import Last, widest
from tabs.kit.room import model_choice

STEM = "attention"
START = read_examples(STEM)[0]["inputs"]
LINES = 6  # that a text box grows to; what is wrong with a text stays in sight below it

VIEW = [
    ("Heatmap", "heatmap"),
    ("Lines", "lines"),
    ("All heads", "model"),
    ("Step by step", "steps"),
]
COMBINE = list(zip(("One head", "Mean over heads", "Rollout"), matrix.COMBINE, strict=True))
HEADS = [("All heads of the layer", "all"), ("This head", "one")]
NAMED = ("All", "First to first", "First to second", "Second to first", "Second to second")
DIRECTION = list(zip(NAMED, matrix.DIRECTIONS, strict=True))
SCALE = [("Linear", "linear"), ("Logarithmic", "log")]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str
    text_pair: str
    model: str
    view: str
    layer: int
    head: int
    combine: str
    scale: str
    special: bool
    renormalise: bool
    words: bool
    direction: str
    other: str
    heads: str
    scaling: bool
    softmax: bool
    row: str  # the number of a token; "" is the strongest
    column: str
    beside: str = ""  # the second model; "" is none


Controls = dict[str, gr.components.Component]


def last_layer(model: Checkpoint) -> int:
    """The number of the last layer; the first is 0."""
    return model.layers - 1


def last_head(model: Checkpoint) -> int:
    """The number of the last head of a layer; the first is 0."""
    return model.heads - 1


ENDS: dict[str, Last] = {"layer": last_layer, "head": last_head}  # where a model's sliders end


def inputs() -> Controls:
    """What is typed, and how it is looked at: on a phone both stand above the picture."""
    return {
        "text": gr.Textbox(START["text"], label="Sentence", lines=2, max_lines=LINES),
        "text_pair": gr.Textbox(
            "",
            label="Second sentence (optional)",
            lines=1,
            max_lines=LINES,
            elem_classes=["for-pairs"],
        ),
        "view": gr.Radio(VIEW, value="heatmap", label="View"),
    }


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set.

    The style sheet shows groups named `for <view>` with that view alone, and hides layer and head
    where all of them are drawn.
    """
    controls: Controls = {
        "model": model_choice(checkpoints, STEM),
        "beside": second_choice(checkpoints, STEM),
        "layer": gr.Slider(
            0,
            widest(checkpoints, STEM, last_layer),
            START["layer"],
            step=1,
            label="Layer (0 is the first)",
            elem_classes=["which-layer"],
        ),
        "head": gr.Slider(
            0,
            widest(checkpoints, STEM, last_head),
            START["head"],
            step=1,
            label="Head",
            elem_classes=["which-head"],
        ),
    }
    with gr.Column(elem_classes=["for", "heatmap"]):
        controls["combine"] = gr.Radio(
            COMBINE, value="head", label="Which weights", elem_id=f"{STEM}-combine"
        )
    with gr.Column(elem_classes=["for", "lines"]):
        controls["heads"] = gr.Radio(
            HEADS, value="all", label="Heads drawn", elem_id=f"{STEM}-drawn"
        )
    with gr.Column(elem_classes=["for", "steps"]):
        controls |= _step_settings(checkpoints.limits.attention_tokens)
    with (
        gr.Column(elem_classes=["for", "heatmap"]),
        gr.Accordion("More settings", open=False),
    ):
        controls |= _heatmap_settings()
    return controls


def _step_settings(most: int) -> Controls:
    # Texts, because gr.Number knows no empty value; "" stands for the strongest pair.
    numbers = [("Strongest", ""), *((str(place), str(place)) for place in range(most))]
    return {
        "scaling": gr.Checkbox(True, label="Divide by √d_k"),
        "softmax": gr.Checkbox(True, label="Softmax"),
        "row": gr.Dropdown(numbers, value="", label="Worked out: looking token"),
        "column": gr.Dropdown(numbers, value="", label="Worked out: token looked at"),
    }


def _heatmap_settings() -> Controls:
    return {
        "scale": gr.Radio(SCALE, value="linear", label="Colour scale"),
        "special": gr.Checkbox(True, label="Show special tokens, such as [CLS]"),
        "renormalise": gr.Checkbox(False, label="Divide each row by what is shown of it"),
        "words": gr.Checkbox(False, label="Words instead of word pieces"),
        "direction": gr.Radio(DIRECTION, value="all", label="Direction (two sentences)"),
        "other": gr.Textbox(
            "", label="The same head on another sentence", lines=2, max_lines=LINES
        ),
    }
