"""One word joined from its bytes, merge by merge."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.signs import Colours, byte_sign, visible

if TYPE_CHECKING:
    from services.tokenization.merges import MergedWord, State
    from services.tokenization.trace import Trace

WORDS = 8  # words drawn, where several were typed
FIRST, LAST = 14, 3  # states drawn of one word, from its start and from its end
BYTES = 48  # of one word that are written


def merges_figure(trace: "Trace", title: str, colours: Colours) -> str:
    """From the bytes of each word to its tokens, and what the space before it changes."""
    words = "".join(_word(word, colours) for word in trace.merged[:WORDS])
    more = len(trace.merged) - WORDS
    cut = f'<p class="cut">{more:,} more words are in the export.</p>' if more > 0 else ""
    return (
        f'<section class="trace"><h3>How “<bdi>{visible(trace.typed)}</bdi>” is cut by '
        f"{escape(title)}</h3>"
        f"<p>{paragraph('tokenization', 'merging')} The number between two pieces is the rank of "
        f"their pair in the list of {trace.merges:,} merges (0 was learned first); – means that "
        "the pair is not in the list.</p>"
        f"{words}{cut}{_other(trace)}</section>"
    )


def _word(word: "MergedWord", colours: Colours) -> str:
    if not word.states:
        shown = f"<code>{visible(word.word)}</code>"
        return f"<p>{shown} is a special token: it is taken whole, before anything else.</p>"
    data = " ".join(byte_sign(byte) for byte in word.data[:BYTES])
    data += " …" if len(word.data) > BYTES else ""
    count, joins = len(word.data), len(word.states) - 1
    lines = [_state(word, colours, index) for index in range(len(word.states))]
    if len(lines) > FIRST + LAST + 1:
        left_out = len(lines) - FIRST - LAST
        lines[FIRST:-LAST] = [f'<li class="cut">… {left_out} more merges, in the export</li>']
    return (
        f"<h4><bdi>{visible(word.word)}</bdi>: {count} byte{'' if count == 1 else 's'}, "
        f"{joins} merge{'' if joins == 1 else 's'}, {_tokens(len(word.pieces))}</h4>"
        f"<p>In UTF-8: <code>{data}</code></p>"
        f'<ol class="merges">{"".join(lines)}</ol>'
    )


def _state(word: "MergedWord", colours: Colours, index: int) -> str:
    """The pieces with the ranks between them, and the merge that comes next."""
    state = word.states[index]
    shown = [
        f'<span class="tok {colours[piece]}"><span>{visible(piece)}</span></span>'
        for piece in state.pieces
    ]
    for at, rank in enumerate(state.ranks):
        written = f"{rank:,}" if rank >= 0 else "–"
        name = "b" if at == state.joined else "i"
        shown[at] += f'<{name} class="rank">{written}</{name}>'
    return f'<li><p class="state">{"".join(shown)}</p><p>{_said(word, index)}</p></li>'


def _said(word: "MergedWord", index: int) -> str:
    state = word.states[index]
    if state.joined < 0:
        return _end(state)
    left, right = (visible(piece) for piece in state.pieces[state.joined :][:2])
    made = word.states[index + 1].pieces[state.joined]
    return (
        f"<code>{left}</code> + <code>{right}</code> become <code>{visible(made)}</code> "
        f"(rank {state.ranks[state.joined]:,})"
    )


def _end(state: "State") -> str:
    ids = ", ".join(str(number) for number in state.ids)
    named = f"{'id' if len(state.ids) == 1 else 'ids'} {ids}"
    if len(state.pieces) == 1:
        return f"One token, {named}: nothing is left to join."
    return f"None of these pairs is in the list: {_tokens(len(state.pieces))}, {named}."


def _tokens(count: int) -> str:
    return f"{count} token{'' if count == 1 else 's'}"


def _other(trace: "Trace") -> str:
    """The same with a space before it, or without the one that it has."""
    if not trace.other.strip():
        return ""
    which = "With a space before it" if trace.other.startswith(" ") else "Without the space"
    shown = " ".join(f"<code>{visible(piece)}</code>" for piece in trace.other_pieces)
    same = trace.other_pieces[1:] == trace.pieces[1:] and len(trace.pieces) > 1
    ends = " (the same after the first)" if same else ""
    return (
        f'<p class="spaced"><b>{which}</b> it is {_tokens(len(trace.other_pieces))}{ends}: '
        f"{shown}. {paragraph('tokenization', 'spaces_in_words')}</p>"
    )
