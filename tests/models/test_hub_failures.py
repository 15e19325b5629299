"""When the Hub fails: one plain sentence within seconds, whatever it is that fails."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import pytest

from core.paths import ROOT
from tests.conftest import START_SECONDS, free_port, wait_for
from tests.fakes.small_hub import SmallHub, environ
from tests.fakes.tiny_published import gpt2

WRONGS = {
    "404": r"shows no wrong/404 to this page \(404\): check the name in the Spacefile",
    "401": r"shows no wrong/401 to this page \(401\).*a private model needs HF_TOKEN",
    "gated": r"wrong/gated is gated \(401\): accept its terms on .* start with HF_TOKEN set",
    "revision": r"wrong/revision has no revision main \(404\): name another in the Spacefile",
    "429:30": r"takes no more requests from here for now \(429\): retry in 30 s",
    "429": r"\(429\): retry in a few minutes",
    "500": r"has a fault \(500\): retry in a few minutes",
    "login page": r"is not the Hub .*: open a page in a browser, the network may want a login",
    "no weights": r"publishes neither model.safetensors nor pytorch_model.bin at main: name a",
    "truncated": r"model.safetensors came incomplete, 76 kB of 151 kB: try again",
    "damaged": r"model.safetensors of wrong/damaged arrived damaged: retry fetches it anew",
    "silent": r"did not answer, or stalled, for 1 s: check the network, then retry",
    "stall": r"did not answer, or stalled, for 1 s: check the network, then retry",
}


def mounts():
    """Whether this user may give a process mounts of its own; root in a container may not."""
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    found = shutil.which("unshare") is not None
    return found and subprocess.run(command, capture_output=True).returncode == 0


MOUNTS = mounts()
ROOT_ONLY = pytest.mark.skipif(not MOUNTS, reason="mounts of one's own are not allowed here")


def repo(wrong):
    return "wrong/" + wrong.replace(":", "-").replace(" ", "-")


def visit(environment, *pairs, before=()):
    """What became of the models, as a process of its own tells it."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.fakes.hub_visitor", *pairs],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    gpt2(folder)
    hub = SmallHub()
    hub.add("right/gpt2", folder)
    for wrong in WRONGS:
        hub.add(repo(wrong), folder)
        hub.wrongs[repo(wrong)] = wrong
    with hub.serving():
        yield hub


@pytest.fixture(scope="module")
def said(small, tmp_path_factory):
    """One process that meets every fault, one after the other: none spoils the next."""
    pairs = [f"{wrong}={repo(wrong)}" for wrong in WRONGS]
    told = visit(environ(small.url, tmp_path_factory.mktemp("home")), *pairs)
    return {each["name"]: each for each in told}


@pytest.mark.parametrize("wrong", WRONGS)
def test_every_fault_is_one_sentence_within_seconds(said, wrong):
    told = said[wrong]
    assert told["state"] == "unavailable"
    assert re.search(WRONGS[wrong], told["reason"]), told["reason"]
    assert "\n" not in told["reason"]
    assert told["seconds"] < 4


def test_an_error_of_our_own_is_not_told_as_one_of_the_network(caplog):
    from models.hub.errors import explained

    bad = json.JSONDecodeError("Expecting value", "<html>", 0)
    assert "is not the Hub (JSONDecodeError)" in str(explained(bad, "right/gpt2", "main"))
    assert caplog.records == []
    said = str(explained(KeyError("sha"), "right/gpt2", "main"))
    assert said == "an unexpected error (KeyError): retry; the log of this page tells more"
    assert caplog.records[0].exc_info[0] is KeyError


def test_a_model_that_was_never_published_is_told_as_one_that_is_not_shown(small, tmp_path):
    (told,) = visit(environ(small.url, tmp_path), "none=nobody/nothing")
    assert "shows no nobody/nothing to this page (401)" in told["reason"]


def test_no_network_is_said_at_once(tmp_path):
    (told,) = visit(environ(f"http://127.0.0.1:{free_port()}", tmp_path), "one=right/gpt2")
    assert "cannot be reached: there seems to be no network; connect" in told["reason"]
    assert told["seconds"] < 3


def test_a_name_that_nobody_knows_is_said_at_once(tmp_path):
    (told,) = visit(environ("http://hub.invalid", tmp_path), "one=right/gpt2")
    assert "the name hub.invalid is not found" in told["reason"]


