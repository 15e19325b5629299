"""The endpoints of docs/api.md: `/count` and `/inspect`."""

from collections.abc import Callable
from typing import Any

from core.errors import UserError
from core.text import seen
from models.serving import Desk
from services.anatomy.count import count
from services.anatomy.journey import inspect
from services.anatomy.measure import measure
from services.anatomy.shapes import PRESETS
from tabs.anatomy.choices import STEM
from tabs.anatomy.count import as_endpoint
from tabs.anatomy.journey import inspected
from tabs.kit.notes import raises_user_errors


def count_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def count_endpoint(model: str = default) -> dict[str, Any]:
        """The parameters of a model, or of a published shape, part by part.

        The cache holds the keys and values of one token in float16; bytes are of the weights.
        """
        if isinstance(model, str) and model in PRESETS:
            return {"model": model} | as_endpoint(count(PRESETS[model]))
        entries = {entry.name: entry for entry in desk.offered(STEM)}
        if not isinstance(model, str) or model not in entries:
            allowed = ", ".join((*entries, *PRESETS))
            raise UserError(f"The model must be one of {allowed}; got {seen(model)}.")
        measured = desk.ask(measure, entries[model])
        return {"model": model} | as_endpoint(count(measured.shape))

    return count_endpoint


def inspect_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def inspect_endpoint(
        text: str, text_pair: str = "", model: str = default, token: int = 0
    ) -> dict[str, Any]:
        """The chosen token's vector after every step, and what each head added to it.

        Norms are lengths (L2); the mean and the deviation are over the numbers of a vector.
        """
        entry = desk.named(model, STEM)
        return inspected(entry, desk.ask(inspect, entry, text, text_pair, token))

    return inspect_endpoint
