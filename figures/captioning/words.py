"""Where the model looks for each word of a caption, and what hiding a patch does to it."""

import json
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from figures.captioning.boards import Ground, around, board, ground, outline, shares, thumb, tint
from figures.captioning.caption import shown, within, word
from figures.captioning.heads import head_maps, heads_words
from figures.captioning.hiding import agreement, hiding_board
from figures.captioning.places import place_words, readout, squeezed
from figures.parts.headline import share, short
from figures.parts.prose import paragraph
from figures.parts.style import percent, signed
from figures.parts.table import table

if TYPE_CHECKING:
    from services.captioning.caption import Caption
    from services.captioning.hiding import Hiding

LONGEST = 12  # characters of a word that a headline has room for
SMALL = 92  # px of the longer side of a small map


def headline(caption: "Caption", *, token: int, layer: int, head: int) -> str:
    """Where the decoder looked most for a word, and with what share of its attention."""
    token = within(caption, token)
    values = _map(caption.looked(layer, head)[token], caption.grid)
    row, column = divmod(int(values.argmax()), caption.grid[1])
    name = short(word(caption.tokens[token]), LONGEST)
    much = share(float(values.max()))
    return f"<i>{escape(name)}</i> looks at row {row}, column {column}: <b>{much}</b>"


def words_figure(
    caption: "Caption",
    hiding: "Hiding | None",
    image: Image.Image,
    *,
    token: int,
    layer: int,
    head: int,
    title: str,
) -> str:
    """The cross-attention of one word over the picture, of all words, of all heads; and hiding.

    `token` is the word looked at; `layer` and `head` are -1 for the mean of all.
    """
    token = within(caption, token)
    under = ground(image, caption.grid)
    weights = caption.looked(layer, head)  # (token, 1 + patch)
    sentence = (
        f"Cross-attention of {title}: when the model wrote this word, how much of its attention "
        f"went to each of {caption.grid[0] * caption.grid[1]:,} patches and to the class token "
        "(together 100%). Hiding (occlusion): change of ln p in nats, same caption, blocks greyed "
        f"to the picture's mean colour. Rows and columns count from 0.{squeezed(image)}"
    )
    return (
        f'<figure class="figure captioning words"><div class="caption-two">'
        f"<div>{_looked(caption, hiding, under, weights, token, (layer, head))}</div>"
        f"<div>{_hidden(caption, hiding, under, weights, token)}</div></div>"
        f"{_said(caption, hiding, weights, token)}"
        f"<p>{paragraph('captioning', 'attention_is_no_explanation')}</p>"
        f"{_strip(caption, under, weights, token, (layer, head))}"
        f"<section><h3><i>{shown(caption.tokens[token])}</i> by layer and head</h3>"
        f"<p class=caption-hint>{paragraph('captioning', 'small_maps')}</p>"
        f"{head_maps(under, caption.heads_of(token), layer=layer, head=head)}</section>"
        f"<figcaption>{escape(sentence)}</figcaption></figure>"
    )


def _looked(
    caption: "Caption",
    hiding: "Hiding | None",
    under: Ground,
    weights: np.ndarray,
    token: int,
    which: tuple[int, int],
) -> str:
    """The picture under the cross-attention of the word looked at."""
    name = word(caption.tokens[token])
    values = _map(weights[token], caption.grid)
    at, scale = int(values.argmax()), shares(values.max())
    say = "Row {row}, column {column}: {value}% of its cross-attention"
    beside = None
    if hiding is not None:
        beside = hiding.drops[token]
        say += "; hidden: {beside} nats"
    second = 0.0 if beside is None else float(beside.flat[at])
    return (
        f"<h3>Where it looks for <i>{escape(name)}</i></h3>"
        f"<p>Cross-attention, {heads_words(*which)}. "
        f"Most at {place_words(at, caption.grid)}: {percent(float(values.flat[at]))}. "
        f"{percent(float(weights[token, 0]))} is on the class token, which is not a place in "
        "the picture.</p>"
        + board(
            under,
            f"{under.embedded}{tint(under, values, scale)}",
            100 * values,
            label=f"Where the model looks for “{name}”: cross-attention over the picture",
            say=say,
            told=readout(say, at, under.columns, 100 * values.flat[at], second),
            at=at,
            beside=beside,
            over=outline(under, around(under, at)),
        )
        + scale.key("0%", f"{percent(float(values.max()))} of its cross-attention")
    )


