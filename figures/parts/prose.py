"""Paragraphs that say the same of every result: `assets/<stem>/words.toml`, in words alone."""

import tomllib
from functools import cache

from core.paths import ASSETS


def paragraph(stem: str, key: str) -> str:
    """What is written under a key. KeyError where nothing is: a test asks for every one."""
    return words(stem)[key]


@cache
def words(stem: str) -> dict[str, str]:
    """All that is written for a stem, by its key; read once."""
    return tomllib.loads((ASSETS / stem / "words.toml").read_text(encoding="utf-8"))
