"""How many parameters does a Transformer have, part by part, and what do they cost?"""

import re
from dataclasses import dataclass

from core.errors import UserError
from services.anatomy.shapes import BOTH, ENCODER, NO_OUTPUT, OWN, Shape

EMBEDDINGS, ATTENTION, FEEDFORWARD, NORMS, OUTPUT = (
    "embeddings",
    "attention",
    "feed-forward",
    "norms",
    "output",
)
GROUPS = (EMBEDDINGS, ATTENTION, FEEDFORWARD, NORMS, OUTPUT)
MOST_COUNTED = 10**12  # parameters
BYTES = {"float32": 4, "float16": 2, "int8": 1}  # of one parameter
DISTANCES = 32  # learned ones of each head of a T5


@dataclass(frozen=True)
class Row:
    """One part of a model, and how its parameters are counted."""

    part: str
    group: str  # one of GROUPS
    formula: str  # of V, d, n, L, f, h, E, s; "" where nothing is to be counted
    numbers: str  # the same with the measures put in
    count: int


@dataclass(frozen=True)
class Count:
    """All parameters of a shape, and what follows from their number."""

    shape: Shape
    rows: tuple[Row, ...]
    total: int
    flops: int  # of the multiplications and additions for one more token, after `shape.context`
    flops_attention: int  # of these, what grows with the context
    cached: int  # numbers that a decoder keeps of one token

    @property
    def bytes(self) -> dict[str, int]:
        """What the weights take in memory, by the numbers that they are kept as."""
        return {name: size * self.total for name, size in BYTES.items()}

    @property
    def cache_bytes_per_token(self) -> int:
        """What a decoder keeps of each token, its keys and values, in float16."""
        return BYTES["float16"] * self.cached


def count(shape: Shape) -> Count:
    """Every part that has weights, counted (Vaswani et al. 2017; Devlin et al. 2019).

    Raises UserError from 10^12 parameters on.
    """
    rows = tuple(_rows(shape))
    total = sum(row.count for row in rows)
    if total >= MOST_COUNTED:
        raise UserError(
            f"That would be {total:,} parameters; at most {MOST_COUNTED - 1:,} are counted here. "
            "Take a smaller width, or fewer layers."
        )
    stacks = 3 if shape.kind == BOTH else 1  # a decoder beside an encoder looks twice
    looking = stacks * shape.layers * 4 * shape.context * shape.width
    keeping = {ENCODER: 0, BOTH: 2}.get(shape.kind, 1)
    return Count(
        shape=shape,
        rows=rows,
        total=total,
        flops=2 * _multiplied(shape) + looking,
        flops_attention=looking,
        cached=keeping * 2 * shape.layers * shape.width,
    )


def _multiplied(shape: Shape) -> int:
    """The weights of all matrices that the state of one token is multiplied by.

    Tables are looked up, biases and norms are left out, as is usual (Kaplan et al. 2020); layers
    that share their weights are gone through all the same.
    """
    d, f = shape.width, shape.feedforward
    layer = 4 * d * d + 2 * d * f
    if shape.kind == BOTH:  # the decoder's layers look at the encoder too
        layer = 2 * layer + 4 * d * d
    in_layers = shape.layers * layer
    into = shape.embedded * d if shape.table else 0
    out = shape.vocabulary * shape.embedded if shape.output != NO_OUTPUT else 0
    guessing = d * shape.embedded if shape.guesses else 0
    return in_layers + into + out + guessing


# The rows ----------------------------------------------------------------------------------------


