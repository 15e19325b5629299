"""docs/security.md cannot rot: the tests, the files and the findings that it names are there."""

import re

from benchmarks.attacks import AREAS
from core.paths import ROOT

SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FINDINGS = [
    "C1",
    *(f"H{n}" for n in range(1, 9)),
    *(f"{k}{n}" for k in "ML" for n in range(1, 11)),
]


def test_every_finding_has_its_row_with_a_file_and_a_test():
    rows = re.findall(r"^\| \*\*(\w+)\*\* .* \| .* \| (.*) \| (.*) \|$", SECURITY, re.MULTILINE)
    assert [code for code, _, _ in rows] == FINDINGS
    for code, where, held in rows:
        for cell in (where, held):
            assert re.fullmatch(r"`[^`]+`(, `[^`]+`)*", cell), code
        assert all(name.startswith("tests/") for name in re.findall(r"`([^`]+)`", held)), code


def test_what_it_names_is_there():
    named = set(re.findall(r"`((?:\w+/)+\w+(?:\.\w+)?)`", SECURITY))
    assert len(named) > 50
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_what_is_tried_again_is_there_and_in_the_table():
    for area in AREAS:
        assert f"\n| {area.name} | {area.before[0]:,} | {area.before[1]:,} | " in SECURITY
        for node in area.tests:
            file, _, test = node.partition("::")
            text = (ROOT / "tests" / file).read_text(encoding="utf-8")
            assert not test or f"\ndef {test}(" in text, node
