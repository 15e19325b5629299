"""Cells of a CSV that a spreadsheet program shows and does not compute.

What begins like a formula is computed when the file is opened, and texts here come from anybody, a
link among them. OWASP, "CSV Injection": such a cell is led by an apostrophe, which means text.
"""

import re
from typing import Any

# The last four are what a Japanese spreadsheet program reads as the first four.
BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def cell(value: Any) -> Any:
    """The value as it is written: a text that a program would compute, after an apostrophe.

    Numbers stay numbers, those below zero too, also where they came as text.
    """
    return f"'{value}" if isinstance(value, str) and _computed(value) else value


def typed(text: str) -> str:
    """The text of a cell that `cell` has written."""
    return text[1:] if text.startswith("'") and _computed(text) else text


def _computed(text: str) -> bool:
    """Whether a text begins like a formula, whatever apostrophes are before it."""
    bare = text.lstrip("'")
    return bare.startswith(BEGINS) and not NUMBER.fullmatch(bare)
