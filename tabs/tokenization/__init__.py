"""The Tokenization tab."""

from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from figures.tokenization.ribbons import reading_figure
from figures.tokenization.table import reading_tables
from models.checkpoints import Checkpoints
from services.examples import read_example
from services.tokenization.overview import MOST_PADDING, Reading, read
from services.tokenization.tokenize import Tokenization, offered, tokenize
from tabs.kit.about import explanation, export_bar, snippet_area
from tabs.kit.events import IN_BROWSER, on_change
from tabs.kit.examples import example_list, read_examples
from tabs.kit.exports import as_files
from tabs.kit.notes import note_area, raises_user_errors, shows_user_errors
from tabs.kit.picked import Picked
from tabs.kit.room import Field, Room, area
from tabs.kit.snippets import filled

STEM = "tokenization"
TITLE = "Tokenization"
START = read_examples(STEM)[0]["inputs"]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str
    text_pair: str
    tokenizer: list[str]
    word: str
    ids: bool
    special: bool
    padding: int


WORD = list(Choices.__dataclass_fields__).index("word")  # the control that a click on a token sets


def build(checkpoints: Checkpoints) -> Room:
    """Draw the tab; its first picture was computed beforehand, so no model is awaited."""
    with gr.Column(elem_classes=["room", STEM]):
        with area("input"):
            text = gr.Textbox(START["text"], label="Text", lines=3, max_lines=12)
            text_pair = gr.Textbox("", label="Second sentence (optional)", lines=1, max_lines=6)
            tokenizer = tokenizer_choice(checkpoints)
            note = note_area()
        with area("result"):
            picture = Picked(elem_id=f"{STEM}-figure", min_height=600)
            with gr.Accordion("The same as tables", open=False):
                table = gr.HTML(elem_classes=["token-tables"])
        with area("settings"):
            chosen = settings()
        controls: list[Any] = [text, text_pair, tokenizer, *chosen]
        names_of = Choices.__dataclass_fields__
        fields = tuple(Field(n, c) for n, c in zip(names_of, controls, strict=True))
        with area("examples"):
            example_list(STEM, fields)
        with area("about"):
            export_bar(STEM, controls, note, lambda *v: numbers(checkpoints, Choices(*v)))
            code = snippet_area("")
            explanation(STEM)
    start, opened = read_example(STEM, Reading), Choices(*(control.value for control in controls))
    picture.value, table.value = draw(start, opened)
    code.value = snippet(checkpoints, start, opened)

    @shows_user_errors(note)
    def show(*values: Any) -> tuple[str, str, str]:
        choices = Choices(*values)
        reading = reading_of(checkpoints, choices)
        return (*draw(reading, choices), snippet(checkpoints, reading, choices))

    # Cutting text takes milliseconds, so it does not wait behind the models.
    on_change(STEM, controls, show, [picture, table, code, note], queue="tokens")
    picture.click(
        None, None, controls[WORD], js=f"() => lectern.picked('{STEM}-figure')", **IN_BROWSER
    )
    gr.api(endpoint(checkpoints), api_name="tokenize")
    return Room(STEM, fields)


def tokenizer_choice(checkpoints: Checkpoints) -> gr.CheckboxGroup:
    """The tokenizers that can stand side by side."""
    names = [(title, name) for name, title in offered(checkpoints).items()]
    label = f"Tokenizers (1 to {checkpoints.limits.tokenizers})"
    return gr.CheckboxGroup(names, value=START["tokenizer"], label=label)


def settings() -> list[Any]:
    """The other controls, in the order of `Choices`."""
    return [
        gr.Textbox("", label="Word to trace (empty: the one in most pieces)", max_lines=1),
        gr.Checkbox(True, label="Ids"),
        gr.Checkbox(True, label="Special tokens in the picture"),
        gr.Slider(0, MOST_PADDING, 0, step=1, label="Padding of the model's input"),
    ]


def reading_of(checkpoints: Checkpoints, choices: Choices) -> Reading:
    """What the services say of the visitor's choices."""
    return read(
        checkpoints,
        choices.tokenizer,
        choices.text,
        choices.text_pair,
        word=choices.word,
        padding=choices.padding,
    )


def draw(reading: Reading, choices: Choices) -> tuple[str, str]:
    """The picture and its tables."""
    picture = reading_figure(reading, ids=choices.ids, special=choices.special)
    return picture, reading_tables(reading)


def snippet(checkpoints: Checkpoints, reading: Reading, choices: Choices) -> str:
    """The code that cuts the same text with the model's tokenizer and without one."""
    return filled(
        f"{STEM}/bpe" if reading.trace.merges else f"{STEM}/{STEM}",
        checkpoints.named(reading.rows.tokenizer, STEM),
        text=choices.text,
        text_pair=choices.text_pair if choices.text_pair.strip() else None,
        word=reading.trace.typed,
    )


def numbers(checkpoints: Checkpoints, choices: Choices) -> tuple[str, str]:
    """Every token of every tokenizer as CSV; with the rows and the trace as JSON."""
    reading = reading_of(checkpoints, choices)
    columns = ("text", "id", "start", "end", "special", "segment")
    lines: list[list[Any]] = [["tokenizer", "position", *columns, "source"]]
    for tokenization in reading.tokenizations:
        for place, token in enumerate(tokenization.tokens):
            values = [getattr(token, column) for column in columns]
            lines.append([tokenization.tokenizer, place, *values, tokenization.source(token)])
    content = {
        "tokenizations": [endpoint_answer(one) for one in reading.tokenizations],
        "input": asdict(reading.rows),
        "trace": asdict(reading.trace),
        "traces": dict(zip(reading.traced_by, map(asdict, reading.traces), strict=True)),
        "unknown": [asdict(unknown) for unknown in reading.unknowns],
        "settings": asdict(choices),
    }
    return as_files(lines, content)


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/tokenize` endpoint of docs/api.md."""
    first = checkpoints.default(STEM).name

    @raises_user_errors
    def tokenize_endpoint(
        text: str, tokenizer: str = first, text_pair: str = ""
    ) -> dict[str, Any]:
        """The tokens of a text or pair: text[start:end] is the exact source of a token."""
        return endpoint_answer(tokenize(checkpoints, tokenizer, text, text_pair))

    return tokenize_endpoint


def endpoint_answer(tokenization: Tokenization) -> dict[str, Any]:
    """What `/tokenize` returns: all tokens, and the counts."""
    return {
        "tokenizer": tokenization.tokenizer,
        "tokens": [asdict(token) for token in tokenization.tokens],
        "words": tokenization.words,
        "characters": tokenization.characters,
        "unknown": tokenization.unknown,
    }
