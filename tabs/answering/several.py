"""The view of several questions put to one passage."""

from figures.answering.several import headline, several_figure, several_table
from services.answering.answer import Answer, checked_top, ranked
from services.answering.reading import read
from services.answering.several import checked_questions
from tabs.answering.answer import code, whole
from tabs.answering.choices import Choices
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """An answer for each question."""
    answers = answers_of(asked)
    threshold, title = asked.choices.threshold, asked.entry.title
    picture = several_figure(answers, threshold=threshold, title=title)
    return Drawn(picture, several_table(answers), headline=headline(answers, threshold))


def answers_of(asked: Asked[Choices]) -> tuple[Answer, ...]:
    """The answer to each of the several questions."""
    chosen = asked.choices
    top = checked_top(chosen.top)
    questions = asked.ask(checked_questions, chosen.listed)
    answers = []
    for number, question in enumerate(questions):

        def told(done: int, pieces: int, before: int = number) -> None:
            asked.progress(before * pieces + done, len(questions) * pieces)

        reading = asked.ask(read, question, chosen.context, progress=told)
        answers.append(ranked(reading, top))
    return tuple(answers)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each question."""
    answers, threshold = answers_of(asked), asked.choices.threshold
    lines: Lines = [
        ["question", "answer", "start", "end", "probability", "no_answer", "margin", "says"]
    ]
    for found in answers:
        best = found.best
        says = "no answer" if found.says_none(threshold) else "answer"
        values = (best.start, best.end, best.score, found.no_answer, found.margin)
        lines.append([found.reading.question, best.text, *values, says])
    return lines, {"answers": [whole(asked.entry, found) for found in answers]}


def snippet(asked: Asked[Choices]) -> str:
    """The code that answers all the questions."""
    chosen, abstains = asked.choices, asked.entry.abstains
    asking = {"questions": chosen.listed, "abstains": abstains, "threshold": chosen.threshold}
    return code("answering/several", asked, **asking)


VIEW = View(
    name="several",
    label="Several questions",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("questions", "context", "threshold"),
    asks="Which of these questions does the passage answer?",
)
