"""How likely is a caption that somebody else wrote, word by word, and without its picture?"""

from collections.abc import Sequence
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np
from PIL.Image import Image

from core.errors import UserError
from core.text import checked_text
from models.loaded import Loaded
from models.turns import one_core
from services.captioning.caption import Told, told
from services.captioning.families import family_of
from services.captioning.reading import pixels_of, reread, seen

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Forced:
    """A given caption, and how the model foresaw each token: before its picture and others."""

    text: str
    tokens: tuple[Told, ...]  # the end token last
    logprob: float  # nats, the sum over the tokens
    # (token,): the probability of each after the same words, the mean over the other pictures.
    elsewhere: np.ndarray
    others: int  # pictures that the mean is of

    @property
    def here(self) -> np.ndarray:
        """(token,): the probability of each before its own picture."""
        return np.exp([token.logprob for token in self.tokens])


def force(model: Loaded, picture: Image, text: object, others: Sequence[Image] = ()) -> Forced:
    """Read a caption that is given, whatever the model would have said (teacher forcing).

    Every token is scored after the words that stand before it, before the picture and before each
    of `others`: what stays likely there comes from the words alone. Raises UserError when the
    caption is empty, malformed, or longer than the model writes, with both numbers.
    """
    typed = " ".join(checked_text(text, limit=model.limits.text_characters).split())
    family = family_of(model)
    ids = (*model.ids_of(typed), family.ends[0])
    most = family.decoder_config.max_position_embeddings - 1
    if len(ids) > most:
        raise UserError(
            f"The caption has {len(ids) - 1:,} tokens; this model writes at most {most - 1:,}. "
            "Shorten it."
        )
    with one_core():
        pixels = torch.cat([pixels_of(model, one) for one in (picture, *others)])
        logits, _ = reread(model, seen(model, pixels), ids)  # (picture, token, vocabulary)
        tokens = told(model, ids, logits[0], ended=True)
        own = torch.tensor(ids).expand(len(others), -1)[..., None]
        chances = logits[1:].softmax(dim=-1).gather(2, own)[..., 0]  # (other, token)
    return Forced(
        text=typed,
        tokens=tokens,
        logprob=sum(token.logprob for token in tokens),
        elsewhere=chances.numpy().astype(float).mean(axis=0) if others else np.zeros(0),
        others=len(others),
    )
