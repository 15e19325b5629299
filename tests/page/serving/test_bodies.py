"""Bodies: how large, how deep, how slow."""

import asyncio
import json

import pytest

from page.serving.bodies import MOST_OBJECTS, MOST_VALUES, Arriving, counted, whole
from page.serving.refusals import Refused
from tests.page.serving.asking import JSON, ask, beside, call, guarded, sentence

ADDRESS = "http://198.51.100.7/picture.png"  # of a network that is kept for documents
FILE = {"path": ADDRESS, "meta": {"_type": "gradio.FileData"}}
NAMED = json.dumps({"data": [FILE]})
NOTHING = "A file must be sent, not named by its address: this page fetches nothing."


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
    ],
    ids=["plain", "escaped", "doubled", "https", "nested", "utf-16"],
)
@pytest.mark.parametrize("endpoint", ["tokenize", "caption"])
def test_a_file_that_is_named_by_its_address_is_not_fetched(server, body, endpoint):
    status, said = call(server, f"call/{endpoint}", body)
    assert (status, sentence(said)) == (422, NOTHING)


def test_the_page_itself_may_not_name_an_address_either(server):
    body = {"data": [FILE], "fn_index": 0, "session_hash": "x", "image": FILE}
    for path in ("queue/join", "run/predict", "call/v2/caption"):
        status, said = call(server, path, body)
        assert (status, sentence(said)) == (422, NOTHING), path


def test_a_script_reads_why_its_address_was_refused(client):
    with pytest.raises(Exception, match="must be sent, not named by its address"):
        client.predict(FILE, api_name="/caption")


def test_a_text_with_an_address_in_it_is_a_text(client):
    for text in (ADDRESS, f'{{"path": "{ADDRESS}"}}'):
        assert client.predict(text, api_name="/tokenize")


# Size --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "The body of a call must be JSON; this is not."),
        (b"\xff\xfe\x00", "The body of a call must be JSON; this is not."),
        ("", "The body of a call must be JSON; this is not."),
        (
            json.dumps({"data": [{}] * MOST_OBJECTS}),
            "The call has more than 1,000 JSON objects, the most allowed.",
        ),
        (
            json.dumps({"data": [1] * MOST_VALUES}),
            "The call has more than 10,000 values, the most allowed.",
        ),
        (
            json.dumps({"data": [[]] * 19_000}),
            "The call has more than 10,000 values, the most allowed.",
        ),
        (
            '{"data": ' + "[" * 40 + "]" * 40 + "}",
            "The call is nested more than 32 deep, the most allowed.",
        ),
        (
            '{"data": ' + "[" * 19_000 + "]" * 19_000 + "}",
            "The call is nested more than 32 deep, the most allowed.",
        ),
        ("[]", "A call must be a JSON object; got a list."),
        (
            '{"data": [' + "[], " * 21_000 + "here is no JSON",
            "The call has more than 20,000 brackets, the most allowed.",
        ),
    ],
    ids=[
        "cut",
        "bytes",
        "empty",
        "objects",
        "numbers",
        "lists",
        "deep",
        "too deep",
        "a list",
        "brackets",
    ],
)
@pytest.mark.parametrize("path", ["call/tokenize", "queue/join", "call/v2/tokenize", "cancel"])
def test_json_that_is_too_much_is_refused_in_a_sentence(server, path, body, said):
    status, text = call(server, path, body)
    assert (status, sentence(text)) == (422, said)


def test_objects_are_counted_while_they_are_read_and_no_more_are():
    body = '{"data": [' + '{"a": {}}, ' * MOST_OBJECTS + "here is no JSON"
    with pytest.raises(Refused, match="more than 1,000 JSON objects"):
        counted(body.encode())


def test_as_much_as_the_page_may_send_is_let_through(server):
    full = {"data": [[{}] * (MOST_OBJECTS - 1)], "session_hash": "full"}
    assert call(server, "call/tokenize", full)[0] == 200
    long = {"data": ["x" * 1_900_000]}
    assert call(server, "call/tokenize", long)[0] == 200


