"""Where each checkpoint stands: on its way, in memory, lent to somebody, or not available.

    from           to            by             when
    cold           loading       start, begin   it is fetched, waits for its turn, or is read
    loading        ready         keep           a network of it is in memory
    loading        cold          settle         it ended without a network: only the small files
                                                were asked for, or there is no room just now
    cold, loading  unavailable   fail           its files cannot come, or cannot be read
    ready          unavailable   fail           another head of it cannot be read
    ready          cold          give_up        it left memory for another model
    unavailable    cold, ready   forgive        somebody asks to try again; ready where one of
                                                its networks is in memory all the same

Nothing else writes `Slot.state`. Beside it stands one thing that outlives a state: whether the
files on this machine are trusted (`doubtful`). A try that fails for want of a network does not
make damaged files whole.
"""

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import FilesError, HubError, ModelError, NotReadyError, UserError, short_of_memory
from core.spacefile import Checkpoint
from models.hub.progress import Meter, Progress, megabytes
from models.loaded import Loaded

log = logging.getLogger(__name__)

FOREVER = float("inf")
ROOM_PATIENCE = 10.0  # seconds that a model waits for room in memory, while others are in use
OURS = (UserError, HubError, FilesError)  # each is one sentence for visitors


class State(StrEnum):
    """Where a checkpoint stands; the words are those of `/models`."""

    COLD = "cold"
    LOADING = "loading"
    READY = "ready"
    UNAVAILABLE = "unavailable"


@dataclass
class Job:
    """One download, in the background, for however many wait for it."""

    meter: Meter
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False)
class Slot:
    """Where one checkpoint is on its way from cold to ready."""

    title: str
    name: str = ""  # of its entry in the Spacefile
    hub: bool = False  # its files come from the Hub, and the Hub may be asked
    lock: threading.Lock = field(default_factory=threading.Lock)  # held while it is read
    guard: threading.Lock = field(default_factory=threading.Lock)  # held for a moment
    state: State = State.COLD
    reason: str = ""  # why it is unavailable
    absent: bool = False  # … because it is not on this machine, and the Hub was not asked for it
    doubtful: bool = False  # its files could not be read: they are verified before the next time
    folder: Path | None = None  # where all of its files are
    tokenizer: Any = None
    config: Any = None  # as transformers reads it
    networks: dict[str, Loaded] = field(default_factory=dict)  # by the class that read each
    bytes: int = 0  # of its weights in memory, those of all its heads
    used: float = 0.0  # when it was lent last
    job: Job | None = None
    lent: list[Any] = field(default_factory=list)

    def lend(self, head: str) -> Loaded | None:
        """The checkpoint with that head for one who asks: in use for as long as they hold it.

        Each gets an object of their own, and the cache a weak reference to it: what a handler
        holds is let go when it returns, fails or is cancelled, and no tab has to say so. None
        when it is not in memory.
        """
        with self.guard:
            if head not in self.networks:
                return None
            handle = replace(self.networks[head])
            self.lent = [held for held in self.lent if held() is not None]
            self.lent.append(weakref.ref(handle))
            self.used = time.monotonic()
            return handle

    def other_head(self) -> Loaded | None:
        """Any network of this checkpoint that is in memory, lent: a further head shares it."""
        return next((self.lend(head) for head in list(self.networks)), None)

    def begin(self) -> None:
        """cold → loading: it is being read. Raises ModelError when it could not be once."""
        with self.guard:
            self.refuse_again()
            if not self.networks:
                self.state = State.LOADING

    def keep(self, head: str, loaded: Loaded, size: int) -> None:
        """loading → ready: a network is in memory; `size` is in bytes, with its other heads."""
        with self.guard:
            self.networks[head] = loaded
            self.bytes = size
            self.state, self.reason, self.absent = State.READY, "", False

    def settle(self) -> None:
        """loading → cold: nothing is under way any more, and nothing came into memory."""
        with self.guard:
            if self.state is State.LOADING and not self.networks:
                self.state = State.COLD

    def give_up(self) -> bool:
        """ready → cold: leave memory, unless somebody uses it; whether it did."""
        with self.guard:
            if any(held() is not None for held in self.lent):
                return False
            self.networks, self.bytes, self.lent, self.state = {}, 0, [], State.COLD
            return True

    def forgive(self) -> None:
        """unavailable → cold: its files are looked for anew, for they may have come or gone."""
        with self.guard:
            if self.state is State.UNAVAILABLE:
                self.state = State.READY if self.networks else State.COLD
                self.reason, self.absent, self.folder = "", False, None

    def refuse_again(self) -> None:
        """What could not be loaded once is not hashed and tried again for every visitor."""
        if self.state is State.UNAVAILABLE:
            raise self._missing()

    def fail(self, reason: str, *, absent: bool = False) -> ModelError:
        """Any state → unavailable: note why, until somebody asks to try again."""
        self.reason, self.absent, self.state = reason, absent, State.UNAVAILABLE
        return self._missing()

    def fail_to_read(self, error: Exception) -> ModelError:
        """The same, of files that could not be read, and that may be damaged."""
        self.doubtful = not short_of_memory(error)
        return self.fail(self.plain(error))

    def plain(self, error: Exception) -> str:
        """An error in one sentence: ours as it is, of any other its kind.

        The libraries' own texts have several lines, with folders of this machine in them, and
        every visitor reads the sentence: they go to the log.
        """
        if isinstance(error, OURS):
            return str(error)
        if short_of_memory(error):
            log.error("%s: short of memory (%s)", self.title, type(error).__name__)
            return "this machine is short of memory just now; retry when less is going on"
        log.error("%s could not be read", self.title, exc_info=error)
        again = "fetches" if self.hub else "reads"
        return f"its files could not be read ({type(error).__name__}); retry {again} them again"

    def _missing(self) -> ModelError:
        sentence = f"{self.title} is not available: {self.reason}"
        return ModelError(sentence, name=self.name, title=self.title)

    def start(self, work: Callable[[Meter], object]) -> Job:
        """cold → loading: the job that is under way, or a new one in the background.

        Raises ModelError when one has failed meanwhile: only `retry` begins again.
        """
        with self.guard:
            job = self.job
            if job is None:
                self.refuse_again()
                job = self.job = Job(Meter())
                if not self.networks:
                    self.state = State.LOADING
                threading.Thread(
                    target=self._run, args=(job, work), name=self.title, daemon=True
                ).start()
            return job

    def _run(self, job: Job, work: Callable[[Meter], object]) -> None:
        try:
            work(job.meter)
            self.settle()
        except UserError:
            self.settle()  # no room in memory just now; the files are here
        except Exception as error:
            self.fail(self.plain(error))
        finally:
            with self.guard:
                self.job = None
            job.done.set()

    def not_ready(self, job: Job, why: str = "") -> NotReadyError:
        """What the visitor is told who waits for it, by how far it is or by what it waits for."""
        why = why or job.meter.progress.in_words()
        return NotReadyError(
            f"{self.title} is on its way ({why}). The other models work meanwhile; ask for it "
            "again in a moment.",
            name=self.name,
            title=self.title,
        )


