"""Two vectors in the plane: dot product, lengths, angle and cosine, without any model."""

from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.vectors import read_vectors

FEWEST, MOST = 2, 8  # arrows


@dataclass(frozen=True)
class Arrows:
    """A first vector, and what it has to do with each of the others."""

    first: np.ndarray  # (2,)
    others: np.ndarray  # (other, 2)
    dots: np.ndarray  # (other,): first · other
    lengths: np.ndarray  # (1 + other,): of the first, then of the others
    cosines: np.ndarray  # (other,): the dot product over both lengths
    angles: np.ndarray  # (other,): degrees, 0 to 180

    @property
    def vectors(self) -> np.ndarray:
        """(1 + other, 2): all of them, the first at the head."""
        return np.vstack([self.first, self.others])


def measure(text: object) -> Arrows:
    """Compare the first of the vectors that are typed with each of the others.

    Raises UserError where they are no vectors of two numbers, or one of them has no length.
    """
    vectors = read_vectors(text, fewest=FEWEST, most=MOST)
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    if not lengths.all():
        number = int(np.flatnonzero(lengths == 0)[0]) + 1
        raise UserError(
            f"Vector {number} is 0, 0: it has length 0 and no direction, so it has no angle and "
            "no cosine. Give it a number other than 0."
        )
    first, others = vectors[0], vectors[1:]
    dots = others @ first
    # The angle from both products: exact at 0° and at 180°, where the cosine's slope is 0.
    crossed = first[0] * others[:, 1] - first[1] * others[:, 0]
    return Arrows(
        first=first,
        others=others,
        dots=dots,
        lengths=lengths,
        cosines=np.clip(dots / (lengths[0] * lengths[1:]), -1.0, 1.0),
        angles=np.degrees(np.arctan2(np.abs(crossed), dots)),
    )
