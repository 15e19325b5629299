"""What stands between the network and Gradio, over real HTTP."""

import http.client
import json
import re
import socket

import pytest
from starlette.datastructures import Headers

from page.serving.guard import _too_large
from tests.page.test_app import fetch

ADDRESS = "http://198.51.100.7/picture.png"  # of a network that is kept for documents
FILE = {"path": ADDRESS, "meta": {"_type": "gradio.FileData"}}
NAMED = json.dumps({"data": [FILE]})
BOUNDARY = "boundary"
FORM = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    f"text\r\n--{BOUNDARY}--\r\n"
).encode()


def call(server, body, endpoint="tokenize"):
    """Status and text of a call, as any script may send it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"/gradio_api/call/{endpoint}", body, headers)
    with connection.getresponse() as answer:
        return answer.status, answer.read().decode()


def upload(server, headers, body=b""):
    """What is answered to an upload with these headers, as much of it as is at once there."""
    head = [
        "POST /gradio_api/upload HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        answer = connection.recv(65_536)
        while part := connection.recv(65_536):
            answer += part
    return answer.decode()


# Addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        NAMED,
        NAMED.replace('"path"', '"p\\u0061th"'),
        NAMED.replace('"path"', f'"path": "{ADDRESS}", "path"').replace(
            f'{ADDRESS}", "meta"', 'a.png", "meta"'
        ),
        NAMED.replace("http:", "https:"),
        json.dumps({"data": ["a", [{"deep": [FILE]}]]}),
        NAMED.encode("utf-16"),
        '{"data": ' + "[" * 100_000 + NAMED + "]" * 100_000 + "}",
    ],
    ids=["plain", "escaped", "doubled", "https", "nested", "utf-16", "too deep"],
)
@pytest.mark.parametrize("endpoint", ["tokenize", "caption"])
def test_a_file_that_is_named_by_its_address_is_not_fetched(server, body, endpoint):
    status, said = call(server, body, endpoint)
    assert status == 422
    assert "must be sent, not named by its address: this page fetches nothing" in said


def test_the_page_itself_may_not_name_an_address_either(server):
    body = json.dumps({"data": [FILE], "fn_index": 0, "session_hash": "x"})
    for path in ("queue/join", "run/predict", "component_server"):
        status, said, _ = fetch(f"{server.url}/gradio_api/{path}", body.encode())
        assert status == 422, path
        assert b"this page fetches nothing" in said


def test_a_script_reads_why_its_address_was_refused(client):
    with pytest.raises(Exception, match="must be sent, not named by its address"):
        client.predict(FILE, api_name="/caption")


def test_a_text_with_an_address_in_it_is_a_text(client):
    for text in (ADDRESS, f'{{"path": "{ADDRESS}"}}'):
        assert client.predict(text, api_name="/tokenize")


# Uploads -----------------------------------------------------------------------------------------


def test_an_upload_that_says_its_size_is_taken(server):
    answer = upload(server, [f"Content-Length: {len(FORM)}"], FORM)
    assert answer.startswith("HTTP/1.1 200")
    assert re.search(r'\["[^"]+a\.txt"\]', answer)


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(server):
    answer = upload(server, ["Content-Length: 25020001"])
    assert answer.startswith("HTTP/1.1 413")
    assert answer.endswith("The upload has 25,020,001 bytes; at most 25,020,000 are allowed.")


@pytest.mark.parametrize("headers", [["Transfer-Encoding: chunked"], []], ids=["chunked", "none"])
def test_an_upload_without_a_size_is_refused(server, headers):
    chunked = f"{len(FORM):x}\r\n".encode() + FORM + b"\r\n0\r\n\r\n"
    answer = upload(server, headers, chunked if headers else b"")
    assert answer.startswith("HTTP/1.1 413")
    assert "must say how many bytes it has (Content-Length); at most 25,020,000" in answer


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "20", "transfer-encoding": "chunked"},
        {"content-length": "9" * 5000},
        {"content-length": "-1"},
    ],
    ids=["both", "endless", "negative"],
)
def test_a_size_that_means_nothing_counts_as_none(headers):
    # Some HTTP servers refuse these by themselves; Gradio may be started with another.
    assert _too_large(Headers(headers)).startswith("An upload must say how many bytes it has")
    assert _too_large(Headers({"content-length": "25020000"})) == ""


def test_who_asks_how_far_an_upload_is_hears_no_complaint(server):
    status, said, headers = fetch(f"{server.url}/gradio_api/upload_progress?upload_id=none")
    assert (status, said) == (200, b'data: {"msg": "done"}\n\n')
    assert headers["Content-Type"].startswith("text/event-stream")
