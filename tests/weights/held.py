"""Which test holds the numbers that an example's line names: `@holds(stem, title, how many)`.

`test_held.py` counts: a line with more numbers than tests recompute fails, so that a new example,
or a number added to an old one, needs a test. The count is said, not the numbers: those stand in
`assets/<stem>/examples.toml` alone, and a test reads them there.
"""

import re
from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., None])
# What is a number in a line: 0.977, −17.6, 1,000, 1–4 (two); but not the 2 of GPT-2 or of L2.
NUMBER = re.compile(r"(?<![\w.-])[−]?\d+(?:[.,]\d+)*")


def holds(stem: str, title: str, numbers: int) -> Callable[[Test], Test]:
    """Say that a test recomputes so many of the numbers in an example's line."""

    def decorate(test: Test) -> Test:
        return test

    return decorate
