"""The Spacefile: what this Space serves, read at start and refused when it is wrong."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from core.capabilities import NAMES, usual_kind
from core.door import KEYS, NOBODY_ELSE, Door, read_door
from core.errors import SpacefileError

TIERS = ("pocket", "hub")
SOURCES = ("package", "path", "repo")
LOADS = ("first use", "start")
HASH = re.compile(r"([0-9a-f]{64})  ([^\s/][^/]*)")  # as `sha256sum` writes them


@dataclass(frozen=True)
class Limits:
    """The most that is taken from one visitor at once; above it the request is refused."""

    text_characters: int  # Unicode code points
    attention_tokens: int  # specials included
    attention_lines: int  # tokens x tokens x heads in bertviz's head view
    attention_model_lines: int  # the same, x layers, in its model view
    sentences: int
    context_sentences: int
    tokenizers: int
    trace_characters: int  # of the word whose pieces are traced
    judged_sentences: int  # in one request of a script
    judged_rows: int  # of a list or CSV on the page
    context_characters: int  # of the passage that a question is put to
    questions: int  # against one passage
    question_tokens: int  # of each, so that a window keeps room for the passage
    new_tokens: int  # in one continuation
    beams: int
    why_tokens: int  # of a text that is read again without each of its words
    picture_bytes: int  # of a picture's file
    picture_pixels: int  # width x height, as its header says
    picture_side: int  # pixels of its shorter side, at least


@dataclass(frozen=True)
class Queue:
    """How many visitors wait, how many are served at once, and how much one of them may have."""

    max_size: int  # events waiting in one queue, of which each kind of computation has its own
    concurrency: int
    session_size: int = 40  # of one visitor, waiting or running; a gradio_client sends as many
    waiting_bytes: int = 100_000_000  # of all that was asked and is not answered
    new_sessions: int = 300  # a minute, of visitors from one address
    new_sessions_at_once: int = 600  # and a hall of them
    unheard_seconds: int = 10  # that something waits or runs while nobody listens for its answer
    kept_seconds: int = 60  # that an answer is kept which nobody has read


@dataclass(frozen=True)
class Hub:
    """When the Hub's models are loaded, and what they may take together."""

    load: str = LOADS[0]  # or in the background at the start
    memory_bytes: int = 4_500_000_000  # of weights; the least recently used models leave first


@dataclass(frozen=True)
class Checkpoint:
    """One model as the Spacefile names it; nothing is loaded to know this much."""

    name: str
    title: str
    tier: str
    capabilities: tuple[str, ...]
    licence: str
    parameters: int
    layers: int
    heads: int
    package: str = ""  # a Python distribution that installs the files
    path: str = ""  # or a folder, of this repository or anywhere on this machine
    repo: str = ""  # or a repository on the Hub
    revision: str = ""
    sha256: tuple[str, ...] = ()  # of its files, as `sha256sum` writes them: hash, spaces, name
    encoder_layers: int = 0  # of a model with an encoder beside its decoder, which `layers` counts
    backbone: str = ""  # the checkpoint whose tokenizer and frozen parts it shares in memory
    architecture: str = ""  # as its config.json calls it; "": the usual one of its capability
    abstains: bool = False  # whether it learned that some questions have no answer (SQuAD 2.0)
    # What is known of it; where nothing is said here, nothing is claimed of it on the page.
    longest: int = 0  # tokens of the longest text that it learned from, specials included
    usual: int = 0  # tokens that 999 of 1,000 of its sentences have at most
    cased: bool | None = None  # whether it tells capital letters from small ones
    languages: tuple[str, ...] = ()  # that it learned, by their English names
    prefix: str = ""  # what it learned to find before a text, which tells it what to do

    @property
    def from_hub(self) -> bool:
        """Whether its files come from the Hub; a folder or a package goes before it."""
        return bool(self.repo) and not self.path and not self.package

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each file by its name; empty where the Spacefile has none."""
        return {name: digest for digest, name in (line.split("  ", 1) for line in self.sha256)}

    @property
    def family(self) -> str:
        """What kind of model it is, as `model_type` in its config.json names it."""
        return self.architecture or usual_kind(self.capabilities)


@dataclass(frozen=True)
class Space:
    """The whole Spacefile."""

    title: str
    limits: Limits
    queue: Queue
    checkpoints: tuple[Checkpoint, ...]
    hub: Hub = Hub()
    door: Door = NOBODY_ELSE


def read_spacefile(path: Path) -> Space:
    """Read and check the file. Raises SpacefileError: one sentence with file, key and fix."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpacefileError(f"{path.name}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpacefileError(f"{path.name}: is not TOML: {error}.") from error
    reader = _Reader(path.name)
    reader.only(content, "", {"space", "limits", "queue", "hub", "checkpoint"})
    space = reader.table(content, "space")
    reader.only(space, "space", {"title", *KEYS})
    entries = content.get("checkpoint", [])
    if not isinstance(entries, list) or not entries:
        reader.stop("checkpoint", "is missing; add at least one [[checkpoint]] table")
    hub: Hub = (
        reader.build(Hub, reader.table(content, "hub"), "hub") if "hub" in content else Hub()
    )
    reader.one_of("hub", "load", hub.load, LOADS)
    return Space(
        title=reader.value(space, "space", "title", str),
        limits=reader.build(Limits, reader.table(content, "limits"), "limits"),
        queue=reader.build(Queue, reader.table(content, "queue"), "queue"),
        checkpoints=_checkpoints(reader, entries, hub),
        hub=hub,
        door=read_door(space, reader.stop),
    )


