"""The saved contract: what calls and links gave, and how that is compared with what they give now.

`saved/calls.json` and `saved/links.json` hold what is asked, by the name of its test, and under
`gives` what came of it. To add something, write an entry without `gives` and record it. After a
change of the contract that is meant, all is recorded anew, in one process:

    OMP_NUM_THREADS=1 RECORD_CONTRACT=1 python -m pytest tests/house/test_contract_calls.py
    OMP_NUM_THREADS=1 RECORD_CONTRACT=1 python -m pytest tests/browser/test_contract_links.py

One thread, as `make test` has it: with two a sum is added in another order, and one score of
attention differed by 1.3e-5, more than NEAR.

Then read the difference before it is committed, and tell of it in docs/api.md. It is never done to
make a failing test pass: then the app has changed, and the app is what is to be mended.
"""

import csv
import io
import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "saved"
RECORDING = os.environ.get("RECORD_CONTRACT") == "1"
# Floats may differ by so much, relative or absolute: another CPU adds in another order.
NEAR = 1e-5
DIGITS = 8  # significant ones that are saved of a float, well below NEAR
MOST_NUMBERS = 300  # of nested lists of numbers that are saved as they are
MOST_ITEMS = 16  # of any other list
SOME = 5  # of longer ones, evenly spread
# What is left out wherever it stands: another number each time, and sentences for people.
LEFT_OUT = ("milliseconds", "layout", "remark")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?")


def read(name: str) -> dict[str, dict[str, Any]]:
    """The entries of one saved file, by their names."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def check(file: str, name: str, given: Any) -> None:
    """Hold what was given against what is saved; where the contract is recorded, save it."""
    given = kept(given)
    if RECORDING:
        write(file, name, given)
        return
    entry = read(file)[name]
    assert "gives" in entry, f"{name} was never recorded (see tests/house/contract.py)"
    found = list(differences(entry["gives"], given))
    more = f"\n… and {len(found) - 20} more" if len(found) > 20 else ""
    assert not found, "\n".join([f"{name} is not what it was:", *found[:20]]) + more


def write(file: str, name: str, given: Any) -> None:
    """Put what was given into the saved file; the other entries stay as they are."""
    entries = read(file)
    entries[name]["gives"] = rounded(given)
    text = json.dumps(entries, indent=1, ensure_ascii=False)
    # A list of numbers is one line: with a line for each it could not be read.
    text = re.sub(r"\[[-\d.,e+\s]+\]", lambda numbers: re.sub(r"\s+", " ", numbers[0]), text)
    assert json.loads(text) == entries, "a text that looks like a list of numbers was changed"
    (FOLDER / f"{file}.json").write_text(f"{text}\n", encoding="utf-8")


def kept(value: Any) -> Any:
    """What the contract holds of a value: of a long list some items and its sums.

    The sum of all its numbers and the root of that of their squares stand for those left out: none
    of them changes unseen by more than NEAR of the sum.
    """
    if isinstance(value, dict):
        return {name: kept(inner) for name, inner in value.items() if name not in LEFT_OUT}
    if not isinstance(value, list):
        return value
    shape, numbers = shape_of(value), list(numbers_in(value))
    if len(numbers) <= MOST_NUMBERS if shape else len(value) <= MOST_ITEMS:
        return [kept(inner) for inner in value]
    items = numbers if shape else value
    places = [round(n * (len(items) - 1) / (SOME - 1)) for n in range(SOME)]
    return {
        "shape": shape or [len(value)],
        "some": {str(place): kept(items[place]) for place in places},
        "sum": math.fsum(numbers),
        "size": math.sqrt(math.fsum(number * number for number in numbers)),
    }


def shape_of(value: Any) -> list[int]:
    """The lengths of regularly nested lists of numbers, the outermost first; else empty."""
    if not isinstance(value, list) or not value:
        return []
    if all(is_number(inner) for inner in value):
        return [len(value)]
    shapes = [shape_of(inner) for inner in value]
    return [len(value), *shapes[0]] if shapes[0] and shapes.count(shapes[0]) == len(value) else []


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def numbers_in(value: Any) -> Iterator[float]:
    """Every number of a value, however deep it lies."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in LEFT_OUT:
                yield from numbers_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers_in(inner)
    elif is_number(value):
        yield float(value)


def rounded(value: Any) -> Any:
    """The value with its floats short enough to be read."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def differences(saved: Any, given: Any, path: str = "") -> Iterator[str]:
    """Every place where two values are not the same, with both values."""
    if type(saved) is not type(given):
        yield _told(path, saved, given)
    elif isinstance(saved, dict):
        for name in [*saved, *(name for name in given if name not in saved)]:
            inner = f"{path}.{name}" if path else name
            if name in saved and name in given:
                yield from differences(saved[name], given[name], inner)
            else:
                yield _told(inner, saved.get(name, "nothing"), given.get(name, "nothing"))
    elif isinstance(saved, list):
        if len(saved) != len(given):
            yield f"{path or 'the whole'}: {len(saved)} items were saved, {len(given)} came"
        for place, (one, other) in enumerate(zip(saved, given, strict=False)):
            yield from differences(one, other, f"{path}[{place}]")
    elif isinstance(saved, float):
        both_nan = math.isnan(saved) and math.isnan(given)
        if not both_nan and not math.isclose(saved, given, rel_tol=NEAR, abs_tol=NEAR):
            yield _told(path, saved, given)
    elif saved != given:
        yield _told(path, saved, given)


def _told(path: str, saved: Any, given: Any) -> str:
    one, other = (repr(value)[:200] for value in (saved, given))
    return f"{path or 'the whole'}: {one} was saved, {other} came"


def rows_of(text: str) -> list[list[Any]]:
    """The rows of a CSV with its numbers as numbers, without the columns of LEFT_OUT."""
    rows = list(csv.reader(io.StringIO(text)))
    header = rows[0] if rows else []
    out = {place for place, name in enumerate(header) if name in LEFT_OUT}
    return [[_cell(text) for place, text in enumerate(row) if place not in out] for row in rows]


# What no two machines have in common: t-SNE makes of the last digit another map.
CHAOTIC = ("points",)


def seen_only(entry: dict[str, Any]) -> bool:
    """Whether what a link leads to depends on what the page's own scripts do with it."""
    return "seen" in entry


def by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The pairs of a query by their names; a repeated name is a list."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def files_told(settings: str, numbers: str, entry: dict[str, Any]) -> dict[str, Any]:
    """What the two files of an export hold, JSON and CSV; of a chaotic entry what is not."""
    content, rows = json.loads(settings), rows_of(numbers)
    if "chaotic" in entry:
        content = {name: value for name, value in content.items() if name not in CHAOTIC}
        rows = [row[:1] for row in rows]
    return {"json": content, "csv": rows}


def _cell(text: str) -> str | int | float:
    if not NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text or "e" in text else int(text)
