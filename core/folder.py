"""A folder of this process alone for what visitors send and save; it goes when that goes."""

import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

NAME = "lectern-"


class FolderError(ValueError):
    """Why no files can be kept at that place, and what to change: one sentence."""


class OwnFolder:
    """Made for this process, mode 0700; what processes that were killed left there is removed.

    A lock beside the folder, held while the process lives, says whose folder is still in use: a
    process that is killed lets go of it, whatever its number is given to next.
    """

    def __init__(self, base: Path | None) -> None:
        """Below `base`, or where the system keeps temporary files. Raises FolderError."""
        base = base or Path(tempfile.gettempdir())
        try:
            base.mkdir(parents=True, exist_ok=True)
            base = base.resolve()
            _sweep(base)
            self.path = base / f"{NAME}{secrets.token_hex(8)}"
            self._lock = _lock(self.path)
            self._lock.acquire(timeout=0)
            self.path.mkdir(mode=0o700)
            (self.path / "probe").write_bytes(bytes(4096))  # a full disk takes a folder, no file
            (self.path / "probe").unlink()
        except (OSError, Timeout) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            with suppress(AttributeError, OSError):  # as far as it came
                self.remove()
            raise FolderError(
                f"Temporary files cannot be kept in {base} ({why}); name a folder that can be "
                "written to: GRADIO_TEMP_DIR=/path/to/folder"
            ) from error

    def remove(self) -> None:
        """Delete the folder with all that is in it."""
        for _ in range(3):  # something may still be written while it is emptied
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                break
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()


def _lock(folder: Path) -> FileLock:
    return FileLock(f"{folder}.lock", mode=0o600)


def _sweep(base: Path) -> None:
    """Delete the folders of our processes that are no more; others' files are not touched."""
    for path in base.glob(f"{NAME}*.lock"):
        lock = _lock(path.with_suffix(""))
        try:
            with lock.acquire(timeout=0):
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
        except (OSError, Timeout):  # in use, or another user's
            continue


def for_us_alone() -> None:
    """Have what this process writes from now on be readable for its user alone."""
    os.umask(0o077)
