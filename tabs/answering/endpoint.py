"""The `/answer` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from models.serving import Desk
from services.answering.answer import answer
from tabs.answering.answer import as_endpoint
from tabs.answering.choices import STEM
from tabs.kit.notes import raises_user_errors


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def answer_endpoint(
        question: str, context: str, model: str = default, top: int = 3
    ) -> dict[str, Any]:
        """The likeliest span of the passage, the runners-up, and how likely it is that none fits.

        Offsets are characters of the context, in code points.
        """
        entry = desk.named(model, STEM)
        return as_endpoint(entry, desk.ask(answer, entry, question, context, top))

    return answer_endpoint
