"""Products of a model's matrices with the states of however many tokens, each as if alone."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import lazy_loader as lazy

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
Product = Callable[[Tensor], Tensor]  # (token, in) to (token, out)

MOST_PACKED = 200_000_000  # bytes of weights that may be in memory a second time, laid out anew
USUAL = 32  # tokens in a step, for which they are laid out
PARTS = 4  # of the sums that make logits
LEAST = 4  # rows of a product with weights as they are: below, the library takes other kernels


class Products:
    """The matrices of one GPT-2: four of each block, and the head.

    Laid out once as oneDNN reads them, a step of one token takes half of the time, of 32 tokens
    three quarters, and a row has the same bits beside any number of others. It takes the weights'
    memory again, so large models go without, and never with fewer than `least` rows.
    """

    def __init__(self, network: Any) -> None:
        size = sum(weights.nbytes for weights in network.parameters())
        packs = size <= MOST_PACKED and torch.backends.mkldnn.is_available()
        make = _packed if packs else _plain
        self.least = 1 if packs else LEAST
        self.blocks = [
            tuple(
                make(part.weight.t(), part.bias)
                for part in (
                    block.attn.c_attn,
                    block.attn.c_proj,
                    block.mlp.c_fc,
                    block.mlp.c_proj,
                )
            )
            for block in network.transformer.h
        ]
        make = _summed if packs else _plain
        self.head = make(network.lm_head.weight, network.lm_head.bias)


def _packed(weight: Tensor, bias: Tensor) -> Product:
    laid = torch.ops.mkldnn._reorder_linear_weight(weight.detach().contiguous(), USUAL)
    bias = None if bias is None else bias.detach()
    product = torch.ops.mkldnn._linear_pointwise
    return lambda states: product(states, laid, bias, "none", [], "")


def _summed(weight: Tensor, bias: Tensor) -> Product:
    """The same as a sum of parts: one long sum of float32 would be 1.5e-5 off, theirs is 8e-6."""
    weights = weight.chunk(PARTS, dim=1)
    products = [_packed(weights[0], bias), *(_packed(part, None) for part in weights[1:])]

    def product(states: Tensor) -> Tensor:
        parts = states.chunk(PARTS, dim=-1)
        found = products[0](parts[0].contiguous())
        for one, part in zip(products[1:], parts[1:], strict=True):
            found += one(part.contiguous())
        return found

    return product


def _plain(weight: Tensor, bias: Tensor) -> Product:
    weight, bias = weight.detach(), None if bias is None else bias.detach()
    return lambda states: torch.nn.functional.linear(states, weight, bias)


_made: "WeakKeyDictionary[Any, Products]" = WeakKeyDictionary()


def products_of(network: Any) -> Products:
    """The products of a network, made once, and let go with it."""
    found = _made.get(network)
    if found is None:
        found = _made[network] = Products(network)
    return found
