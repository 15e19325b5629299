"""The settings of the Generation tab."""

from dataclasses import dataclass

from core.errors import UserError
from core.spacefile import Limits
from core.text import number_in
from services.generation.draws import MOST_DRAWS
from services.generation.settings import LARGEST_SEED, Settings, checked_settings
from services.generation.tree import read_choices
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

STEM = "generation"
START = read_examples(STEM)[0]["inputs"]
LINES = 12  # that a text box grows to; what is wrong with a text stays in sight below it

COLOUR = [("Probability", "probability"), ("Rank", "rank"), ("Entropy", "entropy")]
HIGHEST_TOP_K = 100  # the end of the slider
LAST_INDEX = 4095  # what may be typed for a branch or a token; the text decides
MORE = "More"  # what is seldom changed, folded


def named(setting: str) -> dict[str, str]:
    """The name by which the page finds a control."""
    return {"elem_id": f"{STEM}-{setting}"}


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    prompt: str = text_box(
        "Prompt (empty: from the start token)", START["prompt"], lines=2, most=LINES, where=INPUT
    )
    text: str = text_box(
        "Text to score", START["text"], lines=5, most=LINES, where=INPUT, about="to score"
    )
    view: str = view_choice()
    colour: str = radio("Colour the tokens by", COLOUR, folded=MORE)
    # The three that stand beside the text; the browser moves the chart with them (nexts.js).
    temperature: float = slider(
        "Temperature (0: greedy)", 0, 3, START["temperature"], step=0.05, look=named("temperature")
    )
    top_k: int = slider("Top-k (0: off)", 0, HIGHEST_TOP_K, 0, look=named("top_k"))
    top_p: float = slider("Top-p, nucleus (1: off)", 0.01, 1, 1, step=0.01, look=named("top_p"))
    min_p: float = slider("Min-p (0: off)", 0, 1, 0, step=0.01, folded=MORE, look=named("min_p"))
    typical_p: float = slider(
        "Typical-p (1: off)", 0.01, 1, 1, step=0.01, folded=MORE, look=named("typical_p")
    )
    greedy: bool = switch(
        "Greedy: always the most likely token", False, folded=MORE, look=named("greedy")
    )
    seed: int = number_box("Seed", 0, LARGEST_SEED, START["seed"], folded=MORE)
    draws: int = slider("Draws", 1, MOST_DRAWS, 200, called="number of draws")
    beams: int = slider("Beams", 2, "beams", 4, called="number of beams")
    length_penalty: float = slider(
        "Length penalty α (score ÷ lengthᵅ; larger favours longer texts)", -2, 4, 1, step=0.1
    )
    max_new_tokens: int = slider(
        "New tokens, at most",
        1,
        "new_tokens",
        START["max_new_tokens"],
        called="number of new tokens",
        folded=MORE,
    )
    repetition_penalty: float = slider(
        "Repetition penalty (1: off)", 1, 3, 1, step=0.05, folded=MORE
    )
    no_repeat_ngram_size: int = slider("No-repeat n-gram (0: off)", 0, 10, 0, folded=MORE)
    branch: int = number_box("Branch number, from 0", 0, LAST_INDEX, 0, about="a branch's number")
    other: int = number_box(
        "Compare with branch",
        0,
        LAST_INDEX,
        0,
        called="other branch",
        about="the one to compare with",
    )
    step: int = number_box(
        "Token number, from 0",
        0,
        LAST_INDEX,
        0,
        folded=MORE,
        called="token looked at",
        about="a token's number",
    )
    branches: str = hidden(
        "Branches",
        about="the choices that made them: branch.place.token, with commas between",
    )
    model: str = model_choice()
    beside: str = second_model()

    @property
    def chosen(self) -> list[tuple[int, int, int]]:
        """The choices that made the branches. Raises UserError when they are none."""
        parts = [
            [number_in(number.strip()) for number in part.split(".")]
            for part in self.branches.split(",")
            if part.strip()
        ]
        fit = [
            len(part) == 3 and all(type(number) is int and number >= 0 for number in part)
            for part in parts
        ]
        if not all(fit):
            raise UserError(
                "Branches are written branch.place.token, all whole numbers, with commas between; "
                f"got {self.branches[:60]!r}."
            )
        return read_choices(parts)


# Groups of controls that several views show.
DRAWING = ("temperature", "top_k", "top_p", "min_p", "typical_p", "greedy", "seed")
WRITING = ("max_new_tokens", "repetition_penalty", "no_repeat_ngram_size")
BUTTONS = "buttons"  # Another, Stop, Write the rest
OF_A_TEXT = ("prompt", BUTTONS, "colour", *DRAWING, *WRITING)

# What the code and the services are given, in the order of the code.
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
BEAMS = (*WRITING, "beams", "length_penalty")
# What a text depends on: with another of these its branches mean nothing any more.
TEXT = ("prompt", "model", *SAMPLING)


def sampling_of(limits: Limits, choices: Choices) -> Settings:
    """How the text is written. Raises UserError."""
    return checked_settings(limits, **{name: getattr(choices, name) for name in SAMPLING})


def beams_of(limits: Limits, choices: Choices) -> Settings:
    """How beams are searched. Raises UserError."""
    return checked_settings(limits, **{name: getattr(choices, name) for name in BEAMS})
