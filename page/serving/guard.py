"""What stands between the network and Gradio: refusals that Gradio does not make."""

import json
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page.serving.replay import replay

MOST_BODY = 2_000_000  # bytes of an API call
# Bytes of one upload. Over the 10 MB of a picture, so that `services.pictures` says what is wrong
# with a file of 20 MB; app.py lets Gradio take as much for each file.
MOST_FILE = 25_000_000
MOST_UPLOAD = MOST_FILE + 20_000
UPLOAD = "/gradio_api/upload"
PROGRESS = "/gradio_api/upload_progress"
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Guard:
    """Refuses what no visitor of this page needs: fetching for others, and bodies without end.

    Gradio would fetch any public address for anybody (`/gradio_api/file=http…`, `/proxy=`, a file
    that a call names by its address), and read a body of any size before a handler could refuse.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"]
        if "/proxy=" in path or path.partition("/file=")[2].lower().startswith(("http", "//")):
            refusal = PlainTextResponse("This page fetches nothing for others.", 403)
            return await refusal(scope, receive, send)
        if path == PROGRESS:
            return await _finished()(scope, receive, send)
        if path.rstrip("/") == UPLOAD and scope["method"] == "POST":
            said = _too_large(Headers(scope=scope))
            if said:
                return await PlainTextResponse(said, 413)(scope, receive, send)
            return await self.app(scope, receive, _with_headers(send))
        body = await _body(receive)
        if body is None:
            said = f"The request has more than {MOST_BODY:,} bytes, which is the most allowed."
            return await PlainTextResponse(said, 413)(scope, receive, send)
        if _names_an_address(body):
            return await JSONResponse(_ADDRESS_REFUSED, 422)(scope, receive, send)
        await self.app(scope, replay(body, receive), _with_headers(send))


def _finished() -> Response:
    """To a browser that asks how far its upload is: no more news.

    Gradio answers 404 when the upload was refused, or when it comes later than 3 seconds after the
    question, and the browser complains of it.
    """
    return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")


def _too_large(headers: Headers) -> str:
    """Why an upload is refused; Gradio allows 1,000 files in one, each up to the limit."""
    length = headers.get("content-length", "")
    # A body in chunks has no length, whatever the other header says.
    if not length.isdecimal() or len(length) > 18 or "transfer-encoding" in headers:
        return (
            "An upload must say how many bytes it has (Content-Length); "
            f"at most {MOST_UPLOAD:,} are allowed."
        )
    if int(length) > MOST_UPLOAD:
        return f"The upload has {int(length):,} bytes; at most {MOST_UPLOAD:,} are allowed."
    return ""


# Gradio's Python client shows the message of an answer of this form, and of no other.
_ADDRESS_REFUSED = {
    "detail": [
        {
            "__type__": "validate",
            "is_valid": False,
            "parameter_name": "path",
            "message": "A file must be sent, not named by its address: this page fetches nothing.",
        }
    ]
}


def _names_an_address(body: bytes) -> bool:
    """Whether a call names a file by its address: Gradio would fetch it, for any component."""
    found: list[bool] = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # The pairs, not the dict made of them: of a name given twice only the last would count.
        found.extend(
            name == "path" and isinstance(value, str) and value.startswith(("http://", "https://"))
            for name, value in pairs
        )
        return {}

    try:
        json.loads(body or b"null", object_pairs_hook=look)
    except RecursionError:
        return True  # too deep to look through, so not let through
    except ValueError:
        return False  # no JSON: nothing that Gradio would read as a call
    return any(found)


async def _body(receive: Receive) -> bytes | None:
    """The whole body of a request, or None as soon as it is longer than what is allowed."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BODY:
            return None
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
