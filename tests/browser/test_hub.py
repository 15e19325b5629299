"""The badge in a browser: what failed, Retry, a bar while the bytes come, ready."""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from core.paths import ROOT
from tests.conftest import free_port, wait_for
from tests.fakes.small_hub import SmallHub, environ
from tests.fakes.tiny_published import gpt2

REPO = "openai-community/gpt2"


@pytest.fixture
def small(tmp_path):
    gpt2(tmp_path / "gpt2")
    hub = SmallHub()
    hub.add(REPO, tmp_path / "gpt2")
    with hub.serving():
        yield hub


@pytest.fixture
def address(small, tmp_path):
    port, log = free_port(), tmp_path / "log.txt"
    names = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(tmp_path / "files")}
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            env=environ(small.url, tmp_path / "home", **names),
            stdout=stream,
            stderr=stream,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def test_a_tab_follows_its_model_and_goes_on_by_itself_when_it_is_here_screenshot(
    page, small, address
):
    small.misbehave(REPO, "drip")
    page.goto(f"{address}/?tab=attention&layer=0&head=0")  # the small one has 2 layers
    room = page.locator(".room.attention")
    figure, note = room.locator("#attention-figure"), room.locator(".block.note")
    page.wait_for_function("window.lectern && lectern.begun()")
    page.wait_for_function("!document.documentElement.classList.contains('opening')")
    expect(page.locator(".badge")).to_contain_text("8 models ready", timeout=60_000)
    expect(figure).to_contain_text("[CLS]")
    figure.locator(".grid").evaluate("grid => { grid.dataset.seen = '' }")
    room.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name="GPT-2", exact=True).click()
    expect(note).to_contain_text("GPT-2 is on its way. The other models work", timeout=60_000)
    seen = set()
    while len(seen) < 3:  # it is told anew, second by second
        expect(note).to_have_text(re.compile(r"[\d.]+ kB of 160 kB, about \d+ s left\s*$"))
        seen.add(note.inner_text())
        page.wait_for_timeout(300)
    expect(figure.locator("[data-seen]")).to_be_visible()  # nothing is lost meanwhile
    if "SCREENSHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/note-downloading.png")
    small.misbehave(REPO, "")
    expect(note).to_have_text("", timeout=60_000)  # nobody has touched anything
    expect(figure).not_to_contain_text("[CLS]")


# Gradio changes one note into the next in place: attributes and texts, no element comes or goes.
TWO_NOTES = """async () => {
    let woken = 0;
    document.addEventListener("lectern-waits", () => woken++);
    const note = Object.assign(document.createElement("p"), { innerHTML: "<i></i><i></i>" });
    const say = (since) => {
        delete note.dataset.told;
        Object.assign(note.dataset, { waits: "gpt2", since });
        return new Promise((resolve) => setTimeout(resolve, 100));
    };
    document.body.append(note);
    await say("1");
    await say("2");
    note.remove();
    return woken;
}"""


def test_a_note_in_the_place_of_another_wakes_the_badge_too(page, address):
    page.goto(address)
    page.wait_for_function("window.lectern && lectern.begun()")
    assert page.evaluate(TWO_NOTES) == 2


def test_a_tab_says_why_its_model_does_not_come_and_goes_on_after_retry(page, small, address):
    small.misbehave(REPO, "500")
    page.goto(f"{address}/?tab=attention&layer=0&head=0&model=gpt2")
    room = page.locator(".room.attention")
    note = room.locator(".block.note")
    expect(note).to_contain_text("GPT-2 is not available: 127.0.0.1", timeout=60_000)
    expect(note).to_contain_text("has a fault (500): retry in a few minutes. Retry in the badge")
    small.misbehave(REPO, "slow")
    page.locator(".badge summary").click()
    page.get_by_role("button", name="Retry GPT-2").click()
    expect(note).to_have_text("", timeout=60_000)
    expect(room.locator("#attention-figure")).not_to_contain_text("[CLS]")


def test_the_badge_says_what_failed_and_retry_brings_it_screenshot(page, small, address):
    small.misbehave(REPO, "500")
    page.goto(f"{address}/?tab=generation&model=gpt2")
    badge = page.locator(".badge")
    expect(badge.locator("summary")).to_have_text("GPT-2 is not available", timeout=60_000)
    badge.locator("summary").click()
    expect(badge).to_contain_text("GPT-2: not available: 127.0.0.1")
    expect(badge).to_contain_text("has a fault (500): retry in a few minutes")
    small.misbehave(REPO, "drip")
    badge.get_by_role("button", name="Retry GPT-2").click()
    bar = badge.locator("progress")
    expect(bar).to_be_visible(timeout=20_000)
    expect(badge).to_contain_text(re.compile(r"[1-9]\d kB of 160 kB"), timeout=20_000)
    expect(bar).to_be_visible()  # it stays open while it is drawn anew
    if "SCREENSHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/badge-downloading.png")
    small.misbehave(REPO, "")
    expect(badge).to_contain_text("GPT-2: ready", timeout=60_000)


def test_retry_is_heard_while_the_badge_still_asks_how_things_are(page, small, address):
    small.misbehave(REPO, "500")
    page.goto(f"{address}/?tab=generation&model=gpt2")
    badge = page.locator(".badge")
    expect(badge.locator("summary")).to_have_text("GPT-2 is not available", timeout=60_000)
    for title in page.locator(".badge li[data-model^=pocket]").all():
        expect(title).to_contain_text(": ready", timeout=60_000)  # else it asks by itself
    held = []
    page.route("**/gradio_api/**", lambda it: it.continue_() if held else held.append(it))
    with page.expect_request(lambda request: request.method == "POST"):
        badge.locator("summary").click()
    small.misbehave(REPO, "")
    with page.expect_request(lambda request: "gpt2" in (request.post_data or "")):
        badge.get_by_role("button", name="Retry GPT-2").click()
    held[0].continue_()
    expect(badge).to_contain_text("GPT-2: ready", timeout=60_000)
