"""The views of the Answering tab: which figure shows what."""

import math
from dataclasses import dataclass

import gradio as gr

from core.errors import UserError
from core.progress import Progress
from core.spacefile import Checkpoint
from core.text import checked_choice
from figures.answering.answer import answer_figure, answer_table
from figures.answering.scores import scores_figure, scores_table
from figures.answering.several import several_figure, several_table
from figures.answering.why import why_figure, why_table
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.answering.answer import Answer, checked_top, ranked
from services.answering.reading import Reading, read
from services.answering.scores import scores_of, window_bests
from services.answering.several import checked_questions
from services.answering.why import Why, explain
from services.records.record import record_threshold
from tabs.answering.choices import FURTHEST, STEM, VIEW, Choices
from tabs.kit.record import draw_training

KEPT = gr.Cache(max_size=24)  # what was read: a slider that moves does not read it again


@dataclass(frozen=True)
class Drawn:
    """What is on screen: a figure in HTML, and the same as a table."""

    picture: str
    table: str
    part: str = ""  # of the passage, where only that was read


def draw(checkpoints: Checkpoints, choices: Choices, progress: Progress | None = None) -> Drawn:
    """The chosen view; only what it needs is computed. Raises UserError."""
    checkpoint = checkpoints.named(choices.model, STEM)
    checked_choice(choices.view, [value for _, value in VIEW], name="view")
    if choices.view == "training":
        return Drawn(*draw_training(checkpoint, STEM))
    threshold = checked_threshold(choices.threshold)
    qa, title = checkpoints.load(checkpoint), checkpoint.title
    if choices.view == "several":
        answers = answers_of(qa, choices, progress)
        picture = several_figure(answers, threshold=threshold, title=title)
        return Drawn(picture, several_table(answers))
    found = answer_of(qa, choices, progress)
    if choices.view == "scores":
        scores = scores_of(found, choices.window)
        return Drawn(scores_figure(scores, title=title), scores_table(scores))
    if choices.view == "why":
        why = why_of(qa, found, progress)
        return Drawn(why_figure(why, title=title), why_table(why), why.text)
    return draw_answer(checkpoint, found, threshold)


def draw_answer(checkpoint: Checkpoint, found: Answer, threshold: float) -> Drawn:
    """The answer in its passage, and the candidates as a table."""
    bests = window_bests(found)
    trade = record_threshold(checkpoint)
    picture = answer_figure(found, bests, trade, threshold=threshold, title=checkpoint.title)
    return Drawn(picture, answer_table(found, bests))


def checked_threshold(value: object) -> float:
    """A margin on the slider. Raises UserError."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or math.isnan(value) or abs(value) > FURTHEST:  # type: ignore[arg-type]
        raise UserError(
            f"The threshold must be a number from −{FURTHEST:g} to {FURTHEST:g}; {value!r} came."
        )
    return float(value)  # type: ignore[arg-type]


def answer_of(qa: Loaded, choices: Choices, progress: Progress | None = None) -> Answer:
    """The answer to the question in the box; what was read before is not read again."""
    top = checked_top(choices.top)
    return ranked(_reading(qa, choices.question, choices.context, progress), top)


def answers_of(
    qa: Loaded, choices: Choices, progress: Progress | None = None
) -> tuple[Answer, ...]:
    """The answer to each of the several questions."""
    top, questions = checked_top(choices.top), checked_questions(qa, choices.listed)
    answers = []
    for number, question in enumerate(questions):

        def told(done: int, pieces: int, before: int = number) -> None:
            if progress:
                progress(before * pieces + done, len(questions) * pieces)

        answers.append(ranked(_reading(qa, question, choices.context, told), top))
    return tuple(answers)


def why_of(qa: Loaded, found: Answer, progress: Progress | None = None) -> Why:
    """What becomes of the answer without each sentence and each word."""
    reading = found.reading
    key = ("why", qa.checkpoint.name, reading.question, reading.context)
    kept = KEPT.get(key)
    if kept is None:
        kept = {"result": explain(qa, found, progress)}
        KEPT.set(key, **kept)
    why: Why = kept["result"]
    return why


def _reading(qa: Loaded, question: str, context: str, progress: Progress | None) -> Reading:
    key = ("read", qa.checkpoint.name, question, context)
    kept = KEPT.get(key)
    if kept is None:
        kept = {"result": read(qa, question, context, progress)}
        KEPT.set(key, **kept)
    reading: Reading = kept["result"]
    return reading
