"""Code from scratch, part by part: what it does, and how far it is from the library."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.style import significant
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.scratch import Part, Scratch

NAMES = {
    "embed": "Embed",
    "head": "One head",
    "heads": "All heads",
    "block": "Block",
    "model": "Model",
}
CLOSE = 1e-5  # what rounding may make of the same sums in another order


def headline(scratch: "Scratch", chosen: str) -> str:
    """How far the chosen part is from the library."""
    part = next(one for one in scratch.parts if one.name == chosen)
    return f"largest difference <b>{_difference(part)}</b>"


def scratch_figure(
    scratch: "Scratch",
    chosen: str,
    code: str,
    whole: str,
    lines: Sequence[int],
    *,
    title: str,
    causal: bool,
) -> str:
    """The parts with what was measured of each, and the code of the chosen one.

    `code` is that part alone, `whole` the file up to it, `lines` how long it is up to each part.
    """
    rows = [
        _row(part, part.name == chosen, length, first=not number)
        for number, (part, length) in enumerate(zip(scratch.parts, lines, strict=True))
    ]
    head = "".join(
        tag("th", name, scope="col") for name in ("part", "output", "compared", "difference")
    )
    copied = tag(
        "div",
        Html('<button type="button" data-copies>Copy the file up to here</button>'),
        Html('<button type="button" data-saves="scratch.py">Save it</button>'),
        tag("span", "", class_="copied", role="status"),
        tag("textarea", whole, class_="whole", readonly=True, tabindex="-1", aria_hidden="true"),
        class_="copies",
        data_export="no",
    )
    return (
        f'<figure class="figure anatomy scratch"{" data-causal" if causal else ""}>'
        f'<table class="grown"><thead><tr>{head}</tr>'
        f"</thead><tbody data-roving=1>{''.join(rows)}</tbody></table>"
        f"{tag('pre', code, tabindex='0')}{copied}"
        f"<figcaption>{tag('span', title)}. {paragraph('anatomy', 'from_scratch')}</figcaption>"
        "</figure>"
    )


def scratch_table(scratch: "Scratch") -> str:
    """The same in numbers."""
    rows = [
        [NAMES[part.name], _shape(part), f"{part.outputs}", significant(part.difference, 3)]
        for part in scratch.parts
    ]
    return headed_table(("part", "shape", "outputs compared", "largest difference"), rows)


def _row(part: "Part", pressed: bool, length: int, *, first: bool) -> Html:
    button = tag(
        "button",
        NAMES[part.name],
        tag("small", f"{length} lines"),
        type="button",
        data_pick=json.dumps({"part": part.name}),
        aria_pressed="true" if pressed else "false",
        tabindex="0" if pressed else "-1",
    )
    same = part.difference <= CLOSE
    many = f"{part.outputs} outputs" if part.outputs > 1 else "1 output"
    return tag(
        "tr",
        tag("th", button, scope="row"),
        tag("td", _shape(part)),
        tag("td", many),
        tag("td", f"{'✓' if same else '✗'} {_difference(part)}", class_="same" if same else ""),
        class_="chosen" if pressed else "",
    )


def _shape(part: "Part") -> str:
    return " × ".join(f"{size:,}" for size in part.shape)


def _difference(part: "Part") -> str:
    return "0" if part.difference == 0 else significant(part.difference, 2)
