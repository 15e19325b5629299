"""What a server says to who runs it, and how it does on a small disk."""

import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from core.errors import DISK_IS_FULL
from core.paths import ROOT
from core.settings import LEAST_TOKEN, Settings
from page.serving.health import standing
from tests.conftest import START_SECONDS, free_port, wait_for
from tests.kit.as_the_page import clicked, messages
from tests.page.test_app import start

TOKEN = "a token of the one who runs it"
DISK = 6_000_000  # bytes
LARGE = b"x" * 2_000_000
ONE_FILE = 1_000_000  # bytes of one file where no disk of so few can be had


@contextlib.contextmanager
def small_disk(folder):
    """A disk of its own for the folder; False where only root could have one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (ONE_FILE, ONE_FILE))


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A server whose numbers may be read, on a disk that is soon full."""
    port, home = free_port(), tmp_path_factory.mktemp("operation")
    log, base = home / "log.txt", home / "files"
    environ = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(base),
        "LECTERN_METRICS": "loopback",
        "LECTERN_METRICS_TOKEN": TOKEN,
    }
    with small_disk(base) as mounted:
        with log.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py")],
                env=environ,
                stdout=stream,
                stderr=stream,
                preexec_fn=None if mounted else small_files,
            )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, process, log)
            late = time.monotonic() + START_SECONDS
            while httpx.get(f"{url}/readyz").status_code != 200 and time.monotonic() < late:
                time.sleep(0.2)
            yield SimpleNamespace(url=url, base=base, mounted=mounted, log=log)
        finally:
            process.terminate()
            process.wait(20)


def call(url, endpoint, **named):
    """What an endpoint answers a script."""
    asked = httpx.post(f"{url}/gradio_api/call/v2/{endpoint}", json=named, timeout=60)
    event = asked.json()["event_id"]
    return httpx.get(f"{url}/gradio_api/call/{endpoint}/{event}", timeout=60).text


# Alive and ready ---------------------------------------------------------------------------------


def test_the_server_says_that_it_lives_and_that_it_can_be_asked(server, client):
    alive = httpx.get(f"{server.url}/healthz")
    assert (alive.status_code, alive.text) == (200, "alive")
    ready = httpx.get(f"{server.url}/readyz")
    assert (ready.status_code, ready.headers["Cache-Control"]) == (200, "no-store")
    queue = {"waiting": 0, "most": 200}
    assert ready.json() == {"ready": True, "models": {}, "queue": queue, "stopping": False}
    assert " /readyz" not in server.log.read_text()  # who asks often fills no log


def served(*, state="ready", waiting=0, asked=False):
    """As much of a server as says whether it is ready."""
    models = [
        {"name": "pocket-bert", "tier": "pocket", "state": state},
        {"name": "large", "tier": "hub", "state": "cold"},  # nobody waits for it
    ]
    space = SimpleNamespace(queue=SimpleNamespace(max_size=2))
    checkpoints = SimpleNamespace(space=space, describe=lambda: models)
    # Two queues, of which each has room for itself.
    fns = {name: SimpleNamespace(concurrency_id=name, fn=None) for name in ("models", "edits")}
    lanes = {name: SimpleNamespace(queue=[1] * waiting) for name in fns}
    queue = SimpleNamespace(event_queue_per_concurrency_id=lanes)
    page = SimpleNamespace(_queue=queue, fns=fns)
    desk = SimpleNamespace(checkpoints=checkpoints)
    return SimpleNamespace(desk=desk, page=page, stop=SimpleNamespace(asked=asked))


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        ({}, {"ready": True}),
        ({"state": "loading"}, {"ready": False, "models": {"pocket-bert": "loading"}}),
        ({"state": "unavailable"}, {"ready": False, "models": {"pocket-bert": "unavailable"}}),
        ({"waiting": 1}, {"ready": True, "queue": {"waiting": 1, "most": 2}}),
        ({"waiting": 2}, {"ready": False, "queue": {"waiting": 2, "most": 2}}),
        ({"asked": True}, {"ready": False, "stopping": True}),
    ],
)
def test_what_is_not_ready_is_named(stands, said):
    assert said.items() <= standing(served(**stands)).items()


