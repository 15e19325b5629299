"""The settings of the Translation tab."""

from dataclasses import dataclass

from core.text import checked_index
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    model_choice,
    number_box,
    second_model,
    slider,
    text_box,
    view_choice,
)

STEM = "translation"
START = read_examples(STEM)[0]["inputs"]
LINES = 6  # that a text box grows to
MOST_PLACES = 100_000  # tokens that may be named; behind the end of a text its last one is meant
CHOSEN = {"elem_classes": ["chosen-in-picture"]}  # in the picture itself, not by hand


def check_place(value: object) -> int:
    """Raises UserError for what is no token's number."""
    return checked_index(value, 0, MOST_PLACES, name="number of the token looked at")


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("English sentence", START["text"], lines=2, most=LINES, where=INPUT)
    view: str = view_choice()
    beams: int = slider("Beams (1: greedy)", 1, "beams", 4, called="number of beams")
    candidates: int = slider("Translations, at most", 1, "beams", 3, called="number of candidates")
    # A link may hold any number; the tab refuses it.
    token: int = number_box(
        "Token",
        None,
        None,
        0,
        checks=check_place,
        about="0 to 100,000: a token’s number",
        look=CHOSEN,
    )
    model: str = model_choice()
    beside: str = second_model()
