"""What a model that fills in words says of places in rows of tokens."""

from collections.abc import Sequence

import lazy_loader as lazy
import numpy as np

from core.progress import Progress
from models.architectures import filling_head
from models.batching import batches
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


def logs_at(
    masked: Loaded,
    rows: Sequence[Sequence[int]],
    places: Sequence[int],
    progress: Progress | None = None,
) -> np.ndarray:
    """(row, vocabulary): log-probabilities at one place of each row of token ids."""
    result = np.zeros((len(rows), masked.vocabulary), dtype=np.float32)
    head = filling_head(masked.model)
    for chosen, batch in batches(masked, rows, progress):
        with torch.inference_mode():
            states = masked.model.base_model(**batch).last_hidden_state
            at = torch.tensor([places[row] for row in chosen])
            # The head on these places alone: 30,522 numbers for each token would be many.
            logits = head(states[torch.arange(len(chosen)), at])
            result[chosen] = logits.log_softmax(dim=-1).numpy()
    return result
