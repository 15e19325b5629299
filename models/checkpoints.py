"""The checkpoint cache: every model is loaded once, whoever asks."""

import threading
import time
from pathlib import Path
from typing import Any

import lazy_loader as lazy

from core.errors import FilesError, HubError, SpacefileError, UnfitError, UserError
from core.paths import ROOT
from core.spacefile import Checkpoint, Space
from models.architectures import as_loaded
from models.files import check_architecture, local_folder
from models.hub.errors import OFFLINE
from models.hub.fetching import caches, fetch
from models.hub.files import cached
from models.hub.progress import Meter
from models.loaded import Loaded
from models.reading import (
    bytes_of,
    read_model,
    read_processor,
    read_tokenizer,
    share_parts,
)
from models.slots import Job, Memory, Slot, described

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

PATIENCE = 1.0  # seconds that a visitor waits for others' work before hearing how far it is
FOREVER = float("inf")


class Checkpoints:
    """The cache of models, made once in `app.py` and passed to the tabs.

    A lock per checkpoint lets a hundred visitors ask at once and one copy be loaded;
    `functools.lru_cache` would let each of them load its own.
    """

    def __init__(
        self, space: Space, *, root: Path = ROOT, hub: bool = False, volume: Path | None = None
    ) -> None:
        self.space = space
        self.limits = space.limits
        self._root = root
        self._hub = hub
        self._caches = caches(volume)
        self._entries = {checkpoint.name: checkpoint for checkpoint in space.checkpoints}
        self._slots = {
            name: Slot(entry.title, name, hub and entry.from_hub)
            for name, entry in self._entries.items()
        }
        self._memory = Memory(
            space.hub.memory_bytes,
            [self._slots[name] for name, entry in self._entries.items() if entry.tier == "hub"],
        )
        self._look_for_the_absent()

    def offered(self, capability: str) -> list[Checkpoint]:
        """The checkpoints that the Spacefile offers for a capability, the default first."""
        return [entry for entry in self._entries.values() if capability in entry.capabilities]

    def default(self, capability: str) -> Checkpoint:
        """The first checkpoint offered for a capability; nothing is loaded to know it."""
        return self.offered(capability)[0]

    def named(self, name: object, capability: str) -> Checkpoint:
        """The checkpoint of that name. Raises UserError with the names that are offered."""
        offered = {entry.name: entry for entry in self.offered(capability)}
        if isinstance(name, str) and name in offered:
            return offered[name]
        raise UserError(
            f"There is no model {str(name)[:60]!r} for {capability}; "
            f"use one of {', '.join(offered)}."
        )

    def load(self, checkpoint: Checkpoint, *, patience: float = PATIENCE) -> Loaded:
        """The model in memory, loaded at the first call; in use until the caller lets it go.

        Raises UserError when it cannot be loaded, and NotReadyError when its files are still
        coming, or others are still being read, after `patience` seconds: of the few turns that
        visitors share none is spent on a download, and only one on reading from disk.
        """
        slot = self._slots[checkpoint.name]
        while (handle := slot.lend()) is None:
            self._wait_for_files(checkpoint, True, patience)
            self._into_memory(checkpoint, patience)
        return handle if checkpoint.tier == "hub" else slot.loaded

    def tokenizer(self, checkpoint: Checkpoint, *, patience: float = PATIENCE) -> Any:
        """The tokenizer alone: ready seconds before the model, and enough to cut text.

        Of a model on the Hub only the small files are fetched for it. Raises as `load` does.
        """
        slot = self._slots[checkpoint.name]
        if checkpoint.backbone:
            return self.tokenizer(self._entries[checkpoint.backbone], patience=patience)
        if slot.tokenizer is not None:
            return slot.tokenizer
        folder = self._wait_for_files(checkpoint, False, patience)
        with slot.lock:
            if slot.tokenizer is None:
                if slot.doubtful:
                    slot.refuse_again()
                try:
                    slot.tokenizer = read_tokenizer(folder)
                except Exception as error:  # a damaged file raises what its reader pleases
                    raise slot.fail_to_read(error) from error
            return slot.tokenizer

    def check(self) -> None:
        """Whether what is on this machine can do what the Spacefile offers it for.

        Raises SpacefileError, with entry and key, where a model's architecture is another.
        """
        for entry in self._entries.values():
            try:
                folder = self._here(entry, False)
                if folder is not None:
                    check_architecture(entry, folder)
            except UnfitError as error:
                raise SpacefileError(f"Spacefile: {error}.") from error
            except (OSError, FilesError):
                continue  # its badge says so, and the rest of the page works

    def describe(self) -> list[dict[str, Any]]:
        """Every checkpoint with what it is and where it stands, as `/models` returns it."""
        return [described(entry, self._slots[name]) for name, entry in self._entries.items()]

    def retry(self, name: str) -> None:
        """Try again, in the background, to load what was not available; else nothing."""
        entry, slot = self._entries.get(name), self._slots.get(name)
        if entry is None or slot is None:
            return
        with slot.guard:
            if slot.state != "unavailable":
                return
            # Looked for anew: what was there may have left, and what was not may have come.
            slot.state, slot.reason, slot.folder = "cold", "", None
        self._look_for_the_absent()
        threading.Thread(
            target=self._try, args=(entry,), name=f"retry {name}", daemon=True
        ).start()

    def warm(self) -> None:
        """Load in the background what the first visitor should not wait for.

        The pocket checkpoints, and the Hub's too where the Spacefile says so, as far as they fit.
        """
        threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        for entry in self._entries.values():
            if entry.tier == "pocket":
                self._try(entry)
        for entry in self._entries.values():
            at_start = entry.tier == "hub" and self.space.hub.load == "start"
            if at_start and self._memory.free() >= entry.parameters * 4:
                self._try(entry)

    def _try(self, entry: Checkpoint) -> None:
        try:
            self.load(entry, patience=FOREVER)
        except UserError:
            return  # its badge says so, and the rest of the page works

    def _here(self, entry: Checkpoint, weights: bool) -> Path | None:
        """The folder of a checkpoint whose files are on this machine; None when they are not.

        Raises FileNotFoundError when they are not and never will come from the Hub.
        """
        slot = self._slots[entry.name]
        if slot.doubtful and slot.hub:
            return None  # until they are verified
        if slot.folder is None:
            folder = local_folder(self._root, entry)
            if folder is None:
                folder = cached(entry.repo, entry.revision, self._caches, weights=weights)
            if not weights:
                return folder
            slot.folder = folder
        return slot.folder

    def _wait_for_files(self, entry: Checkpoint, weights: bool, patience: float) -> Path:
        slot, deadline = self._slots[entry.name], time.monotonic() + patience
        job: Job | None = None
        while True:
            if weights or slot.doubtful:  # a tokenizer may be here though its model is not
                slot.refuse_again()
            try:
                folder = self._here(entry, weights)
            except FileNotFoundError as error:
                raise slot.fail(str(error)) from error
            if folder is not None:
                return folder
            slot.refuse_again()
            if not self._hub:
                raise slot.fail(OFFLINE, absent=True)
            if job is not None and time.monotonic() > deadline:
                raise slot.not_ready(job)
            job = slot.start(lambda meter: self._fetch(entry, weights, meter))
            while not job.done.wait(0.1):
                # The small files come first: a tokenizer does not wait for the weights.
                if not weights and self._here(entry, weights) is not None:
                    break
                if time.monotonic() > deadline:
                    raise slot.not_ready(job)

    def _fetch(self, entry: Checkpoint, weights: bool, meter: Meter) -> None:
        """The files, and where the model was asked for the model, in the background."""
        slot, place = self._slots[entry.name], (entry.repo, entry.revision, self._caches[0], meter)
        doubtful = slot.doubtful
        check_architecture(entry, fetch(*place, weights=False, verify=doubtful))
        if weights or doubtful:
            fetch(*place, verify=doubtful)
            slot.doubtful = False
        if self._here(entry, weights) is None:  # else whoever waits would have it fetched forever
            raise HubError("its files left this machine as they came; retry fetches them again")
        if weights:
            self._into_memory(entry)

    def _into_memory(self, entry: Checkpoint, patience: float = FOREVER) -> None:
        slot = self._slots[entry.name]
        if entry.tier == "pocket":
            self._read(entry)
            return
        if not self._memory.lock.acquire(timeout=-1 if patience == FOREVER else patience):
            job = slot.start(lambda meter: self._into_memory(entry))  # its turn comes without us
            raise slot.not_ready(job, "another model is being read from disk")
        try:
            if slot.loaded is None:
                slot.refuse_again()
                self._memory.make_room(entry.parameters * 4, entry.title)
                self._read(entry)
        finally:
            self._memory.lock.release()

    def _read(self, entry: Checkpoint) -> None:
        """From the files to a model that is ready. Raises UserError when they are not right."""
        slot = self._slots[entry.name]
        if slot.state == "cold":
            slot.state = "loading"
        tokenizer = self.tokenizer(entry)
        with slot.lock:
            slot.refuse_again()
            if slot.loaded is not None:
                return
            try:
                model, processor = self._parts(entry)
                seen = as_loaded(entry, model)
            except Exception as error:  # a damaged file raises what its reader pleases
                raise slot.fail_to_read(error) from error
            slot.bytes = bytes_of(model)
            slot.loaded = Loaded(seen, tokenizer, model, self.limits, processor)
            slot.state = "ready"

    def _parts(self, entry: Checkpoint) -> tuple[Any, Any]:
        folder = self._here(entry, True)
        if folder is None:
            raise HubError("its files have left this machine; retry fetches them again")
        check_architecture(entry, folder)
        model, missing = read_model(entry, folder)
        if entry.backbone:
            backbone = self.load(self._entries[entry.backbone])
            missing -= share_parts(model, backbone.model, missing)
        if missing:
            raise FilesError(f"its files lack {sorted(missing)}")
        return model, read_processor(entry, folder)

    def _look_for_the_absent(self) -> None:
        """Without the Hub, what is not on this machine cannot come: it is said from the start."""
        for name, entry in self._entries.items():
            if self._hub or not entry.from_hub:
                continue
            if self._slots[name].state == "cold" and self._here(entry, True) is None:
                self._slots[name].fail(OFFLINE, absent=True)
