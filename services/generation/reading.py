"""What a causal model reads and writes: the ids of a prompt, the text of tokens as they come."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from core.text import checked_text
from models.architectures import context_length
from models.decoding.ends import start_id
from models.loaded import Loaded
from models.tokens import labels, spells_bytes

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Prompt:
    """A prompt and the token ids that the model reads for it."""

    text: str
    ids: tuple[int, ...]
    started: bool  # true where the text is empty and the start token stands for it


class Reader:
    """One text as a model reads it: each token once, whatever came before is in the cache."""

    def __init__(self, model: Loaded) -> None:
        self._model = model.model
        self.cache: Any = None

    def __call__(self, ids: Any) -> Any:
        """(row, vocabulary) float32: logits after the last of the new ids, (row, token)."""
        # Not around a loop that yields: the mode would stay on in whoever called.
        with torch.inference_mode():
            output = self._model(
                input_ids=ids, past_key_values=self.cache, use_cache=True, logits_to_keep=1
            )
            self.cache = output.past_key_values
            return output.logits[:, -1].float()


def read_prompt(model: Loaded, prompt: object, new_tokens: int) -> Prompt:
    """The ids of a prompt to which so many tokens are added; an empty one is the start token.

    Raises UserError when the prompt is no text or too long, with both numbers.
    """
    text = checked_text(prompt, name="prompt", limit=model.limits.text_characters, empty=True)
    typed = tuple(model.ids_of(text, name="prompt", nothing=not text.strip()))
    ids = typed or (start_id(model),)
    most = context_length(model.model.config)
    if len(ids) + new_tokens > most:
        seen = f"The prompt has {len(ids):,} tokens" if typed else "The start token is one token"
        new = "1 new one is" if new_tokens == 1 else f"{new_tokens:,} new ones are"
        raise UserError(
            f"{seen} and {new} asked for, {len(ids) + new_tokens:,} "
            f"together; this model reads at most {most:,}. Shorten the prompt or ask for fewer."
        )
    return Prompt(text, ids, started=not typed)


def ends_in_a_space(model: Loaded, prompt: str) -> bool:
    """Whether the last token of a prompt is a space alone, where spaces belong to the next word.

    To a byte-level tokenizer " time" is one token; after the token " " it would have to be "time",
    which training texts hardly have.
    """
    if not prompt.endswith(" ") or not spells_bytes(model.tokenizer):
        return False
    ids = model.ids_of(prompt, name="prompt")
    return labels(model.tokenizer, ids[-1:])[0] == " "


def checked_ids(model: Loaded, ids: Iterable[object], most: int) -> tuple[int, ...]:
    """Token ids that a visitor chose. Raises UserError when one is none, or they are too many."""
    found = tuple(ids)
    size = model.vocabulary
    if len(found) > most:
        raise UserError(
            f"{len(found):,} tokens are chosen already; at most {most:,} new ones are asked for."
        )
    for token in found:
        if not isinstance(token, int) or isinstance(token, bool) or not 0 <= token < size:
            raise UserError(
                f"The id of a token must be a whole number from 0 to {size - 1:,}; "
                f"got {str(token)[:20]}."
            )
    return tuple(int(token) for token in found)  # type: ignore[call-overload]


def vocabulary_size(model: Loaded) -> int:
    """How many tokens the model chooses from."""
    return model.vocabulary
