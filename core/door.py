"""Who may come in: under which names the page is reached, and what other sites may do with it."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

# A scheme, a name (or *. and a name), perhaps a port: what a browser sends as Origin.
SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Door:
    """What the Spacefile's [space] says of the page's neighbours; all of it may be left out."""

    # Host names under which the page is reached, beside those of its own machine.
    names: tuple[str, ...] = ()
    # Addresses or networks of proxies that are believed on where a request came from.
    proxies: tuple[str, ...] = ()
    # Sites that may show the page in a frame: a Space's page does.
    embed: tuple[str, ...] = ("https://huggingface.co", "https://*.hf.space")
    # Sites whose scripts may call the endpoints.
    callers: tuple[str, ...] = ()


NOBODY_ELSE = Door()  # the page as its own machine knows it, and a Space's page around it
KEYS = frozenset(field.name for field in fields(Door))


def read_door(table: dict[str, Any], stop: Callable[[str, str], None]) -> Door:
    """The door of a [space] table; `stop(key, problem)` is told what is wrong and does not return.

    A list may be empty: then the page is for nobody else.
    """
    given = {key: table[key] for key in KEYS if key in table}
    for key, values in given.items():
        check, allowed = _CHECKS[key]
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            stop(f"space.{key}", f"is {values!r}; write a list of texts")
        for value in values:
            if not check(value):
                stop(f"space.{key}", f"has {value!r}; write {allowed}")
    return Door(**{key: tuple(values) for key, values in given.items()})


def is_proxy(text: str) -> bool:
    """Whether a text names whom to believe: an address, a network, or * for everybody."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return text == "*"
    return True


def _is_caller(text: str) -> bool:
    return "*" not in text and bool(SITE.fullmatch(text))


_CHECKS: dict[str, tuple[Callable[[str], object], str]] = {
    "names": (NAME.fullmatch, 'a host name alone, such as "lectern.example.org"'),
    "proxies": (is_proxy, 'an address or a network, such as "10.0.0.0/8", or "*"'),
    "embed": (SITE.fullmatch, 'a site, such as "https://course.example.org"'),
    "callers": (_is_caller, 'a site without *, such as "https://course.example.org"'),
}
