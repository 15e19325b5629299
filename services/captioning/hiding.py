"""What becomes of a caption's words when a part of the picture is hidden?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np
from PIL.Image import Image

from core.progress import Progress
from core.text import checked_index
from models.loaded import Loaded
from services.captioning.families import family_of
from services.captioning.reading import grid_of, pixels_of, reread, seen

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

AT_ONCE = 24  # pictures: fills the processor, and tells progress about once a second
WORK = 1.4e9  # places x layers x width x width of pictures at once: a large model takes one by one
MOST_BLOCKS = 200  # hidden in turn: a minute or two of a large model on two cores
LARGEST = 4  # patches along the side of what is hidden


@dataclass(frozen=True)
class Agreement:
    """Where a word looks, beside where hiding costs it most; places count row by row."""

    looked: int  # the patch that it looks at most
    needed: int  # the patch whose block costs it most when hidden
    inside: bool  # whether the one lies in the block that was hidden around the other
    cost: float  # nats lost with that block hidden
    there: float  # nats lost with the block hidden at which it looks most
    ranks: float | None  # Spearman's correlation of the two maps; None where one is flat


@dataclass(frozen=True)
class Hiding:
    """Each block of the picture hidden in turn, and the same caption read again."""

    # (token, row, column) nats: ln p of the token with the picture whole, minus with the block
    # around that patch hidden; above 0 what is there spoke for the token.
    drops: np.ndarray
    kept: np.ndarray  # (token, row, column) bool: the token is still the likeliest
    size: int  # of a block, in patches
    step: int = 1  # a block at every so many rows and columns; the patches between share its value

    def block(self, row: int, column: int) -> tuple[int, int, int, int]:
        """What was hidden around a patch: first and last row, first and last column."""
        rows, columns = self.drops.shape[1:]
        middle = _middle(row, self.step), _middle(column, self.step)
        return block(*middle, self.size, (rows, columns))

    def agreement(self, token: int, weights: np.ndarray) -> Agreement:
        """Both maps of one token compared; `weights` (row, column) are its cross-attention."""
        drops = self.drops[token]
        looked, needed = int(weights.argmax()), int(drops.argmax())
        columns = drops.shape[1]
        top, bottom, left, right = self.block(*divmod(needed, columns))
        row, column = divmod(looked, columns)
        return Agreement(
            looked,
            needed,
            inside=top <= row <= bottom and left <= column <= right,
            cost=float(drops.flat[needed]),
            there=float(drops.flat[looked]),
            ranks=rank_correlation(weights, drops),
        )


def hide(
    model: Loaded,
    picture: Image,
    ids: Sequence[int],
    *,
    size: int = 2,
    progress: Progress | None = None,
) -> Hiding:
    """Hide a block around each patch, a patch further each time (Zeiler and Fergus 2014).

    A block is filled with the mean colour of the picture as the model sees it, and the caption is
    given by the ids of its tokens, not written anew. Of a fine grid not every place is tried:
    steps become longer, and blocks at least as large as a step. `progress` is told how many blocks
    are done, after each few; what it raises ends the computation. Raises UserError when the size
    is out of its range.
    """
    asked = checked_index(size, 1, LARGEST, name="size of what is hidden, in patches,")
    pixels = pixels_of(model, picture)
    grid = grid_of(model, pixels)
    step = step_of(grid)
    side = max(asked, step)
    places = [(row, column) for row in _starts(grid[0], step) for column in _starts(grid[1], step)]
    whole, _ = _read(model, pixels, ids)
    logprobs, likeliest = [], []
    done = 0
    for some in _parts(places, model, grid):
        blocks = [block(_middle(row, step), _middle(col, step), side, grid) for row, col in some]
        logs, first = _read(model, _hidden(model, pixels, blocks), ids)
        logprobs.append(logs)
        likeliest.append(first)
        done += len(some)
        if progress:
            progress(done, len(places))
    return Hiding(
        drops=_spread(whole - torch.cat(logprobs), grid, step),
        kept=_spread(torch.cat(likeliest), grid, step),
        size=side,
        step=step,
    )


def step_of(grid: tuple[int, int]) -> int:
    """Patches from one block to the next: 1 where there are few enough of them."""
    step = 1
    while len(_starts(grid[0], step)) * len(_starts(grid[1], step)) > MOST_BLOCKS:
        step += 1
    return step


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


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's correlation of two maps, equals sharing their mean rank; None of a flat one."""
    ranks = []
    for values in (one.ravel(), other.ravel()):
        _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
        if len(counts) == 1:
            return None
        ranks.append((np.cumsum(counts) - (counts - 1) / 2)[which])
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _starts(count: int, step: int) -> range:
    return range(0, count, step)


def _middle(index: int, step: int) -> int:
    """The patch around which the block is hidden that stands for this one."""
    return index - index % step + (step - 1) // 2


def _spread(values: Any, grid: tuple[int, int], step: int) -> np.ndarray:
    """(block, token) as (token, row, column): each patch has the value of its block."""
    rows, columns = (len(_starts(count, step)) for count in grid)
    found = values.T.reshape(-1, rows, columns).numpy()
    wide = found.repeat(step, axis=1).repeat(step, axis=2)
    return np.ascontiguousarray(wide[:, : grid[0], : grid[1]])


def _parts(
    places: list[tuple[int, int]], model: Loaded, grid: tuple[int, int]
) -> Iterator[list[tuple[int, int]]]:
    """The places, as many at once as the processor does in about a second."""
    config = family_of(model).encoder.config
    each = (1 + grid[0] * grid[1]) * config.num_hidden_layers * config.hidden_size**2
    size = min(AT_ONCE, max(1, int(WORK // each)))
    for first in range(0, len(places), size):
        yield places[first : first + size]


def _hidden(model: Loaded, pixels: Any, blocks: list[tuple[int, int, int, int]]) -> Any:
    """(block, 3, row, column): the picture with each block hidden."""
    patch = family_of(model).patch
    mean = pixels.mean(dim=(2, 3), keepdim=True)[0]  # (3, 1, 1)
    copies = pixels.repeat(len(blocks), 1, 1, 1)
    for copy, (top, bottom, left, right) in zip(copies, blocks, strict=True):
        copy[:, top * patch : (bottom + 1) * patch, left * patch : (right + 1) * patch] = mean
    return copies


def _read(model: Loaded, pixels: Any, ids: Sequence[int]) -> tuple[Any, Any]:
    """(picture, token): ln p of each token of the caption, and whether it is the likeliest."""
    logits, _ = reread(model, seen(model, pixels), ids)
    given = torch.tensor(ids).expand(len(pixels), -1)[..., None]
    own = logits.gather(2, given)  # (picture, token, 1)
    logprobs = own - logits.logsumexp(dim=-1, keepdim=True)
    return logprobs[..., 0], (logits <= own).all(dim=-1)
