"""The page behind a proxy that puts it under a path: all of it works there, over real HTTP."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urljoin

import httpx
import pytest

from core.paths import ROOT
from tests.conftest import free_port, wait_for
from tests.fakes.reverse_proxy import under

PATH = "/lectern"
WHOLE = f"https://lectern.example.org{PATH}"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Servers that begin at once: by what GRADIO_ROOT_PATH is, and whether a proxy is named."""
    begun = {}
    for root, named in ((PATH, ""), (WHOLE, ""), (PATH, "127.0.0.1")):
        port, home = free_port(), tmp_path_factory.mktemp("path")
        environ = os.environ | {
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": str(home / "files"),
            "GRADIO_ROOT_PATH": root,
            "FORWARDED_ALLOW_IPS": named,
            "OMP_NUM_THREADS": "1",
        }
        log = home / "log.txt"
        with log.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py")], env=environ, stdout=stream, stderr=stream
            )
        begun[root, named] = SimpleNamespace(port=port, process=process, log=log)
    try:
        for one in begun.values():
            wait_for(f"http://127.0.0.1:{one.port}/healthz", one.process, one.log)
        yield begun
    finally:
        for one in begun.values():
            one.process.terminate()
        for one in begun.values():
            one.process.wait(20)


# GRADIO_ROOT_PATH, the named proxy, the host it is asked for, whether it takes the path off.
HERE = {"path": (PATH, "", "", True), "path kept": (PATH, "", "", False)}
ELSEWHERE = {
    "address": (WHOLE, "", "", True),
    "address and host": (WHOLE, "", "lectern.example.org", True),
    "named proxy": (PATH, "127.0.0.1", "lectern.example.org", True),
}


@pytest.fixture(params=[*HERE.values(), *ELSEWHERE.values()], ids=[*HERE, *ELSEWHERE])
def page(request, served):
    """The page as it is reached behind the proxy, and what it should believe to be its address."""
    root, named, host, strips = request.param
    with under(PATH, served[root, named].port, host=host, strips=strips) as url:
        own = WHOLE if root == WHOLE or named else url
        with httpx.Client(timeout=60, headers={"Accept-Encoding": "gzip"}) as web:
            server = served[root, named]
            yield SimpleNamespace(url=url, own=own, web=web, server=server, named=bool(named))


def test_the_page_and_all_its_files_are_there(page):
    answer = page.web.get(f"{page.url}/")
    assert answer.status_code == 200
    linked = set(re.findall(r'(?:src|href)="([^"#]+)"', answer.text))
    files = {urljoin(f"{page.url}/", link) for link in linked if not link.startswith("data:")}
    own = {file.replace(page.own, page.url) for file in files}
    assert {f"{page.url}/favicon.ico", f"{page.url}/manifest.json"} < own
    assert all(file.startswith(f"{page.url}/") for file in own), own
    found = {file: page.web.get(file) for file in own}
    assert {file: got.status_code for file, got in found.items() if got.status_code != 200} == {}
    scripts = [got for file, got in found.items() if file.endswith(".js")]
    assert scripts
    assert all("javascript" in got.headers["Content-Type"] for got in scripts)
    assert all(
        got.headers["Content-Encoding"] == "gzip" for got in scripts if len(got.content) > 999
    )
    imported = re.search(r'"\./([\w.-]+\.js)"', scripts[0].text)
    assert imported is None or page.web.get(f"{page.url}/assets/{imported[1]}").status_code == 200


def test_it_knows_where_it_is_and_believes_nobody_else(page):
    assert page.web.get(f"{page.url}/config").json()["root"] == page.own
    # A named proxy is believed, and where one is named all of this machine is it.
    for name in ("X-Forwarded-Host", "X-Gradio-Server") if not page.named else ():
        straight = f"http://127.0.0.1:{page.server.port}"
        sent = {name: "http://evil.com/x", "X-Forwarded-Proto": "https"}
        told = httpx.get(f"{straight}/config", headers=sent, timeout=60).json()["root"]
        assert "evil.com" not in told


def test_what_it_draws_by_itself_is_there(page):
    assert page.web.get(f"{page.url}/qr.svg?text=a").text.startswith("<svg")
    assert page.web.get(f"{page.url}/scene/kinds.webp").headers["Content-Type"] == "image/webp"
    assert page.web.get(f"{page.url}/healthz").text == "alive"


def test_a_call_and_its_stream_work(page):
    base = f"{page.url}/gradio_api/call"
    asked = page.web.post(f"{base}/tokenize", json={"data": ["Under a path."]})
    event = asked.raise_for_status().json()["event_id"]
    said = page.web.get(f"{base}/tokenize/{event}").text
    assert "event: complete" in said
    assert '"under"' in said


def test_a_file_that_was_sent_is_found_again(page):
    sent = page.web.post(f"{page.url}/gradio_api/upload", files={"files": ("a.txt", b"text")})
    path = sent.raise_for_status().json()[0]
    assert page.web.get(f"{page.url}/gradio_api/file={path}").text == "text"


# It asks the address that the page says, which elsewhere is none of this machine.
@pytest.mark.parametrize("page", HERE.values(), ids=HERE, indirect=True)
def test_the_python_client_works(page):
    from gradio_client import Client

    client = Client(f"{page.url}/", verbose=False)
    assert client.predict("Under a path.", api_name="/tokenize")["tokens"]
    client.close()


def test_an_open_page_counts_as_a_visitor(page):
    with page.web.stream("GET", f"{page.url}/gradio_api/heartbeat/visitor") as beat:
        assert "ALIVE" in next(beat.iter_text())
    assert page.server.process.poll() is None
    assert "Traceback" not in page.server.log.read_text()
