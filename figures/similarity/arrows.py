"""Pictures of arrows in the plane: each with the first one's dot product, angle and cosine."""

from typing import TYPE_CHECKING

from figures.parts.html import Html, tag
from figures.parts.plane import COLOURS, Arrow, pair, plane, written
from figures.parts.prose import paragraph
from figures.parts.table import headed_table

if TYPE_CHECKING:
    import numpy as np

    from services.similarity.arrows import Arrows

FIRST = "a"
NAMES = "bcdefgh"


def headline(arrows: "Arrows") -> str:
    """The dot product of the first two; it follows while one of them is moved."""
    first, other = (_said("first", arrows.first), _said("vector 0", arrows.others[0]))
    dot = tag("b", written(float(arrows.dots[0])), data_shows="dot 0")
    return f"{first} · {other} = {dot}"


def arrows_figure(arrows: "Arrows") -> str:
    """The plane, and beside it what each arrow has to do with the first."""
    tips = [
        Arrow(name, (float(x), float(y)), colour)
        for name, (x, y), colour in zip(FIRST + NAMES, arrows.vectors, COLOURS, strict=False)
    ]
    label = "Arrows from the origin. Drag a tip, or move it with the arrow keys."
    return (
        f'<figure class="figure similarity arrows"><div class="arrows-pair">'
        f"{plane(tips, 'vectors', label=label)}<div data-answer>{_sums(arrows)}</div></div>"
        f"<figcaption>{paragraph('similarity', 'arrows')}</figcaption></figure>"
    )


def arrows_table(arrows: "Arrows") -> str:
    """Each arrow with its numbers."""
    first = [f"{FIRST} {pair(*arrows.first)}", written(float(arrows.lengths[0])), "", "", ""]
    rows = [
        [
            f"{name} {pair(*arrows.others[place])}",
            written(float(arrows.lengths[place + 1])),
            written(float(arrows.dots[place])),
            f"{written(float(arrows.angles[place]))}°",
            _cosine(float(arrows.cosines[place])),
        ]
        for place, name in zip(range(len(arrows.others)), NAMES, strict=False)
    ]
    names = ("vector", "length", "dot product with a", "angle to a", "cosine with a")
    return headed_table(names, [first, *rows], numbers=True)


def _sums(arrows: "Arrows") -> Html:
    """A row for each arrow: the sum that the dot product is, and what is left without lengths."""
    lengthy = tag("span", written(float(arrows.lengths[0])), data_shows="length first")
    top = tag(
        "p",
        tag("b", FIRST, style=f"--c: {COLOURS[0]}"),
        " = ",
        _said("first", arrows.first),
        ", length ",
        lengthy,
        class_="first",
    )
    head = tag("tr", *(tag("th", name, scope="col") for name in _HEADS))
    rows = [_row(arrows, index) for index in range(len(arrows.others))]
    return Html(top + tag("table", tag("thead", head), tag("tbody", *rows)))


_HEADS = ("vector", "a · it", "length", "angle", "cosine")


def _row(arrows: "Arrows", index: int) -> Html:
    other = arrows.others[index]
    products = " + ".join(
        f"{written(float(one))} · {written(float(two))}"
        for one, two in zip(arrows.first, other, strict=True)
    )
    name = tag("b", NAMES[index], style=f"--c: {COLOURS[index + 1]}")
    return tag(
        "tr",
        tag("th", name, " = ", _said(f"vector {index}", other), scope="row"),
        tag(
            "td",
            tag("span", products, class_="sum", data_shows=f"sum {index}"),
            " = ",
            tag("b", written(float(arrows.dots[index])), data_shows=f"dot {index}"),
        ),
        tag("td", written(float(arrows.lengths[index + 1])), data_shows=f"length {index}"),
        tag("td", f"{written(float(arrows.angles[index]))}°", data_shows=f"angle {index}"),
        tag("td", _cosine(float(arrows.cosines[index])), data_shows=f"cosine {index}"),
    )


def _said(shows: str, vector: "np.ndarray") -> Html:
    return tag("span", pair(*vector), data_shows=shows)


def _cosine(value: float) -> str:
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "−")
