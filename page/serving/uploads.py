"""Files on their way in: how much of them, and how much of them the page keeps."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers

from core.spacefile import Limits
from page.serving.refusals import Refused

AROUND = 20_000  # bytes of the form around the files of an upload
MOST_KEPT = 2_000_000_000  # bytes of the folder of uploads
MOST_KEPT_FILES = 20_000
IN_USE = 60  # seconds since a file was written or looked at
TIDIED = 60  # seconds between two looks at the folder, as long as it has room


def most_file(limits: Limits) -> int:
    """Bytes of one file that Gradio takes: somewhat more than the page does of a picture.

    So `services.pictures` says what is wrong with a picture that is a little too large.
    """
    return limits.picture_bytes + limits.picture_bytes // 5


def most_upload(limits: Limits) -> int:
    """Bytes of one upload, whatever the number of its files."""
    return most_file(limits) + AROUND


def size_of(headers: Headers, most: int) -> int:
    """The bytes of an upload, as it says. Raises Refused before any is read."""
    length = headers.get("content-length", "")
    # A body in chunks has no length, whatever the other header says.
    if not length.isdecimal() or len(length) > 18 or "transfer-encoding" in headers:
        raise Refused(
            413,
            "An upload must say how many bytes it has (Content-Length); "
            f"at most {most:,} are allowed.",
        )
    if int(length) > most:
        raise Refused(413, f"The upload has {int(length):,} bytes; at most {most:,} are allowed.")
    return int(length)


class Room:
    """How much the folder of uploads holds: the oldest go when more comes than it may hold."""

    def __init__(self, most: int = MOST_KEPT, files: int = MOST_KEPT_FILES) -> None:
        self.most = most
        self.files = files
        self.held = 0
        self.coming = 0
        self.tidied = float("-inf")

    async def make(self, folder: Path, size: int) -> None:
        """Room for an upload of this size, which `done` ends. Raises Refused."""
        self.coming += 1
        self.held += size
        full = self.held > self.most
        if full or time.monotonic() - self.tidied > TIDIED:
            self.tidied = time.monotonic()
            empty = self.coming == 1  # else a folder may have been made a moment ago
            kept = await to_thread.run_sync(tidy, folder, self.most - size, self.files, empty)
            self.held = kept + size
        if self.held > self.most:
            raise Refused(
                507,
                f"This page keeps {self.most / 1e6:,.0f} MB of files at once, and all of them "
                "are in use: try again in a minute.",
            )

    def done(self) -> None:
        """The upload has come, or was broken off."""
        self.coming -= 1


@dataclass(frozen=True)
class KeptFile:
    """A file that was uploaded or exported."""

    path: Path
    size: int
    touched: float


def tidy(folder: Path, most: int, files: int, empty: bool) -> int:
    """Delete the oldest of more than `most` bytes or `files`, but none in use; the bytes left.

    A picture that a visitor looks at lies in a folder of its own, which `tabs.captioning` keeps
    and deletes; it counts, and is left alone. `empty`: empty folders are deleted as well.
    """
    kept = sorted(_files(folder), key=lambda file: file.touched)
    held, count, now = sum(file.size for file in kept), len(kept), time.time()
    for file in kept:
        if held <= most and count <= files:
            break
        if _own(file.path, folder) or now - file.touched < IN_USE:
            continue
        file.path.unlink(missing_ok=True)
        held, count = held - file.size, count - 1
    if empty:
        for inner in _folders(folder):
            # One that is not empty stays, and one that was made a moment ago.
            if now - _touched(inner) > IN_USE:
                _remove(inner)
    return held


def _files(folder: Path) -> Iterator[KeptFile]:
    for path, _, names in os.walk(folder):
        for name in names:
            file = Path(path, name)
            try:
                seen = file.lstat()
            except FileNotFoundError:  # deleted at this moment
                continue
            yield KeptFile(file, seen.st_size, seen.st_mtime)


def _folders(folder: Path) -> list[Path]:
    return [inner for inner in folder.glob("*") if inner.is_dir() and not inner.is_symlink()]


def _own(path: Path, folder: Path) -> bool:
    return path.relative_to(folder).parts[0].startswith("pictures-")


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _remove(folder: Path) -> None:
    with suppress(OSError):  # not empty, or gone
        folder.rmdir()
