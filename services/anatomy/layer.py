"""One layer of each architecture, taken apart: what it computes, one part after the other.

The modules are the model's own; only their order, and W_O cut into heads, stand here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


@dataclass(frozen=True)
class Parts:
    """The modules of one layer, under one name whatever the architecture calls them."""

    project: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]  # to queries, keys and values
    out: Any  # W_O, which the heads side by side are multiplied by
    mix: Tensor  # the same as (heads · d_k, width)
    first_norm: Any  # beside attention
    up: Any  # to the feed-forward width
    act: Callable[[Tensor], Tensor]
    down: Any
    promoted: Tensor  # (unit, width): what each unit adds when it is on
    second_norm: Any  # beside the feed-forward network
    norm_first: bool  # a GPT-2 normalises what a part reads, a BERT what comes of it


@dataclass(frozen=True)
class Passed:
    """What one layer makes of all tokens; each (token, width) unless said otherwise."""

    heads: Tensor  # (token, head, width): what each head adds, after its part of W_O
    steps: tuple[tuple[str, Tensor], ...]  # by their names, in order
    units: Tensor  # (token, unit): the feed-forward network between its two matrices

    @property
    def state(self) -> Tensor:
        """What the layer hands on."""
        return self.steps[-1][1]


@dataclass(frozen=True)
class Off:
    """What of one layer is switched off."""

    heads: tuple[int, ...] = ()
    residual: bool = False  # a half's output is handed on alone, not added to what it read
    scaling: bool = False  # dot products go into the softmax as they are


NOTHING = Off()


# The names of the steps; `services.anatomy.journey` and its figures know them.
ATTENTION, FORWARD, SUM, NORM = "attention", "feed-forward", "sum", "norm"


def passed(parts: Parts, state: Tensor, heads: int, *, causal: bool, off: Off = NOTHING) -> Passed:
    """One layer's way (Vaswani et al. 2017, section 3; norm first: Radford et al. 2019)."""
    read = parts.first_norm(state) if parts.norm_first else state
    mixed = mix(parts, read, heads, causal=causal, off=off)
    attended = parts.out(mixed.flatten(-2))
    by_head = torch.einsum("thk,hkw->thw", mixed, parts.mix.unflatten(0, (heads, -1)))
    between = attended if off.residual else state + attended
    normed = (parts.second_norm if parts.norm_first else parts.first_norm)(between)
    units = parts.act(parts.up(normed))
    forward = parts.down(units)
    if parts.norm_first:
        steps = (
            (NORM, read),
            (ATTENTION, attended),
            (SUM, between),
            (NORM, normed),
            (FORWARD, forward),
            (SUM, forward if off.residual else between + forward),
        )
        return Passed(by_head, steps, units)
    both = forward if off.residual else normed + forward
    steps = (
        (ATTENTION, attended),
        (SUM, between),
        (NORM, normed),
        (FORWARD, forward),
        (SUM, both),
        (NORM, parts.second_norm(both)),
    )
    return Passed(by_head, steps, units)


def mix(parts: Parts, read: Tensor, heads: int, *, causal: bool, off: Off = NOTHING) -> Tensor:
    """(token, head, d_k): what each head mixes of the values; 0 of those that are off."""
    query, key, value = (
        one.unflatten(-1, (heads, -1)).transpose(0, 1) for one in parts.project(read)
    )  # each (head, token, d_k)
    scores = query @ key.transpose(1, 2)
    if not off.scaling:
        scores = scores * query.shape[-1] ** -0.5
    if causal:
        later = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    mixed = scores.softmax(dim=-1) @ value
    if off.heads:
        kept = torch.ones(heads, 1, 1)
        kept[list(off.heads)] = 0
        mixed = mixed * kept
    return mixed.transpose(0, 1)


# Where each architecture keeps them --------------------------------------------------------------


def parts_of(kind: str, body: Any, layer: int) -> Parts:
    """The modules of a layer."""
    return FAMILIES[kind](body, layer)


def _of_bert(body: Any, layer: int) -> Parts:
    block = body.encoder.layer[layer]
    look, out = block.attention.self, block.attention.output
    return Parts(
        project=lambda x: (look.query(x), look.key(x), look.value(x)),
        out=out.dense,
        mix=out.dense.weight.T,
        first_norm=out.LayerNorm,
        up=block.intermediate.dense,
        act=block.intermediate.intermediate_act_fn,
        down=block.output.dense,
        promoted=block.output.dense.weight.T,
        second_norm=block.output.LayerNorm,
        norm_first=False,
    )


def _of_distilbert(body: Any, layer: int) -> Parts:
    block = body.transformer.layer[layer]
    look, forward = block.attention, block.ffn
    return Parts(
        project=lambda x: (look.q_lin(x), look.k_lin(x), look.v_lin(x)),
        out=look.out_lin,
        mix=look.out_lin.weight.T,
        first_norm=block.sa_layer_norm,
        up=forward.lin1,
        act=forward.activation,
        down=forward.lin2,
        promoted=forward.lin2.weight.T,
        second_norm=block.output_layer_norm,
        norm_first=False,
    )


def _of_gpt2(body: Any, layer: int) -> Parts:
    """A GPT-2 keeps its matrices the other way round, and one for queries, keys and values."""
    block = body.h[layer]
    return Parts(
        project=lambda x: block.attn.c_attn(x).chunk(3, dim=-1),
        out=block.attn.c_proj,
        mix=block.attn.c_proj.weight,
        first_norm=block.ln_1,
        up=block.mlp.c_fc,
        act=block.mlp.act,
        down=block.mlp.c_proj,
        promoted=block.mlp.c_proj.weight,
        second_norm=block.ln_2,
        norm_first=True,
    )


FAMILIES = {
    "bert": _of_bert,
    "roberta": _of_bert,
    "distilbert": _of_distilbert,
    "gpt2": _of_gpt2,
}
