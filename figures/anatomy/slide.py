"""A lecture slide whose errors are to be found: each line is marked with a press."""

import json
from typing import TYPE_CHECKING

from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.anatomy.slide import Found, Line


def headline(found: "Found", wrong: int, *, solved: bool) -> str:
    """How many errors are found, once it is asked for; before that, how many lines are marked."""
    if not solved:
        return f"<b>{len(found.marked)}</b> marked, {wrong} are wrong"
    false = f", {found.false} marked that {'is' if found.false == 1 else 'are'} right"
    return f"<b>{found.hits} of {wrong}</b> found{false if found.false else ''}"


def slide_figure(
    lines: "Sequence[Line]", found: "Found", *, title: str, marks: str, solved: bool
) -> str:
    """The slide; solved, each wrong line with what is wrong with it."""
    drawn = [
        _line(number, line, found, marked=number in found.marked, solved=solved)
        for number, line in enumerate(lines)
    ]
    text = "Hide the errors" if solved else "Show the errors"
    pick = json.dumps({"marked": marks, "solved": not solved})
    button = tag("button", text, type="button", class_="quiet", data_pick=pick)
    return (
        f'<figure class="figure anatomy mistakes"><div class="board">{tag("h3", title)}'
        f"{tag('ol', *drawn, data_roving=1)}</div><p>{button}</p>"
        f"<figcaption>{paragraph('anatomy', 'find_the_errors')}</figcaption></figure>"
    )


def _line(number: int, line: "Line", found: "Found", *, marked: bool, solved: bool) -> Html:
    button = tag(
        "button",
        tag("span", line.part),
        tag("span", line.formula),
        tag("b", line.says),
        type="button",
        data_pick=json.dumps({"marked": found.toggled(number), "solved": solved}),
        aria_pressed="true" if marked else "false",
        tabindex="-1" if number else "0",
    )
    why = Html()
    if solved and line.wrong:
        why = tag("p", line.wrong, class_="hit" if marked else "missed")
    elif solved and marked:
        why = tag("p", "This line is right.", class_="false")
    return tag("li", button, why)


def slide_table(lines: "Sequence[Line]", found: "Found", *, solved: bool) -> str:
    """The lines; solved, with what is wrong."""
    rows = [
        (line.part, line.formula, line.says, "yes" if number in found.marked else "")
        + ((line.wrong or "right",) if solved else ())
        for number, line in enumerate(lines)
    ]
    more = ("what is wrong",) if solved else ()
    return rows_table(("line", "formula", "says", "marked", *more), rows)
