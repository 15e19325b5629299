"""How does a tokenizer find the pieces of one word? Every candidate that it tries, in order."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from services.tokenization.merges import MergedWord, merged, ranks_of

NOT_THERE = -1  # in place of an id: the vocabulary has no such piece


@dataclass(frozen=True)
class Preparation:
    """One step of the preparation, and the text after it."""

    name: str
    text: str


@dataclass(frozen=True)
class Candidate:
    """One piece that was looked up."""

    text: str  # with the prefix (`##`) where it continues a word
    id: int  # or NOT_THERE
    bare: bool  # rejected, but the same letters stand in the vocabulary as the start of a word


@dataclass(frozen=True)
class Step:
    """One piece of the result: the candidates from one place on, the longest first.

    The last one is the piece that was taken; if its id is NOT_THERE, the search failed here.
    """

    start: int  # the place in the word, in code points
    tried: tuple[Candidate, ...]

    @property
    def failed(self) -> bool:
        """Whether not even one letter was found."""
        return self.tried[-1].id == NOT_THERE


@dataclass(frozen=True)
class WordTrace:
    """How one word was cut; no steps where nothing was searched."""

    word: str
    steps: tuple[Step, ...]
    pieces: tuple[str, ...]  # what the tokenizer returns: the unknown token alone after a failure
    why: str  # "" or, without steps, `special` (a token by itself) or `long` (refused unseen)


@dataclass(frozen=True)
class Trace:
    """One chosen word, from what was typed to its pieces."""

    typed: str
    algorithm: str  # as the library names it; without words where this one cannot be traced
    longest: int  # a word with more code points is unknown without a search
    stages: tuple[Preparation, ...]
    words: tuple[WordTrace, ...]
    merges: int = 0  # how many there are in the list of a byte-level BPE
    merged: tuple[MergedWord, ...] = ()
    other: str = ""  # the same with a space before it, or without the one it has
    other_pieces: tuple[str, ...] = ()

    @property
    def pieces(self) -> tuple[str, ...]:
        """All pieces in order."""
        found = [*(word.pieces for word in self.words), *(word.pieces for word in self.merged)]
        return tuple(piece for pieces in found for piece in pieces)


def trace(tokenizer: Any, typed: str) -> Trace:
    """Prepare and cut what was typed as this tokenizer does, and keep every step.

    WordPiece and byte-level BPE are traced; a tokenizer of another kind gives a Trace without
    words. A tracer for another algorithm is one more entry of `_TRACERS`.
    """
    algorithm = type(tokenizer.backend_tokenizer.model).__name__
    tracer = _TRACERS.get(algorithm)
    return tracer(tokenizer, typed) if tracer else Trace(typed, algorithm, 0, (), ())


def longest_match(
    word: str, lookup: Callable[[str], int | None], *, prefix: str = "##"
) -> tuple[Step, ...]:
    """WordPiece's greedy search: from each place the longest piece in the vocabulary, then on.

    There is no look-ahead and no way back: the first place where nothing fits ends the search
    (Wu et al. 2016, section 4.1; Devlin et al. 2019).
    """
    steps = []
    start = 0
    while start < len(word):
        tried = []
        for end in range(len(word), start, -1):
            letters = word[start:end]
            piece = prefix + letters if start else letters
            found = lookup(piece)
            if found is not None:
                tried.append(Candidate(piece, found, False))
                break
            tried.append(Candidate(piece, NOT_THERE, bool(start) and lookup(letters) is not None))
        steps.append(Step(start, tuple(tried)))
        if steps[-1].failed:
            break
        start = end
    return tuple(steps)


def _wordpiece(tokenizer: Any, typed: str) -> Trace:
    typed = typed.strip()
    backend = tokenizer.backend_tokenizer
    model = backend.model
    longest = model.max_input_chars_per_word
    words: list[WordTrace] = []
    stages = [Preparation("as typed", typed)]
    for name, prepare in _stages(backend.normalizer):
        stages.append(Preparation(name, _outside_specials(tokenizer, stages[-1].text, prepare)))
    for part in _parts(tokenizer, typed):
        if part in tokenizer.all_special_tokens:
            words.append(WordTrace(part, (), (part,), "special"))
            continue
        prepared = backend.normalizer.normalize_str(part) if backend.normalizer else part
        for word, _ in backend.pre_tokenizer.pre_tokenize_str(prepared):
            if len(word) > longest:
                words.append(WordTrace(word, (), (model.unk_token,), "long"))
                continue
            steps = longest_match(
                word, backend.token_to_id, prefix=model.continuing_subword_prefix
            )
            lost = bool(steps) and steps[-1].failed
            found = tuple(step.tried[-1].text for step in steps)
            words.append(WordTrace(word, steps, (model.unk_token,) if lost else found, ""))
    return Trace(typed, "WordPiece", longest, tuple(stages), tuple(words))


def _bpe(tokenizer: Any, typed: str) -> Trace:
    if type(tokenizer.backend_tokenizer.pre_tokenizer).__name__ != "ByteLevel":
        return Trace(typed, "BPE", 0, (), ())
    other = typed.removeprefix(" ") if typed.startswith(" ") else f" {typed}"
    return Trace(
        typed,
        "BPE",
        0,
        (Preparation("as typed", typed),),
        (),
        merges=len(ranks_of(tokenizer)),
        merged=tuple(_merged_words(tokenizer, typed)),
        other=other,
        other_pieces=tuple(p for word in _merged_words(tokenizer, other) for p in word.pieces),
    )


def _merged_words(tokenizer: Any, text: str) -> Iterator[MergedWord]:
    """The words of a text, each with the space before it, and special tokens between them."""
    for part in _parts(tokenizer, text):
        if part in tokenizer.all_special_tokens:
            yield MergedWord(part, tuple(part.encode("utf-8")), ())
            continue
        split = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(part)
        for signs, (start, end) in split:
            yield merged(tokenizer, signs, part[start:end])


_TRACERS: dict[str, Callable[[Any, str], Trace]] = {"WordPiece": _wordpiece, "BPE": _bpe}


def _stages(normalizer: Any) -> list[tuple[str, Callable[[str], str]]]:
    """The normalizer's parts, each by itself and in the order in which the library runs them."""
    if type(normalizer).__name__ != "BertNormalizer":
        return [("normalising", normalizer.normalize_str)] if normalizer else []
    strips = normalizer.strip_accents
    wanted = {
        "clean_text": normalizer.clean_text,
        "handle_chinese_chars": normalizer.handle_chinese_chars,
        "strip_accents": normalizer.lowercase if strips is None else strips,
        "lowercase": normalizer.lowercase,
    }
    off = dict.fromkeys(wanted, False)
    return [
        (STAGE_NAMES[key], type(normalizer)(**(off | {key: True})).normalize_str)
        for key, on in wanted.items()
        if on
    ]


STAGE_NAMES = {
    "clean_text": "removing control characters",
    "handle_chinese_chars": "putting spaces around Chinese characters",
    "strip_accents": "stripping accents",
    "lowercase": "lower-casing",
}


def _parts(tokenizer: Any, text: str) -> list[str]:
    """The text cut at special tokens that were typed: they are taken whole, before all else."""
    names = "|".join(re.escape(name) for name in tokenizer.all_special_tokens)
    return [part for part in re.split(f"({names})", text) if part]


def _outside_specials(tokenizer: Any, text: str, prepare: Callable[[str], str]) -> str:
    specials = tokenizer.all_special_tokens
    parts = _parts(tokenizer, text)
    return "".join(part if part in specials else prepare(part) for part in parts)
