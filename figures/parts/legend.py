"""A colour scale beside what it colours."""

from collections.abc import Callable

from figures.parts.style import STEPS, ramp


def legend(scale: str, low: str, high: str, *, look: Callable[[str], str] = str) -> str:
    """A colour scale with the names of its ends; `look` is how a colour looks where it is used."""
    stripes = "".join(
        f'<path fill="{look(colour)}" d="M{place} 0h1v1h-1z"/>'
        for place, colour in enumerate(ramp(scale)[4::8])
    )
    return (
        f'<p class="legend"><span>{low}</span>'
        f'<svg class="ramp" viewBox="0 0 {STEPS // 8} 1" preserveAspectRatio="none" '
        f'shape-rendering="crispEdges" aria-hidden="true">{stripes}</svg>'
        f"<span>{high}</span></p>"
    )
