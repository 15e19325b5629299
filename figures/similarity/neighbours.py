"""Pictures of a word's neighbours in the static table, beside the same word in sentences."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import bar
from figures.parts.headline import decimals, short
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.table import rows_table
from figures.similarity.calibration import cosine_digits
from figures.similarity.words import lines

if TYPE_CHECKING:
    from services.similarity.neighbours import Near, Neighbours, Term
    from services.similarity.words import WordInContext

NAMED, TITLED = 12, 30  # characters of a word that a headline, and a title, have room for
PIECES = 8  # of a word that are shown


def headline(neighbours: "Neighbours") -> str:
    """The nearest token, and its cosine."""
    word, near = (
        escape(short(text, NAMED)) for text in (neighbours.word.word, neighbours.near[0].text)
    )
    return f"<i>{word}</i>: <i>{near}</i> <b>{decimals(neighbours.near[0].cosine)}</b>"


def neighbours_figure(
    neighbours: "Neighbours",
    context: "WordInContext | None",
    *,
    static: bool,
    layer: int,
    missing: str,
    title: str,
) -> str:
    """The nearest tokens, the sum of three words, and the word as its sentences change it.

    `static`: the lines show what the table alone would give. `missing` says why there are none.
    """
    lists = _listed(tag("h3", "Nearest to ", _word(neighbours.word)), neighbours.near)
    if neighbours.sums:
        a, b, c = map(_word, neighbours.terms)
        lists += _listed(tag("h3", a, " − ", b, " + ", c), neighbours.sums)
    text = " ".join([*_cut(neighbours), *_first(neighbours)])
    caption = (
        f"Cosines in the embedding table of {title}: one static row for each of "
        f"{neighbours.tokens:,} tokens, whatever stands around them."
    )
    return (
        f'<figure class="figure similarity neighbours"><div class="near-pair">{lists}'
        f'<div class="in-context">{_in_context(context, static, layer, missing)}</div></div>'
        f"<p>{text}</p><figcaption>{escape(caption)}</figcaption></figure>"
    )


def neighbours_table(neighbours: "Neighbours") -> str:
    """Every neighbour with its id and its cosine."""
    names = ("rank", "token", "id", "cosine")
    made = _rows_table(names, neighbours.near, f"Nearest to {neighbours.word.word}")
    if neighbours.sums:
        a, b, c = (term.word for term in neighbours.terms)
        made += _rows_table(names, neighbours.sums, f"{a} − {b} + {c}")
    return made


def _rows_table(names: Sequence[str], near: "Sequence[Near]", caption: str) -> str:
    rows = [
        (rank, one.text, one.id, cosine_digits(one.cosine)) for rank, one in enumerate(near, 1)
    ]
    return rows_table(names, rows, caption=caption)


def _listed(title: Html, near: "Sequence[Near]") -> str:
    bars = "".join(bar(one.text, one.cosine, cosine_digits(one.cosine)) for one in near)
    return f'<div class="near">{title}<ol class="bars">{bars}</ol></div>'


def _in_context(context: "WordInContext | None", static: bool, layer: int, missing: str) -> str:
    """The lines of the word through the layers; with the table alone they are flat."""
    if context is None:
        return f'<h3>In the sentences</h3><p class="told-note">{escape(missing)}</p>'
    word = tag("i", short(context.word, TITLED))
    sentences = f"{len(context.sentences)} sentences"
    if static:
        title = tag("h3", word, f" in {sentences}, static only")
        text = paragraph("similarity", "static_only")
    else:
        title = tag("h3", word, f" in {sentences}")
        text = paragraph("similarity", "in_context")
    return f"{title}{lines(context, layer=layer, static=static)}<p>{text}</p>"


def _cut(neighbours: "Neighbours") -> list[str]:
    """What is to be said of words of several pieces; HTML."""
    return [_pieces(term) for term in dict.fromkeys(neighbours.cut)]


def _pieces(term: "Term") -> str:
    cut = " ".join(f"<code>{escape(piece)}</code>" for piece in term.pieces[:PIECES])
    more = " …" if len(term.pieces) > PIECES else ""
    return (
        f"{_word(term)} has no row of its own: the vocabulary splits it into {cut}{more}, and the "
        "mean of their rows stands for it here, so its neighbours are those of the pieces."
    )


def _word(term: "Term") -> Html:
    return tag("i", short(term.word, TITLED))


def _first(neighbours: "Neighbours") -> list[str]:
    """That the three words are left out of their sum, and what would be first with them; HTML."""
    if neighbours.first is None:
        return []
    given = {token for term in neighbours.terms for token in term.ids}
    name = f"<i>{escape(neighbours.first.text)}</i> ({cosine_digits(neighbours.first.cosine)})"
    if neighbours.first.id in given:
        return [f"The three words are left out of the answers; with them {name} would be first."]
    return [f"The three words are left out of the answers; with them {name} would be first too."]
