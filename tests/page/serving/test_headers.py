"""What a browser is told about every answer."""

import re

import pytest

from core.settings import Settings
from tests.page.serving.asking import JSON, ask, guarded

ANSWERS = [
    ("GET", "/", None, {}, 200),
    ("GET", "/favicon.ico", None, {}, 200),
    ("GET", "/assets/none.js", None, {}, 404),
    ("GET", "/qr.svg?text=a", None, {}, 200),
    ("GET", "/qr.svg", None, {}, 400),
    ("GET", "/scene/kinds.webp", None, {}, 200),
    ("GET", "/gradio_api/info", None, {}, 200),
    ("GET", "/gradio_api/upload_progress", None, {}, 200),
    ("GET", "/gradio_api/file=/etc/passwd", None, {}, 403),
    ("GET", "/nothing", None, {}, 404),
    ("GET", "/", None, {"Host": "evil.com"}, 421),
    ("POST", "/gradio_api/call/tokenize", "{}", JSON | {"Origin": "null"}, 403),
    ("POST", "/gradio_api/call/tokenize", "{", JSON, 422),
    ("POST", "/gradio_api/call/none", '{"data": []}', JSON, 404),
    ("POST", "/gradio_api/call/tokenize", "", {"Content-Length": "2000001"}, 413),
    ("POST", "/gradio_api/upload", "", {"Content-Length": "99999999"}, 413),
    ("POST", "/gradio_api/component_server", "{}", JSON, 415),
]


@pytest.mark.parametrize(("method", "path", "body", "sent", "status"), ANSWERS)
def test_every_answer_carries_the_headers(server, method, path, body, sent, status):
    got, _, headers = ask(server, method, path, body, sent)
    assert got == status
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "microphone=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"]
    frames = "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
    assert policy.endswith(frames)
    assert headers.get_all("Content-Security-Policy") == [policy]
    assert "X-Frame-Options" not in headers


def test_the_pages_policy_lets_nothing_in_from_elsewhere(server):
    policy = ask(server, "GET", "/")[2]["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["object-src"] == "'none'"
    assert rules["base-uri"] == rules["default-src"] == rules["form-action"] == "'self'"
    assert not re.search(r"https?:|\*", policy.partition("frame-ancestors")[0])


def test_a_space_and_a_course_page_may_show_it(space):
    from core.door import Door

    def frames(settings=None, door=None):
        policy = guarded(space, settings=settings, door=door).headers["content-security-policy"]
        return policy.rpartition("frame-ancestors ")[2]

    usual = "'self' https://huggingface.co https://*.hf.space"
    assert frames() == usual
    hub = {"SPACE_ID": "someone/lectern", "HF_ENDPOINT": "https://hub.example.org"}
    assert frames(Settings.from_env(hub)) == f"{usual} https://hub.example.org"
    assert frames(door=Door(embed=("https://a.example.org",))) == "'self' https://a.example.org"
    assert frames(door=Door(embed=())) == "'self'"


def test_a_fault_of_the_page_is_one_sentence_with_the_headers(space, caplog):
    async def broken(scope, receive, send):
        raise ZeroDivisionError("what was typed")

    answer = guarded(space, broken)
    assert (answer.status, answer.headers["x-content-type-options"]) == (500, "nosniff")
    assert answer.text == (
        "Something went wrong here (ZeroDivisionError): an error of this page, not of yours."
    )


def test_a_file_that_was_sent_is_only_a_file_and_gives_no_header_back(server):
    form = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        b"0123456789\r\n--b--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    _, said, _ = ask(server, "POST", "/gradio_api/upload", form, kind)
    (path,) = re.findall(r'"([^"]+)"', said)
    for part in ("bytes=2-4", "bytes=2-4,6-8", "bytes=8-2", "bytes=99-999", "none"):
        sent = {"Range": part, "X-Mine": "evil", "Set-Cookie": "a=b", "Accept": "x/y"}
        status, text, headers = ask(server, "GET", f"/gradio_api/file={path}", headers=sent)
        assert (status, text) == (200, "0123456789")
        assert not {"X-Mine", "Set-Cookie", "Accept", "Range"} & set(headers)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; sandbox; ")
