"""Short vectors that a visitor types, one on each line."""

import re

import numpy as np

from core.errors import UserError
from core.text import lines_of, number_in, seen, written

MOST = 1_000  # that a number of a vector may be, and its opposite the least
BETWEEN = re.compile(r"[\s,;]+")


def read_vectors(text: object, *, fewest: int, most: int, name: str = "vector") -> np.ndarray:
    """(vector, 2): two numbers of each line that holds something, such as `3, 4` or `[-4 3]`.

    Raises UserError where a line is no two numbers, a number is too large, or there are too few
    or too many vectors.
    """
    if not isinstance(text, str):
        raise UserError(f"The {name}s must be text, one on each line; got {seen(text)}.")
    rows = []
    for number, line in enumerate(lines_of(text), start=1):
        if line.strip():
            rows.append(_two_of(line, f"Line {number} of the {name}s"))
        if len(rows) > most:
            break
    if not fewest <= len(rows) <= most:
        got = f"more than {most}" if len(rows) > most else f"{len(rows)}"
        raise UserError(f"There must be {fewest} to {most} {name}s, one on each line; got {got}.")
    return np.array(rows, dtype=float)


def _two_of(line: str, place: str) -> tuple[float, float]:
    bare = line.replace("\N{MINUS SIGN}", "-").strip().strip("[]()").strip()
    parts = BETWEEN.split(bare)
    numbers = [number for part in parts if (number := number_in(part)) is not None]
    if len(parts) != 2 or len(numbers) != 2:
        raise UserError(f"{place} must be two numbers, such as 3, 4; got {seen(line.strip())}.")
    far = next((number for number in numbers if abs(number) > MOST), None)
    if far is not None:
        raise UserError(
            f"{place} may have numbers from −{MOST:,} to {MOST:,}; got {written(far)}."
        )
    return float(numbers[0]), float(numbers[1])
