"""What does a model give for a text? A tensor; and how is a real one told from an invented one?"""

from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from models.loaded import Loaded
from models.tokens import Named, Token, tokens_of
from services.anatomy.invented import Invented
from services.attention import encode, looks_back_only, pieces_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Tensors(Named):
    """All hidden states of one text."""

    tokens: tuple[Token, ...]
    pieces: tuple[str, ...]
    states: np.ndarray  # (state, token, width): the embeddings, then after each layer
    printed: tuple[str, ...]  # of each state what `print` shows of it, as a batch of one
    normed: bool  # whether every state comes out of a LayerNorm: a BERT's; of a GPT-2 the last
    invented_tokens: int  # into how many tokens this model cuts the text of the invented tensor

    def shape(self) -> tuple[int, int, int]:
        """Texts, tokens, width."""
        return (1, *self.states.shape[1:])


def tensors(model: Loaded, text: str, text_pair: str, invented: Invented) -> Tensors:
    """Every hidden state, and how it is printed. Raises UserError when the text does not fit."""
    encoded = encode(model, text, text_pair)
    body = model.model.base_model
    with torch.inference_mode():
        states = body(**model.tensors(encoded), output_hidden_states=True).hidden_states
        printed = tuple(repr(state) for state in states)
    return Tensors(
        tokens=tokens_of(model.tokenizer, encoded, text, text_pair),
        pieces=pieces_of(model, encoded),
        states=torch.cat(states).numpy(),
        printed=printed,
        normed=not looks_back_only(model),
        invented_tokens=len(model.tokenizer(invented.text)["input_ids"]),
    )


@dataclass(frozen=True)
class Signs:
    """What can be counted on a tensor, whoever made it: (row, number)."""

    rows: int
    columns: int
    tokens: int  # of its text
    twins: int  # pairs of rows that are equal, number by number
    empty: int  # rows of zeros
    below: float  # share of its numbers that are below 0
    largest: float
    deviations: tuple[float, float]  # the smallest and the largest σ of a row
    means: tuple[float, float]  # and μ


def signs_of(rows: np.ndarray, tokens: int) -> Signs:
    """Count them on (row, number), of a text of so many tokens."""
    means, deviations = rows.mean(axis=1), rows.std(axis=1)
    pairs = [(a, b) for a in range(len(rows)) for b in range(a)]
    return Signs(
        rows=rows.shape[0],
        columns=rows.shape[1],
        tokens=tokens,
        twins=sum(np.array_equal(rows[a], rows[b]) for a, b in pairs),
        empty=int((~rows.any(axis=1)).sum()),
        below=float((rows < 0).mean()),
        largest=float(np.abs(rows).max()),
        deviations=(float(deviations.min()), float(deviations.max())),
        means=(float(means.min()), float(means.max())),
    )
