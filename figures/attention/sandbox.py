"""The picture of the sandbox: three planes of arrows, and the weights that follow them."""

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.headline import decimals, short
from figures.parts.html import Html, tag
from figures.parts.plane import COLOURS, Arrow, pair, plane, written
from figures.parts.prose import paragraph
from figures.parts.style import minus, percent
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.attention.sandbox import Flattened, Sandbox

NAMED = 10  # characters of a token that a row has room for
PARTS = (
    ("Queries", "queries", "q"),
    ("Keys", "keys", "k"),
    ("Values, and outputs", "values", "v"),
)


def headline(made: "Sandbox") -> str:
    """The largest weight; it follows while an arrow is moved."""
    row, column = made.strongest
    text = tag("b", decimals(float(made.weights[row, column])), data_shows="most")
    looking, looked = (
        tag("i", place, data_shows=name)
        for place, name in ((row, "most row"), (column, "most column"))
    )
    return f"Token {looking} looks most at {looked}: {text}"


def typed(vectors: np.ndarray) -> str:
    """Vectors as the controls hold them."""
    return "\n".join(f"{x:g}, {y:g}" for x, y in vectors)


def sandbox_figure(made: "Sandbox", flat: "Flattened | None", *, where: str = "") -> str:
    """The planes above, the weights below; `flat` and `where` tell of the head they come from."""
    names = flat.names if flat else tuple(str(number) for number in range(len(made.query)))
    # An arrow of the head that is moved makes all of them the visitor's own.
    own: dict[str, str] = {}
    if flat:
        parts = zip(("queries", "keys", "values"), (made.query, made.key, made.value), strict=True)
        own = {name: typed(rows) for name, rows in parts} | {"taken": "typed"}
    planes = "".join(
        f"<div><h3>{title}</h3>{_plane(made, name, sign, own)}</div>"
        for title, name, sign in PARTS
    )
    told = {
        "scale": float(np.sqrt(2)) if made.scaling else 1.0,
        "masked": made.masked.astype(int).tolist(),
    }
    text = paragraph("attention", "sandbox") + (
        f" {_flattened(made, flat, where)}" if flat else ""
    )
    return (
        f'<figure class="figure sandbox" data-sandbox="{escape(json.dumps(told))}">'
        f'<div class="planes">{planes}</div>{_weights(made, names)}{_masks(made)}'
        f"<figcaption>{text}</figcaption></figure>"
    )


def sandbox_table(made: "Sandbox") -> str:
    """Each pair of tokens with every step of its weight."""
    divided = "÷ √2" if made.scaling else "not divided"
    rows = []
    for row, column in np.ndindex(made.scores.shape):
        hidden = bool(made.masked[row, column])
        scaled = "−∞" if hidden else minus(float(made.scaled[row, column]))
        score, weight = made.scores[row, column], made.weights[row, column]
        cells = [minus(float(score)), scaled, minus(float(weight))]
        rows.append([f"{row} looks at {column}", *cells])
    return headed_table(("pair", "q · k", divided, "weight"), rows, numbers=True)


def _plane(made: "Sandbox", name: str, sign: str, own: dict[str, str]) -> Html:
    vectors = {"queries": made.query, "keys": made.key, "values": made.value}[name]
    arrows = [
        Arrow(f"{sign}{index}", (float(x), float(y)), COLOURS[index])
        for index, (x, y) in enumerate(vectors)
    ]
    if name == "values":
        arrows += [
            Arrow(f"o{index}", (float(x), float(y)), COLOURS[index], still=True)
            for index, (x, y) in enumerate(made.output)
        ]
    label = f"The {name} as arrows. Drag a tip, or move it with the arrow keys."
    return plane(arrows, name, label=label, own=own)


def _weights(made: "Sandbox", names: Sequence[str]) -> Html:
    """A row for each query: score and weight of each key, and the output."""
    head = tag(
        "tr",
        tag("th", "looks at"),
        *(_name("th", index, name, scope="col") for index, name in enumerate(names)),
        tag("th", "output", scope="col"),
    )
    rows = [
        tag(
            "tr",
            _name("th", row, name, scope="row"),
            *(_cell(made, row, column) for column in range(len(names))),
            tag("td", pair(*made.output[row]), data_shows=f"output {row}"),
        )
        for row, name in enumerate(names)
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="by-hand")
    return tag("div", table, class_="scroll", data_answer=True)


def _name(kind: str, index: int, name: str, **more: str) -> Html:
    shown = f"{index}" if name == str(index) else f"{index} {short(name, NAMED)}"
    return tag(kind, tag("b", shown, style=f"--c: {COLOURS[index]}"), **more)


def _cell(made: "Sandbox", row: int, column: int) -> Html:
    """A weight with its score; a press masks it, or shows it again."""
    weight, hidden = float(made.weights[row, column]), bool(made.masked[row, column])
    button = tag(
        "button",
        tag("small", written(float(made.scores[row, column])), data_shows=f"score {row}.{column}"),
        tag("b", decimals(weight), data_shows=f"weight {row}.{column}"),
        type="button",
        data_pick=json.dumps({"mask": _toggled(made.masked, row, column)}),
        data_cell=f"{row}.{column}",
        aria_pressed="true" if hidden else "false",
        aria_label=f"Mask: {row} looks at {column}",
        style=f"--w: {weight:.3f}",
    )
    return tag("td", button)


def _toggled(masked: np.ndarray, row: int, column: int) -> str:
    changed = masked.copy()
    changed[row, column] ^= True
    return _named(changed)


def _named(masked: np.ndarray) -> str:
    """The masked places as the control holds them."""
    return ",".join(f"{row}.{column}" for row, column in np.argwhere(masked))


def _masks(made: "Sandbox") -> Html:
    """The two masks that models have."""
    causal = _named(np.triu(np.ones_like(made.masked), 1))
    buttons = [
        tag("button", text, type="button", class_="quiet", data_pick=json.dumps({"mask": mask}))
        for text, mask in (("Causal mask", causal), ("No mask", ""))
    ]
    return tag("p", *buttons, " Press a weight to mask it alone.")


def _flattened(made: "Sandbox", flat: "Flattened", where: str) -> str:
    """What two dimensions keep of the head, in HTML."""
    rows = f"These are {len(flat.names)} tokens of {escape(where)}"
    text = (
        f"{rows}, in two of its {flat.width} dimensions: by PCA from the origin, of queries and "
        f"keys together (which keeps {percent(flat.kept)} of their squared lengths), of values "
        f"({percent(flat.kept_values)})."
    )
    if made.masked.any():
        return text
    off = float(np.abs(made.weights - flat.weights).max())
    return (
        f"{text} With all {flat.width} the weights among them differ by at most {decimals(off)}."
    )
