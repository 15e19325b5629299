"""The checkpoint cache: every model is loaded once, whoever asks; `from_pretrained` lives here."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lazy_loader as lazy

from services.architectures import as_loaded, takes_segments
from services.checkpoint_files import check_hash, package_folder
from services.errors import UserError
from services.spacefile import Checkpoint, Limits, Space
from services.text import checked_text

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)
# One model is read from disk at a time, whichever it is. `from_pretrained` switches what is the
# process's while it runs: of two at once, one finds weights missing that are there. And a lazily
# loaded module is not safe when two threads are the first to touch it (Python 3.11).
_reading = threading.Lock()

ROOT = Path(__file__).resolve().parent.parent

# The head that a capability needs; the others read the encoder itself.
HEADS = {
    "grammaticality": "AutoModelForSequenceClassification",
    "answering": "AutoModelForQuestionAnswering",
    "masking": "AutoModelForMaskedLM",
    "generation": "AutoModelForCausalLM",
    "captioning": "AutoModelForImageTextToText",  # BLIP, or a vision encoder with a decoder
}
PICTURES = {"captioning"}  # capabilities whose models read pictures


@dataclass(frozen=True)
class Loaded:
    """A checkpoint in memory, with the limits that hold for whoever uses it."""

    checkpoint: Checkpoint
    tokenizer: Any
    model: Any
    limits: Limits
    processor: Any = None  # makes a picture into pixels, where the model reads pictures

    def encode(self, text: str, text_pair: str = "") -> Any:
        """Token ids, segments and mask as a batch of one; offsets beside them.

        Raises UserError when a text is empty or malformed, or the tokens are more than the
        Spacefile allows: both numbers are named and nothing is cut.
        """
        encoded = tokenize_pair(self.tokenizer, text, text_pair, self.limits)
        length = len(encoded["input_ids"])
        if length > self.limits.attention_tokens:
            raise UserError(
                f"The text has {length:,} tokens; at most {self.limits.attention_tokens:,} are "
                "allowed here. Shorten it."
            )
        return encoded

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what the model takes of an encoding."""
        return tuple(
            name
            for name in self.tokenizer.model_input_names
            if name != "token_type_ids" or takes_segments(self.model.config)
        )

    def tensors(self, encoded: Any) -> dict[str, Any]:
        """The part of an encoding that the model takes, as a batch of one."""
        return {name: torch.tensor([encoded[name]]) for name in self.inputs}


def tokenize_pair(tokenizer: Any, text: str, text_pair: str, limits: Limits) -> Any:
    """Check both texts and encode them with offsets; whole, whatever their length."""
    checked_text(text, limit=limits.text_characters)
    checked_text(text_pair, name="second text", limit=limits.text_characters, empty=True)
    return tokenizer(
        text,
        text_pair if text_pair.strip() else None,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        verbose=False,  # its warning about the length is ours to give, with both numbers
    )


@dataclass
class _Slot:
    """Where one checkpoint is on its way from cold to ready."""

    lock: threading.Lock
    state: str = "cold"
    reason: str = ""
    tokenizer: Any = None
    loaded: Loaded | None = None


