"""Which words fit in the place of a hidden one?"""

from services.masking.fill import Filled, fill

__all__ = ["Filled", "fill"]
