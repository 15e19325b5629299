"""Which of these sentences is nearest to a query?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.text import checked_choice
from models.loaded import Loaded
from services.similarity.compare import (
    ALL_KNOWN,
    LAST,
    POOLINGS,
    Unknown,
    checked_layer,
    checked_sentences,
    cosines,
    encode,
    hidden_states,
    one_value,
    pool,
    unknown_in,
)


@dataclass(frozen=True)
class Ranking:
    """A query and the sentences that were searched."""

    query: str
    sentences: tuple[str, ...]  # in the order of the list
    pooling: str
    layer: int  # which state: 0 the embeddings, 1 after the first layer, and so forth
    cosine: np.ndarray  # (sentence,) with the query
    order: tuple[int, ...]  # numbers of the sentences from 0, the nearest first
    unknown: Unknown = ALL_KNOWN
    query_unknown: bool = False  # whether the query holds nothing but unknown tokens

    @property
    def alike(self) -> bool:
        """Whether several sentences are equally near but for rounding: then none is nearest."""
        return one_value(self.cosine)


def search(
    model: Loaded, query: str, sentences: Sequence[str], pooling: str = "mean", layer: int = LAST
) -> Ranking:
    """Rank the sentences by their cosine with the query; equals keep the order of the list.

    Raises UserError as `compare` does, and when the query is empty or too long.
    """
    sentences = checked_sentences(sentences, most=model.limits.sentences, model=model)
    encode(model, query, name="query")
    checked_choice(pooling, POOLINGS, name="pooling")
    layer = checked_layer(layer, model.checkpoint.layers)
    states, mask = hidden_states(model, [query, *sentences])
    vectors = pool(states[layer], mask, pooling)
    cosine = cosines(vectors[:1], vectors[1:])[0]
    order = np.argsort(-cosine, kind="stable")
    return Ranking(
        query=query,
        sentences=sentences,
        pooling=pooling,
        layer=layer,
        cosine=cosine,
        order=tuple(int(index) for index in order),
        unknown=unknown_in(model, sentences),
        query_unknown=bool(unknown_in(model, [query]).only),
    )
