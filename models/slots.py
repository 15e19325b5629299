"""Where each checkpoint stands: on its way, in memory, lent to somebody, or not available."""

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import FilesError, HubError, ModelError, NotReadyError, UserError
from core.spacefile import Checkpoint
from models.hub.progress import Meter, Progress, megabytes

log = logging.getLogger(__name__)

ROOM_PATIENCE = 10.0  # seconds that a model waits for room in memory, while others are in use
OURS = (UserError, HubError, FilesError)  # each is one sentence for visitors


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
    state: str = "cold"
    reason: str = ""
    absent: bool = False  # not on this machine, and the Hub was not asked for it
    doubtful: bool = False  # they could not be read: they are verified before the next time
    folder: Path | None = None  # where all of its files are
    tokenizer: Any = None
    loaded: Any = None
    bytes: int = 0  # of its weights in memory
    used: float = 0.0  # when it was lent last
    job: Job | None = None
    lent: list[Any] = field(default_factory=list)

    def lend(self) -> Any:
        """The loaded checkpoint for one who asks: it is in use for as long as they hold it.

        Each gets an object of their own, and the cache a weak reference to it: what a handler
        holds is let go when it returns, fails or is cancelled, and no tab has to say so.
        """
        with self.guard:
            if self.loaded is None:
                return None
            handle = replace(self.loaded)
            self.lent = [held for held in self.lent if held() is not None]
            self.lent.append(weakref.ref(handle))
            self.used = time.monotonic()
            return handle

    def give_up(self) -> bool:
        """Leave memory, unless somebody uses it."""
        with self.guard:
            if any(held() is not None for held in self.lent):
                return False
            self.loaded, self.bytes, self.lent, self.state = None, 0, [], "cold"
            return True

    def refuse_again(self) -> None:
        """What could not be loaded once is not hashed and tried again for every visitor."""
        if self.state == "unavailable":
            raise self._missing()

    def fail(self, reason: str, *, absent: bool = False) -> ModelError:
        """Note why it is not available, until somebody asks to try again."""
        self.reason, self.absent, self.state = reason, absent, "unavailable"
        return self._missing()

    def fail_to_read(self, error: Exception) -> ModelError:
        """Note that its files could not be read, and that they may be damaged."""
        self.doubtful = True
        return self.fail(self.plain(error))

    def plain(self, error: Exception) -> str:
        """An error in one sentence: ours as it is, of any other its kind.

        The libraries' own texts have several lines, with folders of this machine in them, and
        every visitor reads the sentence: they go to the log.
        """
        if isinstance(error, OURS):
            return str(error)
        log.error("%s could not be read", self.title, exc_info=error)
        again = "fetches" if self.hub else "reads"
        return f"its files could not be read ({type(error).__name__}); retry {again} them again"

    def _missing(self) -> ModelError:
        said = f"{self.title} is not available: {self.reason}"
        return ModelError(said, name=self.name, title=self.title)

    def start(self, work: Callable[[Meter], None]) -> Job:
        """The download that is under way, or a new one in the background.

        Raises UserError when one has failed meanwhile: only `retry` begins again.
        """
        with self.guard:
            job = self.job
            if job is None:
                self.refuse_again()
                job = self.job = Job(Meter())
                self.state = "loading"
                threading.Thread(
                    target=self._run, args=(job, work), name=self.title, daemon=True
                ).start()
            return job

    def _run(self, job: Job, work: Callable[[Meter], None]) -> None:
        try:
            work(job.meter)
            if self.state == "loading" and self.loaded is None:
                self.state = "cold"
        except UserError:
            if self.state == "loading":  # no room in memory just now; the files are here
                self.state = "cold"
        except Exception as error:
            self.fail(self.plain(error))
        finally:
            with self.guard:
                self.job = None
            job.done.set()

    def not_ready(self, job: Job, why: str = "") -> NotReadyError:
        """What the visitor is told who waits for it, by how far it is or by what it waits for."""
        return NotReadyError(
            f"{self.title} is on its way ({why or job.meter.progress.said()}). The other models "
            "work meanwhile; ask for it again in a moment.",
            name=self.name,
            title=self.title,
        )


class Memory:
    """What the Hub's models may take together: the least recently used leave for a new one."""

    def __init__(self, budget: int, slots: Sequence[Slot]) -> None:
        self.budget = budget
        self._slots = slots
        self.lock = threading.Lock()  # held while a model of the Hub is read into its room

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
        loaded = [slot for slot in self._slots if slot.loaded is not None]
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
        "state": slot.state,
        "reason": slot.reason,
        "absent": slot.state == "unavailable" and slot.absent,
        "bytes_done": progress.done,
        "bytes_total": progress.total,
        "seconds_left": progress.seconds_left,
    }
