"""What strangers send past the page's own scripts, to the app as its users start it."""

import json
import re
import uuid
from pathlib import Path

import httpx
import pytest

PAD = "captioning-pad"
HALF = "a\ud800"


@pytest.fixture(scope="module")
def web(server, client):
    """The app over HTTP; `client` is asked for so that its models are there."""
    with httpx.Client(base_url=f"{server.url}/gradio_api", timeout=60) as web:
        yield web


@pytest.fixture(scope="module")
def config(server):
    """The page as a browser is told of it."""
    return httpx.get(f"{server.url}/config", timeout=30).json()


@pytest.fixture(scope="module")
def pad(config):
    """The number of the drawing pad."""
    parts = config["components"]
    return str(next(part["id"] for part in parts if part["props"].get("elem_id") == PAD))


def form(pad, content=b"content", **changed):
    """What the pad's browser sends, with changes."""
    fields = {"type": "composite", "index": "null", "id": "x", "component_id": pad}
    fields |= {"session_hash": "stranger", "fn_name": "accept_blobs"} | changed
    fields = {name: value for name, value in fields.items() if value is not None}
    return {"data": fields, "files": {"file": ("a.png", content)}}


def post(web, **body):
    return web.post("/component_server", **body)


def most_memory(server):
    """The most that the server ever had, in MB."""
    said = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", said)[1]) / 1000


# The drawing pad ---------------------------------------------------------------------------------


def test_what_the_page_sends_is_taken(web, pad):
    assert post(web, **form(pad)).json() is None


WRONG = {  # what is changed of a good form, and the status of the answer
    "a layer far away": ({"type": "layer", "index": "2000000000"}, 400),
    "a layer before the first": ({"type": "layer", "index": "-1"}, 400),
    "a layer without a number": ({"type": "layer", "index": "abc"}, 400),
    "a background": ({"type": "background"}, 400),
    "a numbered whole": ({"index": "0"}, 400),
    "no name": ({"id": None}, 400),
    "a long name": ({"id": "x" * 65}, 400),
    "a byte too many": ({"content": bytes(1_000_001)}, 400),
    "many": ({"content": bytes(1_500_000)}, 400),
    "far too many": ({"content": bytes(2_100_000)}, 413),
    "nothing drawn": ({"content": b""}, 400),
    "an unknown component": ({"component_id": "99999"}, 404),
    "one before the first": ({"component_id": "-1"}, 404),
    "an endless number": ({"component_id": "9" * 5000}, 404),
    "a word for a number": ({"component_id": "pad"}, 404),
    "no component": ({"component_id": None}, 404),
    "another function": ({"fn_name": "preprocess"}, 404),
    "no function": ({"fn_name": None}, 404),
}


@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize(("changed", "status"), WRONG.values(), ids=WRONG)
def test_whatever_else_comes_to_it_is_one_sentence(server, web, pad, changed, status, end):
    before, said = most_memory(server), len(server.log.read_text())
    answer = web.post(f"/component_server{end}", **form(pad, **changed))
    assert answer.status_code == status, answer.text
    assert re.fullmatch(r"[A-Z][^\n]{20,200}\.", answer.json()["detail"])
    assert "Traceback" not in server.log.read_text()[said:]
    assert most_memory(server) < before + 100  # C1 asked for 16 GB


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"data": {}, "component_id": 1, "session_hash": "a", "fn_name": "ls"}},
        {"content": b"{"},
        {"content": b"--b\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b""},
    ],
    ids=["JSON", "half of it", "half a form", "a form without an end", "nothing"],
)
def test_what_is_no_form_of_a_pad_is_one_sentence(server, web, body):
    said = len(server.log.read_text())
    answer = post(web, **body)
    assert answer.status_code in (400, 404, 415), answer.text
    assert answer.json()["detail"].startswith("Only the drawing pad of this page sends something")
    assert "Traceback" not in server.log.read_text()[said:]


def test_a_component_that_is_no_pad_is_asked_for_nothing(web, config):
    others = [part["id"] for part in config["components"] if part["props"].get("elem_id") != PAD]
    for other in others[::40]:
        assert post(web, **form(str(other))).status_code == 404


# What is no Unicode ------------------------------------------------------------------------------


def words(web, event, data, session):
    """All that is said to an event of the page, until its end."""
    body = {"data": data, "fn_index": event["id"], "session_hash": session}
    body = json.dumps(body).encode()  # httpx would not send half of a pair
    joined = web.post("/queue/join", content=body, headers={"content-type": "application/json"})
    assert joined.status_code == 200, joined.text
    with web.stream("GET", f"/queue/data?session_hash={session}") as stream:
        for line in stream.iter_lines():
            message = json.loads(line[5:]) if line.startswith("data:") else {}
            if "output" in message:
                yield message
            if message.get("msg") == "process_completed":
                return
    raise AssertionError(f"the stream of {event['id']} broke")


def test_half_of_a_surrogate_pair_is_a_sentence_to_every_event_of_the_page(web, config):
    """In the same stream for all of them, which so is seen to live on."""
    session = uuid.uuid4().hex
    values = {part["id"]: part["props"].get("value") for part in config["components"]}
    asked = 0
    for event in config["dependencies"]:
        if not event["backend_fn"] or not event["inputs"] or event["queue"] is False:
            continue
        if event["api_visibility"] == "public":
            continue  # those speak for themselves: tests/<stem>
        data = [values.get(one) for one in event["inputs"]]
        for place in {0, len(data) - 1}:
            broken = [*data]
            broken[place] = HALF
            *_, said = words(web, event, broken, session)
            asked += 1
            assert not said["success"], event
            assert (
                f"Value {place + 1} of what was sent has half of a surrogate pair (U+D800)"
                in (said["output"]["error"])
            )
    assert asked > 20


def test_a_switch_that_is_neither_on_nor_off_is_a_sentence(web, config):
    names = {part["id"]: part["props"].get("label") for part in config["components"]}
    values = {part["id"]: part["props"].get("value") for part in config["components"]}
    runner = next(
        part["id"]
        for part in config["components"]
        if part["props"].get("elem_id") == "attention-runner"
    )
    event = next(
        event
        for event in config["dependencies"]
        if [runner, "click"] in event["targets"] and event["backend_fn"]
    )
    data = [7 if names.get(one) == "Softmax" else values.get(one) for one in event["inputs"]]
    said = [*words(web, event, data, uuid.uuid4().hex)]
    assert "The softmax must be true or false; got 7." in json.dumps(said)


# How the app is started --------------------------------------------------------------------------


def test_the_app_has_a_keeper(web):
    unknown = web.get("/call/attend/0123456789abcdef")
    assert unknown.status_code == 404
    assert "There is no answer of this name here" in unknown.text