def test_a_body_without_end_is_refused_with_the_number_allowed(server):
    said = "The request has more than 2,000,000 bytes, which is the most allowed."
    for headers in (JSON, JSON | {"Content-Length": "2000001"}):
        if "Content-Length" in headers:
            status, text, _ = ask(server, "POST", "/gradio_api/call/attend", b"", headers)
        else:
            status, text = call(server, "call/attend", "x" * 2_000_001)
        assert (status, sentence(text)) == (413, said)


def test_a_call_says_that_it_is_json(server):
    for kind in ({}, {"Content-Type": "text/plain"}):
        status, said, _ = ask(server, "POST", "/gradio_api/call/tokenize", '{"data": ["a"]}', kind)
        assert (status, sentence(said)) == (
            415,
            "A call is JSON: send it with Content-Type: application/json.",
        )


# Time --------------------------------------------------------------------------------------------


def coming(*parts):
    """What a connection gives: the parts, and then nothing."""
    waiting = list(parts)

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": waiting.pop(0), "more_body": True}

    return receive


def test_a_body_that_does_not_end_is_not_waited_for():
    with pytest.raises(Refused) as refused:
        beside(whole(coming(b"half "), 100, b"", 0.05))
    assert refused.value.status == 408
    assert str(refused.value) == (
        "The request did not come within 0.05 seconds: 5 bytes had come; send it again."
    )


def test_who_leaves_in_the_middle_of_a_body_has_asked_for_nothing(space):
    left = [{"type": "http.request", "body": b'{"data": []}', "more_body": True},
            {"type": "http.disconnect"}]  # fmt: skip
    asked = {"method": "POST", "path": "/gradio_api/call/tokenize", "messages": left}
    answer = guarded(space, **asked)
    assert (answer.status, answer.seen) == (None, [])
    assert left == []  # it was read as far as that


@pytest.mark.parametrize("path", ["call/tokenize", "queue/join", "component_server", "cancel"])
def test_half_a_body_is_answered_in_time(space, path):
    half = [{"type": "http.request", "body": b'{"da', "more_body": True}]
    asked = {"method": "POST", "path": f"/gradio_api/{path}", "messages": half, "seconds": 0.05}
    answer = guarded(space, **asked)
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert sentence(answer.text).endswith("4 bytes had come; send it again.")


def test_an_upload_has_the_time_that_it_earns():
    """A slow phone goes on as long as its bytes come, one that is slower does not."""

    async def upload(rate):
        parts = [b"x" * 100] * 5

        async def receive():
            if len(parts) < 5:  # the first is there at once
                await asyncio.sleep(0.04)
            parts.pop()
            return {"type": "http.request", "body": b"x" * 100, "more_body": bool(parts)}

        arriving = Arriving(receive, 0.1, rate)
        while not arriving.whole and arriving.refused is None:
            await arriving()
        return arriving

    patient = beside(upload(rate=1))  # each part earns 100 seconds
    assert (patient.whole, patient.refused, patient.size) == (True, None, 500)
    hasty = beside(upload(rate=1_000_000))  # all together 0.1 seconds, and they take 0.16
    assert (hasty.whole, hasty.refused.status) == (False, 408)
    assert "did not come faster than 1,000,000 bytes a second" in str(hasty.refused)


def test_an_upload_that_stands_still_is_answered(space):
    from starlette.requests import ClientDisconnect

    async def reading(scope, receive, send):
        while (await receive())["type"] == "http.request":
            pass
        raise ClientDisconnect

    half = [{"type": "http.request", "body": b"abc", "more_body": True}]
    asked = {"method": "POST", "path": "/gradio_api/upload", "headers": {"content-length": "9"}}
    answer = guarded(space, reading, messages=half, seconds=0.05, **asked)
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert "3 bytes had come" in answer.text
    left = [*half, {"type": "http.disconnect"}]
    half[:] = [{"type": "http.request", "body": b"abc", "more_body": True}]
    assert guarded(space, reading, messages=left, **asked).status is None


@pytest.mark.parametrize(
    "body", ['{"data": ["a"], "data": ["b"]}', '{"data": [{"a": 1, "b": 2, "a": 1}]}']
)
def test_a_name_with_two_values_is_refused(body):
    with pytest.raises(Refused) as refused:
        counted(body.encode())
    assert "one name two values; one is allowed." in refused.value.sentence
