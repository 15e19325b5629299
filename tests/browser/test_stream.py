"""The stream of results in a browser: a run asked for while the stream ends is answered."""

import gradio as gr
import pytest
from playwright.sync_api import expect

from core.settings import Settings
from page.frame import head
from tests.conftest import free_port

# A slow way from the server: every part of the stream comes a second late.
SLOW = """
const ask = window.fetch.bind(window);
window.connections = 0;
window.fetch = async (what, how) => {
  const answer = await ask(what, how);
  if (!String(what.url ?? what).includes("/queue/data")) return answer;
  window.connections += 1;
  const transform = async (part, stream) => {
    await new Promise((done) => setTimeout(done, 1000));
    stream.enqueue(part);
  };
  return new Response(answer.body.pipeThrough(new TransformStream({ transform })), answer);
};
"""


@pytest.fixture(scope="module")
def address():
    """A page with two buttons, each of which has the server answer."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        for name in ("First", "Second"):
            box = gr.Textbox(label=name)
            gr.Button(f"{name} run").click(lambda name=name: f"{name} is done", None, box)
    port = free_port()
    blocks.launch(
        server_port=port,
        head=head(Settings("127.0.0.1", port)),
        quiet=True,
        prevent_thread_lock=True,
    )
    yield f"http://127.0.0.1:{port}"
    blocks.close()


@pytest.fixture
def page(browser, address):
    """That page, reached by a slow way."""
    context = browser.new_context()
    context.add_init_script(SLOW)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="First run").wait_for()
    yield page
    context.close()


def press(page, name):
    """Start a run; it is asked for when this returns."""
    with page.expect_response("**/queue/join*"):
        page.get_by_role("button", name=f"{name} run").click()


def expect_done(page, name):
    expect(page.get_by_label(name, exact=True)).to_have_value(f"{name} is done", timeout=20_000)


def test_a_run_asked_for_while_the_stream_ends_is_answered(page):
    press(page, "First")
    page.wait_for_timeout(1000)  # the server is done, and its word of that is on the way
    press(page, "Second")
    expect_done(page, "First")
    expect_done(page, "Second")


def test_the_stream_ends_when_nothing_is_awaited_and_opens_for_the_next_run(page):
    for runs, name in enumerate(("First", "Second"), start=1):
        press(page, name)
        expect_done(page, name)
        page.wait_for_timeout(3000)
        assert page.evaluate("window.connections") == runs
