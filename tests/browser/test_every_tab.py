"""Tabs that have no file of their own here yet: they open, follow an example, and are pictured.

What is special about a tab (its clicks, hostile text in its figure) needs `test_<stem>.py`.
"""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from core.paths import ROOT
from tabs import TABS
from tests.browser.conftest import save_all, screenshot

STEMS = [
    tab.stem for tab in TABS if not (ROOT / "tests" / "browser" / f"test_{tab.stem}.py").is_file()
]


@pytest.mark.parametrize("stem", STEMS)
def test_the_tab_opens_and_an_example_changes_picture_and_address(visit, stem, tmp_path):
    page = visit(f"?tab={stem}")
    figure = page.locator(f"#{stem}-figure .figure")
    first = figure.first.inner_html()
    page.locator(f"#{stem}-examples [data-pick='1']").click()
    page.wait_for_url(f"**/?tab={stem}&**")
    expect(figure.first).not_to_have_js_property("innerHTML", first)
    saved = save_all(page.locator(f".room.{stem}"), tmp_path)
    assert json.loads(saved["JSON"].read_text(encoding="utf-8"))["model"]
    again = visit(f"?{urlsplit(page.url).query}")
    seen = again.locator(f"#{stem}-figure .figure").first
    expect(seen).to_have_text(figure.first.text_content())
    assert parse_qs(urlsplit(again.url).query) == parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_screenshot(visit, stem, width, dark):
    page = visit(f"?tab={stem}", width=width, dark=dark)
    page.locator(f"#{stem}-figure .figure").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(page, f"{stem}-{width}-{'dark' if dark else 'light'}")
