"""The HTML of the page, with style, scripts and first picture, for which Gradio would be late."""

import functools
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.paths import ASSETS
from page import files, fonts
from page.serving.routes import inside
from tabs.kit.gradio_inside import browser

BASE = re.compile(rb"<base [^>]*>")
GRADIOS = b'<script type="module"'
END = b"</head>"
THEME = re.compile(rb'"theme_hash":\s*"(\w+)"')


@functools.cache
def style() -> str:
    """The page's style; Gradio's sheets that stand in it are named, so that none comes twice.

    A link that is disabled is not fetched, and Gradio looks for it before it makes its own.
    """
    there = (name for name in browser.files_at_once() if name.endswith(".css"))
    return f'<link id="style" rel="stylesheet" href="{files.style().path}">' + "".join(
        f'<link rel="stylesheet" href="./assets/{name}" disabled>' for name in there
    )


@functools.cache
def early() -> str:
    """What is fetched while Gradio's first script is: else each would be asked for by another."""
    scripts = (name for name in browser.files_at_once() if name.endswith(".js"))
    modules = "".join(
        f'<link rel="modulepreload" crossorigin href="./assets/{name}">' for name in scripts
    )
    return modules + fonts.preloads()


class FirstPicture:
    """Puts into the head of `/` what is ours, each where its time is.

    The style is asked for first, as the first picture is drawn with it, and counts after Gradio's
    first sheet, as the sheets of components do; the scripts stand before Gradio's, which come
    after them; at the end `assets/page/first.js`, and what is to be fetched meanwhile. What
    is given to Gradio as `head` or `css` stands in its configuration, and comes into the page only
    when half a megabyte of scripts has come. Within what compresses, which so sees it whole.
    """

    def __init__(self, app: ASGIApp, metas: str = "") -> None:
        self.app = app
        self.metas = metas
        self.first = (ASSETS / "page" / "first.js").read_text(encoding="utf-8")

    def _whole(self, html: bytes) -> bytes:
        head, end, body = html.rpartition(END)  # the configuration may hold one, too
        based = BASE.search(head)
        if not (based and end):
            return html
        told, module, rest = head[based.end() :].rpartition(GRADIOS)
        theme = THEME.search(told)
        themed = theme[1].decode() if theme else ""
        load = f'<link rel="preload" as="style" href="./theme.css?v={themed}">' if themed else ""
        script = f'<script defer src="{files.script().path}"></script>'
        soon = f'<link rel="preload" as="style" href="{files.style().path}">'
        parts = (
            head[: based.end()],
            (self.metas + soon).encode(),
            told,
            script.encode(),
            module,
            rest,  # with Gradio's first sheet: of two rules that count as much the later one wins
            f"{style()}<script>{self.first}</script>{load}{early()}".encode(),
            end,
            body,
        )
        return b"".join(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or inside(scope) != "/":
            return await self.app(scope, receive, send)
        parts: list[bytes] = []
        start: Message = {}

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            body = b"".join(parts)
            if Headers(raw=start["headers"]).get("content-type", "").startswith("text/html"):
                body = self._whole(body)
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body, "more_body": False})

        await self.app(scope, receive, sending)
