"""A model in memory, and how text goes into it."""

from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from core.spacefile import Checkpoint, Limits
from core.text import checked_text, nothing_left
from models.architectures import takes_segments

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Loaded:
    """A checkpoint in memory, with the limits that hold for whoever uses it."""

    checkpoint: Checkpoint
    tokenizer: Any
    model: Any
    limits: Limits
    processor: Any = None  # makes a picture into pixels, where the model reads pictures
    config: Any = None  # its measures, where it stands here without its weights

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

    def ids_of(self, text: str, *, name: str = "text", nothing: bool = False) -> list[int]:
        """The tokens of a text alone, without special ones.

        Raises UserError where the tokenizer keeps nothing of it, unless `nothing` is allowed.
        """
        # BLIP writes with a BERT's tokenizer, which would put [CLS] and [SEP].
        ids: list[int] = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        if not ids and not nothing:
            raise UserError(nothing_left(name, text))
        return ids

    @property
    def vocabulary(self) -> int:
        """Over how many tokens a model that predicts tokens spreads its probability."""
        return int(self.model.config.vocab_size)

    @property
    def output_matrix(self) -> Any:
        """(token, width): what turns a state into the logits of a model that predicts tokens.

        A GPT-2 without its head has it all the same: its embeddings (Radford et al. 2019).
        """
        return (self.model.get_output_embeddings() or self.model.get_input_embeddings()).weight

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what the model takes of an encoding."""
        names, typed = self.tokenizer.model_input_names, takes_segments(self.model.config)
        return tuple(name for name in names if typed or name != "token_type_ids")

    def tensors(self, encoded: Any) -> dict[str, Any]:
        """The part of an encoding that the model takes, as a batch of one."""
        return {name: torch.tensor([encoded[name]]) for name in self.inputs}


def tokenize_pair(
    tokenizer: Any,
    text: str,
    text_pair: str,
    limits: Limits,
    *,
    name: str = "text",
    nothing: bool = False,
) -> Any:
    """Check both texts and encode them with offsets; whole, whatever their length.

    Raises UserError, also where the tokenizer keeps nothing of a text, unless that is allowed.
    """
    checked_text(text, name=name, limit=limits.text_characters)
    checked_text(text_pair, name="second text", limit=limits.text_characters, empty=True)
    texts = (text, text_pair) if text_pair.strip() else (text,)
    encoded = tokenizer(
        *texts,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        verbose=False,  # its warning about the length is ours to give, with both numbers
    )
    kept = encoded.sequence_ids()
    for index, whole in enumerate(texts):
        if index not in kept and not nothing:
            raise UserError(nothing_left("second text" if index else name, whole))
    return encoded