# Numbers -----------------------------------------------------------------------------------------


def numbers(watched, **headers):
    """Every number by its name and labels."""
    answer = httpx.get(f"{watched.url}/metrics", headers=headers, timeout=30)
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_nobody_reads_the_numbers_unless_they_are_turned_on(server):
    for headers in ({}, {"Authorization": "Bearer none"}, {"Authorization": f"Bearer {TOKEN}"}):
        assert httpx.get(f"{server.url}/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "127.0.0.1"}, 404),  # a proxy on this machine asks for somebody
        ({"X-Forwarded-Proto": "https"}, 404),
        ({"Via": "1.1 proxy", "Authorization": "Bearer wrong"}, 404),
        ({"Via": "1.1 proxy", "Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Via": "1.1 proxy", "Authorization": TOKEN + "é"}, 404),
    ],
)
def test_this_machine_reads_them_and_who_bears_the_token(watched, headers, status):
    raw = {name: value.encode() for name, value in headers.items()}
    assert httpx.get(f"{watched.url}/metrics", headers=raw).status_code == status


def test_calls_are_counted_by_kind_and_outcome_and_results_by_whether_they_were_kept(watched):
    before = numbers(watched)
    for text in ("Once.", "Once.", ""):
        call(watched.url, "attend", text=text)
    call(watched.url, "attend", text="Once.", model="no-such-model")
    httpx.get(f"{watched.url}/nowhere")
    after = numbers(watched)

    def more(name):
        return after[name] - before.get(name, 0)

    assert more('lectern_calls_total{kind="attend",outcome="done"}') >= 2
    assert more('lectern_calls_total{kind="attend",outcome="refused"}') >= 1
    assert more('lectern_call_seconds_count{kind="attend"}') == 4
    assert more("lectern_results_hits_total") == 1
    assert more("lectern_results_misses_total") >= 1
    assert after["lectern_results_bytes"] > 1000
    assert more('lectern_refused_requests_total{status="404"}') == 1
    assert after['lectern_models{state="ready",tier="pocket"}'] == 8
    assert after["process_resident_memory_bytes"] > 1e8
    assert after['lectern_waiting{queue="/attend"}'] == 0
    assert after['lectern_running{queue="/attend"}'] == 0


def test_an_open_page_is_a_visitor_until_it_is_closed(watched):
    assert numbers(watched)["lectern_visitors"] == 0
    with httpx.stream("GET", f"{watched.url}/gradio_api/heartbeat/visitor") as page:
        lines = page.iter_lines()
        next(lines)
        assert numbers(watched)["lectern_visitors"] == 1
    late = time.monotonic() + 30
    while numbers(watched)["lectern_visitors"] and time.monotonic() < late:
        time.sleep(0.1)
    assert numbers(watched)["lectern_visitors"] == 0


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"LECTERN_METRICS": "all"}, "LECTERN_METRICS must be empty or 'loopback'; got 'all'."),
        ({"LECTERN_METRICS_TOKEN": "short"}, f"at least {LEAST_TOKEN} characters; got 5."),
    ],
)
def test_a_setting_that_means_nothing_is_one_sentence(environ, said):
    with pytest.raises(SystemExit, match=said):
        Settings.from_env(environ)
    assert TOKEN not in repr(Settings.from_env({"LECTERN_METRICS_TOKEN": TOKEN}))


# Its folder and its disk -------------------------------------------------------------------------


def send(watched, content, name="a.txt"):
    """An upload, as a browser sends it."""
    return httpx.post(
        f"{watched.url}/gradio_api/upload", files={"files": (name, content)}, timeout=60
    )


def saved(watched, session):
    """What the button "Numbers as CSV" of the first tab gives: a file, or a note."""
    config = httpx.get(f"{watched.url}/config", timeout=60).json()
    button, event = clicked(config, "value", "Numbers as CSV")
    parts = {part["id"]: part["props"].get("value") for part in config["components"]}
    data = [parts[one] for one in event["inputs"]]
    body = {"data": data, "fn_index": event["id"], "session_hash": session, "trigger_id": button}
    asked = httpx.post(f"{watched.url}/gradio_api/queue/join", json=body, timeout=60)
    asked.raise_for_status()
    for message in messages(watched.url, session):
        if message["msg"] == "process_completed":
            return message["output"]["data"]