def _checkpoints(reader: "_Reader", entries: list[Any], hub: Hub) -> tuple[Checkpoint, ...]:
    checkpoints: list[Checkpoint] = []
    for number, entry in enumerate(entries):
        where = f"checkpoint[{number}]"
        if not isinstance(entry, dict):
            reader.stop(where, "must be a table, written [[checkpoint]]")
        checkpoint: Checkpoint = reader.build(Checkpoint, entry, where)
        reader.one_of(where, "tier", checkpoint.tier, TIERS)
        for capability in checkpoint.capabilities:
            reader.one_of(where, "capabilities", capability, NAMES)
        for line in checkpoint.sha256:
            if not HASH.fullmatch(line):
                reader.stop(
                    f"{where}.sha256",
                    f"has {line[:80]!r}; write each as sha256sum does, the hash, two spaces, the "
                    "file's name, or run `python -m tools.hashes`",
                )
        if not (checkpoint.package or checkpoint.path or checkpoint.repo):
            reader.stop(f"{where}.package", f"is missing; give one of {', '.join(SOURCES)}")
        if checkpoint.tier == "hub":
            _of_the_hub(reader, where, checkpoint, hub)
        names = [known.name for known in checkpoints]
        if checkpoint.name in names:
            reader.stop(f"{where}.name", f"{checkpoint.name!r} is taken; choose another name")
        if checkpoint.backbone and checkpoint.backbone not in names:
            reader.stop(
                f"{where}.backbone",
                f"is {checkpoint.backbone!r}; use a checkpoint above it: {', '.join(names)}",
            )
        # It would leave memory while another stands on it; and both wait for the same room.
        if any(known.name == checkpoint.backbone and known.tier == "hub" for known in checkpoints):
            reader.stop(
                f"{where}.backbone",
                f"is {checkpoint.backbone!r}, a hub checkpoint, which may leave memory; use one "
                f"of tier pocket, or remove backbone from {checkpoint.name}",
            )
        checkpoints.append(checkpoint)
    return tuple(checkpoints)


def _of_the_hub(reader: "_Reader", where: str, checkpoint: Checkpoint, hub: Hub) -> None:
    """What holds for the models that come and go: where they come from, and that they fit."""
    if not checkpoint.path and not (checkpoint.repo and checkpoint.revision):
        reader.stop(
            f"{where}.revision", "is missing; a hub checkpoint has repo and revision, or a path"
        )
    needed = 4 * checkpoint.parameters  # bytes in float32
    if needed > hub.memory_bytes:
        reader.stop(
            "hub.memory_bytes",
            f"is {hub.memory_bytes:,}, and {checkpoint.name} alone takes {needed:,}; allow more, "
            f"or remove {where}",
        )


class _Reader:
    """Takes typed values out of TOML tables; every complaint names file, key and fix."""

    def __init__(self, file: str) -> None:
        self.file = file

    def stop(self, key: str, problem: str) -> None:
        raise SpacefileError(f"{self.file}: {key} {problem}.")

    def only(self, table: dict[str, Any], where: str, known: set[str]) -> None:
        for key in sorted(set(table) - known):
            name = f"{where}.{key}" if where else key
            self.stop(name, f"is unknown; remove it, or use one of {', '.join(sorted(known))}")

    def table(self, content: dict[str, Any], key: str) -> dict[str, Any]:
        table = content.get(key)
        if not isinstance(table, dict):
            self.stop(f"[{key}]", "is missing; add that table")
        return table  # type: ignore[return-value]

    def one_of(self, where: str, key: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            self.stop(f"{where}.{key}", f"is {value!r}; use one of {', '.join(allowed)}")

    def value(self, table: dict[str, Any], where: str, key: str, kind: type) -> Any:
        if key not in table:
            self.stop(f"{where}.{key}", f"is missing; add it as {_KIND_NAMES[kind]}")
        value = table[key]
        if not _FITS[kind](value):
            self.stop(f"{where}.{key}", f"is {value!r}; write {_KIND_NAMES[kind]}")
        return tuple(value) if kind is tuple else value

    def build(self, result: type, table: dict[str, Any], where: str) -> Any:
        """A frozen dataclass from one table: each field is a key of the same name and type."""
        known = {field.name: field for field in fields(result)}
        self.only(table, where, set(known))
        return result(
            **{
                name: self.value(table, where, name, _KINDS.get(field.type, tuple))
                for name, field in known.items()
                if name in table or field.default is MISSING
            }
        )


_KINDS: dict[Any, type] = {
    int: int,
    str: str,
    bool: bool,
    bool | None: bool,
}  # any other field here is tuple[str, ...]
_KIND_NAMES = {
    int: "a whole number above 0",
    str: "a text",
    bool: "true or false",
    tuple: "a list of texts",
}
_FITS: dict[type, Callable[[Any], bool]] = {
    int: lambda value: type(value) is int and value > 0,  # a bool is an int to isinstance
    str: lambda value: isinstance(value, str) and value != "",
    bool: lambda value: isinstance(value, bool),
    tuple: lambda value: (
        isinstance(value, list) and value != [] and all(isinstance(part, str) for part in value)
    ),
}
