"""Reading a list of sentences: one on each line, CSV, TSV, or CoLA's own layout.

How it is read follows from its first line alone, by these rules in this order:

1. Parted by tabs, commas or semicolons, it names a column `sentence` (or `text`): that is a
   header, and what parts it parts every row. A column `label` holds 0 or 1.
2. It has tabs and no such name: CoLA's four columns (source, label, mark, sentence).
3. It names a column `label`, or all lines are cells and the first looks like names: a header
   without a sentence, which is refused.
4. Every line that is not empty is a sentence.
"""

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from core.errors import UserError
from core.sheets import typed
from core.spacefile import Limits
from core.text import checked_text

NAMES = ("sentence", "text")
LABEL = "label"
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
COLA = 4  # columns: source, label, the linguist's own mark, sentence
ROW = 1000  # characters for each row allowed: how long a whole list may be
SHOWN = 60  # characters of what was seen, in a refusal
ALLOWED = (
    "allowed are one sentence on each line, a header that names a column “sentence” (and, if "
    "there are labels, “label”), or CoLA's four columns parted by tabs: source, label, mark, "
    "sentence"
)


@dataclass(frozen=True)
class Listed:
    """Sentences with what stood beside them."""

    sentences: tuple[str, ...]
    lines: tuple[int, ...]  # where each begins in the text, from 1
    labels: tuple[int, ...] | None  # 1 acceptable, 0 unacceptable; None where none were given
    sources: tuple[str, ...] | None  # of CoLA's layout
    layout: str  # how it was read, in words


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


def read_file(path: str | os.PathLike[str], limits: Limits) -> str:
    """The text of a file in UTF-8, or in UTF-16 where a mark at its head says so.

    Raises UserError for a file that is too large, before it is read, and for bytes that are not
    text, with the place of the first.
    """
    size, most = os.stat(path).st_size, limits.judged_rows * ROW
    if size > most:
        raise UserError(
            f"The file has {size:,} bytes; at most {most:,} are allowed. Take a part of it."
        )
    with open(path, "rb") as stream:
        content = stream.read()
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        # After its mark, UTF-8 counts from where the mark ended.
        place = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
        line = content[:place].count(b"\n") + 1
        name = "UTF-16" if wide else "UTF-8"
        raise UserError(
            f"The file is not {name}: byte 0x{content[place]:02X} at position {place:,} (line "
            f"{line:,}) is not part of a character; UTF-8 is allowed, and UTF-16 with a "
            "byte-order mark. Save it as CSV in UTF-8."
        ) from error


def read_list(text: object, limits: Limits) -> Listed:
    """The sentences of a text, with their labels where it has any.

    Raises UserError: no sentence, too many rows, wrong columns, a label that is not 0 or 1, an
    empty sentence; the line is named.
    """
    bare = text.removeprefix("\ufeff") if isinstance(text, str) else text
    whole = checked_text(bare, name="list", limit=limits.judged_rows * ROW, empty=True)
    if not whole.strip():
        _refuse_nothing("only spaces were typed" if whole else "nothing was typed")
    head = next(line for _, line in _lines(whole) if line.strip())
    for delimiter in DELIMITERS:
        if set(_cells(head, delimiter)) & set(NAMES):
            return _with_header(whole, delimiter, limits)
    if "\t" in head:
        return _as_cola(whole, limits)
    _refuse_header(whole, head)
    _refuse_headless(whole)
    rows = [_Row(n, [line.strip()]) for n, line in _lines(whole) if line.strip()]
    _check_count(rows, limits)
    return _listed(rows, 0, None, None, "one sentence on each line")


def _refuse_nothing(seen: str) -> NoReturn:
    raise UserError(f"There is no sentence in the list ({seen}); {ALLOWED}.")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines(), which also ends a line at U+2028 or a form feed inside a sentence.
    return enumerate(re.split(r"\r\n|\r|\n", text), start=1)


def _cells(line: str, delimiter: str) -> list[str]:
    """The names of a header, as they are compared."""
    try:
        row = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in row]


def _refuse_header(text: str, head: str) -> None:
    """A first line that is a header without a sentence would be judged as a sentence."""
    for delimiter in (",", ";"):
        names = _cells(head, delimiter)
        if len(names) < 2:
            continue
        others = [line for _, line in _lines(text) if line.strip()][1:]
        named = all(re.fullmatch(r"[a-z_]\w*", name) for name in names)
        table = bool(others) and all(len(_cells(o, delimiter)) == len(names) for o in others)
        if LABEL in names or (named and " " not in head and table):
            _refuse_columns(names)