class Checkpoints:
    """The cache of models, made once in `app.py` and passed to the tabs.

    A lock per checkpoint lets a hundred visitors ask at once and one copy be loaded;
    `functools.lru_cache` would let each of them load its own.
    """

    def __init__(self, space: Space, *, root: Path = ROOT, hub: bool = False) -> None:
        self.space = space
        self.limits = space.limits
        self._root = root
        self._hub = hub
        self._entries = {checkpoint.name: checkpoint for checkpoint in space.checkpoints}
        self._slots = {name: _Slot(threading.Lock()) for name in self._entries}

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

    def load(self, checkpoint: Checkpoint) -> Loaded:
        """The model in memory, loaded at the first call. Raises UserError when it cannot be."""
        slot = self._slots[checkpoint.name]
        if slot.state == "cold":
            slot.state = "loading"
        tokenizer = self.tokenizer(checkpoint)
        with slot.lock:
            self._refuse_again(checkpoint)
            if slot.loaded is None:
                try:
                    model = self._load_model(checkpoint)
                    seen = as_loaded(checkpoint, model)
                    processor = self._load_processor(checkpoint)
                except (OSError, ValueError, ImportError) as error:
                    raise self._unavailable(checkpoint, error) from error
                slot.loaded = Loaded(seen, tokenizer, model, self.limits, processor)
                slot.state = "ready"
            return slot.loaded

    def tokenizer(self, checkpoint: Checkpoint) -> Any:
        """The tokenizer alone: ready seconds before the model, and enough to cut text."""
        slot = self._slots[checkpoint.name]
        with slot.lock:
            self._refuse_again(checkpoint)
            if slot.tokenizer is None:
                try:
                    slot.tokenizer = self._load_tokenizer(checkpoint)
                except (OSError, ValueError, ImportError) as error:
                    raise self._unavailable(checkpoint, error) from error
            return slot.tokenizer

    def folder(self, checkpoint: Checkpoint) -> str:
        """Where the files of a checkpoint are: a folder, or the Hub's name for a hub checkpoint.

        Raises FileNotFoundError with what to install.
        """
        if checkpoint.package:
            return str(package_folder(checkpoint.package))
        if checkpoint.path:
            folder = self._root / checkpoint.path
            if not (folder / "config.json").is_file():
                raise FileNotFoundError(f"there is no model in the folder {checkpoint.path}")
            return str(folder)
        if not self._hub:
            raise FileNotFoundError("it is on the Hub, and this page was started without it")
        return checkpoint.repo

    def describe(self) -> list[dict[str, Any]]:
        """Every checkpoint with what it is and where it stands, as `/models` returns it."""
        return [
            {
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
                "state": self._slots[entry.name].state,
                "reason": self._slots[entry.name].reason,
            }
            for entry in self._entries.values()
        ]

    def warm(self) -> None:
        """Load the pocket checkpoints in the background: the first visitor need not wait."""
        threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        for entry in self._entries.values():
            if entry.tier == "pocket":
                try:
                    self.load(entry)
                except UserError:
                    continue  # its badge says so, and the rest of the page works

    def _load_tokenizer(self, checkpoint: Checkpoint) -> Any:
        if checkpoint.backbone:
            return self.tokenizer(self._entries[checkpoint.backbone])
        folder = self.folder(checkpoint)
        with _reading:
            # Here, because it replaces itself in sys.modules.
            from transformers import AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(folder, revision=checkpoint.revision or None)
        # The first call resets the truncation that the file asks for, which changes the tokenizer;
        # made here, under the lock, no two visitors change it at once ("Already borrowed").
        tokenizer("")
        return tokenizer

    def _load_model(self, checkpoint: Checkpoint) -> Any:
        folder = self.folder(checkpoint)
        if checkpoint.sha256:
            check_hash(Path(folder) / "model.safetensors", checkpoint.sha256)
        with _reading:
            import transformers
            from transformers.utils.logging import disable_progress_bar, set_verbosity_error

            disable_progress_bar()  # the badge tells it
            set_verbosity_error()  # what is missing from the files is looked at below
            head = HEADS.get(checkpoint.capabilities[0], "AutoModel")
            kind = getattr(transformers, head)
            model, info = kind.from_pretrained(
                folder,
                revision=checkpoint.revision or None,
                attn_implementation="eager",  # sdpa returns an empty tuple of attentions
                dtype=torch.float32,  # "auto" would keep float16, which is inexact on a CPU
                output_loading_info=True,
            )
        missing = set(info["missing_keys"])
        if checkpoint.backbone:
            backbone = self.load(self._entries[checkpoint.backbone])
            missing -= share_parts(model, backbone.model, missing)
        if missing or info["mismatched_keys"]:
            raise ValueError(f"its files lack {sorted(missing) or info['mismatched_keys']}")
        return model.eval()

    def _load_processor(self, checkpoint: Checkpoint) -> Any:
        if not PICTURES & set(checkpoint.capabilities):
            return None
        folder = self.folder(checkpoint)
        with _reading:
            from transformers import AutoImageProcessor

            return AutoImageProcessor.from_pretrained(
                folder,
                revision=checkpoint.revision or None,
                backend="pil",  # the same pixels whether torchvision is installed or not
            )

    def _refuse_again(self, checkpoint: Checkpoint) -> None:
        """What could not be loaded once is not hashed and tried again for every visitor."""
        slot = self._slots[checkpoint.name]
        if slot.state == "unavailable":
            raise UserError(f"{checkpoint.title} is not available: {slot.reason}")

    def _unavailable(self, checkpoint: Checkpoint, error: Exception) -> UserError:
        slot = self._slots[checkpoint.name]
        slot.state, slot.reason = "unavailable", str(error)
        return UserError(f"{checkpoint.title} is not available: {error}")


def share_parts(model: Any, backbone: Any, missing: set[str]) -> set[str]:
    """Put the backbone's own parts where the model's files have none; gives the names they fill.

    The parts are shared, not copied: an embedding table is in memory once, whatever models use it.
    """
    prefix = model.base_model_prefix
    for name, part in list(model.base_model.named_children()):
        names = {f"{prefix}.{name}.{inner}" for inner, _ in part.named_parameters()}
        if names and names <= missing:
            setattr(model.base_model, name, getattr(backbone.base_model, name))
    model.tie_weights()  # a head that writes words uses the table of the embeddings
    shared = {id(parameter) for parameter in backbone.parameters()}
    named = model.named_parameters(remove_duplicate=False)
    return {name for name, parameter in named if id(parameter) in shared}
