"""How alike are texts?"""

from services.similarity.compare import Similarity, compare

__all__ = ["Similarity", "compare"]
