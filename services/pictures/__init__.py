"""A visitor's picture: read from bytes that may be anything, never trusted."""

from services.pictures.reading import Picture, read_picture

__all__ = ["Picture", "read_picture"]
