"""Which words fit in place of a masked one?"""

from services.masking.fill import Filled, fill

__all__ = ["Filled", "fill"]
