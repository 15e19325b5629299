"""What leaves the Similarity tab: its code, its exports, its endpoint."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.examples import frozen
from services.similarity.calibration import calibration
from services.similarity.compare import Similarity, compare
from tabs.kit.beside import Numbers, each, files_beside
from tabs.kit.notes import raises_user_errors
from tabs.kit.snippets import filled
from tabs.similarity.choices import ENDS, STEM, Choices
from tabs.similarity.pictures import map_of, ranking_of, similarity_of, word_of

Lines = list[Sequence[Any]]


def snippet(bert: Checkpoint, choices: Choices) -> str:
    """The code that computes what is on screen."""
    values: dict[str, Any] = {"sentences": choices.listed}
    if choices.view == "words":
        return filled("similarity/words", bert, **values, word=choices.word.strip())
    values |= {"pooling": choices.pooling, "layer": int(choices.layer)}
    if choices.view == "search":
        return filled("similarity/search", bert, **values, query=choices.query)
    if choices.view == "map":
        dimensions = int(choices.dimensions)
        return filled(f"similarity/{choices.map}", bert, **values, dimensions=dimensions)
    return filled("similarity/similarity", bert, **values)


def numbers(checkpoints: Checkpoints, choices: Choices) -> tuple[str, str]:
    """What is on screen as CSV and as JSON, every digit kept."""
    shown = each(checkpoints, STEM, choices, ENDS)
    return files_beside(shown, lambda one: _numbers(checkpoints, one))


def _numbers(checkpoints: Checkpoints, choices: Choices) -> Numbers:
    checkpoint = checkpoints.named(choices.model, STEM)
    bert = checkpoints.load(checkpoint)
    exports = {"words": _word, "search": _ranking, "map": _map}
    lines, answer = exports.get(choices.view, _matrix)(bert, choices)
    answer = {"model": checkpoint.name} | answer | {"settings": asdict(choices)}
    return lines, answer


def _matrix(bert: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    similarity = similarity_of(bert, choices)
    shown = similarity.dot if choices.measure == "dot" else similarity.cosine
    rows = zip(similarity.sentences, shown.tolist(), strict=True)
    lines: Lines = [["sentence", *similarity.sentences], *([name, *row] for name, row in rows)]
    answer = endpoint_answer(bert.checkpoint, similarity) | {
        "sentences": similarity.sentences,
        "unknown": frozen(similarity.unknown),
        "percentile": _percentiles(bert, similarity.pooling, similarity.layer, similarity.cosine),
    }
    return lines, answer


def _map(bert: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    similarity = similarity_of(bert, choices)
    laid_out = map_of(similarity, choices)
    points = zip(similarity.sentences, laid_out.points.tolist(), strict=True)
    axes = "xyz"[: laid_out.points.shape[1]]
    lines: Lines = [["sentence", *axes], *([name, *point] for name, point in points)]
    answer = {"pooling": similarity.pooling, "layer": similarity.layer}
    return lines, answer | {"sentences": similarity.sentences} | frozen(laid_out)


def _word(bert: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    word = word_of(bert, choices)
    depths = [("static", word.static), *enumerate(word.cosine)]
    lines: Lines = [["layer", "sentence", "other", "cosine"]]
    for depth, values in depths:
        for row, column in zip(*np.triu_indices(len(values), k=1), strict=True):
            lines.append([depth, row + 1, column + 1, float(values[row, column])])
    return lines, frozen(word)


def _ranking(bert: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    found = ranking_of(bert, choices)
    percentiles = _percentiles(bert, found.pooling, found.layer, found.cosine)
    lines: Lines = [["rank", "sentence", "cosine", "percentile"]]
    for rank, place in enumerate(found.order, start=1):
        percentile = "" if percentiles is None else percentiles[place]
        lines.append([rank, found.sentences[place], float(found.cosine[place]), percentile])
    return lines, frozen(found) | {"percentile": percentiles}


def _percentiles(bert: Loaded, pooling: str, layer: int, cosines: np.ndarray) -> Any:
    """Nested lists of percentiles, or None where no random pairs tell them apart."""
    known = calibration(bert.checkpoint, pooling, layer)
    return None if known is None or known.flat else known.percentiles(cosines).tolist()


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/compare` endpoint of docs/api.md."""
    bert = checkpoints.default(STEM)

    @raises_user_errors
    def compare_endpoint(
        sentences: list[str], model: str = bert.name, pooling: str = "mean", layer: int = -1
    ) -> dict[str, Any]:
        """Cosine and dot product of every two sentences: square matrices, in the list's order."""
        checkpoint = checkpoints.named(model, STEM)
        similarity = compare(checkpoints.load(checkpoint), sentences, pooling, layer)
        return endpoint_answer(checkpoint, similarity)

    return compare_endpoint


def endpoint_answer(bert: Checkpoint, similarity: Similarity) -> dict[str, Any]:
    """What `/compare` returns: numbers as the model gave them, never rounded."""
    return {
        "model": bert.name,
        "pooling": similarity.pooling,
        "layer": similarity.layer,
        "cosine": similarity.cosine.tolist(),
        "dot": similarity.dot.tolist(),
    }