def _hidden(
    caption: "Caption",
    hiding: "Hiding | None",
    under: Ground,
    weights: np.ndarray,
    token: int,
) -> str:
    told = caption.tokens[token]
    if hiding is not None:
        values = _map(weights[token], caption.grid)
        return hiding_board(under, hiding, values, told, token=token, name=word(told))
    return (
        f"<h3>What <i>{shown(told)}</i> needs: each patch hidden</h3>"
        f"<p>{paragraph('captioning', 'hiding_is_not_computed_yet')}</p>"
        f'<svg class="caption-picture" xmlns="http://www.w3.org/2000/svg" aria-hidden="true" '
        f'viewBox="0 0 {under.width:g} {under.height:g}" style="max-width:{under.width:g}px">'
        f"{under.again}</svg>"
    )


def _said(caption: "Caption", hiding: "Hiding | None", weights: np.ndarray, token: int) -> str:
    if hiding is None:
        return ""
    return agreement(hiding, _map(weights[token], caption.grid), token=token)


def _strip(
    caption: "Caption", under: Ground, weights: np.ndarray, token: int, which: tuple[int, int]
) -> str:
    """A small map for each word, each a button that looks at it."""
    parts = []
    for index, told in enumerate(caption.tokens):
        values = _map(weights[index], caption.grid)
        most = float(values.max())
        pick = escape(json.dumps({"token": index}))
        parts.append(
            f'<button type="button" data-pick="{pick}" '
            f'aria-pressed="{str(index == token).lower()}">'
            f"{thumb(under, values, shares(most), long=SMALL)}"
            f"<b>{shown(told)}</b><span>{percent(most)}</span></button>"
        )
    return (
        f"<section><h3>Every word, {heads_words(*which)}</h3>"
        f'<div class="caption-strip" role="group" aria-label="The words">{"".join(parts)}</div>'
        f"<p class=caption-hint data-export=no>{paragraph('captioning', 'maps_of_words')}</p>"
        "</section>"
    )


def _map(weights: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """The places of (1 + patch) as (row, column), without the class token."""
    return weights[1:].reshape(grid)


def words_table(
    caption: "Caption", hiding: "Hiding | None", *, token: int, layer: int, head: int
) -> str:
    """Each patch with the word's cross-attention and what hiding it costs."""
    token = within(caption, token)
    weights = caption.looked(layer, head)[token]
    lines = [
        "<tr><td>class token</td><td></td><td></td>"
        f"<td class=number>{percent(float(weights[0]))}</td>"
        + ("" if hiding is None else "<td></td><td></td>")
        + "</tr>"
    ]
    for patch, weight in enumerate(weights[1:].tolist()):
        row, column = divmod(patch, caption.grid[1])
        cells = f"<td class=number>{percent(weight)}</td>"
        if hiding is not None:
            drop = float(hiding.drops[token, row, column])
            kept = "yes" if hiding.kept[token, row, column] else "no"
            cells += f"<td class=number>{signed(drop)}</td><td>{kept}</td>"
        lines.append(
            f"<tr><td>{patch}</td><td class=number>{row}</td><td class=number>{column}</td>"
            f"{cells}</tr>"
        )
    head_row = "<th>patch</th><th class=number>row</th><th class=number>column</th>"
    head_row += "<th class=number>cross-attention</th>"
    if hiding is not None:
        head_row += "<th class=number>nats lost, hidden</th><th>still first choice</th>"
    named = f"<i>{shown(caption.tokens[token])}</i>, {heads_words(layer, head)}"
    return f"<p>{named}</p>{table(head_row, lines)}"
