"""Which words does a model find likely where one is hidden?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.progress import Progress
from core.text import checked_index, checked_text
from models.loaded import Loaded
from models.masked import logs_at
from models.tokens import labels, unknown_id
from services.masking.blanks import Blanked, blanked

MOST_GUESSES = 100  # for each hidden word
MOST_PIECES = 8  # of a candidate


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
    )  # the word that stands there; None where it is not known or cannot be spelled
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
    UserError when a text does not fit, or `top` is not 1 to 100.
    """
    top = checked_index(top, 1, MOST_GUESSES, name="number of guesses")
    checked_text(candidate, name="candidate", limit=model.limits.trace_characters, empty=True)
    found = blanked(model, text, hidden)
    places = found.places
    logs = logs_at(model, [found.ids] * len(places), places, progress) if places else np.zeros(0)
    # Of a vocabulary that is padded to a round number, only what is a token.
    known = min(model.vocabulary, len(model.tokenizer))
    blanks = []
    for number, part in enumerate(found.hidden):
        likely = np.argsort(-logs[number, :known], kind="stable")[:top].tolist()
        named = labels(model.tokenizer, likely)
        chances = np.exp(logs[number, likely].astype(float)).tolist()
        guesses = tuple(map(Guess, named, likely, chances))
        was, own = (
            scored(model, found, number, logs[number], word) if word.strip() else None
            for word in (found.parts[part].was, candidate)
        )
        if candidate.strip() and own is None:
            raise UserError(
                f"This model's vocabulary cannot spell {candidate.strip()[:40]!r}: it would be "
                f"{model.tokenizer.unk_token} to it. Type another word."
            )
        blanks.append(Blank(part, guesses, was, own))
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


def pieces_of(model: Loaded, word: str, *, spaced: bool) -> list[int]:
    """The tokens of a word as they stand in a text. Raises UserError for none or too many."""
    bare = word.strip()
    ids = model.ids_of(f" {bare}" if spaced else bare, name="candidate")
    if len(ids) > MOST_PIECES:
        raise UserError(
            f"The candidate has {len(ids):,} pieces in this vocabulary; at most {MOST_PIECES} are "
            "allowed. Shorten it."
        )
    return ids


def scored(
    model: Loaded, found: Blanked, number: int, logs: np.ndarray, word: str
) -> Scored | None:
    """What the model gives a word at one of the masks; `logs` are those of the single tokens.

    None where the vocabulary cannot spell the word.
    """
    ids = pieces_of(model, word, spaced=found.spaced[number])
    if unknown_id(model.tokenizer) in ids:
        return None
    if len(ids) == 1:
        each = [float(logs[ids[0]])]
        rank = int((logs > logs[ids[0]]).sum()) + 1
    else:
        each = pieces_logs(model, found.ids, found.places[number], [ids])[0]
        rank = None
    pieces = tuple(model.tokenizer.convert_ids_to_tokens(ids))
    return Scored(word.strip(), pieces, tuple(float(np.exp(one)) for one in each), rank)


def pieces_logs(
    model: Loaded,
    ids: Sequence[int],
    place: int,
    words: Sequence[Sequence[int]],
    progress: Progress | None = None,
) -> list[list[float]]:
    """The log-probability of each piece of each word in place of one mask.

    As many masks as the word has pieces, filled from left to right.
    """
    mask = model.tokenizer.mask_token_id
    rows, places, wanted = [], [], []
    for pieces in words:
        for step, piece in enumerate(pieces):
            put = [*pieces[:step], *[mask] * (len(pieces) - step)]
            rows.append([*ids[:place], *put, *ids[place + 1 :]])
            places.append(place + step)
            wanted.append(piece)
    logs = logs_at(model, rows, places, progress)
    each = iter(logs[np.arange(len(rows)), wanted].tolist())
    return [[next(each) for _ in pieces] for pieces in words]
