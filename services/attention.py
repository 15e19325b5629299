"""Which tokens does each attention head look at?"""

from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from services.checkpoints import Loaded
from services.tokenization import Token, tokens_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Attention:
    """One text, and where every head of a model looked while reading it."""

    tokens: tuple[Token, ...]
    words: tuple[int, ...]  # which word each token is a piece of; -1 for a special token
    weights: np.ndarray  # (layer, head, looking, looked_at); each last row sums to 1

    @property
    def layers(self) -> int:
        """How many layers the model has."""
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        """How many heads each layer has."""
        return int(self.weights.shape[1])


def attend(bert: Loaded, text: str, text_pair: str = "") -> Attention:
    """Read the text once and keep all attention weights (Vaswani et al. 2017, equation 1).

    Raises UserError when the text is empty or has more tokens than the Spacefile allows.
    """
    encoded = bert.encode(text, text_pair)  # refuses with both numbers; nothing is cut
    with torch.inference_mode():
        layers = bert.model(**bert.tensors(encoded), output_attentions=True).attentions
    return Attention(
        tokens=tokens_of(bert.tokenizer, encoded, text, text_pair),
        words=words_of(encoded),
        weights=torch.cat(layers).numpy(),  # each layer is a batch of one, so cat stacks layers
    )


def words_of(encoded: object) -> tuple[int, ...]:
    """The number of the word that each token is a piece of, over both texts; -1 for specials."""
    words: list[int] = []
    seen: dict[tuple[int | None, int], int] = {}
    for word, text in zip(encoded.word_ids(), encoded.sequence_ids(), strict=True):  # type: ignore[attr-defined]
        words.append(-1 if word is None else seen.setdefault((text, word), len(seen)))
    return tuple(words)
