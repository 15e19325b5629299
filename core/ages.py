"""How long ago files were changed, by a clock that nobody sets."""

import time
from collections.abc import Callable
from pathlib import Path


class Ages:
    """Remembers when it first saw a file as it is.

    What the disk says of it is the time of day, which jumps: when a laptop wakes up, or when a
    machine hears the right time. Three hours ahead, all that was just sent would be old.
    """

    MOST = 100_000  # files; those that were looked at longest ago are forgotten first

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}  # its stamp, and when that was first seen

    def of(self, path: Path | str) -> float:
        """Seconds since the file was first seen as it is now; 0 the first time.

        Raises FileNotFoundError.
        """
        try:
            stamp = Path(path).lstat().st_ctime_ns
        except FileNotFoundError:
            self._seen.pop(str(path), None)
            raise
        now = self._clock()
        before, since = self._seen.pop(str(path), (None, now))
        if stamp != before:
            since = now
        self._seen[str(path)] = (stamp, since)
        if len(self._seen) > self.MOST:
            self._seen.pop(next(iter(self._seen)))
        return now - since
