"""From a folder of files to a model in memory: `from_pretrained` lives here, and only here."""

import pickle
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lazy_loader as lazy

from core.capabilities import AS_CONFIGURED, head_for, rows
from core.errors import FilesError
from core.progress import end_if_left
from core.spacefile import Checkpoint
from models.checks import (
    check_files,
    check_numbers,
    check_vocabulary,
    config_of,
    is_weights,
)
from models.files import architecture_of, check_architecture
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)
# One model is read from disk at a time, whichever it is. `from_pretrained` switches what is the
# process's while it runs: of two at once, one finds weights missing that are there. And a lazily
# loaded module is not safe when two threads are the first to touch it (Python 3.11).
# Nothing is fetched while it is held: what a stalled download holds, the pocket models wait for.
_reading = threading.Lock()

# Files that are here are never looked up elsewhere, and code that comes with a model is never run.
CLOSED = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True)
class Wanted:
    """What is to come into memory: a checkpoint, read for one of its capabilities."""

    entry: Checkpoint
    capability: str
    head: str  # the class that reads it, which is what its networks are kept by
    backbone: Loaded | None = None  # the model in memory that it stands on


def read_parts(wanted: Wanted, folder: Path, beside: Loaded | None) -> tuple[Any, Any]:
    """The network and, where it reads pictures, the processor of a checkpoint.

    `beside` is the same checkpoint with another head: what both have is in memory once. Raises
    FilesError when the files are not right, and what `transformers` raises.
    """
    entry, backbone = wanted.entry, wanted.backbone
    check_architecture(entry, folder)
    network, missing = read_model(entry, folder, wanted.capability)
    if backbone is not None:
        missing -= share_parts(network, backbone.model, missing)
    if missing:
        raise FilesError(f"its files lack {sorted(missing)}")
    check_numbers(network)
    if beside is None:
        return network, read_processor(entry, folder)
    named = network.named_parameters(remove_duplicate=False)
    share_parts(network, beside.model, {name for name, _ in named})
    return network, beside.processor


def read_tokenizer(checkpoint: Checkpoint, folder: Path) -> Any:
    """The tokenizer of a folder, ready for several threads at once.

    Raises FilesError when its files are not the right ones.
    """
    check_files(checkpoint, folder, lambda name: not is_weights(name))
    with _reading:
        # Here, because it replaces itself in sys.modules.
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, **CLOSED)
    # The first call resets the truncation that the file asks for, which changes the tokenizer;
    # made here, under the lock, no two visitors change it at once ("Already borrowed").
    tokenizer("")
    check_vocabulary(tokenizer, config_of(folder))
    return tokenizer


def read_config(checkpoint: Checkpoint, folder: Path) -> Any:
    """The configuration of a folder, with what is usual where the file says nothing.

    Raises FilesError when its files are not the right ones.
    """
    check_files(checkpoint, folder, lambda name: not is_weights(name))
    with _reading:
        from transformers import AutoConfig

        return AutoConfig.from_pretrained(folder, **CLOSED)


def read_model(checkpoint: Checkpoint, folder: Path, capability: str = "") -> tuple[Any, set[str]]:
    """The model of a folder, eager and in float32, and the names of the weights it lacks.

    Raises FilesError when a file is not the one that the Spacefile names, does not fit, or is
    a pickle that holds more than tensors.
    """
    check_files(checkpoint, folder, is_weights if not checkpoint.backbone else lambda name: True)
    with _reading:
        import transformers
        from transformers.utils.logging import disable_progress_bar, set_verbosity_error

        disable_progress_bar()  # the badge tells it
        set_verbosity_error()  # what is missing from the files is looked at below
        reader = getattr(transformers, head_of(checkpoint, folder, capability))
        try:
            model, info = reader.from_pretrained(
                folder,
                attn_implementation="eager",  # sdpa returns an empty tuple of attentions
                dtype=torch.float32,  # "auto" would keep float16, which is inexact on a CPU
                # Safetensors are taken where there are any; of a pickle, tensors and nothing else.
                weights_only=True,
                output_loading_info=True,
                **CLOSED,
            )
        except pickle.UnpicklingError as error:
            # torch's own text is ten lines, and says how to run the code.
            raise FilesError(
                "its pytorch_model.bin holds more than weights, which is never read because it "
                "could run code; name a revision with safetensors, or another model"
            ) from error
    if info["mismatched_keys"]:
        raise FilesError(f"its files do not fit in {info['mismatched_keys']}")
    # A pooler is read by no tab, and roberta-base was published without one.
    missing = {name for name in info["missing_keys"] if "pooler" not in name.split(".")}
    _let_go(model)
    return model.eval(), missing


def _let_go(network: Any) -> None:
    """Work that nobody waits for any more ends where any layer of the network begins."""

    def look(*_: Any) -> None:
        end_if_left()

    for part in network.modules():
        if isinstance(part, torch.nn.ModuleList):
            for layer in part:
                layer.register_forward_pre_hook(look)


def head_of(checkpoint: Checkpoint, folder: Path, capability: str = "") -> str:
    """The class that reads a checkpoint for a capability; for its first where none is named."""
    head = head_for(checkpoint.capabilities, capability or checkpoint.capabilities[0])
    return architecture_of(folder) if head == AS_CONFIGURED else head


def read_processor(checkpoint: Checkpoint, folder: Path) -> Any:
    """What makes a picture into pixels; None where the model reads no pictures."""
    if not any(row.pictures for row in rows(checkpoint.capabilities)):
        return None
    with _reading:
        from transformers import AutoImageProcessor

        # The same pixels whether torchvision is installed or not.
        return AutoImageProcessor.from_pretrained(folder, backend="pil", **CLOSED)


def share_parts(network: Any, holder: Any, names: set[str]) -> set[str]:
    """Put the holder's own parts into a network where all weights of a part are among `names`.

    They are shared, not copied: an embedding table is in memory once, whatever models use it.
    Gives the names of the weights that are the holder's now.
    """
    base, base_of_holder = network.base_model, holder.base_model
    prefix = "" if base is network else f"{network.base_model_prefix}."
    _share(base, base_of_holder, prefix, names)
    with _reading:  # while another model is read, `tie_weights` of all models does nothing
        network.tie_weights()  # a head that writes words uses the table of the embeddings
    held = {id(parameter) for parameter in holder.parameters()}
    named = network.named_parameters(remove_duplicate=False)
    return {name for name, parameter in named if id(parameter) in held}


def _share(part: Any, holder: Any, prefix: str, names: set[str]) -> None:
    """The holder's children in place of a part's own; of a child that lacks only some, theirs."""
    for name, child in list(part.named_children()):
        inside = {f"{prefix}{name}.{inner}" for inner, _ in child.named_parameters()}
        shared = getattr(holder, name, None)  # a pooler that only one has is its own
        if shared is None or not inside & names:
            continue
        if inside <= names:
            setattr(part, name, shared)
        else:
            _share(child, shared, f"{prefix}{name}.", names)


def bytes_of(*networks: Any) -> int:
    """What the weights take in memory; a table that is used twice counts once."""
    parts = {id(part): part for network in networks for part in network.parameters()}
    return sum(part.numel() * part.element_size() for part in parts.values())