@ROOT_ONLY
def test_a_name_look_up_that_hangs_ends_within_seconds(tmp_path):
    """A name server takes the question and never answers; the system would ask for minutes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.77", 53))
        resolver = tmp_path / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.77\noptions timeout:20 attempts:5\n")
        mount = f'mount --bind {resolver} "$(readlink -f /etc/resolv.conf)" && exec "$@"'
        (told,) = visit(
            environ("http://hub.example.org", tmp_path), "one=right/gpt2",
            before=("unshare", "-m", "sh", "-c", mount, "sh"),
        )  # fmt: skip
        server.setblocking(False)
        assert b"hub" in server.recv(512)  # it was asked
    assert "nothing came from hub.example.org for 2 s (its name is not looked" in told["reason"]
    assert told["seconds"] < 4


def test_a_connection_that_is_taken_and_never_answered_ends_within_seconds(tmp_path):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        (told,) = visit(environ(url, tmp_path), "one=right/gpt2")
    assert "did not answer, or stalled, for 1 s" in told["reason"]
    assert told["seconds"] < 4


@pytest.mark.parametrize("answers", [False, True], ids=["not there", "refuses"])
def test_a_proxy_that_lets_nothing_through_is_named_without_its_password(answers, tmp_path):
    with contextlib.ExitStack() as stack:
        port = free_port()
        if answers:
            port = stack.enter_context(refusing_proxy())
        proxy = f"http://somebody:secret@127.0.0.1:{port}"
        more = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
        (told,) = visit(environ("http://hub.example.org", tmp_path, **more), "one=right/gpt2")
    assert f"the proxy 127.0.0.1:{port} lets nothing through to hub.example.org" in told["reason"]
    assert "correct HTTPS_PROXY" in told["reason"]
    assert "secret" not in told["reason"]


def test_a_proxy_that_refuses_an_encrypted_connection_is_named_too(tmp_path):
    with refusing_proxy() as port:
        more = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
        (told,) = visit(environ("https://hub.example.org", tmp_path, **more), "one=right/gpt2")
    assert f"the proxy 127.0.0.1:{port} lets nothing through" in told["reason"]


@contextlib.contextmanager
def refusing_proxy():
    """A proxy that answers 407 to everything; gives its port."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Refuses(BaseHTTPRequestHandler):
        def refuse(self):
            self.send_error(407)

        do_GET = do_HEAD = do_CONNECT = refuse  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@ROOT_ONLY  # the next test needs no right
def test_a_disk_too_small_is_said_before_anything_is_fetched(small, tmp_path):
    mount = f'mount -t tmpfs -o size=100k none {tmp_path} && exec "$@"'
    small.misbehave("right/gpt2", "")
    (told,) = visit(
        environ(small.url, tmp_path), "one=right/gpt2",
        before=("unshare", "-m", "sh", "-c", mount, "sh"),
    )  # fmt: skip
    assert "the disk is full: 151 kB are needed and" in told["reason"]
    assert "make room, then retry" in told["reason"]
    assert not any(path.endswith("model.safetensors") for _, path, _ in small.asked)


def test_a_disk_that_fills_up_meanwhile_is_said_and_keeps_what_has_come(small, tmp_path):
    """The kernel refuses to write more than 100 kB into one file, as a full disk would."""
    limit = 'ulimit -f 100 && exec "$@"'  # blocks of 1 kB
    (told,) = visit(
        environ(small.url, tmp_path), "one=right/gpt2", before=("bash", "-c", limit, "bash")
    )
    assert told["reason"].startswith("the disk is full: make room, then retry; what has come")
    (part,) = tmp_path.glob("hub/*/blobs/*.incomplete")
    assert part.stat().st_size > 50_000


def test_a_cache_that_cannot_be_written_is_said(small, tmp_path):
    (tmp_path / "hub").write_text("a file where a folder is expected")
    (told,) = visit(environ(small.url, tmp_path), "one=right/gpt2")
    assert told["reason"].startswith("the folder for models cannot be used")
    assert str(tmp_path) not in told["reason"]  # every visitor reads it


@pytest.mark.skipif(os.geteuid() == 0 and not MOUNTS, reason="root writes into every folder")
def test_a_cache_that_is_read_only_is_said(small, tmp_path):
    before = ()
    if os.geteuid() == 0:  # to whom no folder is read-only, but a file system is
        mount = f'mount -t tmpfs -o ro none {tmp_path} && exec "$@"'
        before = ("unshare", "-m", "sh", "-c", mount, "sh")
    tmp_path.chmod(0o555)
    (told,) = visit(environ(small.url, tmp_path), "one=right/gpt2", before=before)
    tmp_path.chmod(0o755)
    assert told["reason"].startswith("the folder for models cannot be written: set HF_HOME to one")


def test_the_page_serves_its_pocket_models_while_the_hub_hangs(tmp_path):
    from gradio_client import Client

    port, log = free_port(), tmp_path / "log.txt"
    with socket.socket() as deaf, log.open("w") as stream:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        environment = environ(
            f"http://127.0.0.1:{deaf.getsockname()[1]}",
            tmp_path / "home",
            GRADIO_SERVER_PORT=str(port),
            GRADIO_TEMP_DIR=str(tmp_path / "files"),
        )
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=stream, stderr=stream
        )
        try:
            wait_for(f"http://127.0.0.1:{port}", process, log)
            client = Client(f"http://127.0.0.1:{port}", verbose=False)
            with pytest.raises(Exception, match=r"BERT base is (on its way|not available)"):
                client.predict("The cat sat.", model="bert-base-uncased", api_name="/attend")
            answer = client.predict("The cat sat.", api_name="/attend")
            assert answer["tokens"][2]["text"] == "cat"
            deadline = time.monotonic() + START_SECONDS
            while (bert := named(client, "bert-base-uncased"))["state"] != "unavailable":
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            process.terminate()
            process.wait(20)
    # Whichever notices first: the library's own timeout, or the watch over it.
    noticed = r"did not answer, or stalled, for 1 s|nothing came from .* for 2 s"
    assert re.search(noticed, bert["reason"])


def named(client, name):
    return next(each for each in client.predict(api_name="/models") if each["name"] == name)
