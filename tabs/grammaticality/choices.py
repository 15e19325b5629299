"""The settings of the Grammaticality tab."""

from dataclasses import dataclass

from services.grammaticality.confusion import ACCEPTABLE, UNACCEPTABLE
from services.grammaticality.yours import check_labels
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    hidden,
    model_choice,
    second_model,
    slider,
    switch,
    text_box,
    view_choice,
)

STEM = "grammaticality"
START = read_examples(STEM)[0]["inputs"]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    view: str = view_choice()
    sentence: str = text_box("Sentence", START["sentence"], lines=2, most=6, where=INPUT)
    other: str = text_box(
        "Second sentence",
        START["other"],
        lines=2,
        most=6,
        where=INPUT,
        about="the second sentence of a pair",
    )
    sentences: str = text_box(
        "One sentence on each line, or CSV with the columns sentence and label",
        START["sentences"],
        lines=8,
        most=12,
        where=INPUT,
        list_of_lines=True,
    )
    accepted: int = slider("Wrongly accepted", 0, UNACCEPTABLE, 86, where=INPUT)
    rejected: int = slider("Wrongly rejected", 0, ACCEPTABLE, 19, where=INPUT)
    labels: str = hidden(
        "Your labels",
        checks=check_labels,
        redraws=False,  # they are marked in the browser; all of them ask for what others say
        about="1, 0 or - for each sentence, with commas between",
    )
    revealed: bool = switch("Show the labels and the model", False)
    model: str = model_choice()
    beside: str = second_model()
