"""What the lines of a list are: a header, sentences, rows with labels, or no list at all.

A line is a header only where it can be nothing else. What may be two things is refused by its
line, for otherwise half of each row would be judged.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from core.errors import UserError

NAMES = ("sentence", "text")
LABEL = "label"
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "vertical bars"}
SHOWN = 60  # characters of what was seen, in a refusal
ALLOWED = (
    "allowed are one sentence on each line, a header that names a column “sentence” (and, if "
    "there are labels, “label”), or CoLA's four columns parted by tabs: source, label, mark, "
    "sentence"
)
EXCEL = re.compile(r'\s*"?sep=(.?)"?\s*', re.IGNORECASE)
ENDS = re.compile(r"[.!?…][\"'”’)\]]*\s*$")  # as a sentence does, and no name of a column
JSON = re.compile(r'\s*(\{\s*("|$)|\[\s*([{"\[]|$))')
LABEL_FIRST = re.compile(r'\s*"?[01](\.0)?"?\s*([,;|])(?!\s*\d)')
LABEL_LAST = re.compile(r'([,;|])\s*"?[01](\.0)?"?\s*$')


@dataclass(frozen=True)
class Line:
    """A line that is not empty, and where it stands, from 1."""

    number: int
    text: str


def header_in(line: Line, delimiters: Sequence[str] = tuple(DELIMITERS)) -> str:
    """What parts the columns of a header that names the sentences; empty where it is none.

    Raises UserError where the line may as well be a sentence with a comma in it.
    """
    return next((one for one in delimiters if _is_header(line, one)), "")


def _is_header(line: Line, delimiter: str) -> bool:
    names = cells(line.text, delimiter)
    if not set(names) & set(NAMES):
        return False
    if delimiter == "\t":  # nobody types one in a sentence
        return True
    if ENDS.search(line.text):
        return False
    # After a comma in a sentence comes a space; after one between columns seldom.
    if LABEL in names or not re.search(rf"{re.escape(delimiter)}\s", line.text.strip()):
        return True
    raise UserError(
        f"Line {line.number:,} (“{short(line.text.strip())}”) may be a header or a sentence. If "
        "it is a header, write it without spaces around its separators; if it is a sentence, put "
        "a line with the one word “sentence” above it."
    )


def cells(line: str, delimiter: str) -> list[str]:
    """The names of a header, as they are compared."""
    try:
        row = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in row]


def told_to_excel(line: Line) -> str:
    """What parts the columns by Excel's own first line, `sep=;`; empty where that is another line.

    Raises UserError where it names what cannot part columns here.
    """
    found = EXCEL.fullmatch(line.text)
    if not found:
        return ""
    if found[1] not in DELIMITERS:
        raise UserError(
            f"Line {line.number:,} (“{short(line.text.strip())}”) says what parts the columns; "
            f"{', '.join(DELIMITERS.values())} can. Take it out, or name one of these."
        )
    return found[1]


def refuse_columns(line: Line, names: Sequence[str]) -> NoReturn:
    """Raises UserError: a row of cells, none of which is said to be the sentence."""
    which = "The first line" if line.number == 1 else f"Line {line.number:,}"
    raise UserError(
        f"{which} has {len(names)} column{'s' * (len(names) > 1)} "
        f"({short(', '.join(names))}) and none is named “sentence”; {ALLOWED}."
    )


def refuse_what_is_no_sentence(lines: Sequence[Line]) -> None:
    """Raises UserError where lines would be judged that are no sentences, with the first of them.

    A header without a sentence, one that is not the first line, JSON, labels beside the sentences.
    """
    head, *others = lines
    if JSON.match(head.text):
        raise UserError(
            f"Line {head.number:,} is JSON (“{short(head.text.strip())}”), which is not read as a "
            f"list; {ALLOWED}."
        )
    for delimiter in (",", ";", "|"):
        names = cells(head.text, delimiter)
        named = all(re.fullmatch(r"[a-z_]\w*", name) for name in names)
        table = bool(others) and all(len(cells(o.text, delimiter)) == len(names) for o in others)
        labelled = LABEL in names and not ENDS.search(head.text)
        if len(names) > 1 and (labelled or (named and " " not in head.text and table)):
            refuse_columns(head, names)
    for line in others:
        for delimiter in DELIMITERS:
            names = cells(line.text, delimiter)
            if set(names) & set(NAMES) and (LABEL in names or len(names) == 1):
                raise UserError(
                    f"Line {line.number:,} (“{short(line.text.strip())}”) is a header, which "
                    "stands in the first line. Take out what is above it."
                )
    _refuse_labels(lines, LABEL_LAST, 1, "ends with {} and 0 or 1", "sentence,label")
    _refuse_labels(lines, LABEL_FIRST, 2, "begins with 0 or 1 and {}", "label,sentence")


def _refuse_labels(
    lines: Sequence[Line], where: re.Pattern[str], group: int, seen: str, header: str
) -> None:
    found = [(line, match) for line in lines if (match := where.search(line.text))]
    if not found or 2 * len(found) < len(lines):
        return
    line, match = found[0]
    parts = "|" if match[group] == "|" else ", or ;"
    raise UserError(
        f"Line {line.number:,} {seen.format(parts)} (“{short(line.text.strip())}”), but there is "
        f"no header. Put “{header}” above the list, with the same separator."
    )


def short(seen: str) -> str:
    """What was seen, at most SHOWN characters of it."""
    return seen if len(seen) <= SHOWN else f"{seen[: SHOWN - 1]}…"
