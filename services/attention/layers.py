"""The inside of one layer's attention: its queries, keys, values and the output of its heads.

Each architecture keeps them under other names; all that differs between them is here.
"""

import copy
from typing import Any

import lazy_loader as lazy

from models.loaded import Loaded
from services.attention.attend import later

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


def inside(model: Loaded, encoded: Any, layer: int) -> tuple[Tensor, ...]:
    """(query, key, value, output of all heads side by side, weights) of one layer.

    The first four are (token, head, d_k), the weights (1, head, looking, looked at). No hook is
    set: a hook on a model that all visitors share would hear the others too. The layer's attention
    module is called once more, on the very input that it had.
    """
    body = model.model.base_model
    with torch.inference_mode():
        answer = body(**model.tensors(encoded), output_attentions=True, output_hidden_states=True)
        # State 0 is what the first layer reads.
        parts = LAYERS[model.model.config.model_type](body, layer, answer.hidden_states[layer])
    heads = model.checkpoint.heads
    split = [part[0].unflatten(-1, (heads, -1)) for part in parts]
    return (*split, answer.attentions[layer])


def _of_bert(body: Any, layer: int, given: Tensor) -> tuple[Tensor, ...]:
    """BERT and RoBERTa: three projections, and the one after the heads in a module of its own."""
    module = body.encoder.layer[layer].attention.self
    output, _ = module(given)
    return module.query(given), module.key(given), module.value(given), output


def _of_distilbert(body: Any, layer: int, given: Tensor) -> tuple[Tensor, ...]:
    module = body.transformer.layer[layer].attention
    output, _ = _without(module, "out_lin")(given)
    return module.q_lin(given), module.k_lin(given), module.v_lin(given), output


def _of_gpt2(body: Any, layer: int, given: Tensor) -> tuple[Tensor, ...]:
    """GPT-2: one matrix for queries, keys and values, after a LayerNorm, masked."""
    block = body.h[layer]
    given = block.ln_1(given)
    hidden = torch.from_numpy(later(given.shape[1]))
    mask = torch.zeros(hidden.shape).masked_fill(hidden, torch.finfo(given.dtype).min)
    output, _ = _without(block.attn, "c_proj")(given, attention_mask=mask[None, None])
    return (*block.attn.c_attn(given).chunk(3, dim=-1), output)


def _without(module: Any, projection: str) -> Any:
    """A copy of an attention module whose heads are passed on side by side.

    The projection after them is taken out of the copy; the module that all visitors share is left
    alone.
    """
    bare = copy.copy(module)
    bare._modules = {**module._modules, projection: torch.nn.Identity()}
    return bare


def projection_of(model: Loaded, layer: int) -> tuple[Any, Tensor]:
    """The module after the heads of a layer, and its W_O as (heads · d_k, width)."""
    body = model.model.base_model
    kind = model.model.config.model_type
    if kind == "gpt2":  # which keeps its matrices the other way round
        module = body.h[layer].attn.c_proj
        return module, module.weight.detach()
    if kind == "distilbert":
        module = body.transformer.layer[layer].attention.out_lin
    else:
        module = body.encoder.layer[layer].attention.output.dense
    return module, module.weight.detach().T


LAYERS = {
    "bert": _of_bert,
    "roberta": _of_bert,
    "distilbert": _of_distilbert,
    "gpt2": _of_gpt2,
}
