"""The settings of the Attention tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass

import gradio as gr

from services.checkpoints import Checkpoints
from tabs.common import model_choice, read_examples

STEM = "attention"
START = read_examples(STEM)[0]["inputs"]
LINES = 6  # that a text box grows to; what is wrong with a text stays in sight below it

VIEW = [
    ("Heatmap", "heatmap"),
    ("Lines", "lines"),
    ("All heads", "model"),
    ("Step by step", "steps"),
]
COMBINE = [("One head", "head"), ("Mean over heads", "mean"), ("Rollout", "rollout")]
HEADS = [("All heads of the layer", "all"), ("This head", "one")]
DIRECTION = [
    ("All", "all"),
    ("First to first", "aa"),
    ("First to second", "ab"),
    ("Second to first", "ba"),
    ("Second to second", "bb"),
]
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


Controls = dict[str, gr.components.Component]


def inputs() -> Controls:
    """What is typed, and how it is looked at: on a phone both stand above the picture."""
    return {
        "text": gr.Textbox(START["text"], label="Sentence", lines=2, max_lines=LINES),
        "text_pair": gr.Textbox("", label="Second sentence (optional)", lines=1, max_lines=LINES),
        "view": gr.Radio(VIEW, value="heatmap", label="View"),
    }


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set.

    The style sheet shows groups named `for <view>` with that view alone, and hides layer and head
    where all of them are drawn.
    """
    bert = checkpoints.default(STEM)
    controls: Controls = {
        "layer": gr.Slider(
            0,
            bert.layers - 1,
            START["layer"],
            step=1,
            label="Layer (0 is the first)",
            elem_classes=["which-layer"],
        ),
        "head": gr.Slider(
            0, bert.heads - 1, START["head"], step=1, label="Head", elem_classes=["which-head"]
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
    with gr.Accordion("More settings", open=False):
        controls["model"] = model_choice(checkpoints, STEM)
        with gr.Column(elem_classes=["for", "heatmap"]):
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
        "special": gr.Checkbox(True, label="Show [CLS] and [SEP]"),
        "renormalise": gr.Checkbox(False, label="Divide each row by what is shown of it"),
        "words": gr.Checkbox(False, label="Words instead of word pieces"),
        "direction": gr.Radio(DIRECTION, value="all", label="Direction (two sentences)"),
        "other": gr.Textbox(
            "", label="The same head on another sentence", lines=2, max_lines=LINES
        ),
    }
