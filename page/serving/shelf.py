"""A shelf of the page's own files, compressed once for all."""

import asyncio
import gzip
import hashlib
import posixpath
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page.serving.replay import replay
from page.serving.routes import inside

# The smaller first, where a browser takes both.
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=9),
    "gzip": lambda body: gzip.compress(body, 9),
}
Key = tuple[str, str]  # the path of a file or a name of the page, and an encoding
# By which Gradio tells under which name it was asked, and so what the page's HTML says.
NAMING = (b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server")


@dataclass(frozen=True)
class Packed:
    """One file as it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Shelf:
    """Keeps the page's own files compressed in memory, so that a hall of phones is served from it.

    Gradio compresses each file anew for each phone; on two cores that is what the first minute of
    a lecture goes to (`benchmarks/hall.py`). Browsers take Brotli over HTTPS and from their own
    machine alone: the phones of a hall, on plain HTTP, get gzip. The names carry a hash of the
    content, so browsers may keep them.

    A file has one path here: another that leads to it (`./`, `x/../`, a slash at the end) is
    refused, and a query says nothing. It is compressed once, in a thread, however many ask, and
    goes on where they leave.

    So is the page's HTML, which Gradio makes anew for each visitor:
    it is the same for all who use the same name of the page. What else a browser says of itself
    Gradio does not hear when it makes it, so nobody can have it say something to others. A browser
    asks for it each time, and is told when it has it already.
    """

    MOST_BYTES = 64_000_000  # of bodies; all the page's files take 34 MB in both encodings
    AT_ONCE = 1  # compressed, so that a core is left
    FOLDERS = ("/assets/", "/static/", "/page/")
    MOST_NAMES = 8  # under which the page's HTML is kept; nobody but a machine's owner gives more

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: OrderedDict[Key, Packed] = OrderedDict()
        self.bytes = 0
        self.pages: OrderedDict[Key, Packed] = OrderedDict()
        self._coming: dict[Key, asyncio.Task[Packed]] = {}
        self._room: anyio.CapacityLimiter | None = None  # which belongs to the loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = inside(scope) if scope["type"] == "http" else ""
        if path != "/" and not path.startswith(self.FOLDERS):
            return await self.app(scope, receive, send)
        if posixpath.normpath(path) != path:
            return await PlainTextResponse("Not Found", 404)(scope, receive, send)
        encoding = taken(Headers(scope=scope).get("accept-encoding", ""))
        if scope["method"] != "GET" or not encoding:
            return await self.app(_without(scope, b"accept-encoding"), receive, send)
        asked = Headers(scope=scope).get("if-none-match", "")
        if path == "/":
            scope = _only(scope, *NAMING)
            path = repr((scope.get("scheme"), scope.get("root_path"), sorted(scope["headers"])))
        packed = await self._packed(path, encoding, scope)
        headers = Headers(raw=packed.headers)
        status, body = packed.status, packed.body
        if "etag" in headers and headers["etag"] in (tag.strip() for tag in asked.split(",")):
            status, body = 304, b""
        sent = [pair for pair in packed.headers if body or pair[0] != b"content-length"]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body})

    async def _packed(self, path: str, encoding: str, scope: Scope) -> Packed:
        """The file from the shelf, or made for all who ask for it meanwhile."""
        key = path, encoding
        for kept in (self.kept, self.pages):
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        if key not in self._coming:
            # A task of its own: the visitor who came first may leave, and the others still wait.
            task = self._coming[key] = asyncio.create_task(self._make(key, scope))
            task.add_done_callback(lambda _: self._coming.pop(key))
        return await asyncio.shield(self._coming[key])

    async def _make(self, key: Key, scope: Scope) -> Packed:
        if self._room is None:
            self._room = anyio.CapacityLimiter(self.AT_ONCE)
        async with self._room:
            start, body = await _answer(self.app, scope)
            if start["status"] != 200:
                return Packed(start["status"], list(start["headers"]), body)
            packed = await anyio.to_thread.run_sync(_pack, key[1], start, body)
        if inside(scope) == "/":
            self.pages[key] = packed
            while len(self.pages) > self.MOST_NAMES:
                self.pages.popitem(last=False)
            return packed
        self.kept[key] = packed
        self.bytes += len(packed.body)
        while self.bytes > self.MOST_BYTES:
            self.bytes -= len(self.kept.popitem(last=False)[1].body)
        return packed


def taken(header: str) -> str:
    """The first of `PACKERS` that an Accept-Encoding takes; "" where it takes none.

    "br;q=0" takes no Brotli, and "*" all that is not named (RFC 9110, section 12.5.3).
    """
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            weights[name.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    others = weights.get("*", 0.0)
    return next((name for name in PACKERS if weights.get(name, others) > 0), "")


def _pack(encoding: str, start: Message, body: bytes) -> Packed:
    headers = MutableHeaders(raw=list(start["headers"]))
    packed = PACKERS[encoding](body)
    keep = headers.get("cache-control", "")
    if "immutable" not in keep:  # else its name says which version it is
        keep = "public, max-age=86400"
    if headers.get("content-type", "").startswith("text/html"):  # whose name says no version
        keep = "no-cache"
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if len(packed) < len(body):
        headers["Content-Encoding"], body = encoding, packed
        if "etag" in headers:  # a strong one names the bytes that are sent
            headers["ETag"] = f'{headers["etag"].rstrip(chr(34))}-{encoding}"'
    headers["Content-Length"] = str(len(body))
    headers["Cache-Control"] = keep
    headers.add_vary_header("Accept-Encoding")
    return Packed(200, headers.raw, body)


async def _answer(app: ASGIApp, scope: Scope) -> tuple[Any, bytes]:
    """The start and the whole body of what the app answers, without conditions of the browser.

    The app does not hear of a visitor who leaves: it would stop in the middle, and the half file
    would be kept for all others.
    """
    plain = _without(scope, b"if-none-match", b"if-modified-since", b"range", b"accept-encoding")
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app({**plain, "query_string": b""}, replay(b"", _silence), keep)
    return start, b"".join(parts)


def _without(scope: Scope, *names: bytes) -> Scope:
    """The same request less some of its headers."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in names]}


def _only(scope: Scope, *names: bytes) -> Scope:
    """The same request with these headers alone."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] in names]}


async def _silence() -> Message:
    """From a visitor who neither says more nor leaves."""
    return await asyncio.get_running_loop().create_future()
