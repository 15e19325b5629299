"""GPT-2 written out: what a step of many texts computes, each exactly as if it were alone.

The library's forward pass spends half of a small model's time around the arithmetic, and takes
texts of one length. Here the tokens of all texts stand in one matrix, whole prompts beside single
tokens, and go through each layer together; only where a token looks back is each text by itself.

The bits of a row do not depend on what stands beside it (a test): the products see to that
(`models.decoding.products`), and sums over places run in lanes, so what is looked at is always a
multiple of `LANES` long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from models.decoding.cache import Cache, Place, Shelf
from models.decoding.products import products_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any

LANES = 32  # numbers
TANH = ("gelu_new", "gelu_pytorch_tanh")  # one formula, under two names


@dataclass(frozen=True)
class Part:
    """What is read of one text in a step: a part of its prompt, or its newest token."""

    place: Place
    ids: Sequence[int]


def fits(network: Any) -> bool:
    """Whether a network is one that is written out here."""
    return type(network).__name__ == "GPT2LMHeadModel" and not network.config.add_cross_attention


class Forward:
    """A GPT-2 and the cache of all that it has read."""

    def __init__(self, network: Any) -> None:
        config, self._body = network.config, network.transformer
        self._products = products_of(network)
        self._heads = int(config.n_head)
        self._width = int(config.n_embd) // self._heads
        self._epsilon = float(config.layer_norm_epsilon)
        plain = self._width**-0.5 if config.scale_attn_weights else 1.0
        by_layer = config.scale_attn_by_inverse_layer_idx
        layers = range(int(config.n_layer))
        self._scales = [plain / (layer + 1 if by_layer else 1) for layer in layers]
        self._tanh = config.activation_function in TANH
        self.cache = Cache(len(layers), self._heads, self._width, int(config.n_positions))

    def __call__(self, parts: Sequence[Part]) -> Tensor:
        """(part, vocabulary) float32: logits after the last token of each part.

        What was read is in the cache from then on. Prompts are read apart from each other.
        """
        plan = _Plan(parts, self._products.least)
        body = self._body
        states = body.wte.weight[plan.ids] + body.wpe.weight[plan.positions]  # (token, width)
        for layer, (block, products) in enumerate(zip(body.h, self._products.blocks, strict=True)):
            mix, gather, widen, narrow = products
            normed = self._norm(states, block.ln_1)
            seen = self._attend(layer, plan, mix(normed))
            states = states + gather(seen)
            inner = widen(self._norm(states, block.ln_2))
            if self._tanh:
                inner = torch.nn.functional.gelu(inner, approximate="tanh")
            else:
                inner = block.mlp.act(inner)
            states = states + narrow(inner)
        for part in parts:
            part.place.length += len(part.ids)
        last = self._norm(states[plan.last], body.ln_f)
        return self._products.head(last)[: len(parts)]

    def _norm(self, states: Tensor, norm: Any) -> Tensor:
        return torch.nn.functional.layer_norm(
            states, states.shape[-1:], norm.weight, norm.bias, self._epsilon
        )

    def _attend(self, layer: int, plan: "_Plan", mixed: Tensor) -> Tensor:
        """(token, width): what each token sees of its own text; `mixed` (token, 3 * width)."""
        queries, keys, values = mixed.view(-1, 3, self._heads, self._width).unbind(1)
        seen = torch.zeros_like(queries)  # (token, head, width of a head)
        for group in plan.groups:
            shelf, at = group.shelf, group.tokens
            shelf.keys[layer].index_put_((group.numbers, group.heads, group.now), keys[at])
            shelf.values[layer].index_put_((group.numbers, group.heads, group.now), values[at])
            # (text * head, token of it, …): one text's tokens are one matrix.
            sought = queries[at].view(group.texts, -1, self._heads, self._width).transpose(1, 2)
            before, told = (
                group.of(kept[layer]).flatten(0, 1) for kept in (shelf.keys, shelf.values)
            )
            weights = torch.baddbmm(
                group.mask(self._heads),
                sought.flatten(0, 1),
                before.transpose(1, 2),
                alpha=self._scales[layer],
            ).softmax(dim=-1)
            found = torch.bmm(weights, told).view(group.texts, self._heads, -1, self._width)
            seen[at] = found.transpose(1, 2).flatten(0, 1)
        return seen.flatten(1)


class _Group:
    """Texts of one shelf that have one token each in a step; or one text with several."""

    def __init__(self, shelf: Shelf, parts: Sequence[Part], tokens: Tensor) -> None:
        self.shelf, self.tokens, self.texts = shelf, tokens, len(parts)
        numbers = [part.place.number for part in parts]
        first, count = parts[0].place.length, len(parts[0].ids)
        if count == 1:
            now = torch.tensor([part.place.length for part in parts])
        else:
            now = torch.arange(first, first + count)
        longest = int(now.max()) + 1
        self._length = min(-(-longest // LANES) * LANES, shelf.tokens)
        self._hidden = torch.arange(self._length) > now[:, None]  # (token, place of a token)
        self._all = numbers == list(range(len(numbers)))
        self._rows = torch.tensor(numbers)
        self.numbers = self._rows.expand(len(now))[:, None]
        self.now = now[:, None]
        self.heads = torch.arange(shelf.keys.shape[2])[None]
        self._mask: Tensor = None

    def of(self, kept: Tensor) -> Tensor:
        """(text, head, token, width of a head): what is kept of these texts, as far as needed."""
        kept = kept[: self.texts] if self._all else kept[self._rows]
        return kept[:, :, : self._length]

    def mask(self, heads: int) -> Tensor:
        """(text * head, token, place of a token): -inf for what comes later, else 0."""
        if self._mask is None:
            mask = torch.zeros(self._hidden.shape).masked_fill_(self._hidden, -torch.inf)
            shape = (self.texts, 1, -1, self._length)
            self._mask = mask.view(shape).expand(-1, heads, -1, -1).flatten(0, 1)
        return self._mask


class _Plan:
    """Which row of the one matrix is which token of which text."""

    def __init__(self, parts: Sequence[Part], least: int) -> None:
        ids: list[int] = []
        positions: list[int] = []
        starts: list[int] = []
        for part in parts:
            starts.append(len(ids))
            positions += range(part.place.length, part.place.length + len(part.ids))
            ids += part.ids
        last = [start + len(part.ids) - 1 for start, part in zip(starts, parts, strict=True)]
        fill = max(0, least - len(ids))
        self.ids, self.positions = (
            torch.tensor([*ids, *[0] * fill]),
            torch.tensor([*positions, *[0] * fill]),
        )
        self.last = torch.tensor([*last, *[0] * max(0, least - len(last))])
        singles: dict[Shelf, list[int]] = {}
        self.groups: list[_Group] = []
        for number, part in enumerate(parts):
            if len(part.ids) == 1:
                singles.setdefault(part.place.shelf, []).append(number)
            else:
                rows = torch.arange(starts[number], starts[number] + len(part.ids))
                self.groups.append(_Group(part.place.shelf, [part], rows))
        for shelf, numbers in singles.items():
            numbers.sort(key=lambda number: parts[number].place.number)
            rows = torch.tensor([starts[number] for number in numbers])
            self.groups.append(_Group(shelf, [parts[number] for number in numbers], rows))
