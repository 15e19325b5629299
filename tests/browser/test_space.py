"""On a Space the page stands in a frame of another page, whose address bar follows."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from core.paths import ROOT
from tests.browser.test_page import LINK, SENTENCE, query, sentence_box
from tests.conftest import free_port, wait_for

# As the Hub's page does: its query goes to the frame once, and what the frame tells into its own.
PARENT = """<!DOCTYPE html><title>A Space</title>
<iframe style="width: 1200px; height: 850px" src="{app}/"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.src += location.search + (location.search ? "&" : "?") + "__theme=light&__sign=secret";
addEventListener("message", ({{ origin, data }}) => {{
  if (origin === "{app}" && "queryString" in data) {{
    history.replaceState(null, "", `${{location.pathname}}?${{data.queryString}}`);
  }}
}});
</script>"""


@pytest.fixture(scope="module")
def space_page(tmp_path_factory):
    """The address of a Space's page on loopback, and of the app in its frame."""
    port, home = free_port(), tmp_path_factory.mktemp("space")
    app = f"http://127.0.0.1:{port}"

    class Parent(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PARENT.format(app=app).encode())

        def log_message(self, *_):
            pass

    hub = ThreadingHTTPServer(("127.0.0.1", 0), Parent)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    hub_url = f"http://127.0.0.1:{hub.server_port}"
    environ = os.environ | {
        "SPACE_ID": "someone/lectern",
        "HF_ENDPOINT": hub_url,
        "LECTERN_HUB": "0",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "files"),
    }
    log = home / "log.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environ, stdout=stream, stderr=stream
        )
    try:
        wait_for(app, process, log)
        yield SimpleNamespace(url=f"{hub_url}/spaces/someone/lectern", app=app)
    finally:
        process.terminate()
        process.wait(20)
        hub.shutdown()
        hub.server_close()


def test_the_address_of_the_spaces_page_follows_and_opens_the_same_again(browser, space_page):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{space_page.url}{LINK}")
    frame = page.frame_locator("iframe")
    expect(sentence_box(frame)).to_have_value(SENTENCE)
    sentence_box(frame).fill("Two dogs ran.")
    page.wait_for_url("**text=Two+dogs+ran.**")
    assert query(page)["layer"] == "2"
    assert not any(name.startswith("__") for name in query(page))

    inner = next(each for each in page.frames if each.url.startswith(space_page.app))
    own = parse_qs(urlsplit(inner.url).query)
    assert (own["__theme"], own["__sign"]) == (["light"], ["secret"])  # what Gradio asks with

    frame.locator("#share").click()
    frame.locator("#link-text").wait_for()
    assert frame.locator("#link-text").input_value() == page.url
    assert "phones cannot reach" not in frame.locator("#link-phones").inner_text()
    page.close()

    again = browser.new_page()
    again.goto(f"{space_page.url}?{urlsplit(page.url).query}")
    expect(sentence_box(again.frame_locator("iframe"))).to_have_value("Two dogs ran.")
    again.close()
