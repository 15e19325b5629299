"""How alike are sentences, as a model's vectors say?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.text import checked_choice, checked_index, checked_texts
from models.batching import batch_of
from models.loaded import Loaded, tokenize_pair

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

POOLINGS = ("mean", "cls", "max")
ROUNDING = 1e-5  # of a number: what the arithmetic of float32 leaves between equals
LAST = -1  # the layer that sentence vectors are usually taken from


@dataclass(frozen=True)
class Unknown:
    """Sentences, as numbers from 1, with tokens that stand for what the vocabulary cannot spell.

    All that it cannot spell is one token, so two of them are alike whatever was typed.
    """

    some: tuple[int, ...] = ()  # sentences with such a token among others
    only: tuple[int, ...] = ()  # sentences that hold nothing else


ALL_KNOWN = Unknown()


@dataclass(frozen=True)
class Similarity:
    """Sentences, a vector for each, and how alike every two of them are."""

    sentences: tuple[str, ...]
    pooling: str
    layer: int  # 0 is the embedding output, 1 what the first layer hands on, and so forth
    layers: int  # how many layers the model has
    vectors: np.ndarray  # (sentence, width), as pooled: not scaled to length 1
    cosine: np.ndarray  # (sentence, sentence), -1 to 1
    dot: np.ndarray  # (sentence, sentence), of the vectors as they are
    unknown: Unknown = ALL_KNOWN

    def highest(self, measure: str = "cosine") -> tuple[int, int] | None:
        """The two sentences, from 0, that are most alike; None where no pair can be spelled."""
        first, second = np.triu_indices(len(self.sentences), k=1)
        values = self.between(measure)
        spelled = ~np.isin([first + 1, second + 1], self.unknown.only).any(axis=0)
        if not spelled.any():
            return None
        best = int(np.where(spelled, values, -np.inf).argmax())
        return int(first[best]), int(second[best])

    def alike(self, measure: str = "cosine") -> bool:
        """Whether several pairs differ by no more than rounding: then none is most alike."""
        return one_value(self.between(measure))

    def between(self, measure: str) -> np.ndarray:
        """(pair,): the cosine or dot product of each two different sentences, in reading order."""
        values = self.dot if measure == "dot" else self.cosine
        return np.asarray(values[np.triu_indices(len(values), k=1)])


def one_value(values: np.ndarray) -> bool:
    """Whether several numbers (n,) are one number but for what float32 rounds."""
    return len(values) > 1 and bool(np.ptp(values) <= ROUNDING * max(1.0, np.abs(values).max()))


def compare(
    model: Loaded, sentences: Sequence[str], pooling: str = "mean", layer: int = LAST
) -> Similarity:
    """Pool each sentence into one vector and compare every two (Reimers and Gurevych 2019).

    `layer` 0 is the embedding output, -1 the last layer. Raises UserError when the list or a
    sentence is too short or too long, or a setting is unknown.
    """
    sentences = checked_sentences(sentences, most=model.limits.sentences, model=model)
    checked_choice(pooling, POOLINGS, name="pooling")
    layer = checked_layer(layer, model.checkpoint.layers)
    states, mask = hidden_states(model, sentences)
    vectors = pool(states[layer], mask, pooling)
    return Similarity(
        sentences=tuple(sentences),
        pooling=pooling,
        layer=layer,
        layers=model.checkpoint.layers,
        vectors=vectors,
        cosine=cosines(vectors, vectors),
        dot=vectors @ vectors.T,
        unknown=unknown_in(model, sentences),
    )


def checked_sentences(
    values: object, *, most: int, model: Loaded, fewest: int = 2
) -> tuple[str, ...]:
    """The sentences as they came, or a refusal that names the one that does not fit.

    Raises UserError.
    """
    sentences = checked_texts(values, fewest=fewest, most=most, where="here, one on each line")
    for number, value in enumerate(sentences, start=1):
        encode(model, value, name=f"text of sentence {number}")
    return sentences


def encode(model: Loaded, sentence: str, *, name: str = "sentence") -> Any:
    """The encoding of one sentence. Raises UserError with its name when it is unfit."""
    encoded = tokenize_pair(model.tokenizer, sentence, "", model.limits, name=name)
    length, most = len(encoded["input_ids"]), model.limits.attention_tokens
    if length > most:
        raise UserError(
            f"The {name} has {length:,} tokens; at most {most:,} are allowed here. Shorten it."
        )
    return encoded


def unknown_in(model: Loaded, sentences: Sequence[str]) -> Unknown:
    """Which of these sentences hold unknown tokens, and which nothing else."""
    some, only = [], []
    for number, sentence in enumerate(sentences, start=1):
        encoded = encode(model, sentence)
        unknown = [
            token == model.tokenizer.unk_token_id
            for token, special in zip(
                encoded["input_ids"], encoded["special_tokens_mask"], strict=True
            )
            if not special or token == model.tokenizer.unk_token_id
        ]
        if unknown and all(unknown):
            only.append(number)
        elif any(unknown):
            some.append(number)
    return Unknown(tuple(some), tuple(only))


def checked_layer(layer: object, layers: int) -> int:
    """The number of the hidden state that is meant, 0 to `layers`. Raises UserError."""
    index = checked_index(layer, LAST, layers, name="layer (0 = embeddings, -1 = last)")
    return layers if index == LAST else index


def hidden_states(model: Loaded, sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(state, sentence, token, width) and the mask (sentence, token), 0 where it is padding."""
    batch = batch_of(model, [encode(model, sentence)["input_ids"] for sentence in sentences])
    with torch.inference_mode():
        states = model.model(**batch, output_hidden_states=True).hidden_states
    return torch.stack(states).numpy(), batch["attention_mask"].numpy()


def pool(states: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """One vector for each sentence out of (…, sentence, token, width); padding has no say.

    `mean` and `max` are over every token, `[CLS]` and `[SEP]` among them, as in training.
    """
    if pooling == "cls":
        return states[..., 0, :]
    present = mask[:, :, None].astype(bool)  # (sentence, token, 1)
    if pooling == "max":
        return np.asarray(np.where(present, states, -np.inf).max(axis=-2))
    total = np.where(present, states, 0).sum(axis=-2)  # (…, sentence, width)
    return np.asarray(total / mask.sum(axis=1, keepdims=True))


def cosines(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """(…, this, that): the cosine of the angle between every two rows, -1 to 1."""
    products = unit(these) @ np.swapaxes(unit(those), -1, -2)
    return np.asarray(np.clip(products, -1, 1))  # rounding may leave 1.0000001


def unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors scaled to length 1; one of length 0 has no direction, and stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1))
