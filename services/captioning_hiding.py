"""What becomes of a caption's words when a part of the picture is hidden?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np
from PIL.Image import Image

from services.captioning import Caption
from services.captioning_reading import grid_of, patch_side, pixels_of, reread, seen
from services.checkpoints import Loaded
from services.progress import Progress
from services.text import checked_index

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

AT_ONCE = 24  # pictures: fills the processor, and tells progress about once a second
LARGEST = 4  # patches along the side of what is hidden


@dataclass(frozen=True)
class Hiding:
    """Each block of the picture hidden in turn, and the same caption read again."""

    # (token, row, column) nats: ln p of the token with the picture whole, minus with the block
    # around that patch hidden; above 0 what is there spoke for the token.
    drops: np.ndarray
    kept: np.ndarray  # (token, row, column) bool: the token is still the likeliest
    size: int  # of a block, in patches

    def block(self, row: int, column: int) -> tuple[int, int, int, int]:
        """What was hidden around a patch: first and last row, first and last column."""
        rows, columns = self.drops.shape[1:]
        return block(row, column, self.size, (rows, columns))


def hide(
    captioner: Loaded,
    picture: Image,
    caption: Caption,
    *,
    size: int = 2,
    progress: Progress | None = None,
) -> Hiding:
    """Hide a block around each patch, a patch further each time (Zeiler and Fergus 2014).

    A block is filled with the mean colour of the picture as the model sees it, and the caption is
    given, not written anew. `progress` is told how many blocks are done, after each few; what it
    raises ends the computation. Raises UserError when the size is out of its range.
    """
    side = checked_index(size, 1, LARGEST, name="size of what is hidden, in patches,")
    pixels = pixels_of(captioner, picture)
    grid = grid_of(captioner, pixels)
    total = grid[0] * grid[1]
    whole, _ = _read(captioner, pixels, caption)
    logprobs, likeliest = [], []
    done = 0
    for hidden in _hidden(pixels, grid, side, patch_side(captioner)):
        logs, first = _read(captioner, hidden, caption)
        logprobs.append(logs)
        likeliest.append(first)
        done += len(hidden)
        if progress:
            progress(done, total)
    drops = (whole - torch.cat(logprobs)).T.reshape(-1, *grid)
    kept = torch.cat(likeliest).T.reshape(-1, *grid)
    return Hiding(drops.numpy(), kept.numpy(), side)


def block(row: int, column: int, size: int, grid: tuple[int, int]) -> tuple[int, int, int, int]:
    """First and last row, first and last column of the patches hidden around a patch.

    An even size has no middle: it goes one patch further down and to the right. At the edge of the
    picture less is hidden.
    """
    before, after = (size - 1) // 2, size // 2
    rows, columns = grid
    return (
        max(0, row - before),
        min(rows - 1, row + after),
        max(0, column - before),
        min(columns - 1, column + after),
    )


def _hidden(pixels: Any, grid: tuple[int, int], size: int, patch: int) -> Iterator[Any]:
    """(picture, 3, row, column): the picture with each block hidden, some at a time."""
    mean = pixels.mean(dim=(2, 3), keepdim=True)[0]  # (3, 1, 1)
    places = [(row, column) for row in range(grid[0]) for column in range(grid[1])]
    for first in range(0, len(places), AT_ONCE):
        some = places[first : first + AT_ONCE]
        copies = pixels.repeat(len(some), 1, 1, 1)
        for copy, (row, column) in zip(copies, some, strict=True):
            top, bottom, left, right = block(row, column, size, grid)
            copy[:, top * patch : (bottom + 1) * patch, left * patch : (right + 1) * patch] = mean
        yield copies


def _read(captioner: Loaded, pixels: Any, caption: Caption) -> tuple[Any, Any]:
    """(picture, token): ln p of each token of the caption, and whether it is the likeliest."""
    logits, _ = reread(captioner, seen(captioner, pixels), caption.ids)
    ids = torch.tensor(caption.ids).expand(len(pixels), -1)[..., None]
    own = logits.gather(2, ids)  # (picture, token, 1)
    logprobs = own - logits.logsumexp(dim=-1, keepdim=True)
    return logprobs[..., 0], (logits <= own).all(dim=-1)
