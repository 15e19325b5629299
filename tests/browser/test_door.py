"""What stands before Gradio, as a browser meets it: nothing of the page's own is kept out."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

# What Gradio's "Use via API" asks for to see whether it is there: it is not.
NOT_OFFERED = {"/gradio_api/mcp/schema", "/monitoring/summary"}


@pytest.fixture
def elsewhere():
    """The address of a page of another site, which does what its query says."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

        def log_message(self, *_):
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_port}/"
    site.shutdown()
    site.server_close()


def test_use_via_api_opens_and_names_every_endpoint(browser, server, client):
    page = browser.new_page()
    failed = set()
    page.on(
        "response",
        lambda answer: failed.add(answer.url) if answer.status >= 400 else None,
    )
    page.goto(server.url)
    page.locator("#share").click()
    page.get_by_role("button", name="Ask this page from a script").click()
    for name in ("/tokenize", "/attend", "/caption"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    page.close()
    assert {url.removeprefix(server.url) for url in failed} <= NOT_OFFERED


def test_a_page_of_another_site_neither_calls_nor_reads_nor_frames(browser, server, elsewhere):
    page = browser.new_page()
    page.goto(elsewhere)
    tried = page.evaluate(
        """async (app) => {
            const tell = (answer) => answer.then((a) => a.type, (error) => error.name);
            const form = new FormData();
            form.append("files", new File(["text"], "a.txt"));
            const call = { method: "POST", body: JSON.stringify({ data: ["Hello."] }) };
            return [
                await tell(fetch(app + "/config")),
                await tell(fetch(app + "/gradio_api/call/tokenize", call)),
                await tell(fetch(app + "/gradio_api/upload", { method: "POST", body: form })),
            ];
        }""",
        server.url,
    )
    assert tried == ["TypeError"] * 3  # nothing of the answer is told
    with page.expect_response(f"{server.url}/gradio_api/upload") as answer:
        page.evaluate(
            """(app) => {
                const form = new FormData();
                form.append("files", new File(["text"], "a.txt"));
                fetch(app + "/gradio_api/upload", { method: "POST", body: form, mode: "no-cors" });
            }""",
            server.url,
        )
    assert answer.value.status == 403

    said = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate(
        """(app) => new Promise((done) => {
            const frame = document.createElement("iframe");
            frame.onload = done;
            frame.src = app;
            document.body.append(frame);
        })""",
        server.url,
    )
    assert any("frame-ancestors" in line for line in said), json.dumps(said)
    page.close()
