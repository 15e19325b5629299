"""The HTML of the page, with its faces and its first picture, for which Gradio would be late."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.paths import ASSETS
from page import fonts
from page.serving.routes import inside

END = b"</head>"
# What print.css cannot say: Gradio puts its own name before every rule, and this one is of no part
# of the page that has it.
PAPER = '<style media="print">html, body { background: #fff !important; }</style>'


class FirstPicture:
    """Puts the rules of the faces and `assets/page/first.js` at the end of the head of `/`.

    What is given to Gradio as `head` stands in its configuration, and comes into the page only
    when half a megabyte of scripts has come. Within what compresses, which so sees it whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        script = (ASSETS / "page" / "first.js").read_bytes()
        # The first picture is drawn without them, and they have come when the page itself is.
        early = f"{fonts.preloads()}<style>{fonts.rules()}</style>{PAPER}".encode()
        self.script = early + b"<script>" + script + b"</script>"

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
            kind = Headers(raw=start["headers"]).get("content-type", "")
            if kind.startswith("text/html") and END in body:
                before, _, after = body.rpartition(END)  # the configuration may hold one, too
                body = before + self.script + END + after
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body, "more_body": False})

        await self.app(scope, receive, sending)
