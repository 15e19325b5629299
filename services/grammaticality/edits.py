"""The single edits of a sentence: every word left out, swapped, replaced, or put in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from models.loaded import Loaded
from models.masked import logs_at
from services.grammaticality.forms import FUNCTION, forms_of
from services.grammaticality.judge import encode
from services.grammaticality.words import Word, dropped, gaps_of, joined, words_of

FILLERS = 8  # of the masked model for each word, and for each gap
PARTS = re.compile(r"\w+|\s+|[^\w\s]+")  # of a sentence, as far as edits change it
COMPARED = 40_000  # pairs of letters, or of words, that are compared: 10 ms
FIRST = 0.0  # the rank of what needs no guess: tried before any filler


@dataclass(frozen=True)
class Edit:
    """One changed sentence that may be judged."""

    kind: str  # "delete", "swap", "form", "replace" or "insert"
    place: int  # of the word, or of the gap before it, in the sentence that was changed
    said: str  # what was done, in words
    sentence: str
    rank: float = FIRST  # log-probability of the new word where it stands; the highest come first


def single_edits(masked: Loaded, sentence: str) -> list[Edit]:
    """Each different sentence that is one edit away, the likeliest first.

    Punctuation stays where it is. New words are other forms of the word, the masked model's first
    guesses, and in gaps also the words of closed classes.
    """
    encoded = encode(masked, sentence)
    words = words_of(sentence, encoded["offset_mapping"])
    spelled = [index for index, word in enumerate(words) if word.spelled]
    full = len(encoded["input_ids"]) >= masked.limits.attention_tokens  # nothing more fits in
    gaps = [] if full else [index for index in range(len(words) + 1) if _open(words, index)]
    logs = _guesses(masked, encoded["input_ids"], words, spelled, gaps)
    changed = _Changed(sentence, words)
    edits = [*changed.deletions(spelled), *changed.swaps(), *_forms(masked, changed, spelled)]
    edits += _fillers(masked, changed, logs, spelled, gaps)
    seen = {_key(sentence)}
    different = []
    for edit in sorted(edits, key=lambda edit: -edit.rank):
        if edit.sentence.strip() and _key(edit.sentence) not in seen:
            seen.add(_key(edit.sentence))
            different.append(edit)
    return different


def letters_changed(before: str, after: str) -> int:
    """How many letters differ, capitals aside: difflib's longest common blocks stay.

    difflib takes as long as the one text times the other, and a word of thousands of letters is
    one token. So only what lies between the first and the last difference is compared; where that
    is too long, words are; and where those are too many, all letters count as changed.
    """
    before, after = before.lower(), after.lower()
    if (blocks := _blocks(before, after)) is not None:
        return sum(max(b - a, d - c) for a, b, c, d in blocks)
    one, other = PARTS.findall(before), PARTS.findall(after)
    if (blocks := _blocks(one, other)) is None:
        return max(len(before), len(after))
    return sum(max(len("".join(one[a:b])), len("".join(other[c:d]))) for a, b, c, d in blocks)


def _blocks(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int, int, int]] | None:
    """Where two sequences differ, less what both begin and end with; None where it is too long."""
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    end = next((i for i in range(most - start) if before[-1 - i] != after[-1 - i]), most - start)
    one, other = before[start : len(before) - end], after[start : len(after) - end]
    if len(one) * len(other) > COMPARED:
        return None
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return [
        (start + a, start + b, start + c, start + d)
        for kind, a, b, c, d in blocks
        if kind != "equal"
    ]


def _key(sentence: str) -> str:
    """The same for sentences that the model cannot tell apart by capitals or spaces."""
    return " ".join(sentence.lower().split())


def _open(words: tuple[Word, ...], index: int) -> bool:
    """Whether a word may be put in here: not inside a word, nor after the last mark."""
    if index == len(words):
        return words[-1].spelled
    touching = index > 0 and words[index - 1].end == words[index].start
    return words[index].spelled and not touching


def _guesses(
    masked: Loaded, ids: list[int], words: tuple[Word, ...], spelled: list[int], gaps: list[int]
) -> np.ndarray:
    """(word or gap, vocabulary) log-probabilities of a masked word in its place."""
    mask = masked.tokenizer.mask_token_id
    rows, places = [], []
    for index in spelled:
        first, last = words[index].tokens[0], words[index].tokens[-1]
        rows.append([*ids[:first], mask, *ids[last + 1 :]])
        places.append(first)
    for index in gaps:
        at = words[index].tokens[0] if index < len(words) else len(ids) - 1
        rows.append([*ids[:at], mask, *ids[at:]])
        places.append(at)
    return logs_at(masked, rows, places)


def _forms(masked: Loaded, changed: "_Changed", spelled: list[int]) -> Iterator[Edit]:
    known = masked.tokenizer.get_vocab()
    for index in spelled:
        for form in forms_of(changed.words[index].text, known):
            yield changed.replaced(index, form, "form", FIRST)


def _fillers(
    masked: Loaded, changed: "_Changed", logs: np.ndarray, spelled: list[int], gaps: list[int]
) -> Iterator[Edit]:
    """The masked model's guesses for each word and gap, and closed-class words for each gap."""
    known = masked.tokenizer.get_vocab()
    function = [known[word] for word in FUNCTION if word in known]
    for row, index in enumerate([*spelled, *gaps]):
        gap = row >= len(spelled)
        best = np.argsort(-logs[row], kind="stable")[: 4 * FILLERS].tolist()
        tokens = masked.tokenizer.convert_ids_to_tokens(best)
        words = [token for token in tokens if token.isalpha()][:FILLERS]
        if gap:
            words += masked.tokenizer.convert_ids_to_tokens(function)
        for word in dict.fromkeys(words):
            rank = float(logs[row, known[word]])
            if gap:
                yield changed.inserted(index, word, rank)
            else:
                yield changed.replaced(index, word, "replace", rank)