class Memory:
    """What the Hub's models may take together: the least recently used leave for a new one."""

    def __init__(self, budget: int, slots: Sequence[Slot]) -> None:
        self.budget = budget
        self._slots = slots
        self._turn = threading.Lock()  # held while a model of the Hub is read into its room

    @contextmanager
    def turn(self, patience: float) -> Iterator[bool]:
        """Whether, within `patience` seconds, it is our turn to read; ours until it is left."""
        ours = self._turn.acquire(timeout=-1 if patience == FOREVER else patience)
        try:
            yield ours
        finally:
            if ours:
                self._turn.release()

    def free(self) -> int:
        """Bytes that nobody takes; below 0 where a model is larger than its entry says."""
        return self.budget - sum(slot.bytes for slot in self._slots)

    def make_room(self, needed: int, title: str) -> None:
        """Let unused models go until so many bytes are free.

        Raises UserError when those in use leave too little for longer than people wait.
        """
        deadline, collected = time.monotonic() + ROOM_PATIENCE, False
        while self.free() < needed:
            if self._leave():
                continue
            if not collected:
                gc.collect()  # an exception may hold the frame that held a model
                collected = True
                continue
            if time.monotonic() > deadline:
                raise UserError(
                    f"{title} needs {megabytes(needed)} of memory, and the models in use leave "
                    f"{megabytes(max(0, self.free()))}: ask again in a moment."
                )
            time.sleep(0.1)

    def _leave(self) -> bool:
        """The least recently used model goes, if one is not in use."""
        loaded = [slot for slot in self._slots if slot.networks]
        for slot in sorted(loaded, key=lambda slot: slot.used):
            if slot.give_up():
                gc.collect()  # a module's parts refer to each other
                return True
        return False


def described(entry: Checkpoint, slot: Slot) -> dict[str, Any]:
    """What a checkpoint is and where it stands; bytes and seconds left while it is fetched."""
    job = slot.job
    progress = job.meter.progress if job else Progress()
    return {
        "name": entry.name,
        "title": entry.title,
        "capabilities": list(entry.capabilities),
        "tier": entry.tier,
        "repo": entry.repo,
        "revision": entry.revision,
        "licence": entry.licence,
        "parameters": entry.parameters,
        "layers": entry.layers,
        "heads": entry.heads,
        "state": slot.state.value,
        "reason": slot.reason,
        "absent": slot.absent,
        "bytes_done": progress.done,
        "bytes_total": progress.total,
        "seconds_left": progress.seconds_left,
    }
