"""One matrix out of all heads: combined, merged into words, without specials, one direction."""

from dataclasses import dataclass, replace

import numpy as np

from core.errors import UserError
from core.text import checked_choice, checked_index
from services.attention.attend import Attention, later

COMBINE = ("head", "mean", "rollout")
DIRECTIONS = ("all", "aa", "ab", "ba", "bb")


@dataclass(frozen=True)
class Peak:
    """The one weight of a matrix to name first: of one row, or the mean of a column."""

    row: int | None  # None: the mean over all the other rows, where they rest on one token
    column: int
    weight: float


@dataclass(frozen=True)
class Matrix:
    """Weights with a name for each row (who looks) and column (what is looked at)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    weights: np.ndarray  # (row, column)
    masked: np.ndarray | None = None  # (row, column) of bool: hidden by the causal mask
    in_bytes: bool = False  # whether the vocabulary spells bytes, so that names may hold spaces
    peak: Peak | None = None  # what to name first


@dataclass(frozen=True)
class _Axis:
    """What one side of the matrix stands for: tokens at first, words after merging."""

    names: tuple[str, ...]
    special: np.ndarray  # (position,) of bool
    segment: np.ndarray  # (position,) of 0 and 1

    def keep(self, kept: np.ndarray) -> "_Axis":
        names = tuple(name for name, keep in zip(self.names, kept, strict=True) if keep)
        return _Axis(names, self.special[kept], self.segment[kept])


def look(
    attention: Attention,
    *,
    layer: int = 0,
    head: int = 0,
    combine: str = "head",
    words: bool = False,
    special: bool = True,
    renormalise: bool = False,
    direction: str = "all",
    row: int | None = None,
    column: int | None = None,
) -> Matrix:
    """One matrix to look at.

    `combine` is one head, the mean over the layer's heads, or the rollout up to the layer. With
    `words`, pieces are merged. Without `special`, special tokens are hidden. `direction` keeps
    one of a pair's four blocks: "ab" is the first sentence looking at the second. With
    `renormalise`, each row is divided by what is left of it. `row` and `column` are numbers of
    tokens whose weight is the one to name; where they are not shown, it is the strongest. Raises
    UserError when a setting does not fit.
    """
    checked_choice(direction, DIRECTIONS, name="direction")
    weights = combined(attention, layer=layer, head=head, combine=combine)
    axis = _Axis(
        attention.names,
        np.array([token.special for token in attention.tokens]),
        np.array([token.segment for token in attention.tokens]),
    )
    if words:
        weights, axis = merged(weights, axis, attention)
    masked = later(len(axis.names)) if attention.causal else None
    rows = columns = np.ones(len(axis.names), dtype=bool)
    if not special:
        rows = columns = ~axis.special
    if direction != "all":
        if not axis.segment.any():
            raise UserError(
                "There is only one sentence; type a second one, or choose the direction “All”."
            )
        rows = rows & (axis.segment == "ab".index(direction[0]))
        columns = columns & (axis.segment == "ab".index(direction[1]))
    weights = weights[np.ix_(rows, columns)]
    if not weights.size:
        raise UserError("Nothing is left once special tokens are hidden; show them.")
    if renormalise:
        left = weights.sum(axis=-1, keepdims=True)
        weights = np.divide(weights, left, out=np.zeros_like(weights), where=left > 0)
    hidden = None if masked is None else masked[rows][:, columns]
    names = axis.keep(rows).names, axis.keep(columns).names
    places = np.flatnonzero(rows), np.flatnonzero(columns)
    sinks = axis.special.copy()
    sinks[0] |= attention.causal  # the first token, on which the heads of such a model rest
    asked = (None, None) if words else (row, column)
    best = _peak(weights, *places, sinks, *asked)
    return Matrix(*names, weights, hidden, attention.in_bytes, best)


def _peak(
    weights: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    sinks: np.ndarray,
    row: int | None,
    column: int | None,
) -> Peak | None:
    """The weight asked for; else the largest between two ordinary tokens; else where rows rest.

    `rows` and `columns` are the numbers of the tokens shown, `sinks` those on which heads may
    rest. Rows rest where no ordinary token has half of a row, and one of these has more.
    """
    ordinary = ~sinks[rows][:, None] & ~sinks[columns] & (rows[:, None] != columns)
    if row in rows:
        here = (rows == row)[:, None] & (columns == column if column in columns else True)
        plain = ordinary & here & (weights > 0)
        ordinary = plain if plain.any() else here & np.ones_like(ordinary)
    best = None
    if ordinary.any():
        place = int(np.where(ordinary, weights, -1).argmax())
        at = divmod(place, len(columns))
        best = Peak(*at, float(weights[at]))
    if row in rows or (best and best.weight >= 0.5):
        return best
    others = rows[:, None] != columns  # a token that rests on itself says nothing
    means = np.where(others, weights, 0).sum(axis=0) / np.maximum(others.sum(axis=0), 1)
    sink = int(np.where(sinks[columns], means, -1).argmax())
    if sinks[columns[sink]] and (best is None or means[sink] > best.weight):
        return Peak(None, sink, float(means[sink]))
    return best


def combined(attention: Attention, *, layer: int, head: int, combine: str) -> np.ndarray:
    """(looking, looked_at): one head, the mean of a layer's heads, or the rollout up to it."""
    checked_choice(combine, COMBINE, name="combination")
    layer = checked_index(layer, 0, attention.layers - 1, name="layer")
    if combine == "rollout":
        return rollout(attention.weights[: layer + 1])
    if combine == "mean":
        return np.asarray(attention.weights[layer].mean(axis=0))
    head = checked_index(head, 0, attention.heads - 1, name="head")
    return np.asarray(attention.weights[layer, head])


