"""The settings of the Answering tab."""

from dataclasses import dataclass

from core.text import lines_of
from services.answering.answer import MOST_CANDIDATES
from services.answering.scores import OWN
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

STEM = "answering"
START = read_examples(STEM)[0]["inputs"]

FURTHEST = 30.0  # the ends of the slider for the threshold, in logits
MOST_WINDOWS = 999  # what may be typed; the passage decides


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    question: str = text_box("Question", START["question"], where=INPUT)
    questions: str = text_box(
        "Questions, one on each line (empty lines are skipped)",
        START["questions"],
        lines=5,
        most=12,
        where=INPUT,
        list_of_lines=True,
        about="several, against one passage",
    )
    context: str = text_box("Passage", START["context"], lines=5, most=12, where=INPUT)
    gold: str = text_box(
        "Right answer (several: one on each line; none: there is no answer)",
        START["gold"],
        lines=2,
        most=6,
        where=INPUT,
        list_of_lines=True,
        about="what is right, to score the answer against",
        typed=False,  # no model reads it
    )
    view: str = view_choice()
    threshold: float = slider(
        "Threshold: say “no answer” above this margin",
        -FURTHEST,
        FURTHEST,
        0,
        step=0.001,
        about="in logits",
    )
    top: int = slider("Spans in the list (n best)", 1, MOST_CANDIDATES, 3)
    window: int = number_box(
        "Window, from 0 (−1: the one that holds the answer)",
        OWN,
        MOST_WINDOWS,
        OWN,
        aliases=(("best", str(OWN)),),
        about="from 0; `best` or −1: the one that holds the answer",
    )
    model: str = model_choice()
    beside: str = second_model()

    @property
    def listed(self) -> list[str]:
        """The several questions, without the lines on which nothing is typed."""
        return [line for line in lines_of(self.questions) if line.strip()]

    @property
    def golds_typed(self) -> list[str]:
        """The right answers, line by line."""
        return lines_of(self.gold)
