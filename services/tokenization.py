"""How is a text cut into tokens?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Token:
    """One token; `start` and `end` count Unicode code points of its own text."""

    text: str  # as the vocabulary spells it
    id: int
    start: int
    end: int
    special: bool  # put in by the tokenizer or typed as such; [UNK] is not: it stands for text
    segment: int  # 0 for the first text, 1 for the second


def tokens_of(tokenizer: Any, encoded: Any) -> tuple[Token, ...]:
    """The tokens of one encoding that was made with offsets."""
    ids: Sequence[int] = encoded["input_ids"]
    specials = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    segments = encoded.get("token_type_ids") or [0] * len(ids)
    return tuple(
        Token(text, id, start, end, id in specials, segment)
        for text, id, (start, end), segment in zip(
            tokenizer.convert_ids_to_tokens(ids),
            ids,
            encoded["offset_mapping"],
            segments,
            strict=True,
        )
    )
