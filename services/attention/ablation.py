"""How much does each head matter for what a model makes of a text? Each is left out in turn."""

from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.progress import Progress, end_if_left
from models.batching import TOKENS_AT_ONCE
from models.loaded import Loaded
from models.replacing import module_that, replaced
from services.attention.attend import encode, looks_back_only

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
LONG = 4096  # tokens read over all passes, from which on it takes seconds and tells how far it is


@dataclass(frozen=True)
class Ablation:
    """One text, and what changes when the output of one head at a time is set to zero."""

    tokens: int  # that the model read, special ones included
    moved: np.ndarray  # (layer, head): 1 − cosine of the text's vector with the head and without
    next: np.ndarray | None  # (layer, head): KL(with ‖ without) in nats; of a model that predicts

    @property
    def effect(self) -> np.ndarray:
        """(layer, head): what heads are ranked by, the next token where one is predicted."""
        return self.moved if self.next is None else self.next

    def ranked(self) -> list[tuple[int, int]]:
        """(layer, head) of every head, the one that matters most first."""
        order = np.argsort(-self.effect, axis=None, kind="stable")
        rows, columns = np.unravel_index(order, self.effect.shape)
        return list(zip(rows.tolist(), columns.tolist(), strict=True))

    def rank(self, layer: int, head: int) -> int:
        """The place of a head among all, from 1."""
        return self.ranked().index((layer, head)) + 1


def ablate(
    model: Loaded, text: str, text_pair: str = "", progress: Progress | None = None
) -> Ablation:
    """Set each head's output to zero before the output projection (Michel et al. 2019, eq. 3).

    The vector is the mean of the last layer over all tokens, special ones included, as Similarity
    pools it. Of a model that predicts the next token, how far its distribution is from the one
    without the head as well. `progress` is told after each part; what it raises ends the work.
    Raises UserError when the text does not fit.
    """
    encoded = encode(model, text, text_pair)
    body, taken = model.model.base_model, model.tensors(encoded)
    parts = PARTS[model.model.config.model_type]
    layers, heads = model.checkpoint.layers, model.checkpoint.heads
    tokens = len(encoded["input_ids"])
    at_once = max(1, TOKENS_AT_ONCE // tokens)
    with torch.inference_mode():
        answer = body(**taken, output_hidden_states=True, **parts.settings)
        vector, predicted = _mean(answer[0]), _predicted(model, answer[0])
        moved = np.zeros((layers, heads))
        changed = None if predicted is None else np.zeros((layers, heads))
        for layer in range(layers):
            for first in range(0, heads, at_once):
                end_if_left()
                some = range(first, min(first + at_once, heads))
                bare = _without(body, parts, layer, answer.hidden_states[layer], some, heads)
                rows = {name: one.expand(len(some), -1) for name, one in taken.items()}
                last = bare(**rows, **parts.settings)[0]  # (head left out, token, width)
                moved[layer, some] = (1 - _cosine(vector, _mean(last))).numpy()
                if changed is not None:
                    changed[layer, some] = _divergence(predicted, _predicted(model, last)).numpy()
                if progress:
                    done, whole = layer * heads + some.stop, layers * heads
                    progress(done, whole if whole * tokens > LONG else 0)
    return Ablation(tokens, moved.clip(0), changed)  # rounding may leave −1e-17


# What is measured --------------------------------------------------------------------------------


def _mean(states: Tensor) -> Tensor:
    """(text, width): the mean over all tokens, in double precision for the small differences."""
    return states.double().mean(dim=1)


def _cosine(one: Tensor, others: Tensor) -> Tensor:
    return torch.nn.functional.cosine_similarity(one, others, dim=-1)


def _predicted(model: Loaded, states: Tensor) -> Tensor | None:
    """(text, vocabulary): ln of the next token's probabilities; None where none is predicted."""
    if not looks_back_only(model):
        return None
    return (states[:, -1] @ model.output_matrix.T).double().log_softmax(dim=-1)


def _divergence(one: Tensor, others: Tensor) -> Tensor:
    """(text,): KL(one ‖ other) in nats, of distributions given as logarithms."""
    return (one.exp() * (one - others)).sum(dim=-1).clamp(min=0)


# The model from one layer on, without some heads -------------------------------------------------


@dataclass(frozen=True)
class Parts:
    """Where an architecture keeps what is replaced: paths of names inside its encoder."""

    layers: str  # the list of its layers
    projection: str  # in a layer: what reads the outputs of all heads side by side
    given: str  # what hands the first layer its input
    settings: dict[str, bool]  # what a pass needs beside the text


PARTS = {
    "bert": Parts("encoder.layer", "attention.output.dense", "embeddings", {}),
    "roberta": Parts("encoder.layer", "attention.output.dense", "embeddings", {}),
    "distilbert": Parts("transformer.layer", "attention.out_lin", "embeddings", {}),
    "gpt2": Parts("h", "attn.c_proj", "drop", {"use_cache": False}),
}


def _without(body: Any, parts: Parts, layer: int, state: Tensor, some: range, heads: int) -> Any:
    """The encoder from one layer on: row n of its batch leaves out the nth of these heads.

    No hook is set, and nothing is changed in the model that all visitors share: the way to each
    part that is replaced is copied, all else is the model's own.
    """
    every = body.get_submodule(parts.layers)
    kept = torch.ones(len(some), heads)
    kept[torch.arange(len(some)), torch.tensor(some)] = 0

    def zeroing(projection: Any) -> Any:
        def forward(side_by_side: Tensor) -> Tensor:  # (row, token, heads · d_k)
            split = side_by_side.unflatten(-1, (heads, -1)) * kept[:, None, :, None]
            return projection(split.flatten(-2))

        return module_that(forward)

    def given(*_: Any, **__: Any) -> Tensor:
        return state.expand(len(some), -1, -1)

    bare = replaced(every[layer], parts.projection, zeroing)
    rest = torch.nn.ModuleList([bare, *every[layer + 1 :]])
    start = replaced(body, parts.given, lambda _: module_that(given))
    return replaced(start, parts.layers, lambda _: rest)
