"""Which tokens does each attention head look at?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from models.architectures import context_length
from models.loaded import Loaded
from models.tokens import Named, Token, labels, spells_bytes, tokens_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

CAUSAL = ("gpt2",)  # architectures whose tokens look only back, and whose layers are known here


@dataclass(frozen=True)
class Attention(Named):
    """One text, and where every head of a model looked while reading it."""

    tokens: tuple[Token, ...]
    words: tuple[int, ...]  # which word each token is a piece of; -1 for a special token
    weights: np.ndarray  # (layer, head, looking, looked_at); each last row sums to 1
    causal: bool = False  # whether later tokens are masked: their weights are exactly 0
    texts: tuple[str, str] = ("", "")  # as they were typed, where the vocabulary holds bytes
    pieces: tuple[str, ...] = ()  # what each token stands for, where the vocabulary holds bytes

    @property
    def layers(self) -> int:
        """How many layers the model has."""
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        """How many heads each layer has."""
        return int(self.weights.shape[1])

    @property
    def in_bytes(self) -> bool:
        """Whether the vocabulary spells bytes, so that a token may hold a space."""
        return bool(self.pieces)

    def strongest_head(
        self, layers: Sequence[int], heads: Sequence[int]
    ) -> tuple[int, int, int, int] | None:
        """(layer, head, looking, looked_at): the largest weight between ordinary tokens."""
        found = [
            (layer, head, *pair)
            for layer in layers
            for head in heads
            if (pair := self.strongest(layer, head)) is not None
        ]
        return max(found, key=lambda place: self.weights[place], default=None)

    def strongest(self, layer: int, head: int) -> tuple[int, int] | None:
        """(looking, looked_at): a head's largest weight between ordinary tokens, where any are."""
        ordinary = between_ordinary(self.tokens, self.causal)
        if not ordinary.any():
            return None
        weights = np.where(ordinary, self.weights[layer, head], -1)
        row, column = np.unravel_index(int(weights.argmax()), weights.shape)
        return int(row), int(column)


def attend(model: Loaded, text: str, text_pair: str = "") -> Attention:
    """Read the text once and keep all attention weights (Vaswani et al. 2017, equation 1).

    Raises UserError when the text is empty, has more tokens than the Spacefile allows or the model
    can read, or is a pair where the model reads one text.
    """
    encoded = encode(model, text, text_pair)
    in_bytes = spells_bytes(model.tokenizer)
    with torch.inference_mode():
        answer = model.model.base_model(**model.tensors(encoded), output_attentions=True)
    return Attention(
        tokens=tokens_of(model.tokenizer, encoded, text, text_pair),
        words=words_of(encoded),
        weights=torch.cat(answer.attentions).numpy(),  # each a batch of one, so cat stacks layers
        causal=looks_back_only(model),
        texts=(text, text_pair) if in_bytes else ("", ""),
        pieces=pieces_of(model, encoded),
    )


def pieces_of(model: Loaded, encoded: Any) -> tuple[str, ...]:
    """What each token stands for, where the vocabulary spells bytes; else nothing."""
    ids = encoded["input_ids"]
    return labels(model.tokenizer, ids) if spells_bytes(model.tokenizer) else ()


def looks_back_only(model: Loaded) -> bool:
    """Whether a causal mask hides later tokens from every token of this model."""
    return model.model.config.model_type in CAUSAL


def encode(model: Loaded, text: str, text_pair: str = "") -> Any:
    """Token ids with offsets, as this model can read them. Raises UserError as `attend` does."""
    encoded = model.encode(text, text_pair)  # refuses with both numbers; nothing is cut
    title = model.checkpoint.title
    if looks_back_only(model) and text_pair.strip():
        raise UserError(
            f"{title} reads one text from left to right: it has no segments and no [SEP], so a "
            "second sentence cannot be given to it. Leave the second field empty and write both "
            "into the first, or choose a model that takes pairs."
        )
    length, most = len(encoded["input_ids"]), context_length(model.model.config)
    if length > most:
        raise UserError(
            f"The text has {length:,} tokens; {title} reads at most {most:,} at once. Shorten it."
        )
    return encoded


def later(tokens: int) -> np.ndarray:
    """(looking, looked_at): True where the token looked at comes later, which the mask hides."""
    return np.triu(np.ones((tokens, tokens), dtype=bool), k=1)


def between_ordinary(tokens: Sequence[Token], causal: bool) -> np.ndarray:
    """(looking, looked_at): True where a look says something of the text.

    Special tokens and tokens that look at themselves are passed over; so is the first token of a
    causal model, on which heads rest.
    """
    special = np.array([token.special for token in tokens])
    special[0] |= causal
    ordinary: np.ndarray = ~special[:, None] & ~special & ~np.eye(len(special), dtype=bool)
    return ordinary


def words_of(encoded: object) -> tuple[int, ...]:
    """The number of the word that each token is a piece of, over both texts; -1 for specials."""
    words: list[int] = []
    seen: dict[tuple[int | None, int], int] = {}
    for word, text in zip(encoded.word_ids(), encoded.sequence_ids(), strict=True):  # type: ignore[attr-defined]
        words.append(-1 if word is None else seen.setdefault((text, word), len(seen)))
    return tuple(words)
