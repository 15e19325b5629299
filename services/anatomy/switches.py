"""What of a model's result depends on which of its parts? They are switched off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.progress import end_if_left
from models.loaded import Loaded
from models.replacing import module_that, replaced
from models.tokens import Named, Token, labels, names_of, tokens_of
from services.anatomy.embedded import embedded
from services.anatomy.layer import parts_of, passed
from services.anatomy.off import Switches, checked_for, order_of
from services.attention import encode, looks_back_only, pieces_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
LIKELIEST = 5  # tokens that are shown of a distribution


@dataclass(frozen=True)
class Likely:
    """A token that a model finds likely at one place."""

    label: str
    id: int
    probability: float


@dataclass(frozen=True)
class Change:
    """What a model finds likely, with all on and as it is switched."""

    before: tuple[Likely, ...]  # likeliest first
    after: tuple[Likely, ...]
    nats: float  # KL(before ‖ after) over the whole vocabulary


@dataclass(frozen=True)
class Twice:
    """A token that a text has twice: how far its two vectors are apart after the last layer."""

    label: str
    places: tuple[int, int]  # of the text as it is written
    before: float  # the largest difference of two numbers
    after: float


@dataclass(frozen=True)
class Switched(Named):
    """One text read by the model as it is, and by the model as it is switched."""

    switches: Switches
    tokens: tuple[Token, ...]
    pieces: tuple[str, ...]
    causal: bool
    order: tuple[int, ...]  # which token was read at each place
    read: str  # the text in that order
    before: np.ndarray  # (width,): the mean over all tokens after the last layer
    after: np.ndarray
    moved: float  # 1 − cosine of the two
    twice: Twice | None
    next: Change | None  # of a model that predicts the next token
    off: float  # all on: the largest difference from the library's last hidden state


def switched(model: Loaded, text: str, text_pair: str, switches: Switches) -> Switched:
    """The text's vector, mean-pooled, with all on and as it is switched; of a GPT-2 what comes
    next as well.

    Raises UserError when the text does not fit, for a part that the model does not have, and where
    nothing of the text could come through.
    """
    checked_for(model, switches)
    encoded = encode(model, text, text_pair)
    ids = encoded["input_ids"]
    tokens, pieces = (
        tokens_of(model.tokenizer, encoded, text, text_pair),
        pieces_of(model, encoded),
    )
    order = order_of(encoded, tokens, (text, text_pair), switches.seed)
    with torch.inference_mode():
        told = model.model.base_model(**model.tensors(encoded))[0][0]
        whole, cut = _last(model, encoded, Switches()), _last(model, encoded, switches, order)
        following = None
        if looks_back_only(model):
            output = model.output_matrix
            following = _change(model, output @ whole[-1], output @ cut[-1])
    one, other = (states.double().mean(dim=0) for states in (whole, cut))
    back = {source: index for index, source in enumerate(order)}
    twice = None
    if pair := _first_twice(tokens):
        first, second = pair
        there = cut[back[first]] - cut[back[second]]
        twice = Twice(
            names_of(tokens, pieces)[second],
            pair,
            float((whole[first] - whole[second]).abs().max()),
            float(there.abs().max()),
        )
    return Switched(
        switches=switches,
        tokens=tokens,
        pieces=pieces,
        causal=looks_back_only(model),
        order=tuple(order),
        read=model.tokenizer.decode([ids[at] for at in order], skip_special_tokens=True),
        before=one.numpy(),
        after=other.numpy(),
        moved=max(0.0, float(1 - torch.nn.functional.cosine_similarity(one, other, dim=0))),
        twice=twice,
        next=following,
        off=float((whole - told).abs().max()),
    )


@dataclass(frozen=True)
class Verdict:
    """How probable a model finds it that a sentence is acceptable, 0 to 1."""

    before: float
    after: float


def verdicts(grammar: Loaded, text: str, switches: Switches) -> Verdict:
    """What a model of grammaticality says with all on, and with the same switched off in it.

    Raises UserError when the text does not fit.
    """
    encoded = encode(grammar, text)
    tokens = tokens_of(grammar.tokenizer, encoded, text)
    order = order_of(encoded, tokens, (text, ""), switches.seed)
    with torch.inference_mode():
        both = [
            _headed(grammar, _last(grammar, encoded, one, rows))
            for one, rows in ((Switches(), None), (switches, order))
        ]
    before, after = (float(logits[0].double().softmax(dim=-1)[1]) for logits in both)
    return Verdict(before, after)


@dataclass(frozen=True)
class Hidden:
    """One token that was hidden, and what a model puts there."""

    label: str
    change: Change


def hidden(masked: Loaded, text: str, span: tuple[int, int] | None, switches: Switches) -> Hidden:
    """What a model that fills in words finds likely in place of a token.

    `span` is the token's start and end in the text; where the text has a mask of its own, or there
    is none, that one. Raises UserError when the text does not fit.
    """
    encoded = encode(masked, text)
    tokens = tokens_of(masked.tokenizer, encoded, text)
    ids, mask = list(encoded["input_ids"]), masked.tokenizer.mask_token_id
    if mask in ids:
        place = ids.index(mask)
    else:
        start = span[0] if span else len(text)
        ordinary = [at for at, token in enumerate(tokens) if not token.special]
        place = next((at for at in ordinary if tokens[at].end > start), ordinary[-1])
    label = tokens[place].text
    ids[place] = mask
    order = order_of(encoded, tokens, (text, ""), switches.seed)
    encoded["input_ids"] = ids
    with torch.inference_mode():
        whole = _last(masked, encoded, Switches())[place]
        cut = _last(masked, encoded, switches, order)[order.index(place)]
        before, after = (_headed(masked, one[None])[0, 0] for one in (whole, cut))
        return Hidden(label, _change(masked, before, after))


# One pass ----------------------------------------------------------------------------------------


def _last(
    model: Loaded, encoded: Any, switches: Switches, order: Iterable[int] | None = None
) -> Tensor:
    """(token, width): the last hidden state of the tokens in an order, as it is switched."""
    body, kind = model.model.base_model, str(model.model.config.model_type)
    causal, heads = looks_back_only(model), model.checkpoint.heads
    if order is not None:
        ids = encoded["input_ids"]
        encoded = {**encoded, "input_ids": [ids[at] for at in order]}
    state = embedded(model, encoded, positions=switches.positions)[-1][1]
    for layer in range(model.checkpoint.layers):
        end_if_left()
        if layer in switches.layers:
            continue
        off = switches.of_layer(layer)
        state = passed(parts_of(kind, body, layer), state, heads, causal=causal, off=off).state
    return body.ln_f(state) if causal else state


def _headed(model: Loaded, states: Tensor) -> Tensor:
    """The logits that the model's own head makes of (token, width) states, as a batch of one."""
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    body = model.model.base_model
    pooler = getattr(body, "pooler", None)
    pooled = pooler(states[None]) if pooler is not None else None

    def given(*_: Any, **__: Any) -> Any:
        return BaseModelOutputWithPooling(states[None], pooled)

    ended = replaced(model.model, model.model.base_model_prefix, lambda _: module_that(given))
    ids = torch.zeros(1, len(states), dtype=torch.long)
    return ended(ids).logits


def _change(model: Loaded, before: Tensor, after: Tensor) -> Change:
    """Two rows of logits as what is likely."""
    logs = [one.double().log_softmax(dim=-1) for one in (before, after)]
    listed = [_likely(model, one) for one in logs]
    nats = float((logs[0].exp() * (logs[0] - logs[1])).sum().clamp(min=0))
    return Change(listed[0], listed[1], nats)


def _likely(model: Loaded, logs: Tensor) -> tuple[Likely, ...]:
    values, ids = logs.exp().topk(min(LIKELIEST, len(logs)))
    named = labels(model.tokenizer, ids.tolist())
    found = zip(named, ids.tolist(), values.tolist(), strict=True)
    return tuple(Likely(label, number, value) for label, number, value in found)


def _first_twice(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """The first two places of a token that is there more than once, and spells something."""
    found: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.special or not any(character.isalnum() for character in token.text):
            continue
        if token.id in found:
            return found[token.id], index
        found[token.id] = index
    return None
