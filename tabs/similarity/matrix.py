"""The view of every pair of sentences as a matrix."""

from typing import Any

import numpy as np

from core.spacefile import Checkpoint
from figures.parts.states import states_chooser
from figures.similarity.matrix import headline, matrix, pairs_table
from services.examples import frozen
from services.similarity.calibration import calibration
from services.similarity.compare import Similarity, compare
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Numbers, View
from tabs.similarity.choices import READS, Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The matrix, and its pairs in order."""
    return draw_matrix(asked.entry, similarity_of(asked), asked.choices.measure)


def draw_matrix(entry: Checkpoint, similarity: Similarity, measure: str) -> Drawn:
    """The matrix of what is computed already; the page opens with it."""
    known = calibration(entry, similarity.pooling, similarity.layer)
    return Drawn(
        matrix(similarity, known, measure=measure, title=entry.title),
        pairs_table(similarity, known, measure=measure),
        headline=headline(similarity, measure),
        chooser=states_chooser(similarity.layer, similarity.layers),
    )


def similarity_of(asked: Asked[Choices]) -> Similarity:
    """Every pair of the sentences in the box."""
    chosen = asked.choices
    return asked.ask(compare, chosen.listed, chosen.pooling, chosen.layer)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each sentence; the matrices, and where the cosines stand among random pairs."""
    similarity = similarity_of(asked)
    shown = similarity.dot if asked.choices.measure == "dot" else similarity.cosine
    rows = zip(similarity.sentences, shown.tolist(), strict=True)
    lines = [["sentence", *similarity.sentences], *([name, *row] for name, row in rows)]
    layer, pooling = similarity.layer, similarity.pooling
    return lines, as_endpoint(asked.entry, similarity) | {
        "sentences": similarity.sentences,
        "unknown": frozen(similarity.unknown),
        "percentile": percentiles(asked.entry, pooling, layer, similarity.cosine),
    }


def percentiles(entry: Checkpoint, pooling: str, layer: int, cosines: np.ndarray) -> Any:
    """Nested lists of percentiles, or None where no random pairs tell them apart."""
    known = calibration(entry, pooling, layer)
    return None if known is None or known.flat else known.percentiles(cosines).tolist()


def as_endpoint(entry: Checkpoint, similarity: Similarity) -> dict[str, Any]:
    """What `/compare` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "pooling": similarity.pooling,
        "layer": similarity.layer,
        "cosine": similarity.cosine.tolist(),
        "dot": similarity.dot.tolist(),
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that compares every two sentences."""
    return filled("similarity/similarity", asked.entry, **asked.choices.pooled)


ASKS = "Which sentences are most alike to this model?"
CONTROLS = (*READS, "measure", "pooling")
VIEW = View("matrix", "Matrix", draw, numbers, snippet, CONTROLS, asks=ASKS)
