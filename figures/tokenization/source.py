"""The text that was typed, with the tokens marked in it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.parts.signs import Colours, visible

if TYPE_CHECKING:
    from models.tokens import Token
    from services.tokenization.tokenize import Tokenization

Span = tuple[int, int, int]  # segment, start, end


def spans(tokens: Sequence["Token"]) -> list[Span | None]:
    """For each token the stretch of text that it lights up; None for a token that was added.

    Tokens whose sources overlap, such as the bytes of one character, share one stretch.
    """
    groups: list[list[int]] = []  # segment, start, end
    member: list[int] = []
    for token in tokens:
        if token.start == token.end:
            member.append(-1)
            continue
        last = groups[-1] if groups else [-1, 0, 0]
        if last[0] == token.segment and token.start < last[2]:
            last[2] = max(last[2], token.end)
        else:
            groups.append([token.segment, token.start, token.end])
        member.append(len(groups) - 1)
    return [None if at < 0 else (groups[at][0], groups[at][1], groups[at][2]) for at in member]


def pair_key(span: Span | None, place: int) -> str:
    """What pairs a token with its source, over all panels and rows of the figure."""
    return f"special-{place}" if span is None else f"{span[0]}.{span[1]}-{span[2]}"


def sources(
    tokenization: "Tokenization",
    drawn: Sequence["Token"],
    groups: Sequence[Span | None],
    colours: Colours,
) -> str:
    """Each text as a paragraph in which every stretch that is a token has the token's colour.

    A stretch with several tokens (the bytes of one character) has that of the first. Where tokens
    are left out of the picture, the text ends where they do.
    """
    first: dict[Span, str] = {}
    for name, span in zip(tokenization.names, groups, strict=False):
        if span is not None:
            first.setdefault(span, colours[name])
    whole = len(drawn) == len(tokenization.tokens)
    paragraphs = []
    for segment, text in enumerate((tokenization.text, tokenization.text_pair)):
        marked = {span: colour for span, colour in first.items() if span[0] == segment}
        if text and (marked or whole):
            paragraphs.append(_paragraph(text, marked, whole))
    return "".join(paragraphs)


def _paragraph(text: str, marked: dict[Span, str], whole: bool) -> str:
    parts, place = [], 0
    for span, colour in marked.items():
        _, start, end = span
        parts.append(_gap(text[place:start]))
        broken = "<br>" if "\n" in text[start:end] else ""
        parts.append("<wbr>" if text[start] == " " else "")  # where the line may break
        parts.append(
            f'<span class="src {colour}" data-pair="{pair_key(span, 0)}">'
            f"{visible(text[start:end])}</span>{broken}"
        )
        place = end
    parts.append(_gap(text[place:]) if whole else " …")
    return f'<p class="source" dir="auto">{"".join(parts)}</p>'


def _gap(text: str) -> str:
    """What stands between tokens: spaces, made visible, and what the tokenizer dropped."""
    parts = []
    for character in text:
        if character.isspace():
            # The mark is followed by a place where the line may break.
            parts.append(visible(character) + ("<br>" if character == "\n" else "<wbr>"))
        else:
            parts.append(f'<s class="lost" title="not in any token">{visible(character)}</s>')
    return "".join(parts)
