"""Where the page listens: a socket, or why there is none; asked before all that is slow."""

import errno
import socket


class AddressError(ValueError):
    """Why the page cannot be served there, and what to change: one sentence."""


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address, which `::` makes one for IPv4 too. Raises AddressError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressError(
            f"{host} is no name of a machine that is known here; GRADIO_SERVER_NAME takes an "
            "address or a name of this machine: 127.0.0.1 for it alone, 0.0.0.0 or :: for all "
            "that reach it."
        ) from None
    # Of a name with addresses of both families the one that every browser knows.
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise AddressError(_why(host, port, error)) from None
    return sock


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return (
            f"{host} is no address of this machine ({error.strerror}); choose another: "
            "GRADIO_SERVER_NAME=127.0.0.1 for this machine alone, 0.0.0.0 or :: for all that "
            "reach it."
        )
    return (
        f"Port {port} on {host} cannot be used ({error.strerror}); "
        f"choose another: GRADIO_SERVER_PORT={port % 65_535 + 1} make run"
    )


def url(sock: socket.socket) -> str:
    """The address at which this machine itself reaches the server on the socket."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
