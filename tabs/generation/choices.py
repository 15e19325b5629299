"""The settings of the Generation tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass, replace

import gradio as gr

from core.errors import UserError
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.generation.settings import LARGEST_SEED, Settings, checked_settings
from services.generation.tree import read_choices
from tabs.kit.beside import each, second_choice
from tabs.kit.examples import read_examples
from tabs.kit.room import Field, model_choice

STEM = "generation"
START = read_examples(STEM)[0]["inputs"]
LINES = 12  # that a text box grows to; what is wrong with a text stays in sight below it

VIEW = [
    ("Write", "write"),
    ("Branches", "branches"),
    ("Why this token", "why"),
    ("Duel", "duel"),
    ("Beams", "beams"),
    ("Score a text", "score"),
    ("How it was trained", "training"),
]
COLOUR = [("Probability", "probability"), ("Rank", "rank"), ("Entropy", "entropy")]
WRITING = ("write", "branches", "why")  # the views of one text, written token by token
OFTEN = 100  # the end of the slider for top-k; a link may name more
MOST_PLACES = 4095  # what may be typed; the text decides


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    prompt: str
    text: str  # that is scored
    model: str
    view: str
    max_new_tokens: int
    greedy: bool
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    typical_p: float
    repetition_penalty: float
    no_repeat_ngram_size: int
    seed: int
    beams: int
    length_penalty: float
    colour: str
    branches: str  # the choices that made them: `branch.place.token`, with commas between
    branch: int  # the one looked at
    other: int  # the one it is compared with
    step: int  # the token looked at
    beside: str = ""  # the second model; "" is none

    @property
    def chosen(self) -> list[tuple[int, int, int]]:
        """The choices that made the branches. Raises UserError when they are none."""
        parts = [part.split(".") for part in self.branches.split(",") if part.strip()]
        if not all(
            len(part) == 3 and all(number.strip().isdecimal() for number in part) for part in parts
        ):
            raise UserError(
                "Branches are written branch.place.token, all whole numbers, with commas between; "
                f"{self.branches[:60]!r} came."
            )
        return read_choices([[int(number[:12]) for number in part] for part in parts])


def models_shown(checkpoints: Checkpoints, choices: Choices) -> list[Choices]:
    """The choices for each model that is shown; the branches are the first model's."""
    shown = each(checkpoints, STEM, choices)
    return [shown[0], *(replace(one, branches="", branch=0, other=0) for one in shown[1:])]


SAMPLING = (
    "max_new_tokens",
    "greedy",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "seed",
)
BEAMS = ("max_new_tokens", "repetition_penalty", "no_repeat_ngram_size", "beams", "length_penalty")
# What a text depends on: with another of these its branches mean nothing any more.
TEXT = ("prompt", "model", *SAMPLING)


def sampling_of(gpt2: Loaded, choices: Choices) -> Settings:
    """How the text is written. Raises UserError."""
    return checked_settings(gpt2, **{name: getattr(choices, name) for name in SAMPLING})


def beams_of(gpt2: Loaded, choices: Choices) -> Settings:
    """How beams are searched. Raises UserError."""
    return checked_settings(gpt2, **{name: getattr(choices, name) for name in BEAMS})


Controls = dict[str, gr.components.Component]


def inputs() -> Controls:
    """What is gone on from, or scored, and how it is looked at.

    The style sheet shows groups named `for <view>` with that view alone.
    """
    controls: Controls = {}
    with gr.Column(elem_classes=["for", *WRITING, "duel", "beams"], min_width=0):
        controls["prompt"] = gr.Textbox(
            START["prompt"],
            label="Prompt (empty: from the start token)",
            lines=2,
            max_lines=LINES,
        )
    with gr.Column(elem_classes=["for", "score"], min_width=0):
        controls["text"] = gr.Textbox(
            START["text"], label="Text to score", lines=5, max_lines=LINES
        )
    controls["view"] = gr.Radio(VIEW, value="write", label="View", elem_id=f"{STEM}-view")
    return controls


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set."""
    limits = checkpoints.limits
    controls: Controls = {}
    with gr.Column(elem_classes=["for", "write", "branches", "why", "score"], min_width=0):
        controls["colour"] = gr.Radio(COLOUR, value=COLOUR[0][1], label="Colour the tokens by")
    with gr.Column(elem_classes=["for", *WRITING, "duel"], min_width=0):
        controls |= _sampling()
    with gr.Column(elem_classes=["for", "duel", "beams"], min_width=0):
        controls["beams"] = gr.Slider(2, limits.beams, 4, step=1, label="Beams")
    with gr.Column(elem_classes=["for", "beams"], min_width=0):
        controls["length_penalty"] = gr.Slider(
            -2, 4, 1, step=0.1, label="Length penalty (the power of the length; above 0: longer)"
        )
    with gr.Column(elem_classes=["for", *WRITING, "duel", "beams"], min_width=0):
        controls["max_new_tokens"] = gr.Slider(
            1, limits.new_tokens, START["max_new_tokens"], step=1, label="New tokens at most"
        )
        controls |= _repeating()
    with gr.Column(elem_classes=["for", "branches"], min_width=0):
        controls["branch"] = _place("Branch looked at, from 0")
        controls["other"] = _place("Compared with branch")
    with gr.Column(elem_classes=["for", "write", "why"], min_width=0):
        controls["step"] = _place("Token looked at, from 0")
    controls["branches"] = gr.Textbox("", visible="hidden", label="Branches")
    controls["model"] = model_choice(checkpoints, STEM)
    with gr.Column(elem_classes=["for", "write", "why", "duel", "beams", "score"], min_width=0):
        controls["beside"] = second_choice(checkpoints, STEM)
    return controls


def _sampling() -> Controls:
    """What changes the chance of a token; nothing folded away, so that what is on is in sight."""
    return {
        "temperature": gr.Slider(
            0, 3, START["temperature"], step=0.05, label="Temperature (0: greedy)"
        ),
        "top_k": gr.Slider(0, OFTEN, 0, step=1, label="Top-k (0: off)"),
        "top_p": gr.Slider(0.01, 1, 1, step=0.01, label="Top-p, nucleus (1: off)"),
        "min_p": gr.Slider(0, 1, 0, step=0.01, label="Min-p (0: off)"),
        "typical_p": gr.Slider(0.01, 1, 1, step=0.01, label="Typical mass (1: off)"),
        "greedy": gr.Checkbox(False, label="Greedy: always the likeliest token"),
        "seed": gr.Number(
            START["seed"],
            minimum=0,
            maximum=LARGEST_SEED,
            step=1,
            precision=0,
            label="Seed",
            elem_id=f"{STEM}-seed",
        ),
    }


def _repeating() -> Controls:
    """What is set against saying the same again."""
    return {
        "repetition_penalty": gr.Slider(1, 3, 1, step=0.05, label="Repetition penalty (1: off)"),
        "no_repeat_ngram_size": gr.Slider(0, 10, 0, step=1, label="No-repeat n-gram (0: off)"),
    }


def _place(label: str) -> gr.Number:
    return gr.Number(0, minimum=0, maximum=MOST_PLACES, step=1, precision=0, label=label)


def fields_of(controls: Controls) -> tuple[Field, ...]:
    """The controls as a link names them."""
    return tuple(Field(name, controls[name]) for name in Choices.__dataclass_fields__)
