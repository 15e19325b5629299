"""A text whose words are buttons: a press masks one, or shows it again."""

import json
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from figures.parts.html import Html, tag
from figures.parts.prose import paragraph

if TYPE_CHECKING:
    from services.masking.blanks import Blanked


def sentence(blanked: "Blanked", toggled: Callable[[int], str]) -> Html:
    """The text as it was typed; `toggled` says which words are hidden after a press of one."""
    drawn, end = [], 0
    for number, part in enumerate(blanked.parts):
        drawn.append(Html(escape(blanked.text[end : part.start])))
        drawn.append(_typed(blanked) if part.typed else _word(blanked, number, toggled(number)))
        end = part.end
    drawn.append(Html(escape(blanked.text[end:])))
    return tag("p", *drawn, class_="words", dir="auto", data_roving="1")


def _typed(blanked: "Blanked") -> Html:
    return tag("span", blanked.sign, class_="hidden")


def _word(blanked: "Blanked", number: int, hidden: str) -> Html:
    part = blanked.parts[number]
    return tag(
        "button",
        blanked.sign if part.hidden else part.text,
        type="button",
        class_="hidden" if part.hidden else "",
        data_pick=json.dumps({"hidden": hidden}),
        aria_label=f"{part.text}: {'masked, press to show' if part.hidden else 'press to mask'}",
        aria_pressed="true" if part.hidden else "false",
        tabindex="0" if number == _first(blanked) else "-1",
    )


def _first(blanked: "Blanked") -> int:
    """The part at which the keyboard comes in."""
    return next((n for n, part in enumerate(blanked.parts) if not part.typed), 0)


def notes(blanked: "Blanked") -> str:
    """What is to be said of what was typed, in HTML: blanks, and what cannot be spelled."""
    texts = []
    others = sorted({part.text for part in blanked.parts if part.typed} - {blanked.sign})
    if others:
        typed = " and ".join(f"<code>{escape(one)}</code>" for one in others)
        texts.append(f"{typed} in this text is read as <code>{escape(blanked.sign)}</code>.")
    if blanked.unknown:
        count = len(blanked.ids) - 2
        texts.append(
            f"{blanked.unknown:,} of {count:,} tokens are [UNK]. {paragraph('masking', 'unknown')}"
        )
    return "".join(f'<p class="told">{one}</p>' for one in texts)
