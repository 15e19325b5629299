"""HTML put together so that no text gets in unescaped by mistake."""

from html import escape


class Html(str):
    """A piece that is HTML already; any other text is escaped where it is put in."""

    __slots__ = ()


def inside(child: object) -> Html:
    """A child as it stands inside an element: HTML as it is, all else as escaped text."""
    return child if isinstance(child, Html) else Html(escape(str(child)))


def tag(name: str, *children: object, **attributes: object) -> Html:
    """An element with its children.

    Attributes are escaped; `class_` stands for class, `data_pair` for data-pair. One that is None
    or "" is left out, and one that is True stands by its name.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value != "" and value is not False
    )
    return Html(f"<{name}{written}>{''.join(map(inside, children))}</{name}>")
