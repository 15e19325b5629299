"""SIGTERM in the middle of the work: everybody is told, nothing stays, and it is over in time."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import httpx
import psutil
import pytest

from core.paths import ROOT
from core.stopping import Stop
from tests.conftest import START_SECONDS, free_port, wait_for
from tests.fakes import bad_pictures as bad
from tests.kit.as_the_page import clicked

STREAMS = 5
TOKENS = 200
WITHIN = 10  # seconds, as long as `docker stop` waits
# The first process of a name space of its own, as in a container; root may have one.
FIRST = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]


def may_be_first():
    try:
        return subprocess.run([*FIRST, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class Listener(threading.Thread):
    """A page that reads what the server tells it, and a script that waits for an answer."""

    def __init__(self, address, stop):
        super().__init__(daemon=True)
        self.address, self.heard, self.stop = address, [], stop
        self.open, self.told = threading.Event(), threading.Event()

    def run(self):
        with httpx.stream("GET", self.address, timeout=120) as answer:
            self.open.set()
            for line in answer.iter_lines():
                self.heard.append(line)
                if self.stop in line:
                    self.told.set()


def ask_for_texts(url):
    """Listeners to long texts, one for each of as many visitors."""
    config = httpx.get(f"{url}/config", timeout=60).json()
    button, event = clicked(config, "elem_id", "generation-runner")
    parts = {part["id"]: part["props"] for part in config["components"]}
    data = [
        TOKENS if parts[one].get("label") == "Most new tokens" else parts[one].get("value")
        for one in event["inputs"]
    ]
    listeners = []
    for number in range(STREAMS):
        session = f"stopping{number}"
        asked = {"fn_index": event["id"], "session_hash": session, "trigger_id": button}
        body = {"data": [f"Visitor {number} had" if v == data[0] else v for v in data], **asked}
        httpx.post(f"{url}/gradio_api/queue/join", json=body).raise_for_status()
        address = f"{url}/gradio_api/queue/data?session_hash={session}"
        listeners.append(Listener(address, '"process_generating"'))
        listeners[-1].start()
    return listeners


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """What was heard and found when a server that was busy had been told to stop."""
    port, home = free_port(), tmp_path_factory.mktemp("stopping")
    environ = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "files"),
        "GRADIO_SERVER_NAME": "::",  # reached over IPv4 here
        "OMP_NUM_THREADS": "1",
    }
    first, log = may_be_first(), home / "log.txt"
    command = [*(FIRST if first else []), sys.executable, str(ROOT / "app.py")]
    with log.open("w") as stream:
        process = subprocess.Popen(command, env=environ, stdout=stream, stderr=stream)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process, log)
        late = time.monotonic() + START_SECONDS
        while httpx.get(f"{url}/readyz").status_code != 200 and time.monotonic() < late:
            time.sleep(0.2)
        sent = {"files": ("photo.png", bad.saved(bad.corners()))}
        upload = httpx.post(f"{url}/gradio_api/upload", files=sent).json()[0]
        assert os.path.exists(upload)
        listeners = ask_for_texts(url)
        begun = [one for one in listeners if one.told.wait(START_SECONDS)]
        body = {"prompt": "The answer is", "max_new_tokens": TOKENS}
        script = httpx.post(f"{url}/gradio_api/call/v2/generate", json=body).json()["event_id"]
        listeners.append(Listener(f"{url}/gradio_api/call/generate/{script}", "never"))
        listeners[-1].start()
        assert listeners[-1].open.wait(START_SECONDS)
        server = psutil.Process(process.pid)
        if first:
            (server,) = server.children()
        asked = time.monotonic()
        server.send_signal(signal.SIGTERM)
        code = process.wait(30)
        took = time.monotonic() - asked
        for one in listeners:
            one.join(10)
    finally:
        process.kill()
    return SimpleNamespace(
        first=first,
        code=code,
        took=took,
        begun=len(begun),
        heard=["\n".join(one.heard) for one in listeners],
        left=[path.name for path in (home / "files").iterdir()],
        log=log.read_text(),
    )


def test_it_ends_in_time_with_nothing_to_complain_of(stopped):
    assert stopped.begun == STREAMS
    assert stopped.code == 0
    assert stopped.took < WITHIN
    assert "Traceback" not in stopped.log
    assert "error" not in stopped.log


def test_every_stream_ends_with_one_sentence(stopped):
    pages, script = stopped.heard[:STREAMS], stopped.heard[STREAMS]
    for heard in pages:
        messages = [json.loads(line[5:]) for line in heard.splitlines() if line[:5] == "data:"]
        last = [one for one in messages if one["msg"] == "process_completed"]
        assert [one["output"]["error"] for one in last] == [Stop.SENTENCE]
        assert messages[-1]["msg"] == "close_stream"
    assert "event: error\ndata: " in script
    assert script.count(Stop.SENTENCE) == 1


def test_nothing_of_what_was_sent_stays(stopped):
    assert stopped.left == []


def test_as_the_first_process_of_a_container_too(stopped):
    if not stopped.first:
        pytest.skip("only root may start a process in a name space of its own")
    assert (stopped.code, stopped.took < WITHIN) == (0, True)
