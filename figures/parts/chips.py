"""Words in reading order, each with its number under it."""

import json
from collections.abc import Sequence

from figures.parts.html import Html, tag
from figures.parts.signs import token_sign
from figures.parts.style import ink


def chip(text: str, number: object, *, pair: str, kind: str = "chip", paper: str = "") -> Html:
    """One word with its number; `pair` names it, so that its twins light up with it.

    `paper` is its colour, as hex; a text that is `Html` is not escaped.
    """
    return tag(
        "span",
        tag("span", text),
        tag("b", number),
        class_=kind,
        data_pair=pair,
        style=painted(paper) if paper else "",
    )


def chips(drawn: Sequence[str]) -> str:
    """Chips in a row that breaks where it must."""
    return f'<p class="chips">{"".join(drawn)}</p>'


def token_chips(
    names: Sequence[tuple[int, str]], chosen: int, *, label: str, before: str = ""
) -> Html:
    """Tokens as buttons, by (number, name): a press chooses another one; arrow keys walk."""
    buttons = [
        tag(
            "button",
            Html(token_sign(name)),
            type="button",
            data_pick=json.dumps({"token": f"{number}"}),
            aria_pressed="true" if number == chosen else "false",
            tabindex="0" if number == chosen else "-1",
        )
        for number, name in names
    ]
    first = tag("small", before) if before else Html()
    return tag(
        "div",
        first,
        *buttons,
        class_="tokens",
        role="group",
        aria_label=label,
        data_roving=len(buttons),
    )


def painted(paper: str) -> str:
    """A colour with the ink that stands out from it, as a style."""
    return f"background:{paper};color:{ink(paper)}"
