"""The `/fill` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from models.serving import Desk
from services.masking.fill import fill_all
from tabs.kit.notes import raises_user_errors
from tabs.masking.choices import STEM
from tabs.masking.fill import as_endpoint


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