def rollout(weights: np.ndarray) -> np.ndarray:
    """How much of each input token reaches each position, if attention alone carried it.

    Heads are averaged, half of each layer passes by on the residual path, and layers are
    multiplied (Abnar and Zuidema 2020, section 3). Rows sum to 1.
    """
    tokens = weights.shape[-1]
    flow = np.eye(tokens)
    for layer in weights.mean(axis=1):  # (looking, looked_at)
        flow = (0.5 * layer + 0.5 * np.eye(tokens)) @ flow
    return flow


def merged(weights: np.ndarray, axis: _Axis, attention: Attention) -> tuple[np.ndarray, _Axis]:
    """Word by word: sum over the pieces looked at, mean over the pieces that look.

    So each row still sums to 1 (Clark et al. 2019, section 4.1).
    """
    words = attention.words
    groups: list[list[int]] = []
    for position, word in enumerate(words):
        if word >= 0 and groups and words[groups[-1][-1]] == word:
            groups[-1].append(position)
        else:
            groups.append([position])
    members = np.zeros((len(groups), len(words)))  # (word, token)
    for group, positions in enumerate(groups):
        members[group, positions] = 1
    looked_at = weights @ members.T  # (token, word)
    merged_weights = (members / members.sum(axis=1, keepdims=True)) @ looked_at
    first = [positions[0] for positions in groups]
    names = tuple(_word_name(attention, positions) for positions in groups)
    return merged_weights, replace(
        axis, names=names, special=axis.special[first], segment=axis.segment[first]
    )


def _word_name(attention: Attention, positions: list[int]) -> str:
    first, last = attention.tokens[positions[0]], attention.tokens[positions[-1]]
    if attention.pieces and not first.special:  # they may be parts of a character: the text says
        return attention.texts[first.segment][first.start : last.end]
    return "".join(attention.names[index].removeprefix("##") for index in positions)


def checked_lines(tokens: int, heads: int, layers: int = 1, *, limit: int) -> None:
    """Refuse a picture of more lines than a browser draws in two seconds. Raises UserError."""
    lines = tokens * tokens * heads * layers
    if lines > limit:
        over = f"{tokens} × {tokens} tokens × {heads} heads"
        over += f" × {layers} layers" if layers > 1 else ""
        fewer = ", or fewer heads" if heads > 1 and layers == 1 else ""
        raise UserError(
            f"That would be {lines:,} lines ({over}); at most {limit:,} are drawn, because a "
            f"browser takes two seconds for them. Choose the heatmap{fewer}, or a shorter text."
        )
