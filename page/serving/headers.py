"""The headers of every answer: what a browser may do with it, and who may show it in a frame."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.door import Door
from core.settings import Settings

Pairs = tuple[tuple[bytes, bytes], ...]

# Gradio's page is made of scripts in the page, and of handlers that are compiled from texts: they
# must be allowed. What is left holds: nothing is fetched from, or sent to, any other site.
PAGE = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# A file that somebody has sent is nothing but a file, whatever stands in it.
FILE = {"default-src": "'none'", "style-src": "'unsafe-inline'", "sandbox": ""}
FILES = "/gradio_api/file="
# The camera takes a picture for Captioning; the rest of what a page may ask of a machine is off.
PERMISSIONS = {
    "camera": "(self)",
    "clipboard-write": "(self)",
    "fullscreen": "(self)",
    **dict.fromkeys(
        (
            "accelerometer",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "usb",
        ),
        "()",
    ),
}


class Dress:
    """Puts the headers on every answer that has none of its own, the guard's included."""

    def __init__(self, app: ASGIApp, settings: Settings, door: Door) -> None:
        self.app = app
        hub = urlsplit(settings.space)
        frames = ["'self'", *door.embed, *([f"{hub.scheme}://{hub.netloc}"] if hub.netloc else [])]
        shown = {"frame-ancestors": " ".join(dict.fromkeys(frames))}
        self._page = _pairs(PAGE | shown)
        self._file = _pairs(FILE | shown)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = self._file if FILES in scope.get("path", "") else self._page

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                has = {name.lower() for name, _ in own}
                # A new list: the shelf hands out the same one again and again.
                message["headers"] = [*own, *(pair for pair in more if pair[0] not in has)]
            await send(message)

        await self.app(scope, receive, dressed)


def _pairs(policy: dict[str, str]) -> Pairs:
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (
            b"content-security-policy",
            _joined((f"{k} {v}".strip() for k, v in policy.items()), "; "),
        ),
        (b"permissions-policy", _joined((f"{k}={v}" for k, v in PERMISSIONS.items()), ", ")),
    )


def _joined(parts: Iterable[str], between: str) -> bytes:
    return between.join(parts).encode("latin-1")
