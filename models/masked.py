"""What a model that fills in words says of places in rows of tokens."""

from collections.abc import Iterator, Sequence
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.progress import Progress
from models.architectures import filling_head
from models.batching import batches
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Rows = Sequence[Sequence[int]]


def logs_at(
    masked: Loaded, rows: Rows, places: Sequence[int], progress: Progress | None = None
) -> np.ndarray:
    """(row, vocabulary): log-probabilities at one place of each row of token ids."""
    result = np.zeros((len(rows), masked.vocabulary), dtype=np.float32)
    for chosen, logs in _read(masked, rows, places, progress):
        result[chosen] = logs.numpy()
    return result


def logs_in(masked: Loaded, ids: Sequence[int], places: Sequence[int]) -> np.ndarray:
    """(place, vocabulary): log-probabilities at several places of one row, read once."""
    with torch.inference_mode():
        states = masked.model.base_model(torch.tensor([list(ids)])).last_hidden_state
        logits = filling_head(masked.model)(states[0, list(places)])
        logs: np.ndarray = logits.log_softmax(dim=-1).numpy()
    return logs


def picked_logs(
    masked: Loaded,
    rows: Rows,
    places: Sequence[int],
    picked: Rows,
    progress: Progress | None = None,
) -> list[list[float]]:
    """The log-probabilities of a few tokens at one place of each row of token ids.

    Of `picked` the tokens for each row. What is kept of a row are these alone: thousands of rows
    of a whole vocabulary would take hundreds of megabytes.
    """
    found: list[list[float]] = [[] for _ in rows]
    for chosen, logs in _read(masked, rows, places, progress):
        for row, log in zip(chosen, logs, strict=True):
            found[row] = log[list(picked[row])].tolist()
    return found


def _read(
    masked: Loaded, rows: Rows, places: Sequence[int], progress: Progress | None
) -> Iterator[tuple[list[int], Any]]:
    """Batch by batch which rows, and (row, vocabulary) the log-probabilities at their places."""
    head = filling_head(masked.model)
    for chosen, batch in batches(masked, rows, progress):
        with torch.inference_mode():
            states = masked.model.base_model(**batch).last_hidden_state
            at = torch.tensor([places[row] for row in chosen])
            # The head on these places alone: 30,522 numbers for each token would be many.
            logs = head(states[torch.arange(len(chosen)), at]).log_softmax(dim=-1)
        yield chosen, logs
