"""Bars of a share, each with its number."""

from figures.parts.html import Html, tag


def track(share: float, *, after: str = "", kind: str = "track", colour: str = "") -> Html:
    """The way of a bar, filled up to a share of it; `after` is HTML drawn on the same way."""
    wide = 100 * min(max(share, 0.0), 1.0)
    style = f"width:{wide:.1f}%" + (f";background:{colour}" if colour else "")
    return tag("span", tag("span", style=style), Html(after), class_=kind)


def barred(share: float, value: str, *, after: str = "") -> Html:
    """A cell of a table: a bar, and its number beside it."""
    return tag("td", track(share, after=after), tag("span", value), class_="barred")


def bar(name: str, share: float, value: str, *, mark: float | None = None, kind: str = "") -> str:
    """One line of a list of bars; `mark` is a place on the bar's way, as chance or an aim."""
    tick = "" if mark is None else f'<i style="left:{100 * mark:.1f}%"></i>'
    return (
        f'<li class="{kind}">{tag("span", name, class_="name")}{track(share, after=tick)}'
        f"{tag('span', value, class_='value')}</li>"
    )
