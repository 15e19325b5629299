"""One text on its way: what whoever asked for it waits on, and what the loop knows of it."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import BusyError
from core.progress import end_if_left, here
from models.loaded import Loaded
from models.turns import asker

PATIENCE = 60.0  # seconds that somebody waits for their text to be begun
LOOK = 0.2  # seconds between two looks at whether who waits is still there
EVERY = 0.05  # seconds of tokens that are handed over together


@dataclass(frozen=True)
class Said:
    """One token of a text, as it was chosen."""

    id: int
    last: bool  # the text ends with it
    told: Any  # whatever else is known of it


class Row:
    """A text that is written in a loop until it ends, or until nobody waits for it."""

    def __init__(
        self, model: Loaded, prompt: Sequence[int], most: int, asked: Any, every: float = EVERY
    ) -> None:
        """At most so many tokens after the prompt; `asked` is for whoever chooses them.

        The first and the last token are handed over at once, others with those of `every` seconds:
        each handing over wakes a thread, which the computation waits for.
        """
        # Held for as long as the text is written: a model in use does not leave memory.
        self.model, self.prompt, self.most, self.asked = model, prompt, most, asked
        self.asker, self._here = asker(), here()
        self.read = 0  # tokens of the prompt
        self.place: Any = None  # in the cache, while it is written
        self.newest: int | None = None  # the token that was chosen last
        self.before = 0  # texts that were waiting when it was asked for
        self._every, self._handed = every, 0.0
        self._new: list[tuple[Said, float]] = []
        self._error: BaseException | None = None
        self._ended = self._left = False
        self._news = threading.Event()

    # For the loop --------------------------------------------------------------------------------

    @property
    def awaited(self) -> bool:
        """Whether anybody still waits for it."""
        return not self._left and self._here()

    def tell(self, said: Said, milliseconds: float) -> None:
        """Its next token, and how long that took."""
        self.newest = said.id
        self._new.append((said, milliseconds))
        self._ended = said.last
        now = time.monotonic()
        if self._ended or not self._handed or now - self._handed >= self._every:
            self._handed = now
            self._news.set()

    def fail(self, error: BaseException) -> None:
        """It cannot go on."""
        self._error, self._ended = error, True
        self._news.set()

    # For who waits -------------------------------------------------------------------------------

    def coming(self) -> Iterator[tuple[Any, float]]:
        """What is told of its tokens, as they come, each with the milliseconds that it took.

        Closing the iterator gives its place up, before the next token. Raises what went wrong with
        it, BusyError where it is not begun in time, and Left.
        """
        deadline = time.monotonic() + PATIENCE
        taken = 0
        try:
            while True:
                while not self._news.wait(LOOK):
                    end_if_left()
                    if self.place is None and not self._new and time.monotonic() > deadline:
                        raise self._busy()
                self._news.clear()
                ended = self._ended  # read first: nothing is told after it
                while taken < len(self._new):
                    taken += 1
                    said, milliseconds = self._new[taken - 1]
                    yield said.told, milliseconds
                if ended and self._error is not None:
                    raise self._error
                if ended:
                    return
        finally:
            self._left = True

    def _busy(self) -> BusyError:
        return BusyError(
            f"This page is busy: {self.before:,} are served before you. Try again in about "
            f"{round(PATIENCE):,} s."
        )
