"""One translation as the Transformer makes it, every part called by itself, in its order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.text import checked_index
from models.loaded import Loaded
from models.turns import asker, one_core, takes_turns
from services.translation.reading import (
    Source,
    encoded,
    read_source,
    reread,
    sentence,
    start_of,
    start_piece,
)
from services.translation.translate import greedy

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
LIKELIEST = 6  # tokens that are told of the softmax
MOST_STEPS = 100_000  # that may be named; behind the end of a translation its last is meant


@dataclass(frozen=True)
class Block:
    """What one decoder layer does at the place whose token is chosen."""

    looks_back: np.ndarray  # (head, written) masked self-attention
    looks_over: np.ndarray  # (head, source) cross-attention
    vectors: np.ndarray  # (4, width): read; after self-attention, cross-attention, feed-forward
    added: np.ndarray  # (3,) lengths (L2) of what each of the three adds


@dataclass(frozen=True)
class Guess:
    """A token that may be chosen."""

    text: str
    id: int
    logit: float
    probability: float


@dataclass(frozen=True)
class Walk:
    """A sentence on its way through encoder and decoder, up to the choice of one token."""

    source: Source
    pieces: tuple[str, ...]  # of the translation
    start: str  # the token that every translation begins after
    step: int  # which of its tokens is chosen now, from 0
    positions: bool  # whether vectors are added for the places; T5 has none
    embedded: np.ndarray  # (3 or 1, source, width): rows of the table, positions, their sum
    encoder: np.ndarray  # (layer, source, width): after each layer of the encoder
    written: np.ndarray  # (3 or 1, width): the same of the token written last
    blocks: tuple[Block, ...]
    state: np.ndarray  # (width,): what is compared with every token of the vocabulary
    guesses: tuple[Guess, ...]  # likeliest first
    vocabulary: int
    off: float  # the largest difference from the library's states and logits

    @property
    def before(self) -> tuple[str, ...]:
        """What the decoder reads at this step: the start token and what is written."""
        return (self.start, *self.pieces[: self.step])


@takes_turns
def walk(model: Loaded, text: object, step: object = 0) -> Walk:
    """Follow a greedy translation to the choice of one of its tokens.

    Each part is the model's own; states and logits are compared with those of a whole pass. A step
    behind the end is the last. Raises UserError as `translate` does.
    """
    source = read_source(model, text)
    with asker().turn(), one_core():
        states = encoded(model, source.ids)
    ids = greedy(model, states).ids
    at = min(checked_index(step, 0, MOST_STEPS, name="step"), len(ids) - 1)
    with asker().turn(), one_core(), torch.inference_mode():
        return _walked(model, source, states, ids, at)


def _walked(model: Loaded, source: Source, states: Tensor, ids: Sequence[int], at: int) -> Walk:
    given = torch.tensor([source.ids])
    read = model.model.get_encoder()(input_ids=given, output_hidden_states=True)
    theirs = reread(model, states, ids[: at + 1], output_hidden_states=True)
    before = torch.tensor([[start_of(model), *ids[:at]]])  # (1, written)
    embedded = _embedded(model, model.model.get_encoder(), given)
    written = _embedded(model, model.model.get_decoder(), before)
    state, blocks, differences = written[-1], [], [_far(embedded[-1], read.hidden_states[0])]
    told = theirs.decoder_hidden_states
    for number, (vectors, back, over) in enumerate(_layers(model, state, states)):
        rows = torch.stack([vector[0, -1] for vector in vectors[:4]])  # (4, width)
        added = (rows[1:] - rows[:-1]) if model.model.config.model_type == "t5" else None
        blocks.append(
            Block(
                looks_back=back[0, :, -1].numpy(),
                looks_over=over[0, :, -1].numpy(),
                vectors=rows.numpy(),
                added=(_lengths(added) if added is not None else _lengths(vectors[4])).numpy(),
            )
        )
        state = vectors[3]
        if number + 1 < len(told) - 1:  # the last that the library tells is normalised by a T5
            differences.append(_far(state, told[number + 1]))
    last, logits = _logits(model, state)
    differences += [_far(last, told[-1]), _far(logits, theirs.logits)]
    chances = logits[0, -1].double().softmax(dim=-1)
    best = chances.topk(min(LIKELIEST, len(chances))).indices.tolist()
    guesses = tuple(
        Guess(piece, token, float(logits[0, -1, token]), float(chances[token]))
        for piece, token in zip(sentence(model, best).pieces, best, strict=True)
    )
    return Walk(
        source=source,
        pieces=sentence(model, ids).pieces,
        start=start_piece(model),
        step=at,
        positions=len(embedded) > 1,
        embedded=torch.cat(embedded).numpy(),
        encoder=torch.cat(read.hidden_states[1:]).numpy(),
        written=torch.cat(written)[:, -1].numpy(),
        blocks=tuple(blocks),
        state=last[0, -1].numpy(),
        guesses=guesses,
        vocabulary=model.vocabulary,
        off=max(differences),
    )


def _far(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max())


def _lengths(rows: Any) -> Tensor:
    if isinstance(rows, tuple):
        rows = torch.stack([row[0, -1] for row in rows])
    return rows.norm(dim=-1)


def _embedded(model: Loaded, side: Any, ids: Tensor) -> list[Tensor]:
    """Rows of the table (1, token, width), the vectors of their places, and the sum."""
    rows = side.embed_tokens(ids)
    if model.model.config.model_type == "t5":
        return [rows]
    rows = rows * side.embed_scale
    places = side.embed_positions.weight[: ids.shape[1]][None]
    return [rows, places, rows + places]


def _layers(
    model: Loaded, state: Tensor, states: Tensor
) -> Iterator[tuple[tuple[Any, ...], Tensor, Tensor]]:
    """Each decoder layer on all that is written: states before and after its three parts.

    Of a Marian the fifth are what the three parts added, before they were normalised; with both
    attentions (1, head, written, …).
    """
    count = state.shape[1]
    later = torch.full((count, count), -torch.inf).triu(1)[None, None]
    decoder = model.model.get_decoder()
    if model.model.config.model_type == "t5":
        bias = over = None
        for block in decoder.block:
            own, bias, back = block.layer[0](state, attention_mask=later, position_bias=bias)
            crossed, over, seen = block.layer[1](own, key_value_states=states, position_bias=over)
            made = block.layer[2](crossed)
            yield (state, own, crossed, made), back, seen
            state = made
        return
    for layer in decoder.layers:
        looked, back = layer.self_attn(state, attention_mask=later)
        own = layer.self_attn_layer_norm(state + looked)
        found, seen = layer.encoder_attn(own, key_value_states=states)
        crossed = layer.encoder_attn_layer_norm(own + found)
        fed = layer.fc2(layer.activation_fn(layer.fc1(crossed)))
        made = layer.final_layer_norm(crossed + fed)
        yield (state, own, crossed, made, (looked, found, fed)), back, seen
        state = made


def _logits(model: Loaded, state: Tensor) -> tuple[Tensor, Tensor]:
    """What the last layer gives, and the logits (1, written, vocabulary) made of it."""
    network = model.model
    if network.config.model_type == "t5":
        last = network.get_decoder().final_layer_norm(state)
        scaled = last * network.model_dim**-0.5 if network.config.scale_decoder_outputs else last
        return last, network.lm_head(scaled)
    return state, network.lm_head(state) + network.final_logits_bias
