"""The settings of the Masked words tab."""

from dataclasses import dataclass

from services.masking.blanks import MOST, numbers_in
from services.masking.fill import MOST_GUESSES
from services.masking.learning import MOST_SEED
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    hidden,
    model_choice,
    number_box,
    second_model,
    slider,
    text_box,
    view_choice,
)

STEM = "masking"
START = read_examples(STEM)[0]["inputs"]


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("Text", START["text"], lines=2, most=8, where=INPUT)
    first: str = text_box("First sentence, with a blank _ or [MASK]", START["first"], where=INPUT)
    second: str = text_box("Second sentence, with the same blank", START["second"], where=INPUT)
    find: str = text_box(
        "Look up words (separated by commas)",
        where=INPUT,
        about="words with commas between",
        typed=False,
    )
    paragraph: str = text_box("Paragraph", START["paragraph"], lines=5, most=12, where=INPUT)
    templates: str = text_box(
        "Sentences, one on each line: * for the word, _ for the group",
        START["templates"],
        lines=5,
        most=16,
        where=INPUT,
        list_of_lines=True,
        about="sentences with * for the word and _ for the group",
        typed=False,  # what is read are the sentences that are made of all four
    )
    words: str = text_box(
        "Words (separated by commas)", START["words"], lines=2, most=6, where=INPUT, typed=False
    )
    group: str = text_box(
        "First group", START["group"], where=INPUT, about="words of a group", typed=False
    )
    other: str = text_box(
        "Second group", START["other"], where=INPUT, about="words of the other", typed=False
    )
    sentence: str = text_box("First sentence", START["sentence"], lines=2, most=4, where=INPUT)
    following: str = text_box(
        "Second sentence: does it follow?", START["following"], lines=2, most=4, where=INPUT
    )
    view: str = view_choice()
    hidden: str = hidden(
        "Masked words",
        START["hidden"],
        checks=numbers_in,
        about="numbers of words and signs from 0, with commas between",
    )
    candidate: str = text_box(
        "Your own word (optional)",
        where=INPUT,
        about="a word to score in the place of each mask",
        typed=False,
    )
    top: int = slider("Guesses", 1, MOST_GUESSES, 10)
    mask: int = number_box(
        "Masked word, from 0",
        0,
        MOST - 1,
        0,
        about="the masked word that is read layer by layer",
    )
    seed: int = number_box("Draw", 0, MOST_SEED, 0, about="which tokens are chosen")
    model: str = model_choice()
    beside: str = second_model()
