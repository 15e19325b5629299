"""A tensor that somebody made up, as pages on the web print them for a model's output."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Invented:
    """What such a page prints: the ends of each row, and a shape that it claims."""

    text: str
    shape: tuple[int, int, int]
    rows: tuple[tuple[float, ...], ...]  # the first three numbers of each, then the last three

    @property
    def array(self) -> np.ndarray:
        """(row, number) of what is printed."""
        return np.array(self.rows)

    @property
    def printed(self) -> str:
        """As such a page shows it."""
        lines = [
            "[" + ", ".join([*map(_four, row[:3]), "...", *map(_four, row[3:])]) + "]"
            for row in self.rows
        ]
        return "tensor([[" + ",\n         ".join(lines) + "]])"


def _four(number: float) -> str:
    return f"{number: .4f}"


# Made up for this view, of what gives real ones away: a row for each word, one row twice, digits
# that count on, and zeros where whoever typed it grew tired.
INVENTED = Invented(
    "Hello, how are you?",
    (1, 5, 768),
    (
        (0.1234, -0.5678, 0.9101, 0.1121, 0.3141, 0.5161),
        (0.2345, 0.6789, 0.1011, 0.1213, 0.4151, 0.6171),
        (0.1234, -0.5678, 0.9101, 0.1121, 0.3141, 0.5161),
        (0.3456, 0.7891, 0.0111, 0.2131, 0.5161, 0.7181),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
)
