"""The walk-through: one part of the Transformer after another, with the numbers of each."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.bars import bar
from figures.parts.grid import Cells, grid
from figures.parts.headline import decimals, share
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.strip import common_scale, strip
from figures.parts.style import minus, percent, three_digits
from figures.parts.table import headed_table
from figures.translation.tokens import shown

if TYPE_CHECKING:
    from services.translation.walk import Walk

# The stops in their order; from WRITTEN on they come again for each token.
STOPS = (
    ("tokens", "Tokens"),
    ("embed", "Embeddings"),
    ("encode", "Encoder"),
    ("written", "Written so far"),
    ("back", "Self-attention"),
    ("over", "Cross-attention"),
    ("forward", "Feed-forward"),
    ("choose", "Choice"),
)
WRITTEN, LAST = 3, len(STOPS) - 1
CELL = 54  # px of a cell


def within(stop: int) -> int:
    """The stop looked at; behind the end the last."""
    return min(max(stop, 0), LAST)


def headline(walk: "Walk", stop: int) -> str:
    """What this stop is about, in one number."""
    name = STOPS[within(stop)][0]
    source, width = walk.encoder.shape[1:]
    last = shown(walk.before[-1])
    if name == "tokens":
        return f"<b>{source}</b> tokens"
    if name == "embed":
        return f"<b>{source} × {width}</b> numbers"
    if name == "encode":
        return f"<b>{len(walk.encoder)}</b> layers, once"
    if name == "written":
        return f"<b>{len(walk.before)}</b> read, token <b>{walk.step}</b> is next"
    if name in ("back", "over"):
        names = walk.before if name == "back" else walk.source.pieces
        weights = _weights(walk, name).mean(axis=0)
        most = int(weights.argmax())
        much = decimals(float(weights[most]))
        return f"<i>{last}</i> → <i>{shown(names[most])}</i> <b>{much}</b>"
    if name == "forward":
        return f"in the last layer it adds <b>{decimals(float(walk.blocks[-1].added[2]))}</b>"
    best = walk.guesses[0]
    return f"<b>{shown(best.text)}</b> {share(best.probability)}"


def walk_figure(walk: "Walk", stop: int, *, title: str) -> str:
    """The stops and the translation to walk along, and what happens at this stop."""
    stop = within(stop)
    name = STOPS[stop][0]
    body = {
        "tokens": _tokens,
        "embed": _embed,
        "encode": _encode,
        "written": _written,
        "back": _attention,
        "over": _attention,
        "forward": _forward,
        "choose": _choose,
    }[name]
    off = "the same" if walk.off == 0 else f"the same but for {three_digits(walk.off)} at most"
    caption = tag(
        "figcaption",
        f"Numbers of {title}, every part called by itself; states and logits are {off} as in a "
        "whole pass of the library. The arrow keys walk on and back.",
    )
    drawn = body(walk, name) if name in ("back", "over") else body(walk)  # type: ignore[operator]
    return (
        f'<figure class="figure translation walk">{_way(walk, stop)}'
        f"<p>{_about()[stop]}</p>{drawn}{caption}</figure>"
    )


def _about() -> tuple[str, ...]:
    """What happens at each stop."""
    return (
        paragraph("translation", "walk_tokens"),
        paragraph("translation", "walk_embed"),
        paragraph("translation", "walk_encode"),
        paragraph("translation", "walk_written"),
        paragraph("translation", "walk_back"),
        paragraph("translation", "walk_over"),
        paragraph("translation", "walk_forward"),
        paragraph("translation", "walk_choose"),
    )


def _way(walk: "Walk", stop: int) -> str:
    """The stops, a step back and forth, and the tokens of the translation."""
    stops = [
        _choice(label, {"stop": index}, pressed=index == stop, first=index == stop)
        for index, (_, label) in enumerate(STOPS)
    ]
    tokens = [
        _choice(
            shown(piece),
            {"token": index, "stop": max(stop, WRITTEN)},
            pressed=index == walk.step and stop >= WRITTEN,
            first=index == walk.step,
            kind="" if index < walk.step or (index == walk.step and stop == LAST) else "to-come",
        )
        for index, piece in enumerate(walk.pieces)
    ]
    row = _row("The stops", [_move(walk, stop, -1), *stops, _move(walk, stop, 1)], len(stops))
    text = tag("small", "French, token by token:")
    return row + _row("The token that is chosen", [text, *tokens], len(tokens))


def _row(label: str, parts: Sequence[Html], count: int) -> Html:
    """A row of so many buttons along which the arrow keys lead."""
    return tag(
        "div", *parts, class_="tokens way", role="group", aria_label=label, data_roving=count
    )


def _choice(
    label: str, picks: dict[str, int], *, pressed: bool, first: bool, kind: str | None = None
) -> Html:
    """A button that sets what is looked at; the `first` is where the keyboard comes in."""
    return tag(
        "button",
        label,
        type="button",
        class_=kind,
        data_pick=json.dumps(picks),
        aria_pressed="true" if pressed else "false",
        tabindex="0" if first else "-1",
    )


def _move(walk: "Walk", stop: int, by: int) -> Html:
    """The button that leads on: after a choice to the next token, which the encoder is not for."""
    token, to = walk.step, stop + by
    if to > LAST:
        token, to = token + 1, WRITTEN
    elif by < 0 and to < WRITTEN <= stop and token > 0:
        token, to = token - 1, LAST
    ended = to < 0 or token >= len(walk.pieces)
    return tag(
        "button",
        "→" if by > 0 else "←",
        type="button",
        class_="step",
        data_walk=by,
        data_pick=None if ended else json.dumps({"token": token, "stop": to}),
        aria_label="One step on" if by > 0 else "One step back",
        disabled=ended,
    )


def _tokens(walk: "Walk") -> str:
    rows = [
        tag("li", tag("b", shown(piece)), tag("small", f"{number:,}"))
        for piece, number in zip(walk.source.pieces, walk.source.ids, strict=True)
    ]
    return tag("ol", *rows, class_="numbered")


def _embed(walk: "Walk") -> str:
    names = ["token", "row of the table"]
    names += ["+ position", "= what the encoder reads"] if walk.positions else []
    most = common_scale(list(walk.embedded.reshape(-1, walk.embedded.shape[-1])))
    rows = [
        [shown(piece), *(strip(part[index], most) for part in walk.embedded)]
        for index, piece in enumerate(walk.source.pieces)
    ]
    return tag("div", headed_table(names, rows), class_="strips")


def _encode(walk: "Walk") -> str:
    before, after = walk.embedded[-1], walk.encoder[-1]
    scales = [common_scale(list(rows)) for rows in (before, after)]
    rows = [
        [
            shown(piece),
            strip(before[index], scales[0]),
            strip(after[index], scales[1]),
            three_digits(float(np.linalg.norm(after[index]))),
        ]
        for index, piece in enumerate(walk.source.pieces)
    ]
    names = ("token", "read", f"after layer {len(walk.encoder) - 1}, the last", "length")
    return tag("div", headed_table(names, rows), class_="strips")


def _written(walk: "Walk") -> str:
    names = ("row of the table", "+ position", "= what the decoder reads")
    most = common_scale(list(walk.written))
    rows = [
        [name, strip(part, most), three_digits(float(np.linalg.norm(part)))]
        for name, part in zip(names, walk.written, strict=False)
    ]
    read = [tag("li", tag("b", shown(piece))) for piece in walk.before]
    table = headed_table((shown(walk.before[-1]), "numbers", "length"), rows)
    return tag("ol", *read, class_="numbered") + tag("div", table, class_="strips")


def _weights(walk: "Walk", name: str) -> np.ndarray:
    """(layer, token): the mean over heads."""
    looks = [one.looks_back if name == "back" else one.looks_over for one in walk.blocks]
    found: np.ndarray = np.stack(looks).mean(axis=1)
    return found


def _attention(walk: "Walk", name: str) -> str:
    names = walk.before if name == "back" else walk.source.pieces
    weights = _weights(walk, name)
    layers = [f"layer {number}" for number in range(len(weights))]
    return grid(
        weights,
        layers,
        [piece.strip() or "·" for piece in names],
        label=f"Where the newest token looks, by layer: {STOPS[4 if name == 'back' else 5][1]}",
        say="{row}: {value} of its attention goes to {column}",
        cells=Cells(size=(CELL, CELL), written=decimals),
    )


def _forward(walk: "Walk") -> str:
    most = [common_scale([one.vectors[3] for one in walk.blocks])]
    rows = [
        [
            f"layer {number}",
            strip(one.vectors[3], most[0]),
            *(three_digits(float(length)) for length in one.added),
        ]
        for number, one in enumerate(walk.blocks)
    ]
    names = (
        "",
        "its vector after the layer",
        "self-attention adds",
        "cross-attention adds",
        "feed-forward adds",
    )
    return tag("div", headed_table(names, rows), class_="strips")


def _choose(walk: "Walk") -> str:
    listed = "".join(
        bar(
            shown(one.text),
            one.probability,
            f"{percent(one.probability)}, logit {decimals(one.logit)}",
            kind="chosen" if index == 0 else "",
        )
        for index, one in enumerate(walk.guesses)
    )
    vector = strip(walk.state, common_scale([walk.state]))
    rows = f"its dot product with each of {walk.vocabulary:,} rows is that token’s logit"
    size = f"{len(walk.state)} numbers: {rows}"
    ends = walk.step == len(walk.pieces) - 1
    text = paragraph("translation", "walk_ends") if ends else ""
    return (
        f'<div class="strips">{vector}<p>{size}</p></div>'
        f'<ul class="bars wide">{listed}</ul><p>{text}</p>'
    )


def walk_table(walk: "Walk") -> Html:
    """What each decoder layer adds, and the likeliest tokens."""
    layers: Sequence[Sequence[str]] = [
        [str(number), *(three_digits(float(length)) for length in one.added)]
        for number, one in enumerate(walk.blocks)
    ]
    names = ("layer", "self-attention adds", "cross-attention adds", "feed-forward adds")
    guesses = [
        [shown(one.text), minus(one.logit), percent(one.probability)] for one in walk.guesses
    ]
    return Html(
        headed_table(names, layers, numbers=True)
        + headed_table(("token", "logit", "probability"), guesses, numbers=True)
    )
