"""The parts of a model in the order in which a sentence goes through them, with its shape in each.

The model's configuration and its tokenizer say all of it, so that no weights are awaited.
"""

from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from models.architectures import context_length
from models.loaded import Loaded
from models.tokens import labels

ENCODER, DECODER, BOTH = "encoder", "decoder", "both"
BEFORE, LAYER, AFTER = "before", "layer", "after"
CLASSES = 2  # acceptable or not; and a span has two ends


@dataclass(frozen=True)
class Box:
    """One part: what comes out of it, and how many parameters it has."""

    name: str
    rows: int
    columns: int
    weights: int  # of one, where each layer has its own


@dataclass(frozen=True)
class Row:
    """Parts that belong together: from left to right, or side by side."""

    where: str  # BEFORE, LAYER or AFTER
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Stack:
    """An encoder or a decoder with the measures of its layers."""

    name: str  # ENCODER or DECODER
    family: str  # as `model_type` names it
    rows: tuple[Row, ...]
    length: int  # n: tokens of the text; of a picture its patches and one that stands for all
    width: int  # d
    heads: int
    layers: int
    inner: int  # of the feed-forward network
    vocabulary: int  # 0: it reads pictures

    @property
    def weights(self) -> int:
        """All its parameters but those of heads that are models of their own."""
        times = {LAYER: self.layers}
        return sum(
            times.get(row.where, 1) * box.weights
            for row in self.rows
            for box in row.boxes
            if box.name not in HEADS
        )


@dataclass(frozen=True)
class Plan:
    """A whole model, and the sentence that goes through it."""

    kind: str  # ENCODER, DECODER or BOTH
    tokens: tuple[str, ...]
    stacks: tuple[Stack, ...]  # the one that reads first comes first
    unread: int  # parameters of a part that no box is: a pooler that is read by nobody, or a head
    total: int


# What can be put on an encoder: each is trained on its own, with the body that stands below it.
HEADS = ("mean", "judge", "span", "filled")


def plan(model: Loaded, text: str) -> Plan:
    """The way of a text through a model. Only its tokenizer and its configuration are asked.

    Raises UserError for a text that is empty, or longer than the model or the Spacefile allows.
    """
    config = model.config
    encoded = model.encode(text)
    ids = list(encoded["input_ids"])
    stacks: tuple[Stack, ...]
    if str(config.model_type) == "vision-encoder-decoder":
        ids.insert(0, int(config.decoder_start_token_id))
        stacks = _seer(config.encoder), _writer(config.decoder, len(ids), crossed=True)
        kind, unread = BOTH, _linear(stacks[0].width, stacks[0].width)
    elif str(config.model_type) == "gpt2":
        stacks, kind, unread = (_writer(config, len(ids)),), DECODER, 0
    else:
        stacks, kind, unread = (_reader(config, len(ids)),), ENCODER, 0
    _check_length(config.decoder if kind == BOTH else config, len(ids))
    if kind == ENCODER and config.model_type != "distilbert":
        unread = _linear(stacks[0].width, stacks[0].width)
    total = sum(stack.weights for stack in stacks) + unread
    return Plan(kind, labels(model.tokenizer, ids), stacks, unread, total)


def _check_length(config: Any, length: int) -> None:
    most = context_length(config)
    if length > most:
        raise UserError(f"The text has {length:,} tokens; this model reads at most {most:,}.")


# The stacks --------------------------------------------------------------------------------------


def _reader(config: Any, n: int) -> Stack:
    """A BERT, RoBERTa or DistilBERT: it normalises after each half (Devlin et al. 2019)."""
    d, vocabulary = int(config.hidden_size), int(config.vocab_size)
    inner = _inner_width(config)
    tables = [
        Box("table", n, d, vocabulary * d),
        Box("positions", n, d, int(config.max_position_embeddings) * d),
    ]
    if hasattr(config, "type_vocab_size"):
        tables.append(Box("segments", n, d, int(config.type_vocab_size) * d))
    heads = (
        Box("mean", 1, d, 0),
        Box("judge", 1, CLASSES, _linear(d, d) + _linear(d, CLASSES)),
        Box("span", n, CLASSES, _linear(d, CLASSES)),
        Box("filled", n, vocabulary, _linear(d, d) + 2 * d + vocabulary),
    )
    rows = (
        Row(BEFORE, (Box("tokens", n, 1, 0),)),
        Row(BEFORE, (*tables, Box("embedded", n, d, 2 * d))),
        Row(LAYER, (Box("attention", n, d, _attention(d)), Box("attended", n, d, 2 * d))),
        Row(LAYER, (Box("feedforward", n, d, _inner(d, inner)), Box("fed", n, d, 2 * d))),
        Row(AFTER, (Box("states", n, d, 0), *heads)),
    )
    return _stack(ENCODER, config, rows, n, vocabulary)


