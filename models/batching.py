"""Rows of tokens that a model reads in one pass."""

from collections.abc import Iterator, Sequence
from typing import Any

import lazy_loader as lazy

from core.progress import Progress
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

TOKENS_AT_ONCE = 2048  # in one pass, padding counted: the memory that a batch may take


def batches(
    bert: Loaded, rows: Sequence[Sequence[int]], progress: Progress | None = None
) -> Iterator[tuple[list[int], Any]]:
    """Rows of about equal length together, padded: (which rows, what the model takes)."""
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    while order:
        longest = len(rows[order[-1]])
        size = max(1, TOKENS_AT_ONCE // longest)
        places, order = order[-size:], order[:-size]
        # Padded by hand: asked for padding, a fast tokenizer changes itself, and others use it.
        ids = torch.full((len(places), longest), bert.tokenizer.pad_token_id)
        mask = torch.zeros_like(ids)
        for row, place in enumerate(places):
            ids[row, : len(rows[place])] = torch.tensor(rows[place])
            mask[row, : len(rows[place])] = 1
        yield places, {"input_ids": ids, "attention_mask": mask}
        if progress:
            progress(len(rows) - len(order), len(rows))
