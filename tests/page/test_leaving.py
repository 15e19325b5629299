"""Callers who leave in the middle, over real HTTP: what they asked for is not computed on."""

import http.client
import json
import socket
import threading
import time

import gradio as gr
import psutil
import pytest

from core.progress import end_if_left
from models.serving import Desk
from tabs.kit.gradio_inside.asking import listening
from tabs.kit.runs import steps
from tests.conftest import free_port

PROMPTLY = 20  # seconds that a busy machine may take for what takes half of one


def begin(port, name, data):
    """Ask, and listen to what comes; gives the connection, to be closed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body, kind = json.dumps({"data": data}), {"Content-Type": "application/json"}
    connection.request("POST", f"/gradio_api/call/{name}", body, kind)
    event = json.loads(connection.getresponse().read())["event_id"]
    connection.close()
    reader = socket.create_connection(("127.0.0.1", port))
    head = f"GET /gradio_api/call/{name}/{event} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    reader.sendall(head.encode())
    return reader


class Work:
    """A verb that goes on for as long as its visitor listens."""

    def __init__(self):
        self.begun, self.ended = threading.Event(), threading.Event()

    def go(self, model, text):
        self.begun.set()
        over = time.monotonic() + 2 * PROMPTLY  # of a test that fails
        try:
            while time.monotonic() < over:
                end_if_left()
                time.sleep(0.01)
        finally:
            self.ended.set()


@pytest.fixture
def works():
    """What the endpoints of the small page do."""
    return {name: Work() for name in ("asked", "streamed", "told")}


@pytest.fixture
def small_page(bert, checkpoints, works):
    """The port of a page with an endpoint for each way to ask a desk."""
    desk = Desk(checkpoints, listening=listening)
    entry = bert.checkpoint

    def asked(text: str) -> str:
        return str(desk.ask(works["asked"].go, entry, text))

    def streamed(text: str):
        def items(model, text):
            yield "first"
            yield works["streamed"].go(model, text)

        yield from desk.stream(items, entry, text)

    def told(text: str):
        def work(progress, values):
            return (desk.ask(works["told"].go, entry, text),)

        yield "first"
        for step in steps(work, (), lambda: True):
            yield str(step)

    with gr.Blocks() as page:
        text, said = gr.Textbox(), gr.Textbox()
        for handler in (asked, streamed, told):
            gr.Button().click(handler, text, said, api_name=handler.__name__)
    port = free_port()
    page.queue().launch(server_port=port, prevent_thread_lock=True, quiet=True)
    yield port
    page.close()


@pytest.mark.parametrize("name", ["asked", "streamed", "told"])
def test_a_handler_of_any_kind_ends_when_its_caller_leaves(small_page, works, name):
    reader = begin(small_page, name, ["the cat"])
    assert works[name].begun.wait(PROMPTLY)
    assert not works[name].ended.wait(0.5)  # the caller listens
    reader.close()
    assert works[name].ended.wait(PROMPTLY)


def test_who_cancels_ends_it_too(small_page, works):
    body = {"data": ["the cat"], "fn_index": 0, "session_hash": "visitor"}
    event = json.loads(post(small_page, "queue/join", body))["event_id"]
    assert works["asked"].begun.wait(PROMPTLY)
    post(small_page, "cancel", {"session_hash": "visitor", "fn_index": 0, "event_id": event})
    assert works["asked"].ended.wait(PROMPTLY)


def post(port, path, body):
    """What is answered to a body of JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    kind = {"Content-Type": "application/json"}
    connection.request("POST", f"/gradio_api/{path}", json.dumps(body), kind)
    with connection.getresponse() as answer:
        return answer.read()


# The whole page ----------------------------------------------------------------------------------

QUESTION = "Who bought the green chair?"
PASSAGE = "The old woman sold the chair to a man from the north. " * 1000  # 54,000 characters
BEGUN = 3.0  # seconds of a core, after which the work has begun for certain
WITHIN = 2.0  # seconds of a core, after which what nobody waits for has ended
IDLE = 0.1  # seconds of a core in two of the clock: others may take the cores meanwhile
ENOUGH = 8.0  # seconds of a core until the next is served; each of the two takes 19 to its end


def seconds(process):
    """How long the cores have worked for a process, however busy the machine is."""
    spent = psutil.Process(process.pid).cpu_times()
    return spent.user + spent.system


def test_two_long_questions_whose_callers_have_left_hold_no_turn(server, client):
    before = seconds(server.process)
    readers = [
        begin(server.port, "answer", [QUESTION, PASSAGE + end, "pocket-qa", 3])
        for end in ("One.", "Other.")
    ]
    deadline = time.monotonic() + 60
    while seconds(server.process) - before < BEGUN:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for reader in readers:
        reader.close()
    left = seconds(server.process)
    assert client.predict(["The cats sat."], api_name="/judge")
    assert seconds(server.process) - left < ENOUGH


def test_a_long_question_ends_with_its_caller(server, client):
    """In seconds of the cores: on a busy machine the clock says nothing."""
    before = seconds(server.process)
    reader = begin(server.port, "answer", [QUESTION, PASSAGE + "Another.", "pocket-qa", 3])
    deadline = time.monotonic() + 60
    while seconds(server.process) - before < BEGUN:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    reader.close()
    left, now = seconds(server.process), float("-inf")
    while seconds(server.process) - now > IDLE:
        assert time.monotonic() < deadline
        now = seconds(server.process)
        time.sleep(2)
    assert now - left < WITHIN
