"""Tokens, coloured and paired with their source, for one or several tokenizers."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.chips import chip
from figures.parts.html import Html
from figures.parts.prose import paragraph
from figures.parts.signs import LEGEND, Colours, byte_sign, visible
from figures.parts.style import three_digits
from figures.tokenization.rows import COLUMNS, rows_figure
from figures.tokenization.source import Span, pair_key, sources, spans
from figures.tokenization.trace import trace_figure
from figures.tokenization.unknown import remarks

if TYPE_CHECKING:
    from models.tokens import Token
    from services.tokenization.overview import Reading
    from services.tokenization.tokenize import Tokenization

DRAWN = 400  # tokens of each tokenizer; a page with four times as many still follows every key

KINDS = {
    "characters": paragraph("tokenization", "kind_characters"),
    "words": paragraph("tokenization", "kind_words"),
    "bytes": paragraph("tokenization", "kind_bytes"),
}


def headline(reading: "Reading") -> str:
    """Words and tokens as the first tokenizer counts them, and how many tokens are unknown."""
    first = reading.tokenizations[0]
    count = len(first.tokens)
    lost = f", <b>{first.unknown:,}</b> unknown" if first.unknown else ""
    if not first.from_text:
        lost = ", none of them from the text"
    return (
        f"{_count(first.words, 'word')} → <b>{count:,}</b> token{'' if count == 1 else 's'}{lost}"
    )


def reading_figure(reading: "Reading", *, ids: bool, special: bool) -> str:
    """The whole figure: every tokenizer, then what a model is given, then one word traced."""
    many = "panels many" if len(reading.tokenizations) > 1 else "panels"
    colours = Colours(*(one.names[:DRAWN] for one in reading.tokenizations))
    panels = "".join(
        _panel(tokenization, colours, ids=ids, special=special)
        for tokenization in reading.tokenizations
    )
    traces = "".join(
        trace_figure(trace, title, colours)
        for trace, title in zip(reading.traces, reading.traced_by, strict=True)
    )
    explained = paragraph("tokenization", "colours_of_tokens")
    return (
        f'<div class="figure tokenization"><div class="{many}">{panels}</div>'
        f'<p class="legend-line">{explained} {LEGEND}. '
        f"{paragraph('tokenization', 'frames_of_tokens')}</p>"
        '<p class="readout" aria-live="polite"><span data-export="no">'
        f"{paragraph('tokenization', 'point_at_a_token')}</span></p>"
        f"{remarks(reading)}{rows_figure(reading.rows, _keys(reading), colours)}"
        f"{traces}</div>"
    )


def _keys(reading: "Reading") -> list[str]:
    """What pairs the columns of the rows with the tokens of their panel, where there is one."""
    for tokenization in reading.tokenizations:
        if tokenization.tokenizer == reading.rows.tokenizer:
            groups = spans(tokenization.tokens[:COLUMNS])
            return [pair_key(span, index) for index, span in enumerate(groups)]
    return []


def _panel(tokenization: "Tokenization", colours: Colours, *, ids: bool, special: bool) -> str:
    """One tokenizer: its counts, the text with its tokens marked, and the tokens."""
    drawn = tokenization.tokens[:DRAWN]
    groups = spans(drawn)
    title = escape(tokenization.title)
    return (
        f'<section class="panel"><h3>{title}</h3>'
        f'<p class="kind">{_kind(tokenization)}</p>'
        f'<p class="counts">{counts(tokenization)}</p>'
        f"{sources(tokenization, drawn, groups, colours)}"
        f'<div class="ribbon{"" if ids else " no-ids"}" tabindex="0" role="group" '
        f'aria-label="Tokens of {title}; arrow keys move, Enter traces the word">'
        f"{_ribbon(tokenization, drawn, groups, colours, special)}</div>"
        f"{_not_drawn(tokenization)}</section>"
    )


def _kind(tokenization: "Tokenization") -> str:
    kind = KINDS.get(tokenization.tokenizer)
    if tokenization.tokenizer == "words":
        return f"{kind}, {tokenization.vocabulary:,} different"
    if tokenization.pieces:
        return (
            f"byte-level BPE, {tokenization.vocabulary:,} different tokens: "
            f"{paragraph('tokenization', 'kind_bpe')}"
        )
    return kind or f"pieces of words from a fixed list of {tokenization.vocabulary:,}"


def counts(tokenization: "Tokenization") -> str:
    """The counts of one tokenizer in words; what the tokenizer added is not in the ratios."""
    added = f" ({tokenization.added} added)" if tokenization.added else ""
    words = per_word(tokenization)
    return (
        f"<b>{_count(len(tokenization.tokens), 'token')}</b>{added} · "
        f"{f'<b>{words}</b> per word' if words else 'no words'} · "
        f"{tokenization.unknown:,} unknown"
    )


def per_word(tokenization: "Tokenization") -> str:
    """Tokens per word in three digits; empty for a text without words."""
    if not tokenization.words:
        return ""
    return three_digits(tokenization.from_text / tokenization.words)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _not_drawn(tokenization: "Tokenization") -> str:
    total = len(tokenization.tokens)
    if total <= DRAWN:
        return ""
    return (
        f'<p class="cut">The first {DRAWN:,} of {total:,} tokens are drawn; '
        "all of them are counted, and all are in the export.</p>"
    )


def _ribbon(
    tokenization: "Tokenization",
    drawn: Sequence["Token"],
    groups: Sequence[Span | None],
    colours: Colours,
    special: bool,
) -> str:
    """The tokens in order, those of one word close together."""
    words = _words_of(tokenization, drawn)
    parts: list[str] = []
    open_word: tuple[int, int, int] | None = None
    names = tokenization.names
    for index, (token, span, word) in enumerate(zip(drawn, groups, words, strict=True)):
        if span is None and not special:
            continue
        if word != open_word:
            parts.append("</span>" if open_word else "")
            if word:
                source = (tokenization.text, tokenization.text_pair)[word[0]][word[1] : word[2]]
                parts.append(f'<span class="word" data-word="{escape(source)}">')
            open_word = word
        key, colour = pair_key(span, index), colours[names[index]]
        parts.append(_chip(tokenization, token, names[index], key, colour))
    return "".join(parts) + ("</span>" if open_word else "")


def _words_of(
    tokenization: "Tokenization", drawn: Sequence["Token"]
) -> list[tuple[int, int, int] | None]:
    """For each token the (segment, start, end) of the text between the two spaces around it."""
    found: list[tuple[int, int, int] | None] = []
    for token in drawn:
        text = (tokenization.text, tokenization.text_pair)[token.segment]
        last = found[-1] if found else None
        first = token.start
        if tokenization.pieces and text[first : first + 1] == " ":  # it may begin a word
            first += 1
        if token.start == token.end or first >= len(text) or text[first].isspace():
            found.append(None)
        elif last and last[0] == token.segment and last[1] <= token.start < last[2]:
            found.append(last)
        else:
            end = max(token.end, first)
            while end < len(text) and not text[end].isspace():
                end += 1
            found.append((token.segment, token.start, end))
    return found


def _chip(tokenization: "Tokenization", token: "Token", name: str, key: str, colour: str) -> str:
    """One token with its id."""
    kind = f"tok {colour}"
    if token.special:
        kind += " special"
    if token.id == tokenization.unknown_id:
        kind += " unknown"
    shown = byte_sign(token.id) if tokenization.tokenizer == "bytes" else visible(name)
    return chip(Html(shown), token.id, pair=key, kind=kind)