def files_of(watched):
    """What lies below the server's own folder, other than empty folders."""
    (own,) = watched.base.glob("lectern-*[!k]")
    return {path for path in own.rglob("*") if path.is_file()}


def test_what_is_sent_is_for_the_servers_user_alone_and_nothing_else_is_served(watched):
    path = Path(send(watched, b"of somebody").json()[0])
    (own,) = watched.base.glob("lectern-*[!k]")
    assert own.stat().st_mode & 0o777 == 0o700
    export = Path(saved(watched, "alone")[0]["path"])
    for file in (path, export):
        assert file.is_relative_to(own)
        assert file.stat().st_mode & 0o777 == 0o600
    export.unlink()  # or the same numbers would find its room on a full disk
    fetched = httpx.get(f"{watched.url}/gradio_api/file={path}")
    assert (fetched.status_code, fetched.text) == (200, "of somebody")
    foreign = watched.base / "foreign.txt"
    foreign.write_text("of another program")
    assert httpx.get(f"{watched.url}/gradio_api/file={foreign}").status_code == 403
    foreign.unlink()


def test_an_upload_that_finds_no_room_is_told_so_and_leaves_nothing(watched):
    before = files_of(watched)
    filler = watched.base / "filler"
    if watched.mounted:
        filler.write_bytes(b"x" * (DISK - len(LARGE)))
    refused = send(watched, LARGE)
    assert (refused.status_code, refused.text) == (507, DISK_IS_FULL)
    assert files_of(watched) == before
    filler.unlink(missing_ok=True)
    assert send(watched, b"a little").status_code == 200
    assert " refused 507 POST /gradio_api/upload\n" in watched.log.read_text()
    assert "Traceback" not in watched.log.read_text()


def test_an_export_that_finds_no_room_is_told_so_and_the_page_goes_on(watched):
    if not watched.mounted:
        pytest.skip("only root may have a disk of a few megabytes")
    before = files_of(watched)
    filler = watched.base / "filler"
    with contextlib.suppress(OSError), filler.open("wb", 0) as file:
        while True:
            file.write(b"x" * 4096)
    file, note = saved(watched, "full")
    assert file is None or file == {"__type__": "update"}
    assert DISK_IS_FULL in note
    assert files_of(watched) == before
    assert '"tokens"' in call(watched.url, "attend", text="It goes on.")
    filler.unlink()
    file, note = saved(watched, "room")
    assert file["orig_name"].endswith(".csv")
    assert note == ""


def test_an_upload_that_is_broken_off_leaves_nothing(watched):
    before = files_of(watched)
    head = (
        "POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    )
    port = int(watched.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as browser:
        browser.sendall(head.encode() + b"x" * 100_000)
        late = time.monotonic() + 20
        while files_of(watched) == before and time.monotonic() < late:
            time.sleep(0.05)
        assert files_of(watched) != before  # it has begun
    late = time.monotonic() + 20
    while files_of(watched) != before and time.monotonic() < late:
        time.sleep(0.1)
    assert files_of(watched) == before
    assert "Exception in ASGI" not in watched.log.read_text()


def test_a_place_where_nothing_can_be_kept_ends_the_start_with_one_sentence():
    process = start(GRADIO_TEMP_DIR="/proc/nowhere")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert said.startswith("Temporary files cannot be kept in /proc/nowhere (")


@pytest.mark.parametrize("option", ["ro", f"size={DISK // 1000}"])
def test_a_disk_that_takes_nothing_ends_the_start_with_one_sentence(tmp_path, option):
    mount = ["mount", "-t", "tmpfs", "-o", option, "none", str(tmp_path)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    try:
        if option != "ro":
            with contextlib.suppress(OSError), (tmp_path / "filler").open("wb", 0) as file:
                while True:
                    file.write(b"x" * 512)
        process = start(GRADIO_TEMP_DIR=str(tmp_path))
        said, _ = process.communicate(timeout=60)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert said.startswith(f"Temporary files cannot be kept in {tmp_path} (")