def _refuse_headless(text: str) -> None:
    """Rows of sentence and label without a header would be judged with their labels."""
    lines = [line for _, line in _lines(text) if line.strip()]
    if all(re.search(r"[,;]\s*[01]\s*$", line) for line in lines):
        raise UserError(
            f"Every line ends with , or ; and 0 or 1 (“{_short(lines[0].strip())}”), but there is "
            "no header. Put “sentence,label” above them, with the same separator."
        )


def _refuse_columns(names: Sequence[str]) -> NoReturn:
    raise UserError(
        f"The first line has {len(names)} column{'s' * (len(names) > 1)} "
        f"({_short(', '.join(names))}) and none is named “sentence”; {ALLOWED}."
    )


def _short(seen: str) -> str:
    return seen if len(seen) <= SHOWN else f"{seen[: SHOWN - 1]}…"


def _rows(text: str, delimiter: str) -> list[_Row]:
    """Cells of every row that is not empty, by the csv module; quotes may hold line ends."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        # With tabs a quotation mark is mostly part of the sentence, as in CoLA's files.
        quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL,
        strict=True,
    )
    rows, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_Row(line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"The row that begins on line {line:,} cannot be read ({error}); a cell with "
            f"{DELIMITERS[delimiter]} or quotation marks stands in quotation marks, and those "
            "inside it are doubled."
        ) from error
    return rows


def _with_header(text: str, delimiter: str, limits: Limits) -> Listed:
    header, *rows = _rows(text, delimiter)
    names = [cell.strip().lower() for cell in header.cells]
    for name in (*NAMES, LABEL):
        if names.count(name) > 1:
            raise UserError(
                f"The header names the column “{name}” {names.count(name)} times; once is allowed."
            )
    if not rows:
        _refuse_nothing("there is only a header")
    _check_count(rows, limits)
    _check_columns(rows, len(names), "the header", delimiter)
    place = names.index(next(name for name in NAMES if name in names))
    if delimiter == "\t":
        rows = [_Row(row.line, [_unwrapped(cell) for cell in row.cells]) for row in rows]
    rows = [_Row(row.line, [typed(cell) for cell in row.cells]) for row in rows]  # our own export
    label = names.index(LABEL) if LABEL in names else None
    parted = f", parted by {DELIMITERS[delimiter]}" if len(names) > 1 else ""
    if len(names) > 1 and label is None:
        parted += f"; none of them ({_short(', '.join(names))}) is named “label”, so no scores"
    return _listed(rows, place, label, None, f"a header and its columns{parted}")


def _unwrapped(cell: str) -> str:
    """A cell that is whole in quotation marks, as spreadsheets write it, without them."""
    whole = re.fullmatch(r'"((?:[^"]|"")*)"', cell)
    return whole[1].replace('""', '"') if whole else cell


def _as_cola(text: str, limits: Limits) -> Listed:
    rows = _rows(text, "\t")
    if len(rows[0].cells) != COLA:
        _refuse_columns([cell.strip() for cell in rows[0].cells])
    _check_count(rows, limits)
    _check_columns(rows, COLA, "CoLA's layout", "\t")
    return _listed(rows, 3, 1, 0, "CoLA's four columns")


def _check_count(rows: Sequence[_Row], limits: Limits) -> None:
    if len(rows) > limits.judged_rows:
        raise UserError(
            f"There are {len(rows):,} sentences; at most {limits.judged_rows:,} are allowed in a "
            "list. Take a part of it."
        )


def _check_columns(rows: Sequence[_Row], wanted: int, where: str, delimiter: str) -> None:
    for row in rows:
        if len(row.cells) != wanted:
            quoted = (
                ""
                if delimiter == "\t"
                else f" A cell that holds {DELIMITERS[delimiter]} stands in quotation marks."
            )
            raise UserError(
                f"Line {row.line:,} has {len(row.cells)} column{'s' * (len(row.cells) > 1)} "
                f"parted by {DELIMITERS[delimiter]}; {where} has {wanted}.{quoted}"
            )


def _listed(
    rows: Sequence[_Row], sentence: int, label: int | None, source: int | None, layout: str
) -> Listed:
    """Take the columns apart; the first row that is unfit is refused."""
    for row in rows:
        if not row.cells[sentence].strip():
            raise UserError(
                f"Line {row.line:,} has an empty sentence; every row must have one. "
                "Type it, or take the row out."
            )
    return Listed(
        sentences=tuple(row.cells[sentence].strip() for row in rows),
        lines=tuple(row.line for row in rows),
        labels=None if label is None else tuple(_label(row, label) for row in rows),
        sources=None if source is None else tuple(row.cells[source].strip() for row in rows),
        layout=layout,
    )


def _label(row: _Row, place: int) -> int:
    seen = row.cells[place].strip()
    if seen not in ("0", "1"):
        raise UserError(
            f"Line {row.line:,} has the label {_short(seen)!r}; 0 (unacceptable) and 1 "
            "(acceptable) are allowed."
        )
    return int(seen)
