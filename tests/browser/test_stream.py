"""The stream of results in a browser: a run asked for while the stream ends is answered."""

import gradio as gr
import pytest
from playwright.sync_api import expect

from page import files
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
        head=f"<script>{files.scripts()}</script>",
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


def test_a_run_that_finds_no_place_says_so_and_is_asked_for_again(page):
    refusals = iter(["All 200 places are taken.", "All 199 places are taken."])

    def refuse(route):
        sentence = next(refusals, None)
        if sentence is None:
            return route.continue_()
        body = {"detail": sentence}
        return route.fulfill(status=503, json=body, headers={"Retry-After": "1"})

    page.route("**/queue/join*", refuse)
    page.get_by_role("button", name="First run").click()
    said = page.locator(".note.busy")
    expect(said).to_have_text("All 200 places are taken. This page does so by itself.")
    expect(said).to_have_text("All 199 places are taken. This page does so by itself.")
    expect_done(page, "First")
    expect(said).to_have_count(0)


def test_another_run_is_answered_while_one_waits_for_a_place(page):
    def refuse_the_first(route):
        first = page.waits is None or page.waits == route.request.post_data
        page.waits = page.waits or route.request.post_data
        if not first:
            return route.continue_()
        return route.fulfill(
            status=503, json={"detail": "All taken."}, headers={"Retry-After": "1"}
        )

    page.waits = None
    page.route("**/queue/join*", refuse_the_first)
    page.get_by_role("button", name="First run").click()
    expect(page.locator(".note.busy")).to_contain_text("All taken.")
    page.get_by_role("button", name="Second run").click()
    expect_done(page, "Second")
    expect(page.locator(".note.busy")).to_contain_text("All taken.")


def test_a_run_that_finds_no_place_for_minutes_ends_with_the_servers_sentence(page):
    page.route(
        "**/queue/join*",
        lambda route: route.fulfill(
            status=503, json={"detail": "All taken."}, headers={"Retry-After": "1"}
        ),
    )
    page.clock.install()
    page.get_by_role("button", name="First run").click()
    expect(page.locator(".note.busy")).to_be_visible()
    for _ in range(200):  # till a message tells of it, which Gradio takes away after a while
        page.clock.fast_forward(2_000)
        if not page.locator(".note.busy").count():
            break
    expect(page.get_by_test_id("toast-body")).to_contain_text("All taken.")
    expect(page.locator(".note.busy")).to_have_count(0)
