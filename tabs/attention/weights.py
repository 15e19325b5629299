"""What the views of the Attention tab share: a text's weights, in files and in code."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from core.spacefile import Checkpoint
from figures.attention.chooser import chooser
from services.attention.attend import Attention, attend
from tabs.attention.choices import Choices
from tabs.kit.snippets import filled, of_family
from tabs.kit.view import Asked

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


def attention_of(asked: Asked[Choices]) -> Attention:
    """Where every head looked while it read the text in the box."""
    return asked.ask(attend, asked.choices.text, asked.choices.text_pair)


def chooser_of(attention: Attention, choices: Choices) -> str:
    """All heads, with the one that is looked at."""
    together = choices.view == "heatmap" and choices.combine != "head"
    return chooser(attention.weights, choices.layer, choices.head, whole_layer=together)


def as_endpoint(entry: Checkpoint, attention: Attention, layer: int) -> dict[str, Any]:
    """What `/attend` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "tokens": [asdict(token) for token in attention.tokens],
        "layer": layer,
        "layers": attention.layers,
        "heads": attention.heads,
        "weights": attention.weights[layer].tolist(),
    }


def head_lines(
    attention: Attention, layers: Iterable[int], heads: Sequence[int]
) -> Iterable[Sequence[Any]]:
    """A line for each weight of these heads."""
    names = attention.names
    yield COLUMNS
    for layer in layers:
        for head in heads:
            weights = attention.weights[layer, head].tolist()
            yield from weight_lines((1, layer, head), names, names, weights)


def weight_lines(
    which: tuple[Any, ...],
    rows: Sequence[str],
    columns: Sequence[str],
    weights: Sequence[Sequence[float]],
) -> Iterable[Sequence[Any]]:
    """The lines of one matrix, after what they have in common; positions are those drawn."""
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            yield *which, row, rows[row], column, columns[column], weight


def code(name: str, asked: Asked[Choices], **values: Any) -> str:
    """A snippet about the text; of a model in the repository it says so, and where it lies."""
    entry, chosen = asked.entry, asked.choices
    pair = chosen.text_pair if chosen.text_pair.strip() else None
    own = of_family(f"attention/{name}", entry)
    text = filled(own, entry, text=chosen.text, text_pair=pair, **values)
    if not entry.path:
        return text
    first = text.partition("\n")[0]
    needed = [part for part in first.split() if part in ("torch", "transformers", "bertviz")]
    install = f"# In a clone of the repository: pip install {' '.join(needed)}"
    text = text.replace(first, install, 1)
    return re.sub(r"from importlib\.metadata import distribution\n\n?", "", text, count=1)