def _writer(config: Any, n: int, *, crossed: bool = False) -> Stack:
    """A GPT-2: it normalises what each half reads (Radford et al. 2019).

    `crossed`: between the halves it looks at what an encoder has read.
    """
    d, vocabulary = int(config.hidden_size), int(config.vocab_size)
    inner = _inner_width(config)
    tables = (
        Box("table", n, d, vocabulary * d),
        Box("positions", n, d, int(config.max_position_embeddings) * d),
        Box("embedded", n, d, 0),
    )
    looks = [("attention", _attention(d))]
    if crossed:
        looks.append(("cross", _attention(d)))
    halves = [*looks, ("feedforward", _inner(d, inner))]
    rows = (
        Row(BEFORE, (Box("tokens", n, 1, 0),)),
        Row(BEFORE, tables),
        *(_half(name, weights, n, d) for name, weights in halves),
        # The matrix of what comes next is the table of the tokens.
        Row(AFTER, (Box("states", n, d, 2 * d), Box("next", n, vocabulary, 0))),
    )
    return _stack(DECODER, config, rows, n, vocabulary)


def _seer(config: Any) -> Stack:
    """A ViT: it reads patches as a BERT reads words, and normalises first (Dosovitskiy 2021)."""
    d, inner = int(config.hidden_size), _inner_width(config)
    side, patch = int(config.image_size), int(config.patch_size)
    seen = int(config.num_channels) * patch**2
    patches = (side // patch) ** 2
    n = patches + 1  # before them one that stands for the whole picture
    tables = (
        Box("project", patches, d, _linear(seen, d)),
        Box("whole", 1, d, d),
        Box("positions", n, d, n * d),
        Box("embedded", n, d, 0),
    )
    rows = (
        Row(BEFORE, (Box("patches", patches, seen, 0),)),
        Row(BEFORE, tables),
        _half("attention", _attention(d), n, d),
        _half("feedforward", _inner(d, inner), n, d),
        Row(AFTER, (Box("states", n, d, 2 * d),)),
    )
    return _stack(ENCODER, config, rows, n, 0)


def _stack(name: str, config: Any, rows: tuple[Row, ...], n: int, vocabulary: int) -> Stack:
    """The rows with the measures that a configuration gives, whatever it calls them."""
    return Stack(
        name=name,
        family=str(config.model_type),
        rows=rows,
        length=n,
        width=int(config.hidden_size),
        heads=int(config.num_attention_heads),
        layers=int(config.num_hidden_layers),
        inner=_inner_width(config),
        vocabulary=vocabulary,
    )


def _inner_width(config: Any) -> int:
    """Of the feed-forward network, as BERT and ViT, DistilBERT, or GPT-2 name it."""
    if config.model_type == "gpt2":
        return int(config.n_inner or 4 * config.hidden_size)
    return int(getattr(config, "hidden_dim", 0) or config.intermediate_size)


def _half(name: str, weights: int, n: int, d: int) -> Row:
    """A part of a layer that normalises what it reads, and adds what comes of it."""
    return Row(
        LAYER, (Box("normed", n, d, 2 * d), Box(name, n, d, weights), Box("added", n, d, 0))
    )


def _linear(into: int, out: int) -> int:
    return into * out + out


def _attention(d: int) -> int:
    """Queries, keys, values, and the matrix that brings the heads together."""
    return 4 * _linear(d, d)


def _inner(d: int, inner: int) -> int:
    return _linear(d, inner) + _linear(inner, d)
