"""Is a sentence acceptable?"""

from services.grammaticality.judge import Judgement, judge

__all__ = ["Judgement", "judge"]
