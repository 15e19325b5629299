"""The app as a process: it comes up, says plainly why when it cannot, and stops cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from core.paths import ROOT
from tests.conftest import START_SECONDS, free_port


def start(**environ):
    """The app in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_taken_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(GRADIO_SERVER_PORT=str(port))
        said, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 1
    assert re.fullmatch(rf"Port {port} on 127\.0\.0\.1 cannot be used \(.*\); choose .*\n", said)


def test_ctrl_c_stops_cleanly_and_the_port_falls_back_to_port():
    port = free_port()
    process = start(PORT=str(port))
    line = process.stdout.readline()
    assert line == f"Lectern is at http://127.0.0.1:{port} (Ctrl-C stops it)\n"
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert "Traceback" not in said
    assert process.returncode == 0


def test_an_old_python_is_one_sentence():
    code = (
        "import sys, runpy; sys.version_info = (3, 10, 4); sys.version = '3.10.4 (main)';"
        f"runpy.run_path({str(ROOT / 'app.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "Lectern needs Python 3.11 or newer; this is 3.10.4.\n"


def test_models_are_described_as_the_contract_says(client):
    models = client.predict(api_name="/models")
    bert = models[0]
    assert set(bert) == {
        *("name", "title", "capabilities", "tier", "repo", "revision", "licence"),
        *("parameters", "layers", "heads", "state", "reason"),
        *("bytes_done", "bytes_total", "seconds_left", "absent"),
    }
    assert (bert["name"], bert["title"], bert["tier"]) == (
        "pocket-bert",
        "BERT (MiniLM-L6)",
        "pocket",
    )
    assert (bert["state"], bert["parameters"]) == ("ready", 22713216)


def fetch(url, data=None):
    request = urllib.request.Request(url, data=data)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.mark.parametrize("accepted", ["gzip, br", "gzip, deflate"])  # HTTPS; a phone on plain HTTP
def test_the_pages_files_are_kept_compressed(server, accepted):
    page = fetch(server.url)[1].decode()
    name = re.search(r"assets/index-[\w-]+\.js", page)[0]
    request = urllib.request.Request(f"{server.url}/{name}", headers={"Accept-Encoding": accepted})
    with urllib.request.urlopen(request) as answer:
        packed = answer.read()
        assert answer.headers["Content-Encoding"] == ("br" if "br" in accepted else "gzip")
        assert answer.headers["Content-Length"] == str(len(packed))
        assert "max-age" in answer.headers["Cache-Control"]
    import gzip

    import brotli

    unpack = brotli.decompress if "br" in accepted else gzip.decompress
    assert unpack(packed) == fetch(f"{server.url}/{name}")[1]
    assert fetch(f"{server.url}/assets/no-such-file.js")[0] == 404


def test_the_page_itself_is_compressed(server):
    request = urllib.request.Request(server.url, headers={"Accept-Encoding": "gzip, br"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        packed = answer.read()
    assert len(packed) < len(fetch(server.url)[1]) / 3


def test_a_qr_code_holds_its_text(server):
    status, svg, headers = fetch(f"{server.url}/qr.svg?text=http%3A%2F%2Fa%2F%3Ftab%3Dx")
    assert status == 200
    assert headers["Content-Type"] == "image/svg+xml"
    assert svg.startswith(b"<svg xmlns=")
    import segno

    expected = segno.make("http://a/?tab=x", error="l", micro=False)
    assert f"0 0 {8 * (expected.symbol_size()[0])}".encode() in svg


@pytest.mark.parametrize("size", [0, 2201])
def test_a_text_that_fits_no_qr_code_is_refused(server, size):
    status, said, _ = fetch(f"{server.url}/qr.svg?text={'x' * size}")
    assert status == 400
    assert b"1 to 2,200 bytes are allowed" in said


def test_the_server_keeps_serving_after_hostile_calls(server, client):
    for body in (b"{", b'{"data": [[[[[]]]]]}', b'{"data": ["\\ud800"]}', b"\xff\xfe", b"[]"):
        fetch(f"{server.url}/gradio_api/call/attend", body)
    time.sleep(0.2)
    assert server.process.poll() is None
    assert client.predict("Still here.", api_name="/attend")["tokens"][1]["text"] == "still"
