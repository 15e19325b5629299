"""The `/compare` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from models.serving import Desk
from services.similarity.compare import compare
from tabs.kit.notes import raises_user_errors
from tabs.similarity.choices import STEM
from tabs.similarity.matrix import as_endpoint


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def compare_endpoint(
        sentences: list[str], model: str = default, pooling: str = "mean", layer: int = -1
    ) -> dict[str, Any]:
        """Cosine and dot product of every two sentences: square matrices, in the list's order."""
        entry = desk.named(model, STEM)
        return as_endpoint(entry, desk.ask(compare, entry, sentences, pooling, layer))

    return compare_endpoint
