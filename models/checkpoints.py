"""The checkpoint cache: every model is loaded once, whoever asks."""

import threading
from pathlib import Path
from typing import Any

from core.capabilities import head_for
from core.errors import (
    FilesError,
    ModelError,
    NotReadyError,
    SpacefileError,
    UnfitError,
    UserError,
)
from core.paths import ROOT
from core.spacefile import Checkpoint, Space
from models.files import check_architecture
from models.hub.errors import OFFLINE
from models.hub.fetching import caches
from models.loaded import Loaded
from models.loading import Loader
from models.reading import Wanted
from models.slots import FOREVER, Memory, Slot, State, described

PATIENCE = 1.0  # seconds that a visitor waits for others' work before hearing how far it is


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
        self._hub = hub
        self._entries = {checkpoint.name: checkpoint for checkpoint in space.checkpoints}
        self._slots = {
            name: Slot(entry.title, name, hub and entry.from_hub)
            for name, entry in self._entries.items()
        }
        self._memory = Memory(
            space.hub.memory_bytes,
            [self._slots[name] for name, entry in self._entries.items() if entry.tier == "hub"],
        )
        self._loader = Loader(
            self._slots, self._memory, space.limits, root=root, hub=hub, caches=caches(volume)
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

    def load(
        self, checkpoint: Checkpoint, capability: str = "", *, patience: float = PATIENCE
    ) -> Loaded:
        """The model in memory, loaded at the first call; in use until the caller lets it go.

        It is read with the head that the capability takes; without one, that of the first the
        entry offers. Heads of one checkpoint share its encoder in memory.

        Raises UserError when it cannot be loaded, and NotReadyError when its files are still
        coming, or others are still being read, after `patience` seconds: of the few turns that
        visitors share none is spent on a download, and only one on reading from disk.
        """
        backbone: Loaded | None = None
        for entry in self._backbones(checkpoint):
            wanted = self._wanted(entry, "", backbone)
            try:
                backbone = self._loader.load(wanted, patience)
            except NotReadyError:
                raise
            except ModelError as error:
                raise self._slots[checkpoint.name].fail(str(error)) from error
        return self._loader.load(self._wanted(checkpoint, capability, backbone), patience)

    def tokenizer(self, checkpoint: Checkpoint, *, patience: float = PATIENCE) -> Any:
        """The tokenizer alone: ready seconds before the model, and enough to cut text.

        Of a model on the Hub only the small files are fetched for it. Raises as `load` does.
        """
        first = next(iter(self._backbones(checkpoint)), checkpoint)
        return self._loader.tokenizer(first, patience)

    def config(self, checkpoint: Checkpoint, *, patience: float = PATIENCE) -> Any:
        """The measures of a model, as transformers reads its config.json; no weights are awaited.

        Raises as `load` does.
        """
        return self._loader.config(checkpoint, patience)

    def check(self) -> None:
        """Whether what is on this machine can do what the Spacefile offers it for.

        Raises SpacefileError, with entry and key, where a model's architecture is another.
        """
        for entry in self._entries.values():
            try:
                folder = self._loader.folder(entry, weights=False)
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
        entry = self._entries.get(name)
        if entry is None or self._slots[name].state is not State.UNAVAILABLE:
            return
        for link in (*self._backbones(entry), entry):
            self._slots[link.name].forgive()
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

    def _backbones(self, checkpoint: Checkpoint) -> list[Checkpoint]:
        """What a checkpoint stands on, in the order of loading."""
        below: list[Checkpoint] = []
        name = checkpoint.backbone
        while name:
            below.insert(0, self._entries[name])
            name = below[0].backbone
        return below

    def _wanted(self, entry: Checkpoint, capability: str, backbone: Loaded | None) -> Wanted:
        capability = capability or entry.capabilities[0]
        if capability not in entry.capabilities:
            raise ValueError(f"{entry.name} is not offered for {capability}")
        return Wanted(entry, capability, head_for(entry.capabilities, capability), backbone)

    def _look_for_the_absent(self) -> None:
        """Without the Hub, what is not on this machine cannot come: it is said from the start."""
        for name, entry in self._entries.items():
            if self._hub or not entry.from_hub:
                continue
            slot = self._slots[name]
            if slot.state is State.COLD and self._loader.folder(entry, weights=True) is None:
                slot.fail(OFFLINE, absent=True)
