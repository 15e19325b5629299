"""From cold to ready, step by step; the states that a checkpoint goes through are in `slots`.

    1. its files, fetched in the background where they are not on this machine
    2. its turn to be read, and room in memory
    3. the tokenizer, and the network with the head that was asked for

`Loader.load` takes the steps in order for whoever asks. Where the files have to come first,
`_fetch` goes on to 2 and 3 in the background, whether anybody still waits or not.
"""

import time
from pathlib import Path
from typing import Any

from core.errors import HubError
from core.spacefile import Checkpoint, Limits
from models.architectures import as_loaded
from models.checks import check_vocabulary
from models.files import check_architecture, local_folder
from models.hub.errors import OFFLINE
from models.hub.fetching import fetch
from models.hub.files import cached
from models.hub.progress import Meter
from models.loaded import Loaded
from models.reading import Wanted, bytes_of, read_config, read_parts, read_tokenizer
from models.slots import FOREVER, Job, Memory, Slot


class Loader:
    """Brings checkpoints into their slots: each once, however many ask."""

    def __init__(
        self,
        slots: dict[str, Slot],
        memory: Memory,
        limits: Limits,
        *,
        root: Path,
        hub: bool,
        caches: tuple[Path, ...],
    ) -> None:
        self._slots = slots
        self._memory = memory
        self._limits = limits
        self._root = root
        self._hub = hub
        self._caches = caches

    def load(self, wanted: Wanted, patience: float) -> Loaded:
        """All steps of one checkpoint; each raises where the way ends for now.

        Raises ModelError when it is not available, NotReadyError when it is on its way for longer
        than `patience` seconds, UserError when there is no room for it.
        """
        entry, slot = wanted.entry, self._slots[wanted.entry.name]
        while (handle := slot.lend(wanted.head)) is None:  # again if it left before it was lent
            folder = self._wait_for_files(entry, patience, wanted)
            if not self._into_memory(wanted, folder, patience):
                raise self._waits_for_others(wanted, folder)
        return handle if entry.tier == "hub" else slot.networks[wanted.head]

    def tokenizer(self, entry: Checkpoint, patience: float) -> Any:
        """The tokenizer alone, for which the small files are enough. Raises as `load` does."""
        slot = self._slots[entry.name]
        if slot.tokenizer is None:
            self._read_tokenizer(entry, slot, self._wait_for_files(entry, patience))
        return slot.tokenizer

    def config(self, entry: Checkpoint, patience: float) -> Any:
        """What config.json says, for which the small files are enough. Raises as `load` does."""
        slot = self._slots[entry.name]
        if slot.config is None:
            folder = self._wait_for_files(entry, patience)
            with slot.lock:
                slot.config = slot.config or read_config(entry, folder)
        return slot.config

    def folder(self, entry: Checkpoint, *, weights: bool) -> Path | None:
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

    def _wait_for_files(
        self, entry: Checkpoint, patience: float, wanted: Wanted | None = None
    ) -> Path:
        """Step 1: the folder with the files, fetched in the background where they are not here.

        With nothing `wanted` in memory, the small files that make a tokenizer are enough.
        """
        slot, deadline = self._slots[entry.name], time.monotonic() + patience
        weights = wanted is not None
        job: Job | None = None
        while True:
            if weights or slot.doubtful:  # a tokenizer may be here though its model is not
                slot.refuse_again()
            try:
                folder = self.folder(entry, weights=weights)
            except FileNotFoundError as error:
                raise slot.fail(str(error)) from error
            if folder is not None:
                return folder
            slot.refuse_again()
            if not self._hub:
                raise slot.fail(OFFLINE, absent=True)
            if job is not None and time.monotonic() > deadline:
                raise slot.not_ready(job)
            job = slot.start(lambda meter: self._fetch(entry, wanted, meter))
            while not job.done.wait(0.1):
                # The small files come first: a tokenizer does not wait for the weights.
                if not weights and self.folder(entry, weights=weights) is not None:
                    break
                if time.monotonic() > deadline:
                    raise slot.not_ready(job)

    def _fetch(self, entry: Checkpoint, wanted: Wanted | None, meter: Meter) -> None:
        """The files, and where the model was asked for the steps after them, in the background."""
        slot, weights = self._slots[entry.name], wanted is not None
        source, doubtful = (entry.repo, entry.revision, self._caches[0], meter), slot.doubtful
        check_architecture(entry, fetch(*source, weights=False, verify=doubtful))
        if weights or doubtful:
            fetch(*source, verify=doubtful)
            slot.doubtful = False
        folder = self.folder(entry, weights=weights)
        if folder is None:  # else whoever waits would have it fetched forever
            raise HubError("its files left this machine as they came; retry fetches them again")
        if wanted is not None:
            self._into_memory(wanted, folder, FOREVER)

    def _into_memory(self, wanted: Wanted, folder: Path, patience: float) -> bool:
        """Step 2: its turn to be read, and room for it; False when the turn came to others.

        Raises UserError when the models in use leave no room. A pocket model has its room.
        """
        entry, slot = wanted.entry, self._slots[wanted.entry.name]
        if entry.tier == "pocket":
            self._read(wanted, folder)
            return True
        with self._memory.turn(patience) as ours:
            if ours and wanted.head not in slot.networks:
                slot.refuse_again()
                stays = slot.other_head()  # held here, so that it is not the one to leave
                held = slot.bytes if stays else 0
                self._memory.make_room(max(0, entry.parameters * 4 - held), entry.title)
                self._read(wanted, folder)
        return ours

    def _waits_for_others(self, wanted: Wanted, folder: Path) -> Exception:
        """Its turn comes in the background, when those before it have been read."""
        slot = self._slots[wanted.entry.name]
        job = slot.start(lambda meter: self._into_memory(wanted, folder, FOREVER))
        return slot.not_ready(job, "another model is being read from disk")

    def _read(self, wanted: Wanted, folder: Path) -> None:
        """Step 3: from files to a model that is ready. Raises ModelError when they are wrong."""
        slot, backbone = self._slots[wanted.entry.name], wanted.backbone
        slot.begin()
        tokenizer = (
            backbone.tokenizer if backbone else self._read_tokenizer(wanted.entry, slot, folder)
        )
        with slot.lock:
            if wanted.head in slot.networks:
                return
            slot.refuse_again()
            beside = slot.other_head()
            try:
                network, processor = read_parts(wanted, folder, beside)
                check_vocabulary(tokenizer, network.config)
                seen = as_loaded(wanted.entry, network)
            except Exception as error:  # a damaged file raises what its reader pleases
                raise slot.fail_to_read(error) from error
            others = [loaded.model for loaded in slot.networks.values()]
            loaded = Loaded(seen, tokenizer, network, self._limits, processor)
            slot.keep(wanted.head, loaded, bytes_of(network, *others))

    def _read_tokenizer(self, entry: Checkpoint, slot: Slot, folder: Path) -> Any:
        """The tokenizer of a slot, read once; under its own turn of the lock, before the model."""
        with slot.lock:
            if slot.tokenizer is None:
                if slot.doubtful:
                    slot.refuse_again()
                try:
                    slot.tokenizer = read_tokenizer(entry, folder)
                except Exception as error:  # a damaged file raises what its reader pleases
                    raise slot.fail_to_read(error) from error
            return slot.tokenizer
