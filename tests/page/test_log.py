"""What the log says of visitors: when, what and where, and nothing that they typed."""

import io
import json
import logging
import re
import socket
import sys
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import httpx
import pytest

from core.calls import NOW, Call
from core.errors import NothingYetError, UserError, as_user_error
from page.serving import log as logs
from page.serving.log import LONGEST, Line, Printed

SECRET = "Zaphod7Beeblebrox"
LONG = SECRET + "y" * 3000
JSON = {"Content-Type": "application/json"}
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (info|warning|error) [\w.]+ \S")


# All that can be sent ----------------------------------------------------------------------------


def wrong(count):
    """Lists of arguments of which each is wrong in its own way, for a handler of so many."""
    return [
        [LONG],
        [SECRET] * count,
        [{SECRET: SECRET, "path": SECRET, "meta": {"_type": "gradio.FileData"}}] * count,
        [[SECRET, [SECRET, None]]] * (count + 1),
        [f"{SECRET}\n\x1b[31m\u202e{SECRET}\ud800"] * count,
    ]


def call_the_page(url, config):
    """Every handler of the page, called with what is wrong; until all of them have answered."""

    def ask(event):
        session = f"{SECRET}{event['id']}"
        with httpx.Client(base_url=f"{url}/gradio_api", timeout=120) as client:
            for data in wrong(len(event["inputs"])):
                body = {"data": data, "fn_index": event["id"], "session_hash": session}
                path = "/queue/join" if event["queue"] else "/run/predict"
                client.post(path, content=json.dumps(body), headers=JSON)
            if not event["queue"]:
                return
            with client.stream("GET", f"/queue/data?session_hash={session}") as answer:
                for line in answer.iter_lines():
                    if '"close_stream"' in line or '"unexpected_error"' in line:
                        return

    events = [event for event in config["dependencies"] if event["backend_fn"]]
    assert len(events) > 30
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, events))


def call_the_endpoints(url, config):
    """Every public endpoint, called by name, in both ways, until it has answered."""
    for event in config["dependencies"]:
        if event["api_visibility"] != "public":
            continue
        base = f"{url}/gradio_api/call/{event['api_name']}"
        first = f"{url}/gradio_api/call/v2/{event['api_name']}"
        bodies = [(base, {"data": data}) for data in wrong(len(event["inputs"]))]
        bodies += [(first, {"text": LONG, SECRET: 1}), (base, SECRET), (first, [SECRET])]
        bodies += [(first, {"text": SECRET, "model": SECRET})]
        for address, body in bodies:
            said = httpx.post(address, content=json.dumps(body), headers=JSON, timeout=60)
            if said.status_code == 200 and "event_id" in said.text:
                httpx.get(f"{base}/{said.json()['event_id']}", timeout=120)


