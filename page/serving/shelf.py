"""A shelf of the page's own files, compressed once for all."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page.serving.replay import replay

# The smaller first, where a browser takes both.
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=9),
    "gzip": lambda body: gzip.compress(body, 9),
}


class Shelf:
    """Keeps the page's own files compressed in memory, so that a hall of phones is served from it.

    Gradio compresses each file anew for each phone; on two cores that is what the first minute of
    a lecture goes to (`benchmarks/hall.py`). Browsers take Brotli over HTTPS and from their own
    machine alone: the phones of a hall, on plain HTTP, get gzip. The names carry a hash of the
    content, so browsers may keep them. The files are few; `MOST` bounds what a stranger could
    make it hold.
    """

    MOST = 1200  # each in two encodings
    FOLDERS = ("/assets/", "/static/")

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: OrderedDict[tuple[str, str], tuple[list[tuple[bytes, bytes]], bytes]] = (
            OrderedDict()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and scope["method"] == "GET"
        accepted = Headers(scope=scope).get("accept-encoding", "") if wanted else ""
        encoding = next((name for name in PACKERS if name in accepted), "")
        path = scope.get("path", "")
        if not encoding or not path.startswith(self.FOLDERS) or scope.get("query_string"):
            return await self.app(scope, receive, send)
        if (path, encoding) not in self.kept:
            start, body = await _answer(self.app, scope)
            if start["status"] != 200:
                await send(start)
                return await send({"type": "http.response.body", "body": body})
            self._keep(path, encoding, start, body)
        headers, body = self.kept[path, encoding]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _keep(self, path: str, encoding: str, start: Message, body: bytes) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        packed = PACKERS[encoding](body)
        if len(packed) < len(body):
            headers["Content-Encoding"], body = encoding, packed
        headers["Content-Length"] = str(len(body))
        headers["Cache-Control"] = "public, max-age=86400"
        headers.add_vary_header("Accept-Encoding")
        self.kept[path, encoding] = (headers.raw, body)
        if len(self.kept) > self.MOST:
            self.kept.popitem(last=False)


async def _answer(app: ASGIApp, scope: Scope) -> tuple[Any, bytes]:
    """The start and the whole body of what the app answers, without conditions of the browser.

    The app does not hear of a visitor who leaves: it would stop in the middle, and the half file
    would be kept for all others.
    """
    plain = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"if-none-match", b"if-modified-since", b"range", b"accept-encoding")
    ]
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app({**scope, "headers": plain}, replay(b"", _silence), keep)
    return start, b"".join(parts)


async def _silence() -> Message:
    """From a visitor who neither says more nor leaves."""
    return await asyncio.get_running_loop().create_future()
