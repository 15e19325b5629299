"""Rows of tokens that a model reads in one pass."""

from collections.abc import Iterator, Sequence
from typing import Any

import lazy_loader as lazy

from core.progress import Progress
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

TOKENS_AT_ONCE = 2048  # in one pass, padding counted: the memory that a batch may take


def batches(
    model: Loaded, rows: Sequence[Sequence[int]], progress: Progress | None = None
) -> Iterator[tuple[list[int], Any]]:
    """Rows of about equal length together, padded: (which rows, what the model takes)."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    while order:
        longest = len(rows[order[-1]])
        size = max(1, TOKENS_AT_ONCE // longest)
        chosen, order = order[-size:], order[:-size]
        yield chosen, batch_of(model, [rows[index] for index in chosen])
        if progress:
            progress(len(rows) - len(order), len(rows))


def batch_of(model: Loaded, rows: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Rows of token ids as one batch that the model takes: (row, token)."""
    return {
        "input_ids": padded(rows, model.tokenizer.pad_token_id),
        "attention_mask": padded([[1] * len(row) for row in rows]),
    }


def padded(rows: Sequence[Sequence[int]], filler: int = 0) -> Any:
    """(row, number): rows of numbers, each filled up to the longest.

    By hand: asked for padding, a fast tokenizer changes itself, and others are using it.
    """
    filled = torch.full((len(rows), max(map(len, rows))), filler)
    for index, row in enumerate(rows):
        filled[index, : len(row)] = torch.tensor(row)
    return filled
