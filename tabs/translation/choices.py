"""The settings of the Translation tab."""

from dataclasses import dataclass

from core.spacefile import Checkpoint
from core.text import checked_index, number_in
from services.translation.looking import MEAN
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    hidden,
    model_choice,
    number_box,
    radio,
    second_model,
    slider,
    switch,
    text_box,
    view_choice,
)

STEM = "translation"
START = read_examples(STEM)[0]["inputs"]
SHOW = [("Grid", "grid"), ("Lines", "lines"), ("Three attentions", "masks")]
LAST_STOP = 7  # of the walk-through: the choice of a token
LINES = 6  # that a text box grows to
MOST_PLACES = 100_000  # tokens that may be named; behind the end of a text its last one is meant
CHOSEN = {"elem_classes": ["chosen-in-picture"]}  # in the picture itself, not by hand


def check_place(value: object) -> int:
    """Raises UserError for what is no token's number."""
    return checked_index(value, 0, MOST_PLACES, name="number of the token looked at")


def check_stop(value: object) -> int:
    """Raises UserError for what is no stop of the walk-through."""
    return checked_index(value, 0, LAST_STOP, name="stop of the walk-through")


def word_of(value: object) -> int | None:
    """The number of a word as a control or a link has it; empty is none.

    Raises UserError for what is no word's number.
    """
    if value == "":
        return None
    number = number_in(value) if isinstance(value, str) else None
    given = value if number is None else number
    return checked_index(
        given, 0, MOST_PLACES, name="number of the hidden word", more=", or empty"
    )


def last_layer(entry: Checkpoint) -> int:
    """The number of the decoder's last layer."""
    return entry.layers - 1


def last_head(entry: Checkpoint) -> int:
    """The number of the last head."""
    return entry.heads - 1


OR_MEAN = {
    "aliases": (("mean", str(MEAN)),),
    "more": f" (0: the first, {MEAN}: the mean)",
    "about": "from 0; −1 or `mean`: the mean",
}


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("English sentence", START["text"], lines=2, most=LINES, where=INPUT)
    said: str = text_box(
        "French translation to score",
        "Votre chat est un chat adorable.",
        lines=2,
        most=LINES,
        where=INPUT,
        about="a translation to score, whatever the model would say",
    )
    wrong: str = text_box(
        "A wrong word in place of the chosen token",
        most=1,
        where=INPUT,
        about="a wrong word in place of the token looked at; empty: none",
    )
    view: str = view_choice()
    beams: int = slider("Beams (1: greedy)", 1, "beams", 4, called="number of beams")
    candidates: int = slider("Translations, at most", 1, "beams", 3, called="number of candidates")
    show: str = radio("Show", SHOW, called="what is shown")
    layer: int = slider("Layer (−1: mean of all)", MEAN, last_layer, called="layer", **OR_MEAN)
    head: int = slider("Head (−1: mean of all)", MEAN, last_head, called="head", **OR_MEAN)
    words: bool = switch("Words instead of pieces", True)
    hidden: str = hidden(
        "Hidden word", checks=word_of, about="the number of a source word, from 0; empty: none"
    )
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
    stop: int = number_box(
        "Stop of the walk-through",
        None,
        None,
        0,
        checks=check_stop,
        about="0 to 7: a stop of the walk-through",
        look=CHOSEN,
    )
    model: str = model_choice()
    beside: str = second_model()
