"""Any bytes to any address of the page: a sentence or a file, never a fault, and it goes on."""

import re
import socket
from collections import Counter
from contextlib import suppress
from urllib.parse import quote

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from page.frame import ROUTES
from page.serving.routes import WAYS
from tests.hostile.test_calls import EACH_TIME_THE_SAME, MINUTES, visitor  # noqa: F401
from tests.hostile.values import NASTY, WORD, anything, as_json, texts
from tests.hostile.visitor import HANG, Harm

METHODS = ("GET", "POST", "HEAD", "PUT", "OPTIONS", "get", "X" * 300, "")
JSON = "Content-Type: application/json"
HEADERS = (
    JSON,
    "Content-Type: multipart/form-data; boundary=b",
    "Content-Type: multipart/form-data",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
    "Range: bytes=0-,5-2,-1",
    "If-None-Match: " + "x," * 500,
    "Accept-Encoding: br;q=nan, *;q=-1",
    "Origin: null",
    "X-Forwarded-Host: [",
    "X-Gradio-Server: http://[" + WORD,
    "Forwarded: for=_x;proto=gopher",
    "Cookie: a=" + "b" * 5_000,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Host: a:b:c",
)
ASKED = [
    *((method, way.path) for way in WAYS for method in way.methods.split()),
    *(("GET", route.path) for route in ROUTES),
    *(("POST", way.path) for way in WAYS if "POST" in way.methods),  # as often as all others
]
FORM = b'--b\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n--b--\r\n'


@st.composite
def addresses(draw: st.DrawFn, path: str) -> bytes:
    """A path that the page has, with anything where its pattern is, and after it."""
    part = quote(draw(texts() | st.sampled_from(("tokenize", "a", "0", "/etc/passwd"))),
                 safe=draw(st.sampled_from(("/", "", "/.%;"))), errors="replace")  # fmt: skip
    path = re.sub(r"\{\w+\}", lambda _: part[:2_000], path)
    query = draw(st.sampled_from(("", "?", "?session_hash=", "?of=", "?text=", "?upload_id=")))
    twist = draw(st.sampled_from(("",) * 6 + ("/", "/..", "//", "%00", "%2e%2e/", ";a")))
    return f"{path}{twist}{query}{part if query else ''}".encode()


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """JSON, forms, and neither."""
    name = draw(st.sampled_from(NASTY)).encode("utf-8", "surrogatepass")
    return draw(
        anything().map(as_json)
        | st.binary(max_size=200)
        | st.binary(max_size=200).map(lambda content: FORM % (name, content))
        | st.sampled_from((b"[" * 30_000, b'{"data": ', b"\xff\xfe{\x00}\x00"))
        | st.just(b"x" * 2_100_000)
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, bool]:
    """The bytes of a request, and whether they are all of them."""
    method, path = draw(st.sampled_from(ASKED))
    headers = draw(st.lists(st.sampled_from(HEADERS), max_size=2, unique=True))
    body = draw(bodies()) if method == "POST" else b""
    if method == "POST" and draw(st.booleans()):
        headers = [JSON]
    method = draw(st.sampled_from(METHODS)) if draw(st.integers(0, 5)) == 0 else method
    if "Transfer-Encoding: chunked" in headers:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    elif not any(header.startswith("Content-L") for header in headers):
        headers.append(f"Content-Length: {len(body)}")
    if not any(header.startswith(("Host", "Connection")) for header in headers):
        headers += ["Host: 127.0.0.1", "Connection: close"]
    lines = b"%s %s HTTP/1.1\r\n" % (method.encode(), draw(addresses(path)))
    whole = lines + "\r\n".join([*headers, "", ""]).encode() + body
    if draw(st.integers(0, 9)):
        return whole, True
    return whole[: draw(st.integers(0, len(whole) - 1))], False


def answered(port: int, request: bytes) -> bytes:
    """The beginning of what is answered; nobody waits for the end of a stream."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


def broken_off(port: int, request: bytes) -> None:
    """Leave in the middle of a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG) as connection:
        connection.sendall(request)


def test_no_request_does_harm(server, visitor, record_property):  # noqa: F811
    statuses: Counter[bytes] = Counter()

    @seed(0)
    @settings(EACH_TIME_THE_SAME, max_examples=3_000 if MINUTES else 300)
    @given(requests())
    def held(asked: tuple[bytes, bool]) -> None:
        request, whole = asked
        with suppress(ConnectionError):  # hung up on, in the middle of what is not read
            if not whole:
                return broken_off(server.port, request)
            said = answered(server.port, request)
            statuses[said[9:12]] += 1
            if said[:10] == b"HTTP/1.1 5" or b"Traceback" in said:
                raise Harm(said[:300].decode("utf-8", "replace"))
        visitor.still_works()

    held()
    record_property("tried", statuses.total())
    assert {b"200", b"400", b"404", b"422"} <= statuses.keys()
