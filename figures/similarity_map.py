"""Sentences as points of a map."""

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from figures.similarity import table
from figures.style import three_digits

if TYPE_CHECKING:
    from services.similarity_map import Map

HEIGHT = 560
NEAR = 0.04  # of the map's extent: points this close share a label
POINT = "#0072B2"
# Readable on a light page and on a dark one: text that is drawn as SVG takes the page's colour
# (assets/style.css), a 3-D scene is drawn on paper of its own.
INK, PAPER, RULE = "#222222", "#ffffff", "#b5b5b5"


def sentence_map(laid_out: "Map", sentences: tuple[str, ...]) -> go.Figure:
    """A point for each sentence: its number beside it, the sentence when it is pointed at."""
    names = _axis_names(laid_out)
    numbers = [str(number) for number in range(1, len(sentences) + 1)]
    # Escaped, for Plotly reads tags in a text; and without a template, for it reads those too.
    told = [f"{number} {escape(s)}" for number, s in zip(numbers, sentences, strict=True)]
    common: dict[str, Any] = {
        "mode": "markers+text",
        "text": _labels(laid_out.points),
        "hovertext": told,
        "hoverinfo": "text",
        "textfont": {"size": 16, "color": INK},
    }
    columns = laid_out.points.T.tolist()
    layout: dict[str, Any] = {
        "height": HEIGHT,
        "margin": {"l": 10, "r": 10, "t": 20, "b": 10},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": "Source Sans Pro, sans-serif", "size": 16, "color": INK},
        "hoverlabel": {"bgcolor": PAPER, "font": {"color": INK, "size": 16}},
        "showlegend": False,
        "template": None,
    }
    axis = {"gridcolor": RULE, "zerolinecolor": RULE, "linecolor": RULE, "automargin": True}
    if len(columns) == 2:
        points = go.Scatter(
            x=columns[0], y=columns[1], textposition="top center", cliponaxis=False,
            marker={"size": 11, "color": POINT}, **common,
        )  # fmt: skip
        # One unit is as long to the right as upwards, or distances would lie.
        layout["xaxis"] = axis | {"title": {"text": names[0]}}
        layout["yaxis"] = axis | {"title": {"text": names[1]}, "scaleanchor": "x"}
    else:
        points = go.Scatter3d(
            x=columns[0], y=columns[1], z=columns[2],
            marker={"size": 5, "color": POINT}, **common,
        )  # fmt: skip
        layout["scene"] = {"aspectmode": "data"} | {
            f"{letter}axis": {"title": {"text": name}, "gridcolor": RULE, "tickfont": {"size": 12}}
            for letter, name in zip("xyz", names, strict=True)
        }
    return go.Figure(points, layout)


def _labels(points: np.ndarray) -> list[str]:
    """A number for each point; points that nearly coincide share that of the first."""
    near = NEAR * float(np.ptp(points, axis=0).max())
    labels: dict[int, list[str]] = {}
    for number, point in enumerate(points):
        distances = {first: np.linalg.norm(point - points[first]) for first in labels}
        first = min(distances, key=distances.__getitem__, default=number)
        if distances.get(first, np.inf) > near:
            first = number
        labels.setdefault(first, []).append(str(number + 1))
    return [", ".join(labels.get(number, [])) for number in range(len(points))]


def _axis_names(laid_out: "Map") -> list[str]:
    if not laid_out.explained:
        return [f"t-SNE {place + 1}" for place in range(laid_out.points.shape[1])]
    return [
        f"component {place + 1} ({three_digits(100 * share)}%)"
        for place, share in enumerate(laid_out.explained)
    ]


def map_caption(laid_out: "Map", sentences: tuple[str, ...], *, setting: str) -> str:
    """What the map keeps and what it loses, and which number is which sentence."""
    dimensions = laid_out.points.shape[1]
    start = f"Each point is a sentence: {setting}, vectors scaled to length 1. "
    if laid_out.explained:
        shares = " + ".join(three_digits(100 * share) for share in laid_out.explained)
        whole = sum(laid_out.explained) > 0.9995
        lost = "nothing is lost" if whole else "the other differences are not in the picture"
        kept = three_digits(100 * sum(laid_out.explained))
        said = (
            f"PCA keeps the {dimensions} directions in which the sentences differ most: {shares} "
            f"= {kept}% of the variance; {lost}."
        )
    else:
        said = (
            f"t-SNE (perplexity {three_digits(laid_out.perplexity)}, seed 0) keeps near ones near."
            " Distances between clusters, their sizes and the axes mean nothing."
        )
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<p>{escape(start + said)}</p><ol class="numbered">{items}</ol>'


def map_table(laid_out: "Map", sentences: tuple[str, ...]) -> str:
    """The coordinates of each sentence."""
    head = "<th></th><th>sentence</th>" + "".join(
        f"<th>{escape(name)}</th>" for name in _axis_names(laid_out)
    )
    lines = [
        f"<tr><td>{number}</td><td>{escape(sentence)}</td>"
        + "".join(f"<td>{three_digits(float(place))}</td>" for place in point)
        + "</tr>"
        for number, (sentence, point) in enumerate(
            zip(sentences, laid_out.points, strict=True), start=1
        )
    ]
    return table(head, lines)
