"""Where the page listens, and what is said where it cannot."""

import os
import resource
import socket
import subprocess
import sys
import time

import httpx
import pytest

from core.address import AddressError, bound, url
from core.paths import ROOT
from core.settings import Settings
from page.serving.listening import HEAD_WITHIN
from tests.conftest import free_port, wait_for
from tests.page.test_app import start

FILES = 64
IDLE = 100  # connections, more than there can be files


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("0.0.0.0", ["127.0.0.1"]),
        ("localhost", ["127.0.0.1"]),
        ("::1", ["::1"]),
        ("::", ["::1", "127.0.0.1"]),
    ],
)
def test_an_address_of_either_family_is_listened_on(host, reached):
    port = free_port()
    with bound(host, port) as sock:
        sock.listen()
        near = "[::1]" if ":" in host else "127.0.0.1"
        assert url(sock) == f"http://{near}:{port}/"
        for address in reached:
            socket.create_connection((address, port), timeout=5).close()


def test_an_address_in_brackets_is_the_same():
    settings = Settings.from_env({"GRADIO_SERVER_NAME": "[::1]"})
    assert (settings.host, settings.address) == ("::1", "http://[::1]:7860")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 300, "not a host", "1.2.3.4.5"])
def test_a_wrong_name_is_told_as_a_wrong_name(host):
    with pytest.raises(AddressError) as told:
        bound(host, 7860)
    assert str(told.value).startswith(f"{host} is no name of a machine that is known here; ")
    assert "port" not in str(told.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_told_as_such(host):
    with pytest.raises(AddressError, match=rf"^{host} is no address of this machine \("):
        bound(host, free_port())


def test_the_last_port_is_followed_by_the_first():
    with socket.create_server(("127.0.0.1", 65_535)), pytest.raises(AddressError) as told:
        bound("127.0.0.1", 65_535)
    assert "GRADIO_SERVER_PORT=1 make run" in str(told.value)


def test_a_wrong_host_ends_the_start_with_one_sentence():
    process = start(GRADIO_SERVER_NAME="no.such.host.invalid")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert said.startswith("no.such.host.invalid is no name of a machine")


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


def test_with_few_files_idle_connections_lock_nobody_out_for_long(tmp_path):
    port, log = free_port(), tmp_path / "log.txt"
    environ = os.environ | {
        "GRADIO_SERVER_NAME": "::1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(tmp_path / "files"),
    }
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            env=environ,
            stdout=stream,
            stderr=stream,
            preexec_fn=few_files,
        )
    page = f"http://[::1]:{port}"
    idle = []
    try:
        wait_for(page, process, log)
        for number in range(IDLE):  # some say nothing, some half of what they want
            with_half = socket.create_connection(("::1", port), timeout=5)
            idle.append(with_half)
            if number % 2:
                with_half.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        late = time.monotonic() + 6 * HEAD_WITHIN
        answered = False
        while not answered and time.monotonic() < late:
            try:
                answered = httpx.get(f"{page}/healthz", timeout=5).text == "alive"
            except httpx.HTTPError:
                time.sleep(0.5)
        assert answered, log.read_text()
        assert process.poll() is None
        with httpx.Client(base_url=page, timeout=60) as client:
            assert client.get("/config").status_code == 200
            sent = None
            # The last of the idle ones may still hold the files that an upload needs.
            while (sent is None or sent.status_code != 200) and time.monotonic() < late:
                sent = client.post("/gradio_api/upload", files={"files": ("a.txt", b"text")})
                time.sleep(0.5)
            assert sent.status_code == 200
    finally:
        for connection in idle:
            connection.close()
        process.terminate()
        process.wait(20)
    assert f"http://[::1]:{port} " in log.read_text()
