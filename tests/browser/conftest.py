"""A real browser: Chromium of Debian, an installed Chrome, or Playwright's own."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import Error, expect, sync_playwright

FLAGS = [  # quiet, and nothing asked of the network by the browser itself
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Gradio's client aborts what it listens to when its page is left, and does not catch that.
DROPPED = "AbortError: signal is aborted without reason"
PAINTED = """() => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(done));
})"""
WIDTHS = {"wide": 1280, "phone": 390}
TAKEN = bool(os.environ.get("SCREENSHOTS"))  # by `make screenshots`: then all four of each tab
WINDOWS = [(1280, "light"), *([(1280, "dark"), (390, "light"), (390, "dark")] * TAKEN)]
SAVED = ("Figure as SVG", "Figure as PNG", "Numbers as CSV", "Numbers as JSON")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One browser for all tests. With CI=true a missing one is a failure, never a skip."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        except Error as error:
            if os.environ.get("CI"):
                pytest.fail(f"No browser: {error}")
            pytest.skip("No browser here; `make test` installs one.")
        yield browser
        browser.close()


def browser_path() -> str | None:
    """An installed browser; None lets Playwright take its own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture
def visit(browser: object, server: SimpleNamespace, client: object) -> Iterator[Callable]:
    """Open the app: `visit("?tab=attention", width=390, dark=True)` gives a Playwright page.

    When the test ends, any message on the console, any error of a script and any request that
    left the machine fails it. `client` is asked for so that the models are ready.
    """
    contexts, complaints = [], []

    def open_page(address: str = "", *, width: int = 1280, dark: bool = False) -> object:
        scheme = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            accept_downloads=True,
            has_touch=width < 500,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(told(m)) if m.type == "error" else None)
        page.on("pageerror", lambda e: DROPPED in str(e) or complaints.append(str(e)))
        page.on("request", lambda r: complaints.append(r.url) if leaves(r.url, server) else None)
        page.goto(f"{server.url}/{address}")
        page.get_by_role("tab").first.wait_for()
        page.wait_for_function("window.lectern && lectern.begun()")
        # Until then the page hides the first example's result, which is not the link's.
        page.wait_for_function("!document.documentElement.classList.contains('opening')")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def told(message: object) -> str:
    """What the browser complains of, and where."""
    return f"{message.text} {message.location.get('url', '')}".strip()


def save_all(room: object, folder: Path, buttons: Sequence[str] = SAVED) -> dict[str, Path]:
    """Press the export buttons of a tab: {"SVG": path, "PNG": …, "CSV": …, "JSON": …}."""
    saved = {}
    for button in buttons:
        with room.page.expect_download() as download:
            export(room, button)
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        saved[button.split()[-1]] = path
    return saved


def export(room: object, button: str) -> None:
    """Press a button in the menu of a tab's figure."""
    room.get_by_role("button", name="Save or copy this figure").click()
    room.get_by_role("button", name=button).click()


def leaves(url: str, server: SimpleNamespace) -> bool:
    """Whether a request goes anywhere but to the app."""
    return not url.startswith((server.url, "data:", "blob:", "about:"))


def screenshot(page: object, name: str) -> Path:
    """What the page shows, as a picture; `make screenshots` keeps it for README.

    256 colours are enough for a page like this, and make a third of the bytes.
    """
    expect(page.locator(".badge")).to_contain_text(re.compile(r"^\s*\d+ models ready"))
    folder = Path(os.environ.get("SCREENSHOTS", tempfile.gettempdir()))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    size = page.viewport_size
    # As tall as the page, not `full_page`: that leaves what was out of sight in a frame unpainted.
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": tall})
    for frame in page.frames:
        frame.evaluate(PAINTED)
    page.screenshot(path=path, animations="disabled")
    boxes = [frame.bounding_box() for frame in page.locator("iframe.bertviz").all()]
    page.set_viewport_size(size)
    with Image.open(path) as picture:
        for box in filter(None, boxes):
            inside = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
            assert len(picture.crop(inside).getcolors(1 << 24)) > 1000, "bertviz is not painted"
        # The default method merges the small, distinct colours that tell bertviz's heads apart.
        most = Image.Quantize.MAXCOVERAGE
        small = picture.convert("RGB").quantize(256, method=most, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
    return path
