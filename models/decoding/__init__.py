"""Texts that are written together: one step of a model gives each of them its next token."""

from models.decoding.forward import fits
from models.decoding.loop import MOST, loop_of
from models.decoding.row import EVERY, Row, Said

__all__ = ["EVERY", "MOST", "Row", "Said", "fits", "loop_of"]