class _Changed:
    """Makes changed sentences out of one, with its spaces and capitals in order."""

    def __init__(self, sentence: str, words: tuple[Word, ...]) -> None:
        self.words = words
        self.gaps = gaps_of(sentence, words)
        self.texts = [word.text for word in words]

    def deletions(self, spelled: list[int]) -> Iterator[Edit]:
        for index in spelled:
            text = self._cased(*dropped(self.gaps, self.texts, index))
            yield Edit("delete", index, f"“{self.texts[index]}” left out", text)

    def swaps(self) -> Iterator[Edit]:
        for index in range(len(self.words) - 1):
            one, other = self.texts[index : index + 2]
            if self.words[index].spelled and self.words[index + 1].spelled:
                texts = [*self.texts[:index], other, one, *self.texts[index + 2 :]]
                text = f"“{one}” and “{other}” swapped"
                yield Edit("swap", index, text, self._cased(self.gaps, texts))

    def replaced(self, index: int, word: str, kind: str, rank: float) -> Edit:
        word = "I" if word == "i" else word
        texts = [*self.texts[:index], word, *self.texts[index + 1 :]]
        text = f"“{self.texts[index]}” became “{word}”"
        return Edit(kind, index, text, self._cased(self.gaps, texts), rank)

    def inserted(self, index: int, word: str, rank: float) -> Edit:
        word = "I" if word == "i" else word
        before = self.gaps[index] if index == 0 or self.gaps[index] else " "
        after = " " if index < len(self.texts) else self.gaps[index]
        gaps = [*self.gaps[:index], before, after, *self.gaps[index + 1 :]]
        texts = [*self.texts[:index], word, *self.texts[index:]]
        where = f"before “{self.texts[index]}”" if index < len(self.texts) else "at the end"
        text = f"“{word}” put in {where}"
        return Edit("insert", index, text, self._cased(gaps, texts), rank)

    def _cased(self, gaps: list[str], texts: list[str]) -> str:
        """The changed sentence; where the old one began with a capital, so does the new one."""
        first = self.texts[0]
        if first[:1].isupper() and texts and texts[0] != first:
            moved = first.lower() if first.lower() in FUNCTION and first != "I" else first
            texts = [moved if text == first else text for text in texts]
            texts = [texts[0][:1].upper() + texts[0][1:], *texts[1:]]
        return joined(gaps, texts)