def everything_else(url, port):
    """Paths, queries, headers, bodies and bytes that mean nothing, with the secret in each."""
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    half = (
        f'--b\r\nContent-Disposition: form-data; name="{SECRET}"; filename="{SECRET}.png"\r\n\r\n'
    )
    asked = [
        ("GET", f"/{SECRET}", {}),
        ("GET", f"/gradio_api/file={SECRET}", {}),
        ("GET", f"/gradio_api/file=/tmp/{SECRET}%0a%1b[31m", {}),
        ("GET", f"/gradio_api/file/{SECRET}", {}),
        ("GET", f"/assets/{SECRET}.js", {}),
        ("GET", f"/scene/{SECRET}?of={LONG}", {}),
        ("GET", f"/qr.svg?text={LONG}", {}),
        ("GET", f"/gradio_api/custom_component/{SECRET}/client/{SECRET}/x%0aforged.js", {}),
        ("GET", f"/gradio_api/call/attend/{SECRET}", {}),
        ("GET", f"/gradio_api/call/{SECRET}/{SECRET}", {}),
        ("GET", f"/config?{SECRET}", {"headers": {"X-Gradio-Server": f"http://[{SECRET}"}}),
        ("GET", "/", {"headers": {"X-Forwarded-Host": f"{SECRET}:port:{SECRET}"}}),
        ("POST", f"/gradio_api/call/{SECRET}", {"json": {"data": [SECRET]}}),
        ("POST", f"/gradio_api/call/v2/{SECRET}", {"json": {SECRET: SECRET}}),
        ("POST", "/gradio_api/call/attend", {"content": f'{{"data": ["{SECRET}', "headers": JSON}),
        ("POST", "/gradio_api/queue/join", {"json": {"data": [], "fn_index": SECRET}}),
        ("POST", "/gradio_api/queue/join", {"json": {"data": SECRET, "session_hash": SECRET}}),
        ("POST", "/gradio_api/cancel", {"json": {"session_hash": SECRET, "fn_index": SECRET}}),
        ("POST", f"/gradio_api/run/{SECRET}", {"json": {"data": [SECRET]}}),
        ("POST", "/gradio_api/component_server", {"json": {"fn_name": SECRET, "data": SECRET}}),
        ("POST", "/gradio_api/component_server", {"files": {SECRET: SECRET.encode()}}),
        ("POST", "/gradio_api/upload", {"headers": multipart, "content": half}),
        ("POST", "/gradio_api/upload", {"headers": multipart, "content": half + SECRET}),
        ("POST", "/gradio_api/upload", {"content": SECRET}),
        ("POST", "/login", {"data": {"username": SECRET, "password": SECRET}}),
        (SECRET, "/", {}),
    ]  # fmt: skip
    for method, path, rest in asked:
        try:
            with httpx.stream(method, f"{url}{path}", timeout=60, **rest) as answer:
                answer.read()
        except httpx.HTTPError:
            pass  # no answer is an answer
    for sent in (f"{SECRET} {LONG}\r\n\r\n", f"GET /{SECRET} HTTP/1.1\r\n{SECRET}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(sent.encode())
            connection.recv(1000)


def test_whatever_is_sent_and_however_it_fails_none_of_it_is_in_the_log(server, client):
    config = httpx.get(f"{server.url}/config", timeout=60).json()
    before = len(server.log.read_bytes())
    call_the_endpoints(server.url, config)
    call_the_page(server.url, config)
    everything_else(server.url, server.port)
    said = server.log.read_bytes()[before:].decode()
    assert SECRET[:8] not in said
    assert "forged" not in said
    assert "Traceback" not in said
    for line in said.splitlines():
        assert LINE.match(line), line
        assert len(line) <= LONGEST
        assert line.isprintable()
    assert re.search(r" refused 4\d\d POST /gradio_api/call/\{api_name\} attend\n", said)
    assert re.search(r" info core\.errors \[attend\] refused UserError at \w+/\S+\.py:\d+", said)
    assert client.predict("Still here.", api_name="/tokenize")


# One line ----------------------------------------------------------------------------------------


@pytest.fixture
def lines(monkeypatch):
    """What the log would have, line by line; the streams and hooks of the tests are put back."""
    heard = io.StringIO()
    for module, name in (
        (sys, "stdout"),
        (sys, "stderr"),
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (traceback, "print_exc"),
        (warnings, "showwarning"),
        (logging, "raiseExceptions"),
        (logging.root, "handlers"),
        (logging.root, "level"),
        (logs.threading, "excepthook"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(sys, "__stderr__", heard)
    monkeypatch.setattr(sys, "__stdout__", io.StringIO())
    logs.keep_a_log()
    return lambda: heard.getvalue().splitlines()


def fail(text):
    return int(text)


def test_of_an_error_its_kind_and_its_places_are_said(lines):
    with pytest.raises(ValueError, match=SECRET) as raised:
        fail(SECRET)
    token = NOW.set(call := Call("attend"))
    assert "(ValueError)" in str(as_user_error(raised.value))
    NOW.reset(token)
    (line,) = lines()
    assert " error core.errors [attend] an error that nobody foresaw ValueError at " in line
    assert re.search(
        r"ValueError at tests/page/test_log\.py:\d+ < tests/page/test_log\.py:\d+", line
    )
    assert SECRET not in line
    assert call.outcome == "failed"


def test_a_refusal_is_one_line_without_its_sentence_and_no_input_yet_is_none(lines):
    token = NOW.set(call := Call("attend"))
    as_user_error(NothingYetError("Type a sentence."))
    assert (lines(), call.outcome) == ([], "done")
    as_user_error(UserError(f"There is no model {SECRET!r}."))
    NOW.reset(token)
    (line,) = lines()
    assert " info core.errors [attend] refused UserError at no place" in line
    assert call.outcome == "refused"


def test_what_gradio_prints_of_an_error_is_a_line_too(lines):
    for error in (ValueError(SECRET), gr.Error(SECRET), UserError(SECRET)):
        try:
            raise error
        except Exception:
            traceback.print_exc()
    levels = [line.split()[2] for line in lines()]
    assert levels == ["error", "info", "info"]
    assert SECRET not in "".join(lines())


def test_what_is_printed_or_warned_of_is_said_to_have_been_and_by_whom(lines, monkeypatch):
    for name in ("stdout", "stderr"):  # anew, since pytest has put its own there meanwhile
        monkeypatch.setattr(sys, name, Printed(None))
    for _ in range(3):
        print(SECRET)
    print(f"{SECRET}\n{SECRET}", file=sys.stderr)
    warnings.warn(SECRET, stacklevel=1)
    printed, again, warned = lines()
    assert re.search(r"tests/page/test_log\.py:\d+ prints, which is not shown here$", printed)
    assert "prints" in again
    assert re.search(r"UserWarning at tests/page/test_log\.py:\d+$", warned)
    assert SECRET not in "".join(lines())


def test_of_a_librarys_line_only_what_stands_in_its_source_is_said(lines):
    library = logging.getLogger("some.library")
    library.warning(f"what {SECRET} typed")
    library.warning("found %s there", SECRET)
    made, filled = lines()
    assert re.search(r"some\.library at tests/page/test_log\.py:\d+$", made)
    assert filled.endswith(" some.library found %s there")


def test_a_line_is_one_line_that_can_be_read_and_has_an_end():
    text = "a\nb\r\x1b[31m\u2028\u202e\x00é"
    record = logging.LogRecord("page.x", logging.INFO, "x.py", 1, text + "z" * 600, (), None)
    line = Line().format(record)
    assert len(line) == LONGEST
    assert "a\\nb\\r\\x1b[31m\\u2028\\u202e\\x00éz" in line
    assert line.endswith("z…")
