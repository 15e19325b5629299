"""Reliability diagram: how often what was given a probability came true."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.parts.chart import BOTTOM, HEIGHT, LEFT, REST, RIGHT, TOP, WIDTH, Axis, Line, chart
from figures.parts.style import three_digits

if TYPE_CHECKING:
    from services.records.parts import Bin

TENTHS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def reliability_chart(
    series: "Sequence[tuple[str, Sequence[Bin], float]]", *, title: str, share: str
) -> str:
    """Each series (name, bins, expected calibration error) beside the diagonal of no error.

    `share` names what the axis upwards shows.
    """
    lines = [
        Line(
            f"{name}: expected calibration error {three_digits(error)}",
            [(row.mean_probability, row.share_acceptable) for row in bins],
            dots=True,
        )
        for name, bins, error in series
    ]
    diagonal = (
        f'<path d="M{LEFT} {HEIGHT - BOTTOM}L{WIDTH - RIGHT} {TOP}" stroke="{REST}" '
        'stroke-width="2"/>'
    )
    across = Axis("probability of acceptable", TENTHS)
    return chart(lines, across, Axis(share, TENTHS), title=title, marks=diagonal)
