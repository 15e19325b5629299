"""What stands around a picture: the question above it with its number, one answer below it."""

from dataclasses import asdict
from typing import Any

from figures.parts.prose import marked
from tabs.kit.examples import read_examples
from tabs.kit.tab import Choices, Tab
from tabs.kit.view import Drawn


def with_question(
    tab: Tab, opened: Choices, choices: Choices, drawn: Drawn, *, early: bool = False
) -> str:
    """The picture with its question and its number above, and below it what an example answers.

    A text of the visitor's own has the question of the view, and no answer but the picture.
    `opened` is what the page starts with, from which an example differs by its inputs alone. What
    is `early` answers nothing yet.
    """
    example = example_of(tab, opened, choices)
    asks = example["asks"] if example else tab.view(choices).asks
    named = f' data-example="{example["name"]}"' if example else ""
    answer = ""
    if example and not early:
        answer = f'<p class="answer">{marked(example["look_for"])}</p>'
    return (
        f'<div class="banner"{named}><h2 class="question">{marked(asks)}</h2>'
        f'<p class="headline">{drawn.headline}</p></div>'
        f"{drawn.picture}{answer}"
    )


def example_of(tab: Tab, opened: Choices, choices: Choices) -> dict[str, Any] | None:
    """The example that the choices are, in every setting; None for a visitor's own."""
    start, chosen = asdict(opened), asdict(choices)
    for example in read_examples(tab.stem):
        wanted = start | example["inputs"]
        if "asks" in example and all(_same(chosen[name], wanted[name]) for name in chosen):
            return example
    return None


def _same(chosen: object, wanted: object) -> bool:
    """Whether a control holds a value; Gradio hands on a list where a field has a tuple."""
    if isinstance(chosen, list | tuple) and isinstance(wanted, list | tuple):
        return list(chosen) == list(wanted)
    return bool(chosen == wanted)
