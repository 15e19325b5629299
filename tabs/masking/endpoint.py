"""The `/fill` and `/follows` endpoints of docs/api.md."""

from collections.abc import Callable
from typing import Any

from models.serving import Desk
from services.masking.fill import fill_all
from tabs.kit.notes import raises_user_errors
from tabs.masking.choices import STEM
from tabs.masking.fill import as_endpoint
from tabs.masking.follows import FOLLOWING, read_pair
from tabs.masking.follows import as_endpoint as pair_as_endpoint


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def fill_endpoint(
        text: str, model: str = default, top: int = 10, candidate: str = ""
    ) -> dict[str, Any]:
        """The likeliest tokens for each [MASK] of a text, and what a word of one's own gets."""
        entry = desk.named(model, STEM)
        return as_endpoint(entry, desk.ask(fill_all, entry, text, candidate, top))

    return fill_endpoint


def follows_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint of the next sentence, whose default is the first model with that head."""
    default = desk.default(FOLLOWING).name

    @raises_user_errors
    def follows_of(sentence: str, following: str, model: str = default) -> dict[str, Any]:
        """Whether the second sentence follows the first, and the same of a contrast set."""
        entry = desk.named(model, FOLLOWING)
        return pair_as_endpoint(entry, read_pair(desk, entry, sentence, following))

    return follows_of
