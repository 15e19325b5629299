"""The `/attend` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from core.text import checked_index
from models.serving import Desk
from services.attention.attend import attend
from tabs.attention.choices import STEM, last_layer
from tabs.attention.weights import as_endpoint
from tabs.kit.notes import raises_user_errors


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def attend_endpoint(
        text: str, text_pair: str = "", model: str = default, layer: int = 0
    ) -> dict[str, Any]:
        """All heads of one layer: weights is (head, looking, looked at), rows sum to 1.

        A causal model takes one text: a text_pair is refused, and weights on later tokens are 0.
        """
        entry = desk.named(model, STEM)
        layer = checked_index(layer, 0, last_layer(entry), name="layer")
        return as_endpoint(entry, desk.ask(attend, entry, text, text_pair), layer)

    return attend_endpoint
