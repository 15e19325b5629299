"""How is a text cut into tokens?"""

from dataclasses import dataclass

from core.spacefile import Limits
from core.text import checked_text
from models.loaded import Loaded, tokenize_pair
from models.tokens import NO_UNKNOWN, Named, Token, labels, spells_bytes, tokens_of, unknown_id
from services.tokenization.plain import BUILT_IN, count_words, cut


@dataclass(frozen=True)
class Tokenization(Named):
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

    @property
    def dropped(self) -> tuple[str, ...]:
        """The names of the texts of which no token is left."""
        kept = {t.segment for t in self.tokens if not t.special or t.start < t.end}
        texts = {"text": self.text, "second text": self.text_pair}
        return tuple(
            name for index, (name, text) in enumerate(texts.items()) if text and index not in kept
        )

    def source(self, token: Token) -> str:
        """The part of the text that a token stands for; empty for a token that was added."""
        text = self.text_pair if token.segment else self.text
        return text[token.start : token.end]


def tokenize(model: Loaded, text: str, text_pair: str = "") -> Tokenization:
    """Cut a text, or a pair, with the tokenizer of a model, whose network is not needed.

    Raises UserError when a text is empty, malformed or too long.
    """
    library = model.tokenizer
    # Here it is a sight, and no reason to refuse, that nothing is left of a text.
    encoded = tokenize_pair(library, text, text_pair, model.limits, nothing=True)
    second = text_pair if text_pair.strip() else ""
    return Tokenization(
        tokenizer=model.checkpoint.name,
        title=model.checkpoint.title,
        vocabulary=len(library),
        text=text,
        text_pair=second,
        tokens=tokens_of(library, encoded, text, second),
        words=count_words(text) + count_words(second),
        characters=len(text) + len(second),
        unknown_id=unknown_id(library),
        pieces=labels(library, encoded["input_ids"]) if spells_bytes(library) else (),
    )


def cut_plainly(name: str, text: str, text_pair: str, limits: Limits) -> Tokenization:
    """Cut a text, or a pair, with one of the tokenizers that need no model.

    Raises UserError as `tokenize` does.
    """
    kind = BUILT_IN[name]
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
