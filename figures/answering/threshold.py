"""What the threshold for "no answer" trades."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.style import CATEGORIES, minus

if TYPE_CHECKING:
    from services.records.parts import Threshold

Scale = Callable[[float], float]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 240, 64, 30, 16, 44
ANSWERED, NONE, BOTH = CATEGORIES[4], CATEGORIES[5], CATEGORIES[2]


def trade_chart(trade: "Threshold", threshold: float) -> str:
    """Lines over the threshold: questions answered right, questions rightly refused, and both."""
    points = trade.curve
    low, high = points[0].threshold, points[-1].threshold

    def x(value: float) -> float:
        return LEFT + (min(max(value, low), high) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)

    drawn = "".join(
        f'<polyline class="{name}" fill="none" stroke="{colour}" stroke-width="2.5" points="'
        + " ".join(f"{x(point.threshold):.1f},{y(value):.1f}" for point, value in line)
        + '"/>'
        for name, colour, line in (
            ("start", ANSWERED, [(point, point.f1_with_threshold) for point in points]),
            ("end", NONE, [(point, point.no_answer_f1) for point in points]),
            ("together", BOTH, [(point, point.f1_together) for point in points]),
        )
    )
    return (
        "<h3>What the threshold trades</h3>"
        f"<p>{paragraph('answering', 'what_the_threshold_trades')} On a third set of articles "
        f"{minus(trade.value)} was best for both kinds together; the slider starts at 0.</p>"
        f'<svg class="trade" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" fill="currentColor" '
        'xmlns="http://www.w3.org/2000/svg" font-size="16" '
        'font-family="Source Sans Pro, sans-serif" aria-label="F1 of answers and of no answer '
        'over the threshold; the training view has the numbers.">'
        f'<path d="M{x(threshold):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="currentColor" '
        f'stroke-dasharray="4 3"/>{_axes(low, high, x, y)}{drawn}</svg>'
        '<p class="key"><span><i class="swatch start"></i> F1 of answerable questions, silence '
        'counted as 0</span><span><i class="swatch end"></i> F1 of “no answer”</span>'
        '<span><i class="swatch together"></i> F1 of both kinds together</span>'
        f"<span>dashed: your threshold, {minus(threshold)}</span></p>"
    )


def _axes(low: float, high: float, x: Scale, y: Scale) -> str:
    across = "".join(
        f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 30}" text-anchor="middle">'
        f"{'−' if value < 0 else ''}{abs(value):g}</text>"
        for value in (low, low / 2, 0, high / 2, high)
    )
    up = "".join(
        f'<path d="M{LEFT} {y(value):.1f}H{x(high):.1f}" stroke="#8a8a8a" opacity="0.35"/>'
        f'<text x="{LEFT - 8}" y="{y(value):.1f}" text-anchor="end" '
        f'dominant-baseline="central">{value:g}</text>'
        for value in (0, 0.5, 1)
    )
    return across + up
