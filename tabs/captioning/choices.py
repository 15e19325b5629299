"""The settings of the Captioning tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass

import gradio as gr

from models.checkpoints import Checkpoints
from services.captioning.heads import MEAN
from services.captioning.settings import Settings
from services.generation.settings import LARGEST_SEED
from tabs.kit.beside import second_choice
from tabs.kit.examples import read_examples
from tabs.kit.ranges import Last, widest
from tabs.kit.room import Field, model_choice

STEM = "captioning"
START = read_examples(STEM)[0]["inputs"]

SOURCE = [("Build a scene", "scene"), ("Draw", "draw"), ("Upload", "upload")]
VIEW = [
    ("Caption", "caption"),
    ("Word to patches", "words"),
    ("Patch to patches", "encoder"),
    ("As the model sees it", "sees"),
    ("How it was trained", "training"),
]
METHOD = [("Greedy", "greedy"), ("Beam search", "beam"), ("Sampling", "sample")]
MOST_PLACES = 100_000  # tokens and patches that may be typed; the caption and the picture decide
SMALLEST_BLOCK, LARGEST_BLOCK = 1, 3  # patches along the side of what is hidden
WORD, PATCH = 2, 99  # what is looked at first: “car” and a patch on it


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    source: str
    scene: str  # of `scenes.scene.to_text`
    model: str
    view: str
    method: str
    candidates: int
    beams: int
    length_penalty: float
    temperature: float
    top_p: float
    seed: int
    token: int  # the word looked at, from 0
    layer: int  # of the decoder; MEAN: of all
    head: int
    block: int  # side of what is hidden, in patches
    patch: int  # the patch looked at, from 0, row by row
    encoder_layer: int
    encoder_head: int
    beside: str = ""  # the second model; "" is none

    @property
    def settings(self) -> Settings:
        """How the caption is to be written."""
        return Settings(
            method=self.method,
            candidates=self.candidates,
            beams=self.beams,
            length_penalty=self.length_penalty,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
        )


Controls = dict[str, gr.components.Component]
# Where the sliders of a model end.
ENDS: dict[str, Last] = {
    "layer": lambda model: model.layers - 1,
    "head": lambda model: model.heads - 1,
    "encoder_layer": lambda model: model.encoder_layers - 1,
    "encoder_head": lambda model: model.heads - 1,
}


def view_choice() -> Controls:
    """How the result is looked at."""
    return {"view": gr.Radio(VIEW, value="caption", label="View", elem_id=f"{STEM}-view")}


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set. The style sheet shows groups named `for <view>` with that view alone."""
    limits = checkpoints.limits
    last = {name: widest(checkpoints, STEM, end) for name, end in ENDS.items()}
    controls: Controls = {}
    with gr.Column(elem_classes=["for", "words"], min_width=0):
        controls["layer"] = _which("Layer of the decoder", last["layer"])
        controls["head"] = _which("Head", last["head"])
        # An odd block has its patch in the middle; the map of an even one would be askew.
        controls["block"] = gr.Slider(
            *(SMALLEST_BLOCK, LARGEST_BLOCK, LARGEST_BLOCK),
            step=LARGEST_BLOCK - SMALLEST_BLOCK,
            label="Hidden at once (patches along a side, 1 or 3)",
        )
    with gr.Column(elem_classes=["for", "encoder"], min_width=0):
        controls["encoder_layer"] = _which("Layer of the encoder", last["encoder_layer"])
        controls["encoder_head"] = _which("Head", last["encoder_head"])
    with gr.Column(elem_classes=["for", "encoder", "sees"], min_width=0):
        controls["patch"] = _place("Patch looked at, from 0, row by row", PATCH)
    with gr.Column(elem_classes=["for", "caption", "words"], min_width=0):
        controls["token"] = _place("Word looked at, from 0", WORD)
        controls["method"] = gr.Radio(
            METHOD, value="greedy", label="How the caption is written", elem_id=f"{STEM}-method"
        )
        controls |= _writing(limits.beams)
    controls["model"] = model_choice(checkpoints, STEM)
    controls["beside"] = second_choice(checkpoints, STEM)
    return controls


def _writing(most: int) -> Controls:
    """How a caption is chosen; the style sheet shows what a method needs."""
    controls: Controls = {
        "candidates": gr.Slider(1, most, 3, step=1, label="Candidates"),
    }
    with gr.Column(elem_classes=["with-beam"], min_width=0):
        controls["beams"] = gr.Slider(1, most, 4, step=1, label="Beams")
        controls["length_penalty"] = gr.Slider(-2, 4, 1, step=0.1, label="Length penalty")
    with gr.Column(elem_classes=["with-sample"], min_width=0):
        controls["temperature"] = gr.Slider(
            0, 5, 1, step=0.05, label="Temperature (0: always the likeliest)"
        )
        controls["top_p"] = gr.Slider(0.01, 1, 1, step=0.01, label="Top-p (1: off)")
        controls["seed"] = gr.Number(
            1, minimum=0, maximum=LARGEST_SEED, precision=0, step=1, label="Seed"
        )
    return controls


def _which(label: str, last: int) -> gr.Slider:
    return gr.Slider(MEAN, last, MEAN, step=1, label=f"{label}, from 0 (−1: the mean)")


def _place(label: str, first: int) -> gr.Number:
    """A number that is checked by us: Gradio's own refusal would not name the field."""
    return gr.Number(first, precision=0, step=1, label=label)


def fields_of(controls: Controls) -> tuple[Field, ...]:
    """The controls as a link names them."""
    aliases = {"aliases": (("mean", str(MEAN)),)}
    means = ("layer", "head", "encoder_layer", "encoder_head")
    return tuple(
        Field(name, controls[name], **(aliases if name in means else {}))  # type: ignore[arg-type]
        for name in Choices.__dataclass_fields__
    )
