"""`python app.py --download`: everything beforehand, for a hall without network."""

import shutil
import sys
import threading
import time
from pathlib import Path

from core.errors import HubError
from core.spacefile import Checkpoint, Space
from models.files import check_architecture
from models.hub.fetching import caches, fetch
from models.hub.files import COMMIT
from models.hub.progress import Meter, megabytes, wait


def download(space: Space, volume: Path | None = None) -> int:
    """Fetch and check every model of the Hub that the Spacefile names; print what each takes.

    What has come already is read again and not fetched again. Gives the process's exit code:
    1 when a model was not fetched or checked, with one sentence on it. The same sentence twice is
    not about a model but about the network or the disk, and ends it.
    """
    entries = [entry for entry in space.checkpoints if entry.from_hub]
    cache, together, failed, sentence = caches(volume)[0], 0, 0, ""
    print(f"{len(entries)} models of the Hub, into {cache}", flush=True)
    for number, entry in enumerate(entries):
        began, meter = time.monotonic(), Meter()
        try:
            with _Line(entry.name, meter):
                folder = fetch(entry.repo, entry.revision, cache, meter, verify=True)
                check_architecture(entry, folder)
        except (HubError, OSError, ValueError) as error:
            failed += 1
            print(f"{entry.name}: {error}.", file=sys.stderr, flush=True)
            left = len(entries) - number - 1
            if str(error) == sentence and left:
                again = "start it again when that is mended"
                print(f"{left} more are not asked for: {again}.", file=sys.stderr)
                failed += left
                break
            sentence = str(error)
            continue
        size = sum(file.stat().st_size for file in folder.iterdir())
        together += size
        seconds = round(time.monotonic() - began)
        print(f"{entry.name}: {megabytes(size)} {_at(entry, folder)}, checked, {wait(seconds)}")
    free = megabytes(shutil.disk_usage(_nearest(cache)).free)
    print(f"together: {megabytes(together)} on disk; {free} are free", flush=True)
    if failed:
        unchecked = f"{failed} of {len(entries)} models were not fetched or checked"
        print(f"{unchecked}; what came before stays.", file=sys.stderr)
    return 1 if failed else 0


def _at(entry: Checkpoint, folder: Path) -> str:
    """Which commit it is; a branch, which may be another tomorrow, is marked."""
    pinned = COMMIT.fullmatch(entry.revision)
    return f"at {folder.name[:12]}" + ("" if pinned else f" ({entry.revision}, not pinned)")


def _nearest(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.is_dir())


class _Line:
    """While it is entered, one line of a terminal shows how far the download is."""

    def __init__(self, name: str, meter: Meter) -> None:
        self._name, self._meter = name, meter
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> None:
        if sys.stderr.isatty():
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _tell(self) -> None:
        while not self._over.wait(0.3):
            text = self._meter.progress.in_words()
            print(f"\r\033[K{self._name}: {text}", end="", file=sys.stderr, flush=True)
