"""The `/judge` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from models.serving import Desk
from services.grammaticality.judge import checked_sentences, judge
from tabs.grammaticality.choices import STEM
from tabs.grammaticality.sentence import as_endpoint
from tabs.kit.notes import raises_user_errors


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def judge_endpoint(sentences: list[str], model: str = default) -> dict[str, Any]:
        """Whether each sentence is acceptable English, in the list's order.

        `probability` is that of acceptable, `logits` are those of unacceptable and acceptable.
        """
        entry = desk.named(model, STEM)
        checked = checked_sentences(sentences, desk.limits.judged_sentences)
        judgements = desk.ask(judge, entry, checked)
        return {"model": entry.name, "judgements": [as_endpoint(each) for each in judgements]}

    return judge_endpoint
