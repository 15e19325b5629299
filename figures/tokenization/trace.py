"""One word cut step by step, with every candidate that was tried."""

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from figures.parts.signs import Colours, visible
from figures.tokenization.merges import merges_figure

if TYPE_CHECKING:
    from services.tokenization.trace import Candidate, Preparation, Step, Trace, WordTrace

FIRST, LAST = 10, 3  # rejected candidates drawn of one step, from its start and from its end
STEPS = 16  # pieces of one word that are drawn
WORDS = 8  # words drawn, where several were typed


def trace_figure(trace: "Trace", title: str, colours: Colours) -> str:
    """From what was typed to its pieces: the preparation, then one column for each piece.

    `title` is the model's whose tokenizer it is.
    """
    if trace.merged:
        return merges_figure(trace, title, colours)
    if not trace.words:
        why = (
            f"{escape(trace.algorithm)} cannot be traced yet."
            if trace.typed and not trace.stages
            else "Type a word to trace, or click a token."
        )
        return f'<section class="trace"><h3>How one word is cut</h3><p>{why}</p></section>'
    words = "".join(_word(word, trace.longest, colours) for word in trace.words[:WORDS])
    more = len(trace.words) - WORDS
    cut = f'<p class="cut">{more:,} more words are in the export.</p>' if more > 0 else ""
    return (
        f'<section class="trace"><h3>How “<bdi>{visible(trace.typed)}</bdi>” is cut by '
        f"{escape(title)}</h3>"
        f"{_stages(trace.stages)}{words}{cut}</section>"
    )


def _stages(stages: tuple["Preparation", ...]) -> str:
    """The preparation (normalisation): each step that changed something, then the idle ones."""
    parts = [f"<li><code>{visible(stages[0].text)}</code> as typed</li>"]
    idle = []
    for before, after in pairwise(stages):
        if before.text == after.text:
            idle.append(after.name)
            continue
        lengths = len(before.text), len(after.text)
        size = "" if lengths[0] == lengths[1] else f" ({lengths[0]} → {lengths[1]} code points)"
        parts.append(
            f"<li>→ <code>{visible(after.text)}</code> after {escape(after.name)}{size}</li>"
        )
    rest = f"<li>Changes nothing here: {escape(', '.join(idle))}</li>" if idle else ""
    lines = "".join(parts) + rest
    return f'<p>First the text is prepared (normalisation):</p><ul class="stages">{lines}</ul>'


def _word(word: "WordTrace", longest: int, colours: Colours) -> str:
    shown = f"<code>{visible(word.word)}</code>"
    if word.why == "special":
        return f"<p>{shown} is a special token: it is taken whole, before anything else.</p>"
    if word.why == "long":
        return (
            f"<p>{shown} has {len(word.word):,} code points. Words of more than {longest} are not "
            "searched: the whole word becomes [UNK].</p>"
        )
    steps = enumerate(word.steps[:STEPS], 1)
    columns = "".join(_step(number, step, colours) for number, step in steps)
    more = len(word.steps) - STEPS
    cut = f'<p class="cut">{more:,} more pieces are in the export.</p>' if more > 0 else ""
    return (
        "<p>From the start of the word, take the longest piece in the vocabulary; then continue "
        "after it. "
        f'{_result(word, colours)}</p><div class="pieces">{columns}</div>{cut}'
    )


def _result(word: "WordTrace", colours: Colours) -> str:
    pieces = " ".join(
        f'<span class="tok {colours[piece]}"><span>{visible(piece)}</span></span>'
        for piece in word.pieces
    )
    if word.steps[-1].failed:
        letter = visible(word.word[word.steps[-1].start])
        return f"No piece fits at <code>{letter}</code>, so the whole word becomes {pieces}."
    return f"Result: {pieces}"


def _step(number: int, step: "Step", colours: Colours) -> str:
    rejected = step.tried if step.failed else step.tried[:-1]
    lines = [_rejected(candidate) for candidate in rejected]
    if len(lines) > FIRST + LAST + 1:
        left_out = len(lines) - FIRST - LAST
        lines[FIRST:-LAST] = [f'<li class="cut">… {left_out} more, none in the vocabulary</li>']
    if step.failed:
        lines.append("<li>✗ nothing fits: the search ends</li>")
    else:
        lines.append(_accepted(step.tried[-1], colours))
    return f'<div class="piece"><h4>Piece {number}</h4><ol>{"".join(lines)}</ol></div>'


def _rejected(candidate: "Candidate") -> str:
    remark = ""
    if candidate.bare:
        remark = " <span>only as the start of a word</span>"
    return f"<li>✗ <code>{visible(candidate.text)}</code>{remark}</li>"


def _accepted(candidate: "Candidate", colours: Colours) -> str:
    return (
        f'<li>✓ <span class="tok {colours[candidate.text]}">'
        f"<span>{visible(candidate.text)}</span><b>{candidate.id}</b></span></li>"
    )
