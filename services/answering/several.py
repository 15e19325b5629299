"""Several questions, one passage."""

from collections.abc import Sequence

from core.errors import UserError
from models.loaded import Loaded
from services.answering.reading import encoded_question


def checked_questions(model: Loaded, questions: Sequence[str]) -> tuple[str, ...]:
    """The questions as they came, or a refusal that names the one that does not fit."""
    most = model.limits.questions
    if not 1 <= len(questions) <= most:
        noun = "question" if len(questions) == 1 else "questions"
        raise UserError(
            f"There {'is' if len(questions) == 1 else 'are'} {len(questions):,} {noun}; "
            f"1 to {most} are allowed, one on each line."
        )
    for number, question in enumerate(questions, start=1):
        encoded_question(model, question, name=f"text of question {number}")
    return tuple(questions)
