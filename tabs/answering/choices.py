"""The settings of the Answering tab: what can be chosen, and the controls for it."""

from dataclasses import dataclass

import gradio as gr

from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from services.answering.answer import MOST_CANDIDATES
from services.answering.scores import OWN
from services.records.record import record_threshold
from tabs.kit.beside import second_choice
from tabs.kit.examples import read_examples
from tabs.kit.room import Field, model_choice

STEM = "answering"
START = read_examples(STEM)[0]["inputs"]

VIEW = [
    ("Answer", "answer"),
    ("Scores", "scores"),
    ("Why this span", "why"),
    ("Several questions", "several"),
    ("How it was trained", "training"),
]
FURTHEST = 30.0  # the ends of the slider for the threshold, in logits
MOST_WINDOWS = 999  # what may be typed; the passage decides


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    question: str
    context: str
    questions: str  # one on each line
    model: str
    view: str
    top: int
    threshold: float
    window: int
    beside: str = ""  # the second model; "" is none

    @property
    def listed(self) -> list[str]:
        """The several questions, without the lines on which nothing is typed."""
        return [line.strip("\r") for line in self.questions.split("\n") if line.strip()]


Controls = dict[str, gr.components.Component]


def first_threshold(checkpoint: Checkpoint) -> float:
    """Where the slider starts: the margin that training chose; 0 for a model without record."""
    known = record_threshold(checkpoint)
    return known.value if known else 0.0


def inputs() -> Controls:
    """What is asked of which passage, and how it is looked at.

    The style sheet shows groups named `for <view>` with that view alone.
    """
    controls: Controls = {}
    with gr.Column(elem_classes=["for", "answer", "scores", "why"], min_width=0):
        controls["question"] = gr.Textbox(START["question"], label="Question", lines=1)
    with gr.Column(elem_classes=["for", "several"], min_width=0):
        controls["questions"] = gr.Textbox(
            START["questions"],
            label="Questions, one on each line (empty lines are skipped)",
            lines=5,
            max_lines=12,
        )
    with gr.Column(elem_classes=["for", "answer", "scores", "why", "several"], min_width=0):
        controls["context"] = gr.Textbox(START["context"], label="Passage", lines=5, max_lines=12)
    controls["view"] = gr.Radio(VIEW, value="answer", label="View", elem_id=f"{STEM}-view")
    return controls


def settings(checkpoints: Checkpoints) -> Controls:
    """What is set."""
    controls: Controls = {}
    with gr.Column(elem_classes=["for", "answer", "several"], min_width=0):
        controls["threshold"] = gr.Slider(
            -FURTHEST,
            FURTHEST,
            value=first_threshold(checkpoints.default(STEM)),
            step=0.001,
            label="Threshold: say “no answer” above this margin",
        )
    with gr.Column(elem_classes=["for", "answer"], min_width=0):
        controls["top"] = gr.Slider(
            1, MOST_CANDIDATES, value=3, step=1, label="Spans in the list (n best)"
        )
    with gr.Column(elem_classes=["for", "scores"], min_width=0):
        controls["window"] = gr.Number(
            OWN,
            minimum=OWN,
            maximum=MOST_WINDOWS,
            step=1,
            precision=0,
            label="Window, from 0 (−1: the one that holds the answer)",
        )
    controls["model"] = model_choice(checkpoints, STEM)
    controls["beside"] = second_choice(checkpoints, STEM)
    return controls


def fields_of(controls: Controls) -> tuple[Field, ...]:
    """The controls as a link names them."""
    special = {"questions": {"lines": True}, "window": {"aliases": (("best", str(OWN)),)}}
    return tuple(
        Field(name, controls[name], **special.get(name, {}))  # type: ignore[arg-type]
        for name in Choices.__dataclass_fields__
    )
