"""The one door to the models: a verb is asked at the desk, and its result comes back."""

from models.serving.desk import Desk

__all__ = ["Desk"]
