"""Sentences as points of a map."""

from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from figures.parts.headline import share
from figures.parts.prose import paragraph
from figures.parts.style import three_digits
from figures.parts.table import table
from figures.similarity.flat import flat_map, shared_labels
from figures.similarity.matrix import ALL_ALIKE, unknown_note

if TYPE_CHECKING:
    from services.similarity.compare import Unknown
    from services.similarity.map import Map

NAMES = {"pca": "PC", "tsne": "t-SNE"}  # of the axes
NEAR = 0.04  # of the map's extent: points this close share a label
POINT = "#0072B2"
# A 3-D scene has colours of its own, which no style sheet reaches; so all of a map is drawn for a
# light page, on no paper, and the style sheet turns light and dark over on a dark page.
INK, PAPER, RULE = "#222222", "rgba(0,0,0,0)", "#b5b5b5"
ROOM = 0.12  # of the longest axis, left free at both ends of each axis
EYE = {"x": 1.75, "y": 1.75, "z": 1.0}  # so far away that all corners and titles are in view


def headline(laid_out: "Map") -> str:
    """How far the map can be trusted: the variance on its axes, or the neighbours it keeps."""
    if laid_out.alike:
        return ALL_ALIKE
    if laid_out.explained:
        return f"<b>{share(sum(laid_out.explained))}</b> of the variance"
    kept, sentences = laid_out.neighbours_kept, len(laid_out.points)
    return f"<b>{kept} of {sentences}</b> keep their nearest neighbour"


def sentence_map(laid_out: "Map", sentences: tuple[str, ...]) -> "go.Figure | None":
    """In three dimensions a point for each sentence: its number, the sentence when pointed at.

    Its size is that of its place on the page (`assets/similarity/style.css`). None where the map
    is flat, which `map_caption` draws.
    """
    if laid_out.points.shape[1] == 2:
        return None
    numbers = [str(number) for number in range(1, len(sentences) + 1)]
    # Escaped, for Plotly reads tags in a text; and without a template, for it reads those too.
    lines = [f"{number} {escape(s)}" for number, s in zip(numbers, sentences, strict=True)]
    common: dict[str, Any] = {
        "mode": "markers+text",
        "text": shared_labels(
            laid_out.points, NEAR * float(np.ptp(laid_out.points, axis=0).max())
        ),
        "textposition": "top center",
        "hovertext": lines,
        "hoverinfo": "text",
        "textfont": {"size": 16, "color": INK},
    }
    layout: dict[str, Any] = {
        "margin": dict.fromkeys("lrtb", 0),
        "scene": _scene(laid_out),
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": "Source Sans Pro, sans-serif", "size": 16, "color": INK},
        "hoverlabel": {"bgcolor": "#ffffff", "font": {"color": INK, "size": 16}},
        "modebar": {"bgcolor": PAPER, "color": "#595959", "activecolor": INK},
        "showlegend": False,
        "template": "none",
    }
    columns = laid_out.points.T.tolist()
    points = go.Scatter3d(
        x=columns[0], y=columns[1], z=columns[2],
        marker={"size": 5, "color": POINT}, **common,
    )  # fmt: skip
    return go.Figure(points, layout)


def _scene(laid_out: "Map") -> dict[str, Any]:
    """Three axes of one scale, in a box that is seen whole; the table has the coordinates."""
    low, high = laid_out.points.min(axis=0), laid_out.points.max(axis=0)
    longest = float((high - low).max()) or 1.0
    low, high = low - ROOM * longest, high + ROOM * longest
    spans = (high - low) / (high - low).max()
    axes = {
        f"{letter}axis": {
            "title": {"text": name},
            "range": [float(low[index]), float(high[index])],
            "color": INK,
            "gridcolor": RULE,
            "zerolinecolor": RULE,
            "showbackground": False,
            "showticklabels": False,
            "showspikes": False,
            "nticks": 6,
        }
        for index, (letter, name) in enumerate(zip("xyz", _axis_names(laid_out), strict=True))
    }
    return axes | {
        "aspectmode": "manual",
        "aspectratio": dict(zip("xyz", map(float, spans), strict=True)),
        "camera": {"eye": EYE, "center": {"x": 0, "y": 0, "z": -0.05}},
    }


def _axis_names(laid_out: "Map") -> list[str]:
    names = [f"{NAMES[laid_out.method]} {index + 1}" for index in range(laid_out.points.shape[1])]
    shares = [f" ({three_digits(100 * share)}%)" for share in laid_out.explained]
    return [name + share for name, share in zip_longest(names, shares, fillvalue="")]


def map_caption(
    laid_out: "Map", sentences: tuple[str, ...], *, setting: str, unknown: "Unknown | None" = None
) -> str:
    """The map where it is flat, what it keeps and loses, and which number is which sentence."""
    dimensions = laid_out.points.shape[1]
    if laid_out.alike:
        text = paragraph("similarity", "all_are_one_point")
    elif laid_out.explained:
        whole = sum(laid_out.explained) > 0.9995
        lost = "nothing is lost" if whole else "the other differences are not in it"
        kept = three_digits(100 * sum(laid_out.explained))
        text = (
            f"PCA keeps the {dimensions} directions in which the sentences differ most, the "
            f"principal components (PC). This picture has {kept}% of the variance; {lost}."
        )
    else:
        text = (
            f"t-SNE (perplexity {three_digits(laid_out.perplexity)}, seed 0) tries to keep near "
            f"sentences near: {laid_out.neighbours_kept} of {len(sentences)} have the same "
            "nearest neighbour on this map as by cosine. "
            f"{paragraph('similarity', 'only_neighbours')}"
        )
    text = f"Each point is a sentence: {setting}, vectors scaled to length 1. {text}"
    items = "".join(
        f"<li><span>{number}</span> <span>{escape(sentence)}</span></li>"
        for number, sentence in enumerate(sentences, start=1)
    )
    note = unknown_note(unknown) if unknown else ""
    names = _axis_names(laid_out)
    flat = flat_map(laid_out.points, sentences, (names[0], names[1])) if dimensions == 2 else ""
    return (
        f'<figure class="figure">{flat}<p>{escape(text)}</p>{note}'
        f'<ol class="numbered">{items}</ol></figure>'
    )


def map_table(laid_out: "Map", sentences: tuple[str, ...]) -> str:
    """The coordinates of each sentence."""
    head = "<td></td><th>sentence</th>" + "".join(
        f"<th>{escape(name)}</th>" for name in _axis_names(laid_out)
    )
    lines = [
        f"<tr><td>{number}</td><td>{escape(sentence)}</td>"
        + "".join(f"<td>{three_digits(float(index))}</td>" for index in point)
        + "</tr>"
        for number, (sentence, point) in enumerate(
            zip(sentences, laid_out.points, strict=True), start=1
        )
    ]
    return table(head, lines)
