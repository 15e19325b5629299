"""The same word in several sentences: does its vector change with the company it keeps?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.text import checked_text
from models.loaded import Loaded
from models.tokens import labels, spells_bytes
from services.similarity.compare import checked_sentences, cosines, encode, hidden_states

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class WordInContext:
    """One word in several sentences, compared with itself at every depth of the model."""

    word: str
    sentences: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]  # where it stands in each sentence, in code points
    pieces: tuple[tuple[str, ...], ...]  # the tokens it is made of, in each sentence
    positions: tuple[int, ...]  # of its first token in each sentence
    repeated: tuple[int, ...]  # numbers (from 1) of the sentences that have it more than once
    static: np.ndarray  # (sentence, sentence): cosines in the vocabulary's table, before context
    cosine: np.ndarray  # (state, sentence, sentence); state 0 is the embedding output

    @property
    def layers(self) -> int:
        """How many layers the model has."""
        return len(self.cosine) - 1

    def ends(self, layer: int) -> tuple[float, float]:
        """The lowest and the highest cosine of two different sentences after a layer."""
        state = self.cosine[layer]
        between = state[np.triu_indices(len(state), k=1)]
        return float(between.min()), float(between.max())


@dataclass(frozen=True)
class _Place:
    """Where a word stands in one sentence."""

    start: int
    end: int
    tokens: tuple[int, ...]
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    times: int


def follow(model: Loaded, sentences: Sequence[str], word: str) -> WordInContext:
    """Cosines between the occurrences of a word, layer by layer (Ethayarajh 2019, section 3.3).

    Upper and lower case are the same; of several occurrences the first counts; a word of several
    pieces is their mean. Raises UserError when a sentence lacks the word, or as `compare` does.
    """
    sentences = checked_sentences(sentences, most=model.limits.context_sentences, model=model)
    word = checked_text(word, name="word", limit=model.limits.text_characters).strip()
    places = [_place(model, s, word, n) for n, s in enumerate(sentences, start=1)]
    states, _ = hidden_states(model, sentences)
    vectors = np.stack(
        [states[:, n, list(p.tokens)].mean(axis=1) for n, p in enumerate(places)], axis=1
    )  # (state, sentence, width)
    table = table_of(model)
    static = np.stack([table[list(p.ids)].mean(axis=0) for p in places])  # (sentence, width)
    return WordInContext(
        word=word,
        sentences=sentences,
        spans=tuple((p.start, p.end) for p in places),
        pieces=tuple(p.pieces for p in places),
        positions=tuple(p.tokens[0] for p in places),
        repeated=tuple(n for n, p in enumerate(places, start=1) if p.times > 1),
        static=cosines(static, static),
        cosine=cosines(vectors, vectors),
    )


def table_of(model: Loaded) -> np.ndarray:
    """(vocabulary, width): the vector that every token starts from, whatever stands around it."""
    return np.asarray(model.model.get_input_embeddings().weight.detach().numpy())


def _place(model: Loaded, sentence: str, word: str, number: int) -> _Place:
    """The first whole-word occurrence. Raises UserError when there is none."""
    encoded = encode(model, sentence)
    found = [
        (match.start(), match.end(), tokens)
        for match in re.finditer(re.escape(word), sentence, re.IGNORECASE)
        if (tokens := _tokens_of_span(encoded, match.start(), match.end()))
    ]
    if not found:
        inside = word.casefold() in sentence.casefold()
        raise UserError(
            f"The word {_short(word)} is not in sentence {number} "
            f"({_short(sentence)}){' as a word of its own' if inside else ''}; "
            "every sentence must contain it. Change the word or the sentence."
        )
    start, end, tokens = found[0]
    ids = tuple(encoded["input_ids"][token] for token in tokens)
    in_bytes = spells_bytes(model.tokenizer)
    pieces = (
        labels(model.tokenizer, ids) if in_bytes else model.tokenizer.convert_ids_to_tokens(ids)
    )
    return _Place(start, end, tokens, tuple(pieces), ids, len(found))


def _tokens_of_span(encoded: Any, start: int, end: int) -> tuple[int, ...]:
    """The tokens of a span that begins and ends where words do; nothing for any other span."""
    words, offsets = encoded.word_ids(), encoded["offset_mapping"]
    inside = [
        token
        for token, (first, last) in enumerate(offsets)
        if words[token] is not None and start <= first < last <= end
    ]
    if not inside or offsets[inside[0]][0] != start or offsets[inside[-1]][1] != end:
        return ()
    before, after = inside[0] - 1, inside[-1] + 1  # [CLS] and [SEP] at least, with no word
    if words[before] == words[inside[0]] or words[after] == words[inside[-1]]:
        return ()
    return tuple(inside)


def _short(text: str) -> str:
    """A text in quotation marks, its first 40 characters when it is longer."""
    return f"“{text}”" if len(text) <= 40 else f"“{text[:40]}…”"
