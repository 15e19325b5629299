"""Where does each head look?"""

from services.attention.attend import Attention, attend, encode, looks_back_only, pieces_of

__all__ = ["Attention", "attend", "encode", "looks_back_only", "pieces_of"]
