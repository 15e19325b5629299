"""A model in memory, and how text goes into it."""

from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from core.spacefile import Checkpoint, Limits
from core.text import checked_text
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
    def vocabulary(self) -> int:
        """Over how many tokens a model that predicts tokens spreads its probability."""
        return int(self.model.config.vocab_size)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what the model takes of an encoding."""
        names, typed = self.tokenizer.model_input_names, takes_segments(self.model.config)
        return tuple(name for name in names if typed or name != "token_type_ids")

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
