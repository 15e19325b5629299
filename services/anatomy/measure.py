"""What a model in memory is made of: its measures, its parameters, the tree of its modules."""

from dataclasses import dataclass
from typing import Any

from models.loaded import Loaded
from services.anatomy.shapes import DECODER, ENCODER, NO_OUTPUT, TIED, Shape


@dataclass(frozen=True)
class Weight:
    """One tensor that was learned."""

    name: str
    shape: tuple[int, ...]
    again: bool  # whether it is a tensor named before: a tied one, counted there


@dataclass(frozen=True)
class Module:
    """A module as `print(model)` names it, with its own weights and its parts."""

    name: str
    kind: str  # its class
    count: int  # parameters in it and in its parts, a tied tensor where it is named first
    weights: tuple[Weight, ...]
    parts: tuple["Module", ...]

    def walked(self, path: str = "") -> "list[tuple[str, Module]]":
        """This module and all below it, each with its whole name."""
        found = [(path, self)]
        for part in self.parts:
            found += part.walked(f"{path}.{part.name}" if path else part.name)
        return found


@dataclass(frozen=True)
class Measured:
    """A model that was looked into."""

    shape: Shape
    total: int  # what `sum(p.numel() for p in model.parameters())` gives
    tree: Module


def measure(model: Loaded) -> Measured:
    """The measures from the model's configuration, the rest from the model itself."""
    network = model.model
    total = sum(parameter.numel() for parameter in network.parameters())
    tree = _tree("model", network, set())
    return Measured(shape_of(model), total, tree)


def shape_of(model: Loaded) -> Shape:
    """The measures of a BERT, RoBERTa, DistilBERT or GPT-2."""
    network, entry = model.model, model.checkpoint
    config, base = network.config, network.base_model
    kind = str(config.model_type)
    writes = network.get_output_embeddings() is not None
    if kind == "gpt2":
        inner = config.n_inner or 4 * config.hidden_size
    else:
        inner = config.hidden_dim if kind == "distilbert" else config.intermediate_size
    return Shape(
        name=entry.name,
        title=entry.title,
        family=kind,
        kind=DECODER if kind == "gpt2" else ENCODER,
        vocabulary=int(config.vocab_size),
        width=int(config.hidden_size),
        heads=int(config.num_attention_heads),
        layers=int(config.num_hidden_layers),
        feedforward=int(inner),
        context=int(config.max_position_embeddings),
        output=TIED if writes else NO_OUTPUT,
        segments=int(getattr(config, "type_vocab_size", 0)),
        pooler=getattr(base, "pooler", None) is not None,
        guesses=writes and kind != "gpt2",
    )


def _tree(name: str, module: Any, seen: set[int]) -> Module:
    """The module and all below it, in the order in which they were made."""
    weights, own = [], 0
    for inner, weight in module.named_parameters(recurse=False):
        again = id(weight) in seen
        seen.add(id(weight))
        own += 0 if again else weight.numel()
        weights.append(Weight(inner, tuple(weight.shape), again))
    parts = tuple(_tree(inner, part, seen) for inner, part in module.named_children())
    count = own + sum(part.count for part in parts)
    return Module(name, type(module).__name__, count, tuple(weights), parts)
