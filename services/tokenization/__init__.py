"""How is a text cut into tokens?"""

from services.tokenization.tokenize import Tokenization, tokenize

__all__ = ["Tokenization", "tokenize"]
