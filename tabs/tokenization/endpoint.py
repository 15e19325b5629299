"""The `/tokenize` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from models.serving import Desk
from tabs.kit.notes import raises_user_errors
from tabs.tokenization.choices import STEM
from tabs.tokenization.ribbons import as_endpoint, cut_by


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default tokenizer in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def tokenize_endpoint(
        text: str, tokenizer: str = default, text_pair: str = ""
    ) -> dict[str, Any]:
        """The tokens of a text or pair: text[start:end] is the exact source of a token."""
        return as_endpoint(cut_by(desk, tokenizer, text, text_pair))

    return tokenize_endpoint
