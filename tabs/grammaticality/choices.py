"""The settings of the Grammaticality tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass

import gradio as gr

from models.checkpoints import Checkpoints
from tabs.kit.beside import second_choice
from tabs.kit.examples import read_examples
from tabs.kit.room import Field, model_choice

STEM = "grammaticality"
START = read_examples(STEM)[0]["inputs"]

VIEW = [
    ("One sentence", "sentence"),
    ("Minimal pair", "pair"),
    ("List", "list"),
    ("How it was trained", "training"),
]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    view: str
    sentence: str
    other: str  # the second sentence of a pair
    sentences: str  # one on each line, or CSV with a header
    model: str
    beside: str = ""  # the second model; "" is none


Controls = dict[str, gr.components.Component]


def inputs() -> tuple[Controls, gr.File]:
    """What is typed, and how it is looked at; beside the controls the place for a file.

    The style sheet shows groups named `for <view>` with that view alone.
    """
    controls: Controls = {
        "view": gr.Radio(VIEW, value="sentence", label="View", elem_id=f"{STEM}-view"),
    }
    with gr.Column(elem_classes=["for", "sentence", "pair"], min_width=0):
        controls["sentence"] = gr.Textbox(
            START["sentence"], label="Sentence", lines=2, max_lines=6
        )
    with gr.Column(elem_classes=["for", "pair"], min_width=0):
        controls["other"] = gr.Textbox(
            START["other"], label="Second sentence", lines=2, max_lines=6
        )
    with gr.Column(elem_classes=["for", "list"], min_width=0):
        controls["sentences"] = gr.Textbox(
            START["sentences"],
            label="One sentence on each line, or CSV with the columns sentence and label",
            lines=8,
            max_lines=12,
        )
        file = gr.File(
            label="Or open a file (.csv, .tsv, .txt)",
            file_types=[".csv", ".tsv", ".txt"],
            height=190,
            elem_id=f"{STEM}-file",
        )
    return controls, file


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set."""
    return {
        "model": model_choice(checkpoints, STEM),
        "beside": second_choice(checkpoints, STEM),
    }


def fields_of(controls: Controls) -> tuple[Field, ...]:
    """The controls as a link names them."""
    return tuple(
        Field(name, controls[name], lines=name == "sentences")
        for name in Choices.__dataclass_fields__
    )
