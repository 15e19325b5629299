"""What the log says: what happened, when and where; never what somebody typed.

The texts of libraries cannot be told from what was typed: `invalid literal: 'my secret'` is the
message of an error, and a traceback repeats it. So of an error its kind and its places are said,
and of a library's line its text only where that stands in the library's source as it is. What a
library prints, Gradio above all, is said to have been printed.
"""

import io
import linecache
import logging
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import gradio as gr

from core.calls import NOW, ends
from core.errors import foreseen
from core.paths import ROOT

LONGEST = 500  # characters of one line
OURS = ("benchmarks", "core", "figures", "models", "page", "scenes", "services", "tabs")
NEAR = 8  # lines of source around a call of a logger in which its text may stand

log = logging.getLogger(__name__)


def keep_a_log() -> None:
    """From now on all that is said on standard error is a line of this log."""
    handler = logging.StreamHandler(sys.__stderr__)
    handler.setFormatter(Line())
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.raiseExceptions = False  # on a full disk the log is silent
    traceback.print_exc = _print_exc
    warnings.showwarning = _warned  # type: ignore[assignment]
    sys.excepthook = _uncaught
    threading.excepthook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, None)
    sys.unraisablehook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, None)
    sys.stdout, sys.stderr = Printed(sys.__stdout__), Printed(sys.__stderr__)


class Line(logging.Formatter):
    """A record as one line: time, level, who says it, of which call, what, and where."""

    def format(self, record: logging.LogRecord) -> str:
        """At most `LONGEST` characters, all of which can be seen."""
        call = NOW.get()
        parts = [
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created)),
            record.levelname.lower(),
            record.name,
            f"[{call.kind}]" if call else "",
            _said(record),
            _of(record.exc_info[1]) if record.exc_info and record.exc_info[1] else "",
        ]
        line = seen(" ".join(part for part in parts if part))
        return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def seen(text: str) -> str:
    """The text with its line breaks and control characters written out."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _said(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in OURS:
        return record.getMessage()
    text = str(record.msg).strip().partition("\n")[0]
    lines = linecache.getlines(record.pathname)
    source = "".join(lines[max(0, record.lineno - NEAR) : record.lineno + NEAR])
    # Not filled in, where it has places for values.
    return text if text and text in source else f"at {_short(record.pathname)}:{record.lineno}"


def _of(error: BaseException) -> str:
    """The kind of an error and where it arose, the innermost place first."""
    places = [
        f"{_short(frame.f_code.co_filename)}:{number}"
        for frame, number in traceback.walk_tb(error.__traceback__)
    ]
    return f"{type(error).__name__} at {' < '.join(reversed(places)) or 'no place'}"


def _short(path: str) -> str:
    """A file by its place in this repository or in its package, not on this machine."""
    parts = Path(path).parts
    if "site-packages" in parts:
        return "/".join(parts[len(parts) - parts[::-1].index("site-packages") :])
    if path.startswith(f"{ROOT}/"):
        return path[len(str(ROOT)) + 1 :]
    return parts[-1] if parts else path


# What does not come through a logger -------------------------------------------------------------


class Printed(io.TextIOBase):
    """In place of a standard stream: what is printed is not said, only by whom, once each."""

    encoding = "utf-8"

    def __init__(self, real: TextIO | None) -> None:
        self._real = real
        self._known: set[tuple[str, int]] = set()

    def write(self, text: str) -> int:
        """Take note of who prints."""
        frame = sys._getframe(1)
        place = (frame.f_code.co_filename, frame.f_lineno)
        if text.strip() and place not in self._known:
            self._known.add(place)
            log.warning("%s:%d prints, which is not shown here", _short(place[0]), place[1])
        return len(text)

    def writable(self) -> bool:
        """As every stream of its kind."""
        return True

    def isatty(self) -> bool:
        """No: nothing is drawn for eyes."""
        return False

    def fileno(self) -> int:
        """The real stream's, which processes of others may be given."""
        if self._real is None:
            raise OSError("there is no such stream")
        return self._real.fileno()


def _print_exc(*_: Any, **__: Any) -> None:
    """An error that Gradio has caught: it answers `{"error": null}`, or what a gr.Error says."""
    error = sys.exc_info()[1]
    if error is None:
        return
    if isinstance(error, gr.Error) or foreseen(error):
        ends("refused")
        log.info("refused", exc_info=error)
    else:
        ends("failed")
        log.error("an error that nobody foresaw", exc_info=error)


def _warned(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any
) -> None:
    log.warning("%s at %s:%d", category.__name__, _short(filename), lineno)


def _uncaught(
    kind: type[BaseException], error: BaseException | None, _: TracebackType | None
) -> None:
    log.error("an error that nobody caught: %s", kind.__name__, exc_info=error)
