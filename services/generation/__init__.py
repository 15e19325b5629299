"""How does a text go on? A causal model writes, token by token; captions are written so too."""

from services.generation.beams import Hypothesis, search
from services.generation.generate import END, Generation, generate, stream
from services.generation.scores import Scored, score
from services.generation.settings import Settings, checked_settings

__all__ = [
    "END",
    "Generation",
    "Hypothesis",
    "Scored",
    "Settings",
    "checked_settings",
    "generate",
    "score",
    "search",
    "stream",
]
