"""Tables that scroll by themselves, on a phone too."""

from collections.abc import Collection, Iterable, Sequence

from figures.parts.html import Html, tag


def table(head: str, lines: Sequence[str], *, caption: str = "", kind: str = "") -> Html:
    """Rows of escaped HTML (`<tr>…`) under a head of it (`<th>…`), in a frame that scrolls."""
    titled = tag("caption", caption) if caption else ""
    named = tag("table", Html(titled), _parts(head, lines), class_=kind)
    return tag("div", named, class_="scroll")


def rows_table(
    names: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "", kind: str = ""
) -> Html:
    """Rows of anything; what is not HTML already is escaped. Nothing where there are no rows."""
    if not rows:
        return Html()
    head = "".join(tag("th", name, scope="col") for name in names)
    lines = ["<tr>" + "".join(tag("td", cell) for cell in row) + "</tr>" for row in rows]
    return table(head, lines, caption=caption, kind=kind)


def headed_table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = False
) -> Html:
    """Rows of cells that are HTML already; the first of each row is its heading.

    The other cells are set as numbers where they are.
    """
    kind = "number" if numbers else ""
    first, *others = map(Html, names)
    head = tag("th", first, scope="col") + "".join(
        tag("th", name, scope="col", class_=kind) for name in others
    )
    lines = [
        tag(
            "tr",
            tag("th", Html(row[0]), scope="row"),
            *(tag("td", Html(cell), class_=kind) for cell in row[1:]),
        )
        for row in rows
    ]
    return table(head, lines)


def heads(names: Sequence[str], *, left: Collection[str] = ()) -> str:
    """The head over columns of numbers, in HTML; those in `left` are of words, set to the left."""
    return "".join(f"<th{'' if name in left else ' class=number'}>{name}</th>" for name in names)


def row(cells: Sequence[str]) -> str:
    """A row of cells that are HTML already."""
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def number(text: object) -> str:
    """A cell that holds a number."""
    return f"<td class=number>{text}</td>"


def numbers(texts: Iterable[object]) -> str:
    """A row's cells of numbers."""
    return "".join(map(number, texts))


def _parts(head: str, lines: Sequence[str]) -> Html:
    return Html(f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>")
