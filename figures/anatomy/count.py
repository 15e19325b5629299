"""The parameters of a Transformer: areas, what they cost, every row worked out."""

from typing import TYPE_CHECKING

from figures.anatomy.sizes import in_bytes, operations, short
from figures.anatomy.treemap import Tile, treemap
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.style import percent
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.count import Count, Row

# A colour for each kind of part, from the seven that words and spans have.
COLOURS = {
    "embeddings": "c0",
    "attention": "c1",
    "feed-forward": "c2",
    "norms": "c3",
    "output": "c6",
}


def headline(count: "Count") -> str:
    """The number of all parameters."""
    return f"<b>{count.total:,}</b> parameters"


def count_figure(count: "Count", *, title: str, held: int | None = None) -> str:
    """The areas, then what all of it takes, then the rows.

    `held` is what the model in memory has, where one was counted.
    """
    shape = count.shape
    layers = 1 if shape.shared else shape.layers
    tiles = [
        Tile(
            row.part,
            f"{short(row.count)}, {percent(row.count / count.total)}",
            COLOURS[row.group],
            row.count,
            layers if row.formula.startswith("L·") else 1,
        )
        for row in count.rows
    ]
    areas = treemap(
        tiles, label=f"{title}: {count.total:,} parameters as areas; the table has each"
    )
    return (
        f'<figure class="figure anatomy count">{areas}{_costs(count)}'
        f"{_rows(count)}<figcaption>{_said(count, title, held)}</figcaption></figure>"
    )


def count_table(count: "Count") -> str:
    """The rows with all their digits."""
    rows = [
        [*_named(row), f"{row.count:,}", percent(row.count / count.total)] for row in count.rows
    ]
    return headed_table(("part", "formula", "with numbers", "parameters", "share"), rows)


def _costs(count: "Count") -> Html:
    """Memory, cache and work, each as a number with its name."""
    sizes = [(f"in {kind}", in_bytes(size)) for kind, size in count.bytes.items()]
    tokens = f"{count.shape.context:,}"
    work = (f"a token after {tokens}", operations(count.flops))
    cache: list[tuple[str, str]] = []
    if count.cached:
        whole = count.cache_bytes_per_token * count.shape.context
        cache = [(f"cache of {tokens} tokens", in_bytes(whole))]
    drawn = [tag("li", tag("b", text), tag("span", name)) for name, text in (*sizes, *cache, work)]
    return tag("ul", *drawn, class_="costs")


def _rows(count: "Count") -> Html:
    """Each row with the colour of its area, its formula and its number."""
    rows = [
        [
            f'<i class="swatch {COLOURS[row.group]}"></i> {_part(row.part)}',
            tag("span", written(row.formula), title=row.numbers),
            f"{row.count:,}",
        ]
        for row in count.rows
    ]
    rows.append(["<b>All</b>", "", f"<b>{count.total:,}</b>"])
    return headed_table(("part", "formula", "parameters"), rows, numbers=True)


def _named(row: "Row") -> list[str]:
    return [_part(row.part), written(row.formula), row.numbers or "–"]


def _part(name: str) -> str:
    return str(tag("span", name)).replace("W_O", "W<sub>O</sub>")


def written(formula: str) -> str:
    """A formula as a blackboard has it; a dash where nothing is counted."""
    return formula.replace("d·d", "d²") or "–"


def _said(count: "Count", title: str, held: int | None) -> str:
    """Whose parameters these are, the measures, and how costs are counted."""
    shape = count.shape
    measures = {
        "V": shape.vocabulary,
        "E": shape.table,
        "d": shape.width,
        "h": shape.heads,
        "L": shape.layers,
        "f": shape.feedforward,
        "n": shape.context,
    }
    listed = ", ".join(
        f"<i>{sign}</i> = {number:,}" for sign, number in measures.items() if number
    )
    same = "" if held is None else f" The model in memory has {held:,}."
    cached = f" {paragraph('anatomy', 'cache_in_float16')}" if count.cached else ""
    return (
        f"{tag('span', title)}: {listed}.{same} {paragraph('anatomy', 'work_of_a_token')}{cached}"
    )
