"""What does a picture show, in words?"""

from services.captioning.caption import Caption, caption

__all__ = ["Caption", "caption"]
