"""The settings of the Similarity tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass

import gradio as gr

from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from services.similarity.compare import LAST
from tabs.kit.beside import second_choice
from tabs.kit.examples import read_examples
from tabs.kit.ranges import Last, widest
from tabs.kit.room import Field, model_choice

STEM = "similarity"
START = read_examples(STEM)[0]["inputs"]

VIEW = [
    ("Matrix", "matrix"),
    ("Map", "map"),
    ("Word in context", "words"),
    ("Search", "search"),
]
POOLING = [("Mean over tokens", "mean"), ("[CLS] alone", "cls"), ("Maximum over tokens", "max")]
MEASURE = [("Cosine", "cosine"), ("Dot product", "dot")]
MAP = [("PCA", "pca"), ("t-SNE (10 sentences or more)", "tsne")]
DIMENSIONS = [("2-D", "2"), ("3-D", "3")]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    sentences: str  # one on each line
    model: str
    view: str
    word: str
    query: str
    layer: int
    pooling: str
    measure: str
    map: str
    dimensions: str
    beside: str = ""  # the second model; "" is none

    @property
    def listed(self) -> list[str]:
        """The sentences, without the lines on which nothing is typed."""
        return [line.strip("\r") for line in self.sentences.split("\n") if line.strip()]


Controls = dict[str, gr.components.Component]


def last_layer(model: Checkpoint) -> int:
    """The number of the hidden state after the last layer."""
    return model.layers


ENDS: dict[str, Last] = {"layer": last_layer}  # where a model's slider ends


def inputs() -> Controls:
    """What is typed, and how it is looked at: on a phone both stand above the picture.

    The style sheet shows groups named `for <view>` with that view alone.
    """
    controls: Controls = {
        "sentences": gr.Textbox(
            START["sentences"],
            label="Sentences, one on each line (empty lines are skipped)",
            lines=6,
            max_lines=12,
        ),
        "view": gr.Radio(VIEW, value="matrix", label="View", elem_id=f"{STEM}-view"),
    }
    with gr.Column(elem_classes=["for", "words"], min_width=0):
        controls["word"] = gr.Textbox(START["word"], label="Word that every sentence has")
    with gr.Column(elem_classes=["for", "search"], min_width=0):
        controls["query"] = gr.Textbox(START["query"], label="Query", lines=2)
    return controls


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set."""
    # Not the number of the last layer: another model has another.
    last = widest(checkpoints, STEM, last_layer)
    label = "Layer (0: before the first, −1: after the last)"
    controls: Controls = {"layer": gr.Slider(LAST, last, LAST, step=1, label=label)}
    with gr.Column(elem_classes=["for", "map"], min_width=0):
        controls["map"] = gr.Radio(MAP, value="pca", label="Map")
        controls["dimensions"] = gr.Radio(DIMENSIONS, value="2", label="Dimensions")
    with gr.Column(elem_classes=["for", "matrix"], min_width=0):
        controls["measure"] = gr.Radio(MEASURE, value="cosine", label="Measure")
    with gr.Column(elem_classes=["for", "matrix", "map", "search"], min_width=0):
        controls["pooling"] = gr.Radio(
            POOLING, value="mean", label="One vector for a sentence (pooling)"
        )
    controls["model"] = model_choice(checkpoints, STEM)
    controls["beside"] = second_choice(checkpoints, STEM)
    return controls


def fields_of(controls: Controls) -> tuple[Field, ...]:
    """The controls as a link names them."""
    special = {"sentences": {"lines": True}}
    return tuple(
        Field(name, controls[name], **special.get(name, {}))  # type: ignore[arg-type]
        for name in Choices.__dataclass_fields__
    )
