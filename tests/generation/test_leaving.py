"""A visitor who goes away in the middle: the computation ends within a token. Real HTTP."""

import json
import time
import uuid

import httpx
import pytest

from models.checkpoints import Checkpoints
from models.decoding.forward import Forward
from models.serving import Desk
from page.frame import build_page, serving, theme
from tests.conftest import free_port
from tests.kit.as_the_page import clicked, messages

SLOW = 0.25  # seconds that a token takes here, so that one can be told from the next
ASKED = 60  # tokens


@pytest.fixture(scope="module")
def hall(space):
    """The page served from this process, its model slowed down and its tokens counted."""
    from core.settings import Settings

    cache = Checkpoints(space)
    cache.load(cache.default("generation"))
    read, forward = [], Forward.__call__

    def slow(self, parts):
        read.append(time.monotonic())
        time.sleep(SLOW)
        return forward(self, parts)

    patched = pytest.MonkeyPatch()
    patched.setattr(Forward, "__call__", slow)
    page = build_page(Desk(cache))
    page.queue(max_size=50, default_concurrency_limit=2, api_open=False)
    port = free_port()
    page.launch(
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        theme=theme(),
        ssr_mode=False,
        app_kwargs=serving(Settings(), space),
    )
    yield page, f"http://127.0.0.1:{port}", read
    page.close()
    patched.undo()


def join(page, url, session):
    """Ask for a text as the page does; the names of private events are in no contract."""
    runner, event = clicked(page.config, "elem_id", "generation-runner")
    values = {part["id"]: part["props"].get("value") for part in page.config["components"]}
    labels = {part["id"]: part["props"].get("label") for part in page.config["components"]}
    data = [
        ASKED if labels.get(one) == "New tokens, at most" else values.get(one)
        for one in event["inputs"]
    ]
    body = {"data": data, "fn_index": event["id"], "session_hash": session, "trigger_id": runner}
    httpx.post(f"{url}/gradio_api/queue/join", json=body).raise_for_status()


def four_tokens(hall, session):
    """What the server goes on to tell once it has computed four tokens."""
    page, url, read = hall
    read.clear()
    join(page, url, session)
    coming = messages(url, session)
    while len(read) < 4:
        assert next(coming)["msg"] in ("estimation", "process_starts", "process_generating")
    return coming


def test_a_visitor_who_closes_the_page_ends_the_computation_within_a_token(hall):
    *_, read = hall
    coming = four_tokens(hall, uuid.uuid4().hex)
    coming.close()
    gone = time.monotonic()
    time.sleep(8 * SLOW)
    # The token that was being computed ends, and at most one has begun before the news came.
    assert sum(moment > gone for moment in read) <= 1
    assert len(read) < ASKED / 2


def test_stop_ends_the_computation_within_a_token_and_keeps_the_text(hall):
    page, url, read = hall
    session = uuid.uuid4().hex
    coming = four_tokens(hall, session)
    _, event = clicked(page.config, "value", "Stop")
    body = {"data": [], "fn_index": event["id"], "session_hash": session}
    httpx.post(f"{url}/gradio_api/run/predict", json=body).raise_for_status()
    asked = time.monotonic()
    said = [json.dumps(message) for message in coming if message]
    assert any("Stopped by you" in message for message in said)
    assert sum(moment > asked for moment in read) <= 1
    assert 4 <= len(read) < ASKED / 2


def test_a_text_that_nobody_leaves_is_made_to_its_end(hall):
    page, url, read = hall
    session = uuid.uuid4().hex
    read.clear()
    join(page, url, session)
    seen = [message for message in messages(url, session) if message]
    assert seen[-1]["msg"] in ("process_completed", "close_stream")
    assert len(read) >= ASKED / 2
    # Gradio repeats the last step at the end, which would undo what a newer run has shown by then.
    end = next(message for message in seen if message["msg"] == "process_completed")
    words = [step for step in end["output"]["data"] if set(step or ()) - {"__type__", "props"}]
    assert words == []
