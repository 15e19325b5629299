"""A confusion matrix as a small grid of counts."""

from collections.abc import Sequence
from html import escape

from figures.parts.style import MAGNITUDE, ink, ramp, three_digits

STEPS = 255


def confusion_grid(
    counts: Sequence[Sequence[int]], rows: Sequence[str], columns: Sequence[str], *, title: str
) -> str:
    """Counts with the share of their row, which is the colour; right verdicts are framed.

    `counts[true][said]`; the same kind has the same place in `rows` and in `columns`.
    """
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(_cell(count, sum(line), row == column) for column, count in enumerate(line))
        + "</tr>"
        for row, (name, line) in enumerate(zip(rows, counts, strict=True))
    )
    return (
        f'<table class="confusion"><caption>{escape(title)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(count: int, whole: int, right: bool) -> str:
    share = count / whole if whole else 0.0
    paper = ramp(MAGNITUDE)[round(share * STEPS)]
    kind = "right" if right else "wrong"
    of_row = f"{three_digits(100 * share)}% of row, {kind}" if whole else "of none"
    return (
        f'<td class="{kind}" style="background:{paper};color:{ink(paper)}"><b>{count:,}</b>'
        f"<span>{of_row}</span></td>"
    )
