"""Reading a list of sentences: one on each line, CSV, TSV, or CoLA's own layout.

How it is read follows from its first line, by these rules in this order:

1. `sep=;`, as Excel has it: the line is passed over, and what it names parts every row.
2. Parted by tabs, commas, semicolons or bars, it names a column `sentence` (or `text`): that is a
   header, and what parts it parts every row. A column `label` holds 0 or 1.
3. It has tabs and no such name: CoLA's four columns (source, label, mark, sentence).
4. Every line that is not empty is a sentence; what is none is refused with its line
   (`services.grammaticality.layout`).
"""

import codecs
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
from core.text import checked_text, lines_of
from services.grammaticality.layout import (
    ALLOWED,
    DELIMITERS,
    LABEL,
    NAMES,
    Line,
    cells,
    header_in,
    refuse_columns,
    refuse_what_is_no_sentence,
    short,
    told_to_excel,
)
from services.pictures.file import kind_of

COLA = 4  # columns: source, label, the linguist's own mark, sentence
ROW = 1000  # characters for each row allowed: how long a whole list may be
SAVE = "Save it as CSV in UTF-8."


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
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    _refuse_other_than_text(content, wide)
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        # After its mark, UTF-8 counts from where the mark ended.
        place = error.start + (3 if content.startswith(codecs.BOM_UTF8) else 0)
        line = content[:place].count(b"\n") + 1
        name = "UTF-16" if wide else "UTF-8"
        raise UserError(
            f"The file is not {name}: byte 0x{content[place]:02X} at position {place:,} (line "
            f"{line:,}) is not part of a character; UTF-8 is allowed, and UTF-16 with a "
            f"byte-order mark. {SAVE}"
        ) from error


def _refuse_other_than_text(content: bytes, wide: bool) -> None:
    """Raises UserError for what no text in UTF-8 has: bytes of 0, of which there are many."""
    zeros = content.count(0)
    if not zeros or (wide and not content.startswith(codecs.BOM_UTF32_LE)):
        return
    if kind := kind_of(content):
        book = " (an Excel workbook is one)" if kind == "ZIP" else ""
        raise UserError(f"The file is of the kind {kind}{book} and not a text. {SAVE}")
    if 4 * zeros >= len(content):
        raise UserError(
            f"Of the file's {len(content):,} bytes {zeros:,} are 0, as in UTF-16 without a "
            f"byte-order mark, or in UTF-32; UTF-8 is allowed, and UTF-16 with the mark. {SAVE}"
        )


def read_list(text: object, limits: Limits) -> Listed:
    """The sentences of a text, with their labels where it has any.

    Raises UserError: no sentence, too many rows, wrong columns, a label that is not 0 or 1, an
    empty sentence; the line is named.
    """
    bare = text.removeprefix("\ufeff") if isinstance(text, str) else text
    whole = checked_text(bare, name="list", limit=limits.judged_rows * ROW, empty=True)
    if not whole.strip():
        _refuse_nothing("only spaces were typed" if whole else "nothing was typed")
    lines = list(_lines(whole))
    if parted := told_to_excel(lines[0]):
        return _as_told_to_excel(whole, lines, parted, limits)
    if delimiter := header_in(lines[0]):
        return _with_header(whole, delimiter, limits)
    if "\t" in lines[0].text:
        return _as_cola(whole, limits)
    refuse_what_is_no_sentence(lines)
    rows = [_Row(line.number, [line.text.strip()]) for line in lines]
    _check_count(rows, limits)
    return _listed(rows, 0, None, None, "one sentence on each line")


def _refuse_nothing(seen: str) -> NoReturn:
    raise UserError(f"There is no sentence in the list ({seen}); {ALLOWED}.")


def _lines(text: str) -> Iterator[Line]:
    """The lines that are not empty."""
    for number, line in enumerate(lines_of(text), start=1):
        if line.strip():
            yield Line(number, line)


def _as_told_to_excel(text: str, lines: Sequence[Line], parted: str, limits: Limits) -> Listed:
    told, *others = lines
    if not others:
        _refuse_nothing(f"there is only “{told.text.strip()}”")
    if not header_in(others[0], [parted]):
        refuse_columns(others[0], cells(others[0].text, parted))
    # Emptied, not taken out: the lines keep their numbers.
    return _with_header(text.replace(told.text, "", 1), parted, limits)


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
        parted += f"; none of them ({short(', '.join(names))}) is named “label”, so no scores"
    return _listed(rows, place, label, None, f"a header and its columns{parted}")


def _unwrapped(cell: str) -> str:
    """A cell that is whole in quotation marks, as spreadsheets write it, without them."""
    whole = re.fullmatch(r'"((?:[^"]|"")*)"', cell)
    return whole[1].replace('""', '"') if whole else cell


def _as_cola(text: str, limits: Limits) -> Listed:
    rows = _rows(text, "\t")
    if len(rows[0].cells) != COLA:
        refuse_columns(Line(rows[0].line, ""), [cell.strip() for cell in rows[0].cells])
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


def _label(row: _Row, index: int) -> int:
    seen = row.cells[index].strip()
    if seen not in ("0", "1"):
        raise UserError(
            f"Line {row.line:,} has the label {short(seen)!r}; 0 (unacceptable) and 1 "
            "(acceptable) are allowed."
        )
    return int(seen)
