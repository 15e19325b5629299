"""Which words does a model find likely where one is hidden?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.progress import Progress
from core.text import checked_index, checked_text, nothing_left
from models.loaded import Loaded
from models.masked import logs_in, picked_logs
from models.tokens import labels, unknown_id
from services.masking.blanks import Blanked, blanked

MOST_GUESSES = 100  # for each hidden word
MOST_PIECES = 8  # of a candidate

# A row of token ids, the place of a mask in it, and the pieces of a word that may stand there.
Placed = tuple[Sequence[int], int, Sequence[int]]


@dataclass(frozen=True)
class Guess:
    """A token that may stand where a word is hidden."""

    label: str
    id: int
    probability: float


@dataclass(frozen=True)
class Scored:
    """A word that somebody proposes, and what the model gives it.

    One of several pieces gets as many masks; they are filled from left to right, each seeing those
    before it, and the probabilities of the pieces are multiplied.
    """

    text: str
    pieces: tuple[str, ...]
    chances: tuple[float, ...]  # of each piece
    rank: int | None  # from 1, among all tokens; None for several pieces, of another distribution

    @property
    def probability(self) -> float:
        """Of the whole word."""
        return float(np.prod(self.chances))


@dataclass(frozen=True)
class Blank:
    """One hidden word: what the model would put there."""

    part: int  # which part of the text it is
    guesses: tuple[Guess, ...]  # likeliest first
    was: (
        Scored | None
    )  # the word that stands there; None where it is not known or not to be scored
    own: Scored | None  # the visitor's candidate


@dataclass(frozen=True)
class Filled:
    """A text with hidden words, and what a model would put in their place."""

    blanked: Blanked
    blanks: tuple[Blank, ...]
    vocabulary: int  # over how many tokens each probability is spread


def fill(
    model: Loaded,
    text: str,
    hidden: Sequence[int] = (),
    candidate: str = "",
    top: int = 10,
    progress: Progress | None = None,
) -> Filled:
    """The likeliest tokens for each hidden word (Devlin et al. 2019, section 3.1, task 1).

    All hidden words are masked at once, and each is guessed by itself: the model does not know
    its other guesses. `hidden` are numbers of words beside the masks that are typed. Raises
    UserError when a text does not fit, the candidate is none, or `top` is not 1 to 100.
    """
    top = checked_index(top, 1, MOST_GUESSES, name="number of guesses")
    checked_text(candidate, name="candidate", limit=model.limits.trace_characters, empty=True)
    found = blanked(model, text, hidden)
    own = [
        pieces_of(model, candidate, spaced=spaced) if candidate.strip() else []
        for spaced in found.spaced
    ]
    logs = logs_in(model, found.ids, found.places) if found.places else np.zeros(0)
    # Of a vocabulary that is padded to a round number, only what is a token.
    known = min(model.vocabulary, len(model.tokenizer))
    blanks = []
    for number, part in enumerate(found.hidden):
        likely = np.argsort(-logs[number, :known], kind="stable")[:top].tolist()
        named = labels(model.tokenizer, likely)
        chances = np.exp(logs[number, likely].astype(float)).tolist()
        guesses = tuple(map(Guess, named, likely, chances))
        word = found.parts[part].was
        stood = _scorable(model, word, spaced=found.spaced[number])
        was, mine = (
            scored(model, found, number, logs[number], text, ids) if ids else None
            for text, ids in ((word, stood), (candidate, own[number]))
        )
        blanks.append(Blank(part, guesses, was, mine))
        if progress:
            progress(len(blanks), len(found.places))
    return Filled(found, tuple(blanks), model.vocabulary)


def fill_all(
    model: Loaded,
    text: str,
    candidate: str = "",
    top: int = 10,
    progress: Progress | None = None,
) -> Filled:
    """The same of a text in which at least one mask is typed. Raises UserError."""
    filled = fill(model, text, (), candidate, top, progress)
    if not filled.blanks:
        raise UserError("The text has no [MASK]. Type [MASK] in place of a word.")
    return filled


def spelled(model: Loaded, word: str, *, spaced: bool, name: str) -> list[int]:
    """The tokens of a word as they stand in a text.

    Raises UserError where there are none, or where the vocabulary cannot spell the word: what was
    measured of it would be measured of [UNK].
    """
    bare = word.strip()
    ids = model.ids_of(f" {bare}" if spaced else bare, nothing=True)
    if not ids:
        raise UserError(nothing_left(name, bare))
    if unknown_id(model.tokenizer) in ids:
        raise UserError(
            f"This model's vocabulary cannot spell {bare[:40]!r}: it would be "
            f"{model.tokenizer.unk_token} to it. Type another word."
        )
    return ids


def pieces_of(model: Loaded, word: str, *, spaced: bool, name: str = "candidate") -> list[int]:
    """The same of a word that is to be scored. Raises UserError for too many pieces as well."""
    ids = spelled(model, word, spaced=spaced, name=name)
    if len(ids) > MOST_PIECES:
        raise UserError(
            f"The {name} has {len(ids):,} pieces in this vocabulary; at most {MOST_PIECES} are "
            "allowed. Shorten it."
        )
    return ids


def _scorable(model: Loaded, word: str, *, spaced: bool) -> list[int]:
    """The tokens of a hidden word, which nobody proposes: none where it cannot be scored."""
    try:
        return pieces_of(model, word, spaced=spaced) if word else []
    except UserError:
        return []


def scored(
    model: Loaded,
    blanked: Blanked,
    number: int,
    logs: np.ndarray,
    word: str,
    ids: Sequence[int],
) -> Scored:
    """What the model gives a word of such pieces at one of the masks.

    `logs` are those of the single tokens there.
    """
    if len(ids) == 1:
        each = [float(logs[ids[0]])]
        rank = int((logs > logs[ids[0]]).sum()) + 1
    else:
        each = pieces_logs(model, [(blanked.ids, blanked.places[number], ids)])[0]
        rank = None
    pieces = tuple(model.tokenizer.convert_ids_to_tokens(list(ids)))
    return Scored(word.strip(), pieces, tuple(float(np.exp(one)) for one in each), rank)


def pieces_logs(
    model: Loaded, words: Sequence[Placed], progress: Progress | None = None
) -> list[list[float]]:
    """The log-probability of each piece of each word in place of one mask of a row.

    As many masks as the word has pieces, filled from left to right. A row that several words need
    is read once: all of one piece need the same, and those of several that begin alike.
    """
    mask = model.tokenizer.mask_token_id
    rows: dict[tuple[tuple[int, ...], int], dict[int, float]] = {}  # with the mask that is read
    steps = []
    for ids, index, pieces in words:
        for step, piece in enumerate(pieces):
            put = (*pieces[:step], *[mask] * (len(pieces) - step))
            row = (*ids[:index], *put, *ids[index + 1 :]), index + step
            rows.setdefault(row, {})[piece] = 0.0
            steps.append((row, piece))
    read, places = [row for row, _ in rows], [index for _, index in rows]
    picked = [list(pieces) for pieces in rows.values()]
    for row, logs in zip(rows, picked_logs(model, read, places, picked, progress), strict=True):
        rows[row] = dict(zip(rows[row], logs, strict=True))
    each = iter(rows[row][piece] for row, piece in steps)
    return [[next(each) for _ in pieces] for _, _, pieces in words]


def rows_needed(words: Sequence[Sequence[int]]) -> int:
    """How many rows `pieces_logs` reads for words of such pieces in place of one mask."""
    steps = ((len(pieces), *pieces[:step]) for pieces in words for step in range(len(pieces)))
    return len(set(steps))
