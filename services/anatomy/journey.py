"""What happens to one token between its id and the end of the model?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.text import checked_index
from models.loaded import Loaded
from models.tokens import Named, Token, labels, tokens_of
from services.anatomy.embedded import embedded
from services.anatomy.layer import NORM, Passed, parts_of, passed
from services.attention import encode, looks_back_only, pieces_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
STRONGEST, PROMOTED, GUESSES = 5, 3, 8  # units of a layer, tokens of a unit, next tokens
BEFORE = -1  # in place of a layer: before the first
AFTER = -2  # after the last


@dataclass(frozen=True)
class Step:
    """The token's vector, or what is added to it, at one place of the model."""

    layer: int  # or BEFORE, or AFTER
    name: str
    vector: np.ndarray  # (width,)

    @property
    def place(self) -> str:
        """Where in the model, in words."""
        return {BEFORE: "embeddings", AFTER: "at the end"}.get(self.layer, f"layer {self.layer}")

    @property
    def norm(self) -> float:
        """How long it is."""
        return float(np.linalg.norm(self.vector.astype(np.float64)))

    @property
    def mean(self) -> float:
        """μ over its numbers."""
        return float(self.vector.mean(dtype=np.float64))

    @property
    def deviation(self) -> float:
        """σ over its numbers, divided by their count, as LayerNorm has it."""
        return float(self.vector.std(dtype=np.float64))


@dataclass(frozen=True)
class Unit:
    """One unit of a feed-forward network that is on for the token."""

    number: int
    value: float
    promotes: tuple[str, ...]  # the tokens it makes likelier, of a model that predicts


@dataclass(frozen=True)
class Inner:
    """What goes on inside one layer's two parts."""

    heads: np.ndarray  # (head,): how long what each head adds is, after W_O
    units: int  # of the feed-forward network
    on: int  # of these, how many are above 0
    strongest: tuple[Unit, ...]


@dataclass(frozen=True)
class Guess:
    """A token that may come next: its logit is the last state times its row of the output."""

    label: str
    id: int
    logit: float
    probability: float
    row: np.ndarray  # (width,)


@dataclass(frozen=True)
class Journey(Named):
    """One token's way through a model that read a text."""

    tokens: tuple[Token, ...]
    pieces: tuple[str, ...]  # what each token stands for, where the vocabulary holds bytes
    token: int
    layers: int
    norm_first: bool  # GPT-2; a BERT normalises each sum
    causal: bool
    steps: tuple[Step, ...]
    inner: tuple[Inner, ...]  # of each layer
    guesses: tuple[Guess, ...]  # likeliest first; none of a model that predicts nothing
    off: float  # the largest difference from the library's hidden states, over all tokens

    @property
    def before(self) -> tuple[Step, ...]:
        """The steps before the first layer."""
        return self.of(BEFORE)

    @property
    def after(self) -> tuple[Step, ...]:
        """The steps after the last layer, of a model that has any."""
        return self.of(AFTER)

    def of(self, layer: int) -> tuple[Step, ...]:
        """The steps of a layer, of BEFORE or of AFTER."""
        return tuple(step for step in self.steps if step.layer == layer)

    def state(self, layer: int) -> Step:
        """What a layer hands on; BEFORE: what the first layer reads."""
        return self.of(layer)[-1]


def inspect(
    model: Loaded, text: str, text_pair: str = "", token: int = 0, *, nearest: bool = False
) -> Journey:
    """Follow one token through every part of every layer.

    Each part is the model's own, called in the model's order; the states are compared with
    `hidden_states`. Raises UserError when the text does not fit, or has no such token. With
    `nearest` a token behind the end is the last one, and −1 the first that is no special one.
    """
    encoded = encode(model, text, text_pair)
    ids, tokens = encoded["input_ids"], tokens_of(model.tokenizer, encoded, text, text_pair)
    if nearest and token < 0:
        token = next((index for index, one in enumerate(tokens) if not one.special), 0)
    elif nearest:
        token = min(token, len(ids) - 1)
    token = checked_index(token, 0, len(ids) - 1, name="token")
    body, kind = model.model.base_model, str(model.model.config.model_type)
    causal, heads = looks_back_only(model), model.checkpoint.heads
    with torch.inference_mode():
        told = body(**model.tensors(encoded), output_hidden_states=True).hidden_states
        rows = embedded(model, encoded)
        state = rows[-1][1]
        steps = [Step(BEFORE, name, _of(token, row)) for name, row in rows]
        states, inner = [state], []
        output = model.output_matrix if causal else None
        for layer in range(model.checkpoint.layers):
            parts = parts_of(kind, body, layer)
            through = passed(parts, state, heads, causal=causal)
            state = through.state
            states.append(state)
            steps += [Step(layer, name, _of(token, row)) for name, row in through.steps]
            inner.append(_inner(model, through, token, parts.promoted, output))
        guesses: tuple[Guess, ...] = ()
        if causal:
            states[-1] = body.ln_f(state)
            steps.append(Step(AFTER, NORM, _of(token, states[-1])))
        if output is not None:
            guesses = _guesses(model, states[-1][token], output)
        off = max(
            float((ours - theirs[0]).abs().max())
            for ours, theirs in zip(states, told, strict=True)
        )
    return Journey(
        tokens=tokens,
        pieces=pieces_of(model, encoded),
        token=token,
        layers=model.checkpoint.layers,
        norm_first=causal,
        causal=causal,
        steps=tuple(steps),
        inner=tuple(inner),
        guesses=guesses,
        off=off,
    )


def _of(token: int, rows: Tensor) -> np.ndarray:
    vector: np.ndarray = rows[token].numpy()
    return vector


def _inner(
    model: Loaded, through: Passed, token: int, promoted: Tensor, output: Tensor | None
) -> Inner:
    """What each head adds to the token, and the units that are on."""
    units = through.units[token]
    values, numbers = units.topk(min(STRONGEST, len(units)))
    promotes: Sequence[tuple[str, ...]] = [()] * len(numbers)
    if output is not None:
        likelier = (promoted[numbers] @ output.T).topk(PROMOTED, dim=-1).indices.tolist()
        promotes = [labels(model.tokenizer, ids) for ids in likelier]
    return Inner(
        heads=through.heads[token].norm(dim=-1).numpy(),
        units=len(units),
        on=int((units > 0).sum()),
        strongest=tuple(
            Unit(int(number), float(value), tuple(promoted))
            for number, value, promoted in zip(numbers, values, promotes, strict=True)
        ),
    )


def _guesses(model: Loaded, state: Tensor, output: Tensor) -> tuple[Guess, ...]:
    """The likeliest next tokens after this one, with what each logit is made of."""
    logits = output @ state
    chances = logits.double().softmax(dim=-1)
    best = logits.topk(min(GUESSES, len(logits))).indices.tolist()
    return tuple(
        Guess(label, number, float(logits[number]), float(chances[number]), output[number].numpy())
        for label, number in zip(labels(model.tokenizer, best), best, strict=True)
    )
