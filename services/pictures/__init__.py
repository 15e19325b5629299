"""A visitor's picture: read from bytes that may be anything, never trusted."""
