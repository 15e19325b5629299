"""What does the captioner say of a picture, and where does it look for each word?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np
from PIL.Image import Image

from models.loaded import Loaded
from models.tokens import labels, pieces
from models.turns import one_core
from services.captioning.candidates import Candidate, candidates
from services.captioning.heads import mixed, with_means
from services.captioning.reading import grid_of, pixels_of, reread, seen
from services.captioning.settings import Settings, checked

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

LIKELIEST = 5  # tokens that are told at each place
GREEDILY = Settings()


@dataclass(frozen=True)
class Next:
    """One token that could have come, and how likely it was."""

    text: str  # the token alone
    id: int
    probability: float


@dataclass(frozen=True)
class Told:
    """One token of a caption, the end token too."""

    text: str  # what it adds to the caption; nothing for the end token
    id: int
    logprob: float  # nats, under the model's own distribution
    rank: int  # 1 is the likeliest; equals share the better rank
    nexts: tuple[Next, ...]  # the likeliest at this place, likeliest first
    end: bool


@dataclass(frozen=True)
class Caption:
    """A caption, how each token was foreseen, and where the model looked when it wrote it."""

    text: str  # without spaces at its ends
    tokens: tuple[Told, ...]
    logprob: float  # nats, the sum over the tokens
    candidates: tuple[Candidate, ...]  # the caption itself first
    # (layer, head, token, 1 + patch) float32: cross-attention of the step that wrote the token;
    # rows sum to 1. Place 0 is the class token, then the patches row by row.
    cross: np.ndarray
    grid: tuple[int, int]  # rows and columns of patches

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the tokens, the end token included."""
        return tuple(token.id for token in self.tokens)

    def looked(self, layer: int, head: int) -> np.ndarray:
        """(token, 1 + patch): the cross-attention of a layer and head, or a mean (`MEAN`)."""
        return mixed(self.cross, layer, head)

    def heads_of(self, token: int) -> np.ndarray:
        """(layer + 1, head + 1, 1 + patch): that of one token by every head, the means last."""
        return with_means(self.cross[:, :, token])


def caption(model: Loaded, picture: Image, settings: Settings = GREEDILY) -> Caption:
    """Describe an RGB picture, then read the caption once more for what was foreseen and seen.

    The same settings give the same caption, however many ask at once. Raises UserError when a
    setting is out of its range, with what is allowed.
    """
    asked = checked(model, settings)
    pixels = pixels_of(model, picture)
    with one_core():
        states = seen(model, pixels)
        found = candidates(model, states, asked)
        best = found[0]
        logits, cross = reread(model, states, best.ids, attentions=True)
        tokens = told(model, best.ids, logits[0], ended=best.ended)
    return Caption(
        text=best.text,
        tokens=tokens,
        logprob=sum(token.logprob for token in tokens),
        candidates=found,
        cross=torch.cat(cross).numpy(),
        grid=grid_of(model, pixels),
    )


def told(model: Loaded, ids: Sequence[int], logits: Any, *, ended: bool) -> tuple[Told, ...]:
    """Each token with its scores, given the logits (token, vocabulary) that it was chosen from.

    `ended`: the last one is the end token.
    """
    logs = logits.log_softmax(dim=-1)
    own = logits.gather(1, torch.tensor(ids)[:, None])  # (token, 1)
    logprobs = (own - logits.logsumexp(dim=-1, keepdim=True))[:, 0].tolist()
    ranks = ((logits > own).sum(dim=-1) + 1).tolist()
    top = torch.topk(logs, min(LIKELIEST, logs.shape[1]))
    said = pieces(model.tokenizer, ids[:-1] if ended else ids)
    texts = (*said, "") if ended else said
    return tuple(
        Told(
            text=texts[index],
            id=token,
            logprob=logprobs[index],
            rank=ranks[index],
            nexts=_nexts(model, top.indices[index].tolist(), top.values[index].exp().tolist()),
            end=ended and index == len(ids) - 1,
        )
        for index, token in enumerate(ids)
    )


def _nexts(model: Loaded, ids: Sequence[int], probabilities: Sequence[float]) -> tuple[Next, ...]:
    names = labels(model.tokenizer, ids)
    return tuple(map(Next, names, ids, probabilities))
