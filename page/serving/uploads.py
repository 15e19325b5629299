"""Files on their way in: how much of them, and how much of them the page keeps."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import Headers

from core.ages import Ages
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


Age = Callable[[Path], float]  # seconds; raises FileNotFoundError


class Room:
    """How much the folder of uploads holds: the oldest go when more comes than it may hold."""

    def __init__(
        self, most: int = MOST_KEPT, files: int = MOST_KEPT_FILES, age: Age | None = None
    ) -> None:
        self.most = most
        self.files = files
        self.age = age or Ages().of
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
            most = self.most - size
            kept = await to_thread.run_sync(tidy, folder, most, self.files, empty, self.age)
            self.held = kept + size
        if self.held > self.most:
            raise Refused(
                507,
                f"This page keeps {self.most / 1e6:,.0f} MB of files at once, and all of them "
                "are in use: try again in a minute.",
            )

    async def look(self, folder: Path) -> None:
        """What calls have written is to stay within the same bounds: now and then."""
        if time.monotonic() - self.tidied > TIDIED:
            try:
                await self.make(folder, 0)
            except Refused:  # all of it is in use, and a call may need none
                pass
            finally:
                self.done()

    def done(self) -> None:
        """The upload has come, or was broken off."""
        self.coming -= 1


@dataclass(frozen=True)
class KeptFile:
    """A file that was uploaded or exported."""

    path: Path
    size: int
    age: float
    touched: float  # by the disk: of those that were first seen together


def tidy(folder: Path, most: int, files: int, empty: bool, age: Age) -> int:
    """Delete the oldest of more than `most` bytes or `files`, but none in use; the bytes left.

    A picture that a visitor looks at lies in a folder of its own, which `tabs.captioning` keeps
    and deletes; it counts, and is left alone. `empty`: empty folders are deleted as well.
    """
    kept = sorted(_files(folder, age), key=lambda file: (-file.age, file.touched))
    held, count = sum(file.size for file in kept), len(kept)
    for file in kept:
        if held <= most and count <= files:
            break
        if _own(file.path, folder) or file.age < IN_USE:
            continue
        file.path.unlink(missing_ok=True)
        held, count = held - file.size, count - 1
    if empty:
        for inner in _folders(folder):
            # One that is not empty stays, and one that was made a moment ago.
            with suppress(OSError):  # or is gone
                if age(inner) > IN_USE:
                    inner.rmdir()
    return held


def _files(folder: Path, age: Age) -> Iterator[KeptFile]:
    for path, _, names in os.walk(folder):
        for name in names:
            file = Path(path, name)
            try:
                seen = file.lstat()
                yield KeptFile(file, seen.st_size, age(file), seen.st_mtime)
            except FileNotFoundError:  # deleted at this moment
                continue


def _folders(folder: Path) -> list[Path]:
    return [inner for inner in folder.glob("*") if inner.is_dir() and not inner.is_symlink()]


def _own(path: Path, folder: Path) -> bool:
    return path.relative_to(folder).parts[0].startswith("pictures-")
