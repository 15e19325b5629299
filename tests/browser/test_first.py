"""The first picture is seen while Gradio's scripts are on their way; and the page's faces."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("query", "shown"), [("?tab=attention", True), ("?tab=attention&layer=2", False)]
)
def test_the_start_of_a_tab_is_seen_before_gradios_scripts_and_goes_when_they_have_come(
    browser, server, query, shown
):
    page = browser.new_page()
    held = []
    page.route("**/assets/*.js", lambda one: held.append(one))
    page.goto(f"{server.url}/{query}", wait_until="commit")
    page.wait_for_function("document.querySelector('gradio-app')")
    first = page.locator("#first")
    expect(first).to_have_count(int(shown))
    if shown:
        box = first.bounding_box()
        assert (box["x"], box["y"]) == (0, 0)
    page.unroute_all()  # which lets go on what is held
    page.wait_for_function("window.lectern && lectern.begun()")
    expect(first).to_have_count(0)
    page.close()


def fetched(page):
    return page.evaluate(
        "performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
        ".filter(path => path.endsWith('.woff2'))"
    )


def test_a_page_in_latin_letters_fetches_the_cut_faces_and_one_in_others_the_whole(visit):
    page = visit("?tab=tokenization")
    page.evaluate("document.fonts.ready")
    assert fetched(page)
    assert all(path.startswith("/fonts/") for path in fetched(page))
    page.get_by_label("Text", exact=True).fill("Доброе утро")
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(one => one.name.includes('/static/fonts/'))"
    )
