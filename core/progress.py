"""How a long computation tells how far it is."""

from collections.abc import Callable

# Told how much is done, of how much; what it raises ends the computation.
Progress = Callable[[int, int], None]
