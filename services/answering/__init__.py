"""Where in a passage does the answer to a question stand?"""

from services.answering.answer import Answer, answer

__all__ = ["Answer", "answer"]
