"""The loop: at each step of a model, every text that is on its way gets its next token.

Texts come and leave between any two steps; how many there are changes nothing in any of them.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import lazy_loader as lazy

from models.decoding.forward import Forward, Part
from models.decoding.row import Row, Said
from models.turns import one_core

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

MOST = 64  # texts at once: with more, each waits longer for its next token than people read
SHARE = MOST // 2  # of them for one visitor, so that others always find a place
CHUNK = 128  # tokens of a prompt that are read in one go …
PROMPTS = 256  # … and of all prompts in one step, for which everybody waits

# (row, vocabulary) logits and their rows: the next token of each, or why it cannot go on.
Choose = Callable[[Any, Sequence[Row]], Sequence[Said | Exception]]


class Loop:
    """The texts that one model writes at once. Its thread lives as long as there are any."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._waiting: list[Row] = []
        self._running: list[Row] = []
        self._alive = False
        self._lock = threading.Lock()

    @property
    def texts(self) -> int:
        """How many are on their way or wait."""
        return len(self._running) + len(self._waiting)

    def join(self, row: Row) -> Row:
        """Have a text written; its tokens come at `row.coming()`."""
        with self._lock:
            row.before = self.texts
            self._waiting.append(row)
            if not self._alive:
                self._alive = True
                # Of the process, not of a visitor: it ends with the last text.
                threading.Thread(target=self._run, name="decoding", daemon=True).start()
        return row

    def _run(self) -> None:
        forward: Forward | None = None
        try:
            with one_core(), torch.inference_mode():
                while True:
                    with self._lock:
                        rows = self._waiting + self._running
                        if not rows:
                            self._alive = False
                            return
                    forward = forward or Forward(rows[0].model.model)
                    with rows[0].asker.shared():
                        self._let_go(forward)
                        self._admit(forward)
                        if self._running:
                            self._step(forward)
        except BaseException as error:  # of the machine, such as no memory: nobody's own fault
            with self._lock:
                rows = self._waiting + self._running
                self._waiting, self._running, self._alive = [], [], False
            for row in rows:
                row.fail(error)

    def _let_go(self, forward: Forward) -> None:
        """Whoever has left gives their place up before anything is computed for them."""
        for row in [row for row in self._running if not row.awaited]:
            self._end(forward, row)
        with self._lock:
            self._waiting = [row for row in self._waiting if row.awaited]

    def _admit(self, forward: Forward) -> None:
        """Who waits finds a place, first whoever has the fewest; one who has their share waits."""
        while len(self._running) < MOST:
            have = Counter[Hashable](row.asker.visitor for row in self._running)
            with self._lock:
                able = [row for row in self._waiting if _within_share(row, have)]
                if not able:
                    return
                row = min(able, key=lambda row: have[row.asker.visitor])  # the first of equals
                if not forward.cache.fits(len(row.prompt) + row.most):
                    return  # until somebody leaves: shorter texts do not overtake for ever
                self._waiting.remove(row)
            try:
                row.place = forward.cache.open(len(row.prompt) + row.most)
                self._running.append(row)
            except (MemoryError, RuntimeError) as error:
                row.fail(error)

    def _step(self, forward: Forward) -> None:
        """The next token of every text whose prompt is read, and the next part of the others."""
        began = time.perf_counter()
        rows, parts, prompts = [], [], 0
        for row in self._running:
            if row.newest is not None:
                ids: Sequence[int] = (row.newest,)
            elif prompts < PROMPTS:
                ids = row.prompt[row.read : row.read + CHUNK]
                row.read += len(ids)
                prompts += len(ids)
            else:
                continue
            rows.append(row)
            parts.append(Part(row.place, ids))
        logits = forward(parts)
        ready = [index for index, row in enumerate(rows) if row.read == len(row.prompt)]
        if not ready:
            return
        due = [rows[index] for index in ready]
        if len(ready) < len(rows):
            logits = logits[ready]
        chosen = self._choose(logits, due)
        milliseconds = 1000 * (time.perf_counter() - began)
        for row, said in zip(due, chosen, strict=True):
            if isinstance(said, Said):
                row.tell(said, milliseconds)
            else:
                row.fail(said)
            if not isinstance(said, Said) or said.last:
                self._end(forward, row)

    def _end(self, forward: Forward, row: Row) -> None:
        self._running.remove(row)
        forward.cache.close(row.place)


def _within_share(row: Row, have: Counter[Hashable]) -> bool:
    """Whether a visitor may have one text more at once; who is not known has no share to keep."""
    return row.asker.visitor is None or have[row.asker.visitor] < SHARE


# Of the networks that are in memory. An idle loop holds nothing of its network.
_loops: "WeakKeyDictionary[Any, Loop]" = WeakKeyDictionary()
_first = threading.Lock()


def loop_of(network: Any, choose: Choose) -> Loop:
    """The one loop of a network; `choose` is always the same."""
    with _first:
        return _loops.setdefault(network, Loop(choose))
