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
        # Padded by hand: asked for padding, a fast tokenizer changes itself, and others use it.
        ids = torch.full((len(chosen), longest), model.tokenizer.pad_token_id)
        mask = torch.zeros_like(ids)
        for row, index in enumerate(chosen):
            ids[row, : len(rows[index])] = torch.tensor(rows[index])
            mask[row, : len(rows[index])] = 1
        yield chosen, {"input_ids": ids, "attention_mask": mask}
        if progress:
            progress(len(rows) - len(order), len(rows))
