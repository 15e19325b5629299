"""The badge in a browser: what failed, Retry, a bar while the bytes come, ready."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT, free_port, wait_for
from tests.small_hub import SmallHub, environ
from tests.tiny_published import gpt2

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


def test_the_badge_says_what_failed_and_retry_brings_it(browser, small, address):
    small.misbehave(REPO, "500")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/?tab=generation&model=gpt2")
    badge = page.locator(".badge")
    expect(badge.locator("summary")).to_have_text("GPT-2 is not available", timeout=60_000)
    badge.locator("summary").click()
    expect(badge).to_contain_text("GPT-2: not available: 127.0.0.1")
    expect(badge).to_contain_text("has a fault (500): retry in a few minutes")
    small.misbehave(REPO, "slow")
    badge.get_by_role("button", name="Retry GPT-2").click()
    bar = badge.locator("progress")
    expect(bar).to_be_visible(timeout=20_000)
    expect(badge).to_contain_text("kB of 160 kB", timeout=20_000)
    if "SCREENSHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/badge-downloading.png")
    expect(badge).to_contain_text("GPT-2: ready", timeout=60_000)
    page.close()
