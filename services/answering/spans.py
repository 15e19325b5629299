"""Finding the answer among start and end scores, and windows over long passages."""

from dataclasses import dataclass

import numpy as np

LONGEST_ANSWER = 30  # tokens, as in the baseline of SQuAD


@dataclass(frozen=True)
class Span:
    """An answer as first and last token (both inside it) and the sum of their scores."""

    first: int
    last: int
    score: float


def best_spans(
    start: np.ndarray,
    end: np.ndarray,
    allowed: np.ndarray,
    *,
    longest: int = LONGEST_ANSWER,
    count: int = 1,
) -> list[Span]:
    """The likeliest spans, best first: in order, at most `longest` tokens, inside `allowed`.

    `start`, `end` and the boolean `allowed` have one entry per token. Two separate argmaxes could
    end before they begin; all pairs are compared instead. Fewer than `count` where fewer exist.
    """
    scores = np.where(allowed, start, -np.inf)[:, None] + np.where(allowed, end, -np.inf)[None, :]
    in_order = np.triu(np.ones_like(scores, dtype=bool))
    too_long = np.triu(np.ones_like(scores, dtype=bool), k=longest)
    scores = np.where(in_order & ~too_long, scores, -np.inf)  # (first, last)
    count = min(count, int(np.isfinite(scores).sum()))
    if count == 0:
        return []
    best = np.argpartition(scores, -count, axis=None)[-count:]
    best = best[np.argsort(-scores.flat[best], kind="stable")]
    places = (np.unravel_index(index, scores.shape) for index in best)
    return [Span(int(first), int(last), float(scores[first, last])) for first, last in places]


def windows(tokens: int, room: int, stride: int) -> list[tuple[int, int]]:
    """(from, to) pieces of a passage of so many tokens; neighbours overlap by `stride`.

    Every token is inside a piece, no piece is longer than `room`, and only the last may be
    shorter. Raises ValueError where the stride leaves no step forward.
    """
    if not 0 <= stride < room:
        raise ValueError(f"stride {stride} must be at least 0 and below the room of {room} tokens")
    pieces = [(0, min(room, tokens))]
    while pieces[-1][1] < tokens:
        first = pieces[-1][1] - stride
        pieces.append((first, min(first + room, tokens)))
    return pieces
