"""A colour scale beside what it colours."""

from collections.abc import Callable, Sequence

from figures.parts.style import STEPS, ramp


def legend(
    scale: str | Sequence[str],
    low: str,
    high: str,
    *,
    look: Callable[[str], str] = str,
    more: str = "",
) -> str:
    """A colour scale with the names of its ends, which are HTML, and `more` after them.

    `scale` is its name or its 256 colours; `look` is how a colour looks where it is used.
    """
    colours = ramp(scale) if isinstance(scale, str) else scale
    stripes = "".join(
        f'<path fill="{look(colour)}" d="M{index} 0h1v1h-1z"/>'
        for index, colour in enumerate(colours[4::8])
    )
    return (
        f'<p class="legend"><span>{low}</span>'
        f'<svg class="ramp" viewBox="0 0 {STEPS // 8} 1" preserveAspectRatio="none" '
        f'shape-rendering="crispEdges" aria-hidden="true">{stripes}</svg>'
        f"<span>{high}</span>{more}</p>"
    )
