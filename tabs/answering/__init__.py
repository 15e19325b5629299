"""The Answering tab: where in a passage does the answer to a question stand?"""

from figures.records.answering import answer_tables, answer_training
from services.answering.answer import Answer
from services.examples import read_example
from tabs.answering import answer, gold, scores, several, why
from tabs.answering.choices import STEM, Choices
from tabs.answering.endpoint import endpoint
from tabs.kit.record import training
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The answer of the first example, computed beforehand, and its code."""
    start = read_example(STEM, Answer)
    drawn = answer.draw_answer(asked.entry, start, asked.choices.threshold)
    return drawn, answer.snippet(asked)


TAB = Tab(
    stem=STEM,
    title="Answering",
    choices=Choices,
    views=(
        answer.VIEW,
        scores.VIEW,
        why.VIEW,
        gold.VIEW,
        several.VIEW,
        training(STEM, answer_training, answer_tables),
    ),
    opening=opening,
    endpoints={"answer": endpoint},
    picks=("view", "window"),
)
