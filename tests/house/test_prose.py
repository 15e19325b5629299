"""The fixed paragraphs of the figures: what is asked for is there, and nothing else is."""

import ast
from collections import defaultdict

import pytest

from core.paths import ASSETS, ROOT
from figures.parts.prose import paragraph, words


def asked_for() -> dict[str, set[str]]:
    """The keys that the figures ask for, by stem."""
    found = defaultdict(set)
    for path in (ROOT / "figures").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "paragraph":
                stem, key = (argument.value for argument in node.args)
                found[stem].add(key)
    return found


def test_every_paragraph_is_written_and_asked_for():
    written = {
        path.parent.name: set(words(path.parent.name)) for path in ASSETS.glob("*/words.toml")
    }
    assert written == asked_for()


def test_no_paragraph_is_empty_or_broken_over_lines():
    for stem in asked_for():
        for key, text in words(stem).items():
            assert text == " ".join(text.split()), key


def test_a_paragraph_that_nobody_wrote_is_an_error():
    with pytest.raises(KeyError):
        paragraph("captioning", "nothing")
