"""No number on the list of examples escapes: each is recomputed by a test that says so."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from core.paths import ROOT
from tabs import TABS
from tabs.kit.examples import read_examples
from tests.weights.held import NUMBER

LINES = {
    (tab.stem, one["title"]): one["look_for"] for tab in TABS for one in read_examples(tab.stem)
}


def said(path: Path) -> Counter[tuple[str, str]]:
    """What the tests of a file say that they hold: how many numbers of which example."""
    held: Counter[tuple[str, str]] = Counter()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for call in getattr(node, "decorator_list", []):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "holds":
                assert node.name.startswith("test_"), f"{path.name}: {node.name} is no test"
                stem, title, numbers = map(ast.literal_eval, call.args)
                held[stem, title] += numbers
    return held


@pytest.fixture(scope="module")
def held():
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return sum(map(said, files), Counter())


@pytest.mark.parametrize("example", LINES, ids=": ".join)
def test_every_number_of_an_example_is_recomputed_by_a_test(held, example):
    numbers = NUMBER.findall(LINES[example])
    assert held[example] == len(numbers), (
        f"{', '.join(numbers)} stand in the line of this example, and tests say that they "
        f"recompute {held[example]} of them (tests/weights/held.py)."
    )


def test_no_test_holds_an_example_that_is_gone(held):
    assert set(held) <= set(LINES)


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("0.977 of it, −17.6 there", ["0.977", "−17.6"]),
        ("GPT-2 and L2 are names, 2024 is 202 ##4", ["2024", "202", "4"]),
        ("pets 1–4, at least 1,000 (82.3%).", ["1", "4", "1,000", "82.3"]),
    ],
)
def test_a_number_is_told_from_a_name(line, numbers):
    assert NUMBER.findall(line) == numbers


def test_what_a_decorator_says_is_counted(tmp_path):
    file = tmp_path / "test_it.py"
    file.write_text('@holds("a", "b", 2)\n@holds("a", "c", 1)\ndef test_x(): ...\n')
    assert said(file) == {("a", "b"): 2, ("a", "c"): 1}
