"""Which tokens are near a word in the model's own static table, before any sentence is read?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.text import checked_text, seen
from models.loaded import Loaded
from models.tokens import labels, spells_bytes, unknown_id
from services.similarity.compare import checked_sentences, cosines
from services.similarity.words import WordInContext, follow, table_of

NEAREST = 10  # tokens that are shown
# a − b + c: a sign between spaces, for a hyphen may be part of a word.
ANALOGY = re.compile(r"(.+?)\s+[-−–]\s+(.+?)\s+\+\s+(.+)", re.DOTALL)
UNUSED = re.compile(r"\[unused\d+\]")  # places that BERT's vocabulary keeps free


@dataclass(frozen=True)
class Term:
    """A word as the vocabulary spells it."""

    word: str
    pieces: tuple[str, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Near:
    """A token of the vocabulary, and how near it is."""

    text: str
    id: int
    cosine: float


@dataclass(frozen=True)
class Neighbours:
    """A word's neighbours in the static table, and those of a sum of three words."""

    word: Term
    near: tuple[Near, ...]  # nearest first, without the word itself
    terms: tuple[Term, ...]  # a, b and c of a − b + c; empty where no sum is asked for
    sums: tuple[Near, ...]  # nearest to the sum first, without a, b and c
    # Nearest to the sum of all tokens, a, b and c among them: it is most often one of these.
    first: Near | None
    tokens: int  # of the vocabulary, that were compared

    @property
    def cut(self) -> tuple[Term, ...]:
        """The words that have no row of their own: the mean of their pieces stands for them."""
        return tuple(one for one in (self.word, *self.terms) if len(one.ids) > 1)


def neighbours(model: Loaded, word: object, analogy: object = "") -> Neighbours:
    """Cosines with every row of the embedding table (Mikolov et al. 2013 for the sums).

    A word of several pieces is the mean of their rows. Tokens that no text holds ([CLS], unused
    places) are left out. Raises UserError where a word is empty or cannot be spelled, or an
    analogy is not written a − b + c.
    """
    table = table_of(model)
    asked = _term(model, word)
    terms = tuple(_term(model, one, name="word of the analogy") for one in _parts(model, analogy))
    held = np.flatnonzero(~np.isin(np.arange(len(table)), _in_no_text(model)))
    near = _nearest(model, _vector(table, asked), held, asked.ids, NEAREST)
    sums: tuple[Near, ...] = ()
    first = None
    if terms:
        one, less, more = (_vector(table, term) for term in terms)
        goal = one - less + more
        given = [token for term in terms for token in term.ids]
        sums = _nearest(model, goal, held, given, NEAREST)
        first = _nearest(model, goal, held, (), 1)[0]
    return Neighbours(asked, near, terms, sums, first, len(held))


@dataclass(frozen=True)
class Among:
    """A word in those sentences that have it, or why it is not followed there."""

    followed: WordInContext | None
    why: str = ""


def follow_among(model: Loaded, sentences: Sequence[str], word: str) -> Among:
    """Follow a word through those of the sentences that have it, the first of them if many.

    Raises UserError where one of the sentences does not fit, whether it has the word or not.
    """
    most = model.limits.sentences
    some = having(checked_sentences(sentences, fewest=0, most=most, model=model), word)
    if len(some) < 2:
        has = "1 of the sentences has" if some else "None of the sentences has"
        return Among(None, f"{has} the word {seen(word.strip())}; at least two are needed.")
    try:
        return Among(follow(model, some[: model.limits.context_sentences], word))
    except UserError as error:  # where it is not a word of its own there
        return Among(None, str(error))


def having(sentences: Iterable[str], word: str) -> list[str]:
    """The sentences that have a word, whatever the case of its letters."""
    whole = re.compile(rf"(?<!\w){re.escape(word.strip())}(?!\w)", re.IGNORECASE)
    return [sentence for sentence in sentences if whole.search(sentence)]


def _parts(model: Loaded, analogy: object) -> Sequence[str]:
    """The three words of a − b + c; none where nothing is typed."""
    limit = model.limits.text_characters
    text = checked_text(analogy, name="analogy", limit=limit, empty=True).strip()
    if not text:
        return ()
    found = ANALOGY.fullmatch(text)
    if not found:
        raise UserError(
            f"An analogy is written a − b + c, such as king − man + woman; got {seen(text)}."
        )
    return found.groups()


def _term(model: Loaded, word: object, *, name: str = "word") -> Term:
    """A word cut as it is inside a sentence. Raises UserError where no token spells it."""
    text = checked_text(word, name=name, limit=model.limits.text_characters).strip()
    in_bytes = spells_bytes(model.tokenizer)
    # Of a byte-level vocabulary a word in a sentence has its space with it.
    ids = tuple(model.ids_of(f" {text}" if in_bytes else text, name=name))
    if unknown_id(model.tokenizer) in ids:
        raise UserError(
            f"This model's vocabulary cannot spell the {name} {seen(text)}, so it has no vector "
            "in the table. Type another word."
        )
    pieces = (
        labels(model.tokenizer, ids) if in_bytes else model.tokenizer.convert_ids_to_tokens(ids)
    )
    return Term(text, tuple(pieces), ids)


def _in_no_text(model: Loaded) -> list[int]:
    """The ids of tokens that stand for nothing that is typed."""
    unused = [id_ for token, id_ in model.tokenizer.get_vocab().items() if UNUSED.fullmatch(token)]
    return [*model.tokenizer.all_special_ids, *unused]


def _vector(table: np.ndarray, term: Term) -> np.ndarray:
    mean: np.ndarray = table[list(term.ids)].mean(axis=0)
    return mean


def _nearest(
    model: Loaded, goal: np.ndarray, held: np.ndarray, without: Sequence[int], most: int
) -> tuple[Near, ...]:
    """The tokens whose rows point most nearly where a vector points."""
    rows = held[~np.isin(held, without)]
    cosine = cosines(goal[None], table_of(model)[rows])[0]
    order = np.argsort(-cosine, kind="stable")[:most]
    ids = [int(rows[index]) for index in order]
    in_bytes = spells_bytes(model.tokenizer)
    names = (
        labels(model.tokenizer, ids) if in_bytes else model.tokenizer.convert_ids_to_tokens(ids)
    )
    return tuple(
        Near(name, token, float(cosine[index]))
        for name, token, index in zip(names, ids, order, strict=True)
    )
