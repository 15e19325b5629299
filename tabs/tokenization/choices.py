"""The settings of the Tokenization tab."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from models.serving import Desk
from services.tokenization.overview import MOST_PADDING
from services.tokenization.plain import BUILT_IN
from tabs.kit.examples import read_examples
from tabs.kit.settings import INPUT, Setting, declared, slider, switch, text_box, view_choice

STEM = "tokenization"
START = read_examples(STEM)[0]["inputs"]


def offered(desk: Desk) -> dict[str, str]:
    """The title of every tokenizer by its name: the models' first, then the built-in ones."""
    models = {entry.name: entry.title for entry in desk.offered(STEM)}
    return models | {name: kind.title for name, kind in BUILT_IN.items()}


def tokenizer_choice(setting: Setting, stem: str, desk: Desk) -> gr.CheckboxGroup:
    """The tokenizers that can stand side by side."""
    names = [(title, name) for name, title in offered(desk).items()]
    label = f"{setting.label} (1 to {desk.limits.tokenizers})"
    return gr.CheckboxGroup(names, value=list(setting.start), label=label)


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("Text", START["text"], lines=3, most=12, where=INPUT)
    text_pair: str = text_box("Second sentence (optional)", most=6)
    view: str = view_choice()
    tokenizer: Sequence[str] = declared(
        Setting("Tokenizers", tokenizer_choice, tuple(START["tokenizer"]))
    )
    word: str = text_box("Word to trace (empty: the one in most pieces)", most=1, about="to trace")
    ids: bool = switch("Ids", True)
    special: bool = switch("Special tokens in the picture", True)
    padding: int = slider("Padding of the model's input", 0, MOST_PADDING)
