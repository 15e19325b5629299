"""One masked word, layer by layer: what each would say, and where the mask looks."""

import json
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from figures.masking.sentence import notes, sentence
from figures.parts.grid import Cells, grid
from figures.parts.headline import share, short
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import percent
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.masking.layers import Layers

LONGEST = 12  # characters of a token


def headline(layers: "Layers") -> str:
    """From which layer on the first guess of the last one leads."""
    final = layers.guesses[-1][0]
    since = first_with(layers)
    where = "from the start" if since == 0 else f"after layer {since - 1}"
    name = f"<b><bdi>{escape(short(final.label, LONGEST))}</bdi></b>"
    return f"{name} {share(final.probability)}, first {where}"


def first_with(layers: "Layers") -> int:
    """The first state from which on the likeliest token is what it is at the end."""
    final = layers.guesses[-1][0].id
    state = len(layers.guesses) - 1
    while state and layers.guesses[state - 1][0].id == final:
        state -= 1
    return state


def layers_figure(layers: "Layers", toggled: Callable[[int], str], *, title: str) -> str:
    """The text, a row of guesses for each state, and the attention of the mask beside them."""
    names = [short(token, LONGEST) for token in layers.tokens]
    weights = layers.attention.mean(axis=1)  # (layer, token)
    drawn = grid(
        weights,
        [f"layer {layer}" for layer in range(len(weights))],
        names,
        label="Where the mask looks in each layer, averaged over its heads",
        say="In {row} the mask spends {value} of its attention on {column}",
        axes=("", ""),
        high=max(0.01, float(weights.max())),
        cells=Cells(size=(40, 22), spoken=()),
    )
    caption = f"{title}. {paragraph('masking', 'lens')}"
    return (
        f'<figure class="figure masking layers">{sentence(layers.blanked, toggled)}'
        f'{notes(layers.blanked)}{_which(layers)}<div class="both"><div data-answer>'
        f"{_lens(layers)}</div><div><h3>Where the mask looks</h3>{drawn}</div></div>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def layers_table(layers: "Layers") -> str:
    """Every guess of every state, and what it gives the last one's first."""
    rows = [
        [
            state_name(state, layers),
            *(f"{one.label.strip()} {percent(one.probability)}" for one in guesses),
            percent(float(layers.final[state])),
        ]
        for state, guesses in enumerate(layers.guesses)
    ]
    ranks = [f"guess {rank}" for rank in range(1, len(layers.guesses[0]) + 1)]
    return rows_table(("", *ranks, "the last layer's first"), rows)


def state_name(state: int, layers: "Layers") -> str:
    """The embeddings, or the layer after which it stands."""
    last = state == len(layers.guesses) - 1
    return ("after layer " + str(state - 1) if state else "embeddings") + (
        ", last" if last else ""
    )


def _lens(layers: "Layers") -> str:
    final = layers.guesses[-1][0].id
    rows = []
    for state, guesses in enumerate(layers.guesses):
        cells = [
            tag(
                "td",
                tag("b", Html(token_sign(one.label.strip() or one.label))),
                " ",
                tag("small", percent(one.probability)),
                class_="final" if one.id == final else "",
                style=f"--p:{one.probability:.3f}",
            )
            for one in guesses
        ]
        rows.append(tag("tr", tag("th", state_name(state, layers), scope="row"), *cells))
    return str(tag("div", tag("table", tag("tbody", *rows), class_="lens"), class_="scroll"))


def _which(layers: "Layers") -> str:
    """Buttons for the hidden words, where there are several."""
    hidden = layers.blanked.hidden
    if len(hidden) < 2:
        return ""
    buttons = [
        tag(
            "button",
            f"{number + 1}: {layers.blanked.parts[part].was or 'blank'}",
            type="button",
            class_="again",
            data_pick=json.dumps({"mask": number}),
            aria_pressed="true" if number == layers.number else "false",
        )
        for number, part in enumerate(hidden)
    ]
    return str(tag("p", "Masked word ", *buttons, class_="key"))
