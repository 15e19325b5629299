"""Is this sentence acceptable English, as a model that learned from linguists says?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.numbers import softmax
from core.progress import Progress
from core.text import checked_texts
from models.batching import batches
from models.loaded import Loaded, tokenize_pair
from models.tokens import labels, spells_bytes

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Judgement:
    """One sentence and what the model says of it."""

    sentence: str
    tokens: tuple[str, ...]  # as the model reads them, [CLS] and [SEP] included
    logits: np.ndarray  # (2,): of unacceptable, of acceptable
    probability: float  # of acceptable, 0 to 1: softmax of the logits
    unknown: tuple[str, ...] = ()  # parts of the sentence that the vocabulary cannot spell

    @property
    def acceptable(self) -> bool:
        """The verdict: whether acceptable is at least as likely as not."""
        return self.probability >= 0.5

    @property
    def log_odds(self) -> float:
        """ln(p / (1 - p)) of acceptable, in nats: the difference of the two logits."""
        return float(self.logits[1]) - float(self.logits[0])


def judge(model: Loaded, sentences: Sequence[str]) -> tuple[Judgement, ...]:
    """The verdict on each sentence, as if each were judged alone (Warstadt et al. 2019).

    Raises UserError that names the sentence when one is empty, malformed or too long.
    """
    many = len(sentences) > 1
    encodings = [
        encode(model, sentence, name=f"text of sentence {number}" if many else "sentence")
        for number, sentence in enumerate(sentences, start=1)
    ]
    logits = logits_of(model, [encoded["input_ids"] for encoded in encodings])
    return tuple(
        Judgement(
            sentence=sentence,
            tokens=names_of(model, encoded["input_ids"]),
            logits=row,
            probability=float(softmax(row.astype(float))[1]),
            unknown=_unknown(model, sentence, encoded),
        )
        for sentence, encoded, row in zip(sentences, encodings, logits, strict=True)
    )


def names_of(model: Loaded, ids: Sequence[int]) -> tuple[str, ...]:
    """Tokens as people read them."""
    if spells_bytes(model.tokenizer):
        return labels(model.tokenizer, ids)
    return tuple(model.tokenizer.convert_ids_to_tokens(ids))


def checked_sentences(values: object, most: int) -> tuple[str, ...]:
    """A list of one sentence or more, at most so many. Raises UserError with both numbers."""
    return checked_texts(values, most=most, where="in one request")


def encode(model: Loaded, sentence: object, *, name: str = "sentence") -> Any:
    """Token ids and offsets of one sentence. Raises UserError, with its name, when it is unfit."""
    encoded = tokenize_pair(model.tokenizer, sentence, "", model.limits, name=name)  # type: ignore[arg-type]
    length, most = len(encoded["input_ids"]), model.limits.attention_tokens
    if length > most:
        raise UserError(
            f"The {name} has {length:,} tokens; at most {most:,} are allowed here. "
            "Judge its sentences one by one."
        )
    return encoded


def logits_of(
    model: Loaded, rows: Sequence[Sequence[int]], progress: Progress | None = None
) -> np.ndarray:
    """(sentence, 2) logits of token rows, in their order; padding has no say.

    `progress` is told after each batch; what it raises ends the work.
    """
    result = np.zeros((len(rows), 2), dtype=np.float32)
    for places, batch in batches(model, rows, progress):
        with torch.inference_mode():
            result[places] = model.model(**batch).logits.numpy()
    return result


def _unknown(model: Loaded, sentence: str, encoded: Any) -> tuple[str, ...]:
    """The parts of the sentence that became the unknown token."""
    unknown = model.tokenizer.unk_token_id
    pairs = zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
    return tuple(sentence[start:end] for token, (start, end) in pairs if token == unknown)
