"""What the export bar saves: the numbers of a view as the contents of two files."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any


def as_files(lines: Iterable[Sequence[Any]], content: dict[str, Any]) -> tuple[str, str]:
    """The lines as CSV and the content as JSON, every digit kept."""
    sheet = io.StringIO()
    csv.writer(sheet).writerows(lines)
    return sheet.getvalue(), json.dumps(content, indent=1, ensure_ascii=False)
