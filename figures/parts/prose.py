"""Paragraphs that say the same of every result: `assets/<stem>/words.toml`, in words alone."""

import re
import tomllib
from functools import cache
from html import escape

from core.paths import ASSETS


def paragraph(stem: str, key: str) -> str:
    """What is written under a key. KeyError where nothing is: a test asks for every one."""
    return words(stem)[key]


@cache
def words(stem: str) -> dict[str, str]:
    """All that is written for a stem, by its key; read once."""
    return tomllib.loads((ASSETS / stem / "words.toml").read_text(encoding="utf-8"))


def marked(text: str) -> str:
    """A sentence as HTML: *a word that is mentioned* is set in italics, `a token` as code."""
    code = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\*([^*]+)\*", r"<i>\1</i>", code)
