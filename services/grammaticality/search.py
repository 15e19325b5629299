"""The smallest edit of a sentence that turns its verdict over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import UserError
from core.numbers import softmax
from core.progress import end_if_left
from models.loaded import Loaded
from services.grammaticality.edits import Edit, letters_changed, single_edits
from services.grammaticality.judge import judge, logits_of

TOKENS = 8000  # judged in one round: 3 seconds on one busy core, whatever the sentence's length
AT_ONCE = 100  # sentences between two reports
BEAM = 5  # single edits, at different places, that are edited once more
SHOWN = 6  # edits that are told, the smallest first
OF_A_KIND = 2  # of them, so that "a" put in everywhere does not fill the list
KEEPING = ("form", "swap")  # edits that keep the sentence's words


@dataclass(frozen=True)
class Flip:
    """One edited sentence, and what the model says of it."""

    kinds: tuple[str, ...]  # "delete", "swap", "form", "replace" or "insert" for each edit
    said: tuple[str, ...]  # what was done, in words
    sentence: str
    probability: float  # of acceptable
    letters: int  # that differ from the sentence that was typed


@dataclass(frozen=True)
class Search:
    """What a search found, and how far it looked; `found` is empty when nothing flips."""

    sentence: str
    probability: float
    found: tuple[Flip, ...]  # edits that turn the verdict over, the smallest first
    nearest: tuple[Flip, ...]  # where none does, those that come nearest to it
    flips: int  # how many were found in all
    judged: tuple[int, ...]  # edited sentences judged in each round
    possible: tuple[int, ...]  # and how many there were


@dataclass(frozen=True)
class Searched:
    """Where a search is."""

    edits: int  # 1, or 2 in the second round
    judged: int
    of: int


def smallest_edit(grammar: Loaded, masked: Loaded, sentence: str) -> Iterator["Searched | Search"]:
    """Judge every single edit, and where none flips the verdict, edits of the most promising.

    Gives reports while it runs and the result last. Of very many edits those are judged whose
    new word the masked model finds likeliest. Small is: fewer edits; then those that keep the
    words (another form, neighbours swapped); then fewer letters changed; then further over the
    line. Raises UserError as `judge` does, and when there is no word to change.
    """
    before = judge(grammar, [sentence])[0]
    sign = -1.0 if before.acceptable else 1.0  # the direction over the line
    hunt = _Hunt(grammar, sentence, sign)
    edits = single_edits(masked, sentence)
    if not edits:
        raise UserError("The sentence has no word that could be changed. Type a sentence.")
    yield from hunt.round(1, [((), edits)])
    if not hunt.flipped:
        starts = [edit for edit, _ in hunt.promising()]
        yield from hunt.round(2, [((e,), single_edits(masked, e.sentence)) for e in starts])
    yield hunt.result(before.probability)


class _Hunt:
    """What one search has judged so far."""

    def __init__(self, model: Loaded, sentence: str, sign: float) -> None:
        self.grammar, self.sentence, self.sign = model, sentence, sign
        self.seen = {sentence.lower()}
        self.flips: list[Flip] = []
        self.first: list[tuple[Edit, Flip]] = []
        self.judged: list[int] = []
        self.possible: list[int] = []

    @property
    def flipped(self) -> list[Flip]:
        """The edits so far that turn the verdict over, the smallest first."""
        over = [flip for flip in self.flips if self._over(flip.probability)]
        return sorted(over, key=self._size)

    def promising(self) -> list[tuple[Edit, Flip]]:
        """The best single edit of each of a few places."""
        best: dict[tuple[str, int], tuple[Edit, Flip]] = {}
        for edit, flip in sorted(self.first, key=lambda pair: -self.sign * pair[1].probability):
            best.setdefault((edit.kind, edit.place), (edit, flip))
        return list(best.values())[:BEAM]

    def round(
        self, number: int, groups: Sequence[tuple[tuple[Edit, ...], list[Edit]]]
    ) -> Iterator[Searched]:
        """Judge the edits of each group, as many as the work allows, shared out evenly."""
        fresh = [[edit for edit in edits if self._fresh(edit)] for _, edits in groups]
        self.possible.append(sum(map(len, fresh)))
        length = len(self.grammar.tokenizer(self.sentence, verbose=False)["input_ids"])
        most = max(AT_ONCE, TOKENS // length) // len(groups)
        todo = [
            (*earlier, edit)
            for (earlier, _), edits in zip(groups, fresh, strict=True)
            for edit in edits[:most]
        ]
        for start in range(0, len(todo), AT_ONCE):
            yield Searched(number, start, len(todo))
            self._judge(todo[start : start + AT_ONCE])
        self.judged.append(len(todo))

    def result(self, probability: float) -> Search:
        """What was found."""
        flipped = self.flipped
        nearest = sorted(self.flips, key=lambda flip: -self.sign * flip.probability)
        return Search(
            sentence=self.sentence,
            probability=probability,
            found=_varied(flipped),
            nearest=() if flipped else tuple(nearest[:SHOWN]),
            flips=len(flipped),
            judged=tuple(self.judged),
            possible=tuple(self.possible),
        )

    def _fresh(self, edit: Edit) -> bool:
        new = edit.sentence.lower() not in self.seen
        self.seen.add(edit.sentence.lower())
        return new

    def _judge(self, batch: Sequence[tuple[Edit, ...]]) -> None:
        tokenizer = self.grammar.tokenizer
        rows = [tokenizer(edits[-1].sentence, verbose=False)["input_ids"] for edits in batch]
        chances = softmax(logits_of(self.grammar, rows).astype(float))[:, 1]
        for edits, chance in zip(batch, chances.tolist(), strict=True):
            end_if_left()
            new = edits[-1].sentence
            flip = Flip(
                kinds=tuple(edit.kind for edit in edits),
                said=tuple(edit.said for edit in edits),
                sentence=new,
                probability=chance,
                letters=letters_changed(self.sentence, new),
            )
            self.flips.append(flip)
            if len(edits) == 1:
                self.first.append((edits[0], flip))

    def _over(self, probability: float) -> bool:
        return probability >= 0.5 if self.sign > 0 else probability < 0.5

    def _size(self, flip: Flip) -> tuple[float, ...]:
        new_words = sum(kind not in KEEPING for kind in flip.kinds)
        return len(flip.kinds), new_words, flip.letters, -self.sign * flip.probability


def _varied(flips: list[Flip]) -> tuple[Flip, ...]:
    """The first few, with no more than two of a kind."""
    seen: Counter[tuple[str, ...]] = Counter()
    chosen = []
    for flip in flips:
        seen[flip.kinds] += 1
        if seen[flip.kinds] <= OF_A_KIND:
            chosen.append(flip)
    return tuple(chosen[:SHOWN])
