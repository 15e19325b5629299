"""The Attention tab."""

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from figures.attention import heatmap, strongest_table
from services.attention import Attention, attend
from services.attention_views import Matrix, look
from services.checkpoints import Checkpoints
from services.examples import read_example
from services.spacefile import Checkpoint
from services.text import checked_index
from tabs.common import (
    INSIDE,
    Field,
    Room,
    area,
    example_list,
    explanation,
    export_bar,
    model_choice,
    note_area,
    raises_user_errors,
    read_examples,
    shows_user_errors,
    snippet_area,
)
from tabs.snippets import filled

STEM = "attention"
TITLE = "Attention"
COMBINE = [("One head", "head"), ("Mean over heads", "mean"), ("Rollout", "rollout")]
SPECIAL = [("Show", "show"), ("Hide", "hide"), ("Hide, renormalise", "renormalise")]
DIRECTION = [
    ("All", "all"),
    ("First to first", "aa"),
    ("First to second", "ab"),
    ("Second to first", "ba"),
    ("Second to second", "bb"),
]
SCALE = [("Linear", "linear"), ("Logarithmic", "log")]
START = read_examples(STEM)[0]["inputs"]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str
    text_pair: str
    model: str
    layer: int
    head: int
    combine: str
    special: str
    words: bool
    direction: str
    scale: str


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first picture was computed beforehand, so no model is awaited."""
    bert = checkpoints.default(STEM)
    start = read_example(STEM, Attention)
    with gr.Column(elem_classes=["room"]):
        with area("input"):
            text = gr.Textbox(START["text"], label="Sentence", lines=2)
            text_pair = gr.Textbox("", label="Second sentence (optional)", lines=1)
            note = note_area()
        with area("result"):
            picture = gr.HTML(elem_id=f"{STEM}-figure", min_height=420)
            with gr.Accordion("The same as a table", open=False):
                table = gr.HTML()
        with area("settings"):
            layer = gr.Slider(0, bert.layers - 1, START["layer"], step=1, label="Layer")
            head = gr.Slider(0, bert.heads - 1, START["head"], step=1, label="Head")
            combine = gr.Radio(COMBINE, value="head", label="Which weights")
            with gr.Accordion("More settings", open=False):
                model = model_choice(checkpoints, STEM)
                special = gr.Radio(SPECIAL, value="show", label="[CLS] and [SEP]")
                words = gr.Checkbox(False, label="Words instead of word pieces")
                direction = gr.Radio(DIRECTION, value="all", label="Direction (two sentences)")
                scale = gr.Radio(SCALE, value="linear", label="Colour scale")
        controls = [text, text_pair, model, layer, head, combine, special, words, direction, scale]
        names = Choices.__dataclass_fields__
        fields = tuple(Field(n, c) for n, c in zip(names, controls, strict=True))
        with area("about"):
            example_list(STEM, fields)
            export_bar(STEM, controls, note, lambda *v: numbers(checkpoints, Choices(*v)))
            code = snippet_area(snippet(bert, _chosen(fields)))
            explanation(STEM)
    picture.value, table.value = draw(bert, start, _chosen(fields))

    @shows_user_errors(note)
    def show(*values: Any) -> tuple[str, str, str]:
        choices = Choices(*values)
        checkpoint = checkpoints.named(choices.model, STEM)
        attention = attend(checkpoints.load(checkpoint), choices.text, choices.text_pair)
        return (*draw(checkpoint, attention, choices), snippet(checkpoint, choices))

    gr.on([c.change for c in controls], show, controls, [picture, table, code, note], **INSIDE)
    gr.api(endpoint(checkpoints), api_name="attend")
    return Room(STEM, fields)


def _chosen(fields: tuple[Field, ...]) -> Choices:
    """What the controls hold as the page opens."""
    return Choices(*(field.control.value for field in fields))  # type: ignore[attr-defined]


def matrix_of(attention: Attention, choices: Choices) -> Matrix:
    """The one matrix that the settings name."""
    return look(
        attention,
        layer=choices.layer,
        head=choices.head,
        combine=choices.combine,
        words=choices.words,
        special=choices.special,
        direction=choices.direction,
    )


def draw(bert: Checkpoint, attention: Attention, choices: Choices) -> tuple[str, str]:
    """The picture and its table."""
    matrix = matrix_of(attention, choices)
    which = {
        "head": f"layer {choices.layer}, head {choices.head}",
        "mean": f"layer {choices.layer}, mean over {bert.heads} heads",
        "rollout": f"rollout over layers 0 to {choices.layer}",
    }[choices.combine]
    caption = f"Attention weights of {bert.title}, {which}: how much each row looks at each column"
    return heatmap(matrix, caption=caption, scale=choices.scale), strongest_table(matrix)


def snippet(bert: Checkpoint, choices: Choices) -> str:
    """The code that computes the weights of the chosen layer and head."""
    return filled(
        STEM,
        bert,
        text=choices.text,
        text_pair=choices.text_pair if choices.text_pair.strip() else None,
        layer=choices.layer,
        head=choices.head,
    )


def numbers(checkpoints: Checkpoints, choices: Choices) -> tuple[str, str]:
    """The matrix on screen as CSV, and the whole layer as JSON, every digit kept."""
    checkpoint = checkpoints.named(choices.model, STEM)
    attention = attend(checkpoints.load(checkpoint), choices.text, choices.text_pair)
    matrix = matrix_of(attention, choices)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["looking", *matrix.columns])
    for name, row in zip(matrix.rows, matrix.weights, strict=True):
        writer.writerow([name, *row.tolist()])
    answer = endpoint_answer(checkpoint, attention, choices.layer)
    return sheet.getvalue(), json.dumps(answer | {"settings": asdict(choices)}, indent=1)


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/attend` endpoint of docs/api.md."""
    bert = checkpoints.default(STEM)

    @raises_user_errors
    def attend_endpoint(
        text: str, text_pair: str = "", model: str = bert.name, layer: int = 0
    ) -> dict[str, Any]:
        """All heads of one layer: weights is (head, looking, looked at), rows sum to 1."""
        checkpoint = checkpoints.named(model, STEM)
        layer = checked_index(layer, 0, checkpoint.layers - 1, name="layer")
        attention = attend(checkpoints.load(checkpoint), text, text_pair)
        return endpoint_answer(checkpoint, attention, layer)

    return attend_endpoint


def endpoint_answer(bert: Checkpoint, attention: Attention, layer: int) -> dict[str, Any]:
    """What `/attend` returns: numbers as the model gave them, never rounded."""
    return {
        "model": bert.name,
        "tokens": [asdict(token) for token in attention.tokens],
        "layer": layer,
        "layers": attention.layers,
        "heads": attention.heads,
        "weights": attention.weights[layer].tolist(),
    }
