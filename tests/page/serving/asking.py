"""Asking a server as anybody may, and a Guard without one."""

import asyncio
import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from core.settings import Settings
from page.serving import Dress, Guard, most_upload

JSON = {"Content-Type": "application/json"}


def ask(server, method, path, body=None, headers=None):
    """Status, text and headers of an answer; the path goes out as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    named = headers or {}
    connection.putrequest(method, path, skip_host="Host" in named, skip_accept_encoding=True)
    content = body.encode() if isinstance(body, str) else body
    for name, value in named.items():
        connection.putheader(name, value)
    if content is not None and not {"Content-Length", "Transfer-Encoding"} & set(named):
        connection.putheader("Content-Length", str(len(content)))
    connection.endheaders(content)
    with connection.getresponse() as answer:
        stream = answer.headers.get("Content-Type", "").startswith("text/event-stream")
        said = answer.readline() if stream else answer.read()
        return answer.status, said.decode("utf-8", "replace"), answer.headers


def call(server, path, body, headers=None):
    """Status and text of what is answered to a call; `body` is JSON already, or will be."""
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return ask(server, "POST", f"/gradio_api/{path}", text, JSON | (headers or {}))[:2]


def sentence(text):
    """What a refused call says, in the form that Gradio's clients show."""
    detail = json.loads(text)["detail"]
    if isinstance(detail, str):
        return detail
    (said,) = detail
    assert said["__type__"] == "validate"
    assert said["is_valid"] is False
    return said["message"]


def raw(server, *lines, body=b"", leave=False):
    """What is answered to these lines, once the server has ended the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = "\r\n".join([*lines, "", ""]).encode()
        connection.sendall(head + body)
        answer = b""
        while not leave and (part := connection.recv(65_536)):
            answer += part
    return answer.decode()


def beside(work):
    """What a coroutine gives; this thread may have a loop already, Playwright's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def guarded(space, app=None, settings=None, door=None, **scope):
    """What a Guard answers without a server: status, headers, text; `receive` gives the body."""
    messages = scope.pop("messages", [{"type": "http.request", "body": b"", "more_body": False}])
    seconds = scope.pop("seconds", None)
    heard: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []

    async def inner(scope, receive, send):
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    async def receive():
        return messages.pop(0) if messages else await asyncio.Event().wait()

    async def send(message):
        heard.append(message)

    async def answered():
        known = {"settings": settings or Settings(), "door": door or space.door}
        guard = Guard(app or inner, own=(), most_upload=most_upload(space.limits), **known)
        guard.seconds = seconds or guard.seconds
        headers = {"host": "127.0.0.1:7860"} | scope.pop("headers", {})
        asked = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "client": ("127.0.0.1", 5000),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await Dress(guard, **known)(asked | scope, receive, send)

    beside(answered())
    if not heard:
        return SimpleNamespace(status=None, headers={}, text="", seen=seen)
    return SimpleNamespace(
        status=heard[0]["status"],
        headers={name.decode(): value.decode() for name, value in heard[0]["headers"]},
        text=b"".join(message.get("body", b"") for message in heard[1:]).decode(),
        seen=seen,
    )
