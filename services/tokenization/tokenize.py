"""How is a text cut into tokens?"""

from dataclasses import dataclass

from core.errors import UserError
from core.spacefile import Limits
from core.text import checked_text
from models.checkpoints import Checkpoints
from models.loaded import tokenize_pair
from models.tokens import NO_UNKNOWN, Token, labels, spells_bytes, tokens_of, unknown_id
from services.tokenization.plain import BUILT_IN, Plain, count_words, cut

CAPABILITY = "tokenization"


@dataclass(frozen=True)
class Tokenization:
    """One text, or a pair of them, as one tokenizer cuts it; nothing is left out."""

    tokenizer: str  # a model's name, or `characters`, `words`, `bytes`
    title: str
    vocabulary: int  # how many different tokens there are
    text: str
    text_pair: str
    tokens: tuple[Token, ...]
    words: int  # runs of letters and digits in both texts; signs are not counted
    characters: int  # Unicode code points of both texts
    unknown_id: int
    pieces: tuple[str, ...] = ()  # what each token stands for, where the vocabulary spells bytes

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens as people read them: " hen" for the vocabulary's "Ġhen"."""
        return self.pieces or tuple(token.text for token in self.tokens)

    @property
    def unknown(self) -> int:
        """How many tokens stand for text that the vocabulary cannot spell."""
        return sum(token.id == self.unknown_id for token in self.tokens)

    @property
    def added(self) -> int:
        """How many tokens the tokenizer put in by itself."""
        # RoBERTa's offsets leave out spaces, so that a token of a space alone is empty as well.
        return sum(token.special and token.start == token.end for token in self.tokens)

    @property
    def from_text(self) -> int:
        """How many tokens stand for a part of the text."""
        return len(self.tokens) - self.added

    def source(self, token: Token) -> str:
        """The part of the text that a token stands for; empty for a token that was added."""
        text = self.text_pair if token.segment else self.text
        return text[token.start : token.end]


def offered(checkpoints: Checkpoints) -> dict[str, str]:
    """The title of every tokenizer by its name: the checkpoints' first, then the built-in ones."""
    models = {entry.name: entry.title for entry in checkpoints.offered(CAPABILITY)}
    return models | {name: kind.title for name, kind in BUILT_IN.items()}


def tokenize(
    checkpoints: Checkpoints, tokenizer: object, text: str, text_pair: str = ""
) -> Tokenization:
    """Cut a text, or a pair, with the tokenizer of that name; no model is loaded for it.

    Raises UserError when there is no such tokenizer, or a text is empty, malformed or too long.
    """
    if isinstance(tokenizer, str) and tokenizer in BUILT_IN:
        return _plain(BUILT_IN[tokenizer], tokenizer, text, text_pair, checkpoints.limits)
    if not isinstance(tokenizer, str) or tokenizer not in offered(checkpoints):
        raise UserError(
            f"There is no tokenizer {str(tokenizer)[:60]!r}; "
            f"use one of {', '.join(offered(checkpoints))}."
        )
    entry = checkpoints.named(tokenizer, CAPABILITY)
    library = checkpoints.tokenizer(entry)
    encoded = tokenize_pair(library, text, text_pair, checkpoints.limits)
    second = text_pair if text_pair.strip() else ""
    return Tokenization(
        tokenizer=entry.name,
        title=entry.title,
        vocabulary=len(library),
        text=text,
        text_pair=second,
        tokens=tokens_of(library, encoded, text, second),
        words=count_words(text) + count_words(second),
        characters=len(text) + len(second),
        unknown_id=unknown_id(library),
        pieces=labels(library, encoded["input_ids"]) if spells_bytes(library) else (),
    )


def _plain(kind: Plain, name: str, text: str, text_pair: str, limits: Limits) -> Tokenization:
    checked_text(text, limit=limits.text_characters)
    checked_text(text_pair, name="second text", limit=limits.text_characters, empty=True)
    second = text_pair if text_pair.strip() else ""
    pieces = cut(name, text, second)
    return Tokenization(
        tokenizer=name,
        title=kind.title,
        vocabulary=kind.vocabulary or len({piece.id for piece in pieces}),
        text=text,
        text_pair=second,
        tokens=tuple(Token(p.text, p.id, p.start, p.end, False, p.segment) for p in pieces),
        words=count_words(text) + count_words(second),
        characters=len(text) + len(second),
        unknown_id=NO_UNKNOWN,
    )
