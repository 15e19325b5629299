"""The settings of the Inside tab."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from models.serving import Desk
from services.anatomy.shapes import PRESETS, checked_measure
from tabs.kit.settings import (
    Setting,
    declared,
    dropdown,
    hidden,
    model_choice,
    radio,
    second_model,
    switch,
    view_choice,
)

STEM = "anatomy"
MEASURES = ("vocabulary", "width", "heads", "layers", "feedforward", "context")
SHOW = [("Count", "count"), ("Modules", "tree"), ("Find the errors", "slide")]
SHAPES = [("The model above", ""), *((shape.title, name) for name, shape in PRESETS.items())]
OUTPUT = [("As it is", ""), ("Tied", "tied"), ("Its own", "own")]
SHARING = [("As it is", ""), ("Each its own", "own"), ("All share one", "shared")]


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

    view: str = view_choice()
    model: str = model_choice()
    beside: str = second_model()
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
    solved: bool = switch("Show the errors", False)
