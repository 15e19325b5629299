"""Where does each head look?"""

from services.attention.attend import Attention, attend

__all__ = ["Attention", "attend"]
