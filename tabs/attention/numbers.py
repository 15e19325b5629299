"""What leaves the Attention tab: its code, its exports, its endpoint."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from core.spacefile import Checkpoint
from core.text import checked_index
from models.checkpoints import Checkpoints
from services.attention.attend import Attention, attend
from services.attention.matrix import Matrix
from services.attention.steps import Steps
from services.examples import frozen
from tabs.attention.choices import ENDS, STEM, Choices
from tabs.attention.pictures import matrix_of, steps_of
from tabs.kit.beside import Numbers, each, files_beside
from tabs.kit.notes import raises_user_errors
from tabs.kit.snippets import filled

MATRICES = ("query", "key", "value", "scores", "scaled", "weights", "output")
SQUARES = ("scores", "scaled", "weights")  # of them, those of tokens by tokens
COLUMNS = (  # of the weights' CSV, the same for every view
    "sentence",
    "layer",
    "head",
    "looking_position",
    "looking",
    "looked_at_position",
    "looked_at",
    "weight",
)


def snippet(bert: Checkpoint, choices: Choices) -> str:
    """The code that computes what is on screen."""
    values: dict[str, Any] = {
        "text": choices.text,
        "text_pair": choices.text_pair if choices.text_pair.strip() else None,
    }
    if choices.view != "model":
        values["layer"] = choices.layer
    if choices.view == "lines":
        every = list(range(bert.heads))
        return _code(
            "attention/lines",
            bert,
            **values,
            heads=every if choices.heads == "all" else [choices.head],
        )
    if choices.view == "model":
        return _code("attention/model", bert, **values)
    if choices.view == "steps":
        values |= {"head": choices.head, "scaling": choices.scaling, "softmax": choices.softmax}
        own = f"_{bert.family}" if bert.family in ("gpt2", "distilbert") else ""
        return _code(f"attention/steps{own}", bert, **values)
    return _heatmap_snippet(bert, choices, values)


def _code(name: str, bert: Checkpoint, **values: Any) -> str:
    """The snippet, for a model of a distribution or for one that lies in the repository."""
    code = filled(name, bert, **values)
    if not bert.path:
        return code
    first = code.partition("\n")[0]
    needed = [part for part in first.split() if part in ("torch", "transformers", "bertviz")]
    told = f"# In a clone of the repository: pip install {' '.join(needed)}"
    code = code.replace(first, told, 1)
    return re.sub(r"from importlib\.metadata import distribution\n\n?", "", code, count=1)


def _heatmap_snippet(bert: Checkpoint, choices: Choices, values: dict[str, Any]) -> str:
    parts = {
        "words": choices.words,
        "special": choices.special,
        "renormalise": choices.renormalise,
        "direction": choices.direction,
    }
    as_given = {"words": False, "special": True, "renormalise": False, "direction": "all"}
    if parts != as_given:
        values |= {"head": choices.head, "combine": choices.combine, **parts}
        return _code("attention/parts", bert, **values)
    if choices.combine == "head":
        return _code("attention/attention", bert, **values, head=choices.head)
    return _code(f"attention/{choices.combine}", bert, **values)


def numbers(checkpoints: Checkpoints, choices: Choices) -> tuple[str, str]:
    """What is on screen as CSV, and the layer's weights with it as JSON, every digit kept."""
    shown = each(checkpoints, STEM, choices, ENDS)
    return files_beside(shown, lambda one: _numbers(checkpoints, one))


def _numbers(checkpoints: Checkpoints, choices: Choices) -> Numbers:
    checkpoint = checkpoints.named(choices.model, STEM)
    bert = checkpoints.load(checkpoint)
    checked_index(choices.layer, 0, bert.checkpoint.layers - 1, name="layer")
    checked_index(choices.head, 0, bert.checkpoint.heads - 1, name="head")
    attention = attend(bert, choices.text, choices.text_pair)
    answer = endpoint_answer(checkpoint, attention, choices.layer)
    answer["settings"] = asdict(choices)
    if choices.view == "steps":
        steps = steps_of(bert, choices)
        answer["steps"] = {name: frozen(getattr(steps, name)) for name in MATRICES}
        return _step_lines(steps), answer
    if choices.view in ("lines", "model"):
        if choices.view == "model":
            answer["weights"] = attention.weights.tolist()  # (layer, head, looking, looked at)
        return _head_lines(attention, choices), answer
    matrices = [matrix_of(attention, choices)]
    if choices.other.strip():
        other = attend(bert, choices.other)
        answer["other"] = endpoint_answer(checkpoint, other, choices.layer)
        matrices.append(matrix_of(other, choices, direction="all"))
    return _matrix_lines(matrices, choices), answer


def _matrix_lines(matrices: Sequence[Matrix], choices: Choices) -> Iterable[Sequence[Any]]:
    """A line for each cell; `sentence` is 2 for the text beside the first."""
    head = choices.head if choices.combine == "head" else choices.combine
    yield COLUMNS
    for sentence, matrix in enumerate(matrices, start=1):
        yield from _weights(
            (sentence, choices.layer, head), matrix.rows, matrix.columns, matrix.weights.tolist()
        )


def _head_lines(attention: Attention, choices: Choices) -> Iterable[Sequence[Any]]:
    """A line for each weight that is drawn."""
    layers = range(attention.layers) if choices.view == "model" else [choices.layer]
    one = choices.view == "lines" and choices.heads == "one"
    heads = [choices.head] if one else range(attention.heads)
    names = attention.names
    yield COLUMNS
    for layer in layers:
        for head in heads:
            weights = attention.weights[layer, head].tolist()
            yield from _weights((1, layer, head), names, names, weights)


def _weights(
    which: tuple[Any, ...],
    rows: Sequence[str],
    columns: Sequence[str],
    weights: Sequence[Sequence[float]],
) -> Iterable[Sequence[Any]]:
    """The lines of one matrix, after what they have in common; positions are those drawn."""
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            yield *which, row, rows[row], column, columns[column], weight


def _step_lines(steps: Steps) -> Iterable[Sequence[Any]]:
    """A line for each number of each matrix; a column is a dimension, or a token looked at."""
    names = steps.names
    yield "matrix", "position", "token", "column", "looked_at", "value"
    for name in MATRICES:
        looked_at = names if name in SQUARES else [""] * steps.width
        for place, row in enumerate(getattr(steps, name).tolist()):
            for column, value in enumerate(row):
                yield name, place, names[place], column, looked_at[column], value


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/attend` endpoint of docs/api.md."""
    bert = checkpoints.default(STEM)

    @raises_user_errors
    def attend_endpoint(
        text: str, text_pair: str = "", model: str = bert.name, layer: int = 0
    ) -> dict[str, Any]:
        """All heads of one layer: weights is (head, looking, looked at), rows sum to 1.

        A causal model takes one text: a text_pair is refused, and weights on later tokens are 0.
        """
        checkpoint = checkpoints.named(model, STEM)
        layer = checked_index(layer, 0, checkpoint.layers - 1, name="layer")
        attention = attend(checkpoints.load(checkpoint), text, text_pair)
        return endpoint_answer(checkpoint, attention, layer)

    return attend_endpoint


def endpoint_answer(bert: Checkpoint, attention: Attention, layer: int) -> dict[str, Any]:
    """What `/attend` returns: numbers as the model gave them, never rounded."""
    return {
        "model": bert.name,
        "tokens": [asdict(token) for token in attention.tokens],
        "layer": layer,
        "layers": attention.layers,
        "heads": attention.heads,
        "weights": attention.weights[layer].tolist(),
    }
