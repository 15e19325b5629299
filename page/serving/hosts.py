"""Under which names the page answers, whom it believes on that, and what other sites may do."""

import functools
import ipaddress
import re
import socket

from starlette.types import ASGIApp, Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.door import Door
from core.settings import LOOPBACK, Settings, lan_host
from page.serving.refusals import Refused
from page.serving.routes import SAFE

# What only a proxy may say. Gradio makes addresses of the first three.
FORWARDED = (
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-gradio-server",
    b"x-forwarded-for",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"forwarded",
)
# A name or a number, in brackets with IPv6, and perhaps a port (RFC 9110, section 7.2).
AUTHORITY = re.compile(r"(\[(?P<number>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(:\d{1,5})?")


class Hosts:
    """Who is believed on the page's name, and which names it has."""

    def __init__(self, settings: Settings, door: Door) -> None:
        proxies = [*settings.proxies, *door.proxies]
        trusted = "*" if "*" in proxies else proxies
        self._believing = functools.partial(ProxyHeadersMiddleware, trusted_hosts=trusted)
        self._proxies = self._believing(None).trusted_hosts  # type: ignore[arg-type]
        self._alone = settings.host in LOOPBACK  # served to this machine alone
        self._names = {name.lower() for name in (*own_names(settings), *door.names)}
        self._callers = {caller.encode() for caller in door.callers}
        self._address = settings.address
        self.knows = functools.lru_cache(256)(self._knows)

    def behind(self, app: ASGIApp) -> ASGIApp:
        """The app, told by a proxy that is believed who the visitor is, and by which scheme."""
        return self._believing(app)  # type: ignore[return-value, arg-type]

    def check(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Raises Refused for another's name, and for what another site may not ask."""
        proxied = self._is_proxied(scope)
        host = headers.get(b"host", b"")
        if not proxied and not self.knows(host):
            raise Refused(421, self._unknown(host))
        if scope["method"] not in SAFE and self._elsewhere(headers, host, proxied):
            raise Refused(
                403,
                "This came from a page of another site, which may not call this one; the "
                "Spacefile can name it ([space] callers).",
            )

    def believed(self, scope: Scope, headers: dict[bytes, bytes]) -> Scope:
        """The request without what nobody may say but a proxy that is named."""
        if self._is_proxied(scope) or headers.keys().isdisjoint(FORWARDED):
            return scope
        own = [pair for pair in scope["headers"] if pair[0] not in FORWARDED]
        return {**scope, "headers": own}

    def _is_proxied(self, scope: Scope) -> bool:
        return (scope["client"][0] if scope.get("client") else "") in self._proxies

    def _knows(self, host: bytes) -> bool:
        if not host:
            return True  # no browser: every one says which name it was led by
        name = _name_of(host)
        if name in self._names:
            return True
        # A name may lead anywhere, a number only there: behind it no other site can hide.
        return not self._alone and (name.endswith(".local") or _is_number(name))

    def _unknown(self, host: bytes) -> str:
        return (
            f"This page does not go by the name {_name_of(host)[:60]!r}: open {self._address}, or "
            "name it in the Spacefile ([space] names), or its proxy (docs/hosting.md)."
        )

    def _elsewhere(self, headers: dict[bytes, bytes], host: bytes, proxied: bool) -> bool:
        """Whether a page of another site has sent this, as Go's CrossOriginProtection tells it.

        Browsers say so themselves where the page came over HTTPS or from their own machine; else
        the Origin is held against the Host. Scripts send neither.
        """
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        if origin in self._callers:
            return False
        if site is not None:
            return site not in (b"same-origin", b"none")
        if origin is None:
            return False
        there = origin.partition(b"://")[2].lower()
        if not proxied:
            return there != host.lower()
        # A proxy may leave out the port that it was asked at.
        here = {host, headers.get(b"x-forwarded-host", b"").partition(b",")[0].strip()}
        return _name_of(there) not in map(_name_of, here)


def own_names(settings: Settings) -> set[str]:
    """What this machine is called, and the address that it is reached at; nobody is asked."""
    machine = socket.gethostname()
    short = machine.partition(".")[0]
    numbers = {settings.host, lan_host()} - {"0.0.0.0", "::"}
    return {*LOOPBACK, *numbers, machine, short, f"{short}.local", settings.name} - {""}


def _name_of(host: bytes) -> str:
    """The name in a Host header, without its port; what is no name is given back printable."""
    text = host.decode("latin-1").lower()
    found = AUTHORITY.fullmatch(text)
    return (found["number"] or found["name"]).rstrip(".") if found else text


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