def _rows(shape: Shape) -> list[Row]:
    table = "E" if shape.table else "d"
    norm = "d" if shape.plain else "2·d"
    rows = [_row(shape, "Token embeddings", EMBEDDINGS, f"V·{table}")]
    if shape.positions == "learned":
        rows.append(_row(shape, "Position embeddings", EMBEDDINGS, f"n·{table}"))
    if shape.positions == "sinusoids":
        rows.append(_row(shape, "Positions (sinusoids)", EMBEDDINGS, ""))
    if shape.positions == "relative":
        heads = f"2·{DISTANCES}·h"
        rows.append(_row(shape, "Distances, in layer 0 of each stack", EMBEDDINGS, heads))
    if shape.segments:
        rows.append(_row(shape, "Segment embeddings", EMBEDDINGS, f"s·{table}"))
    if shape.kind == ENCODER:
        rows.append(_row(shape, "LayerNorm of the embeddings", NORMS, f"2·{table}"))
    if shape.table:
        rows.append(_row(shape, "From E to the width", EMBEDDINGS, "E·d + d"))
    if shape.kind == BOTH:
        rows += _layers(shape, "Encoder: ", norms=2, norm=norm)
        rows += _layers(shape, "Decoder: ", norms=3, norm=norm, crossed=True)
    else:
        rows += _layers(shape, "", norms=2, norm=norm)
    if shape.kind not in (ENCODER, BOTH):
        rows.append(_row(shape, "Final LayerNorm", NORMS, "2·d"))
    if shape.plain:
        rows.append(_row(shape, "Final norms of both stacks", NORMS, "2·d"))
    if shape.pooler:
        rows.append(_row(shape, "Pooler, on the first token", OUTPUT, "d·d + d"))
    if shape.guesses:
        rows.append(_row(shape, "Head: one more layer", OUTPUT, f"d·{table} + {table}"))
        rows.append(_row(shape, "Head: its LayerNorm", NORMS, f"2·{table}"))
        rows.append(_row(shape, "Head: bias of the output", OUTPUT, "V"))
    if shape.output == OWN:
        rows.append(_row(shape, "Output matrix", OUTPUT, f"V·{table}"))
    elif shape.output != NO_OUTPUT:
        rows.append(_row(shape, "Output: the token embeddings again", OUTPUT, ""))
    return rows


def _layers(
    shape: Shape, stack: str, *, norms: int, norm: str, crossed: bool = False
) -> list[Row]:
    """The rows of all layers of a stack; a stack that shares its weights has them once."""
    times = "" if shape.shared else "L·"
    bias = "" if shape.plain else " + d"
    wide = "" if shape.plain else " + f + d"
    looks = ["attention to itself", "attention to encoder"] if crossed else ["attention"]
    rows = []
    for look in looks:
        name = f"{stack}{look}"
        rows.append(_row(shape, f"{name}, Q K V", ATTENTION, f"{times}3·(d·d{bias})"))
        rows.append(_row(shape, f"{name}, W_O", ATTENTION, f"{times}(d·d{bias})"))
    inner = f"2·d·f{wide}"
    rows.append(_row(shape, f"{stack}feed-forward", FEEDFORWARD, f"{times}({inner})"))
    rows.append(_row(shape, f"{stack}norms", NORMS, f"{times}{norms}·{norm}"))
    return [_capital(row) for row in rows]


def _capital(row: Row) -> Row:
    part = row.part[0].upper() + row.part[1:]
    return Row(part, row.group, row.formula, row.numbers, row.count)


def _row(shape: Shape, part: str, group: str, formula: str) -> Row:
    measures = {
        "V": shape.vocabulary,
        "d": shape.width,
        "n": shape.context,
        "L": shape.layers,
        "f": shape.feedforward,
        "h": shape.heads,
        "E": shape.table,
        "s": shape.segments,
    }
    numbers = re.sub("[VdnLfhEs]", lambda one: f"{measures[one[0]]:,}", formula)
    return Row(part, group, formula, numbers.replace("·", " × "), evaluated(formula, measures))


def evaluated(formula: str, measures: dict[str, int]) -> int:
    """The value of a formula of sums and products; a bracket stands at the end of a product."""
    if not formula:
        return 0
    before, bracket, inside = formula.partition("(")
    if bracket:
        return _product(before.rstrip("·"), measures) * evaluated(inside[:-1], measures)
    return sum(_product(term, measures) for term in formula.split(" + "))


def _product(term: str, measures: dict[str, int]) -> int:
    value = 1
    for factor in filter(None, term.split("·")):
        value *= measures[factor] if factor in measures else int(factor)
    return value
