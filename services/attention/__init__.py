"""Where does each head look?"""

from services.attention.ablation import Ablation, ablate
from services.attention.attend import Attention, attend, encode, looks_back_only, pieces_of

__all__ = ["Ablation", "Attention", "ablate", "attend", "encode", "looks_back_only", "pieces_of"]
