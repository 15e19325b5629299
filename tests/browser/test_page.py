"""The page around the tabs: links, QR codes, saved states, badges, both widths."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from models.hub.progress import megabytes
from tests.browser.conftest import WIDTHS

SENTENCE = "The cats sat."
LINK = "?tab=attention&text=The+cats+sat.&model=pocket-bert&layer=2&head=7"


def query(page):
    return {name: texts[-1] for name, texts in parse_qs(urlsplit(page.url).query).items()}


def open_link_area(page):
    page.locator("#share").click()
    page.locator("#link-text").wait_for()


def sentence_box(page):
    return page.get_by_label("Sentence", exact=True)


def test_a_bare_address_stays_bare_until_the_visitor_acts(visit):
    page = visit()
    assert urlsplit(page.url).query == ""
    page.get_by_role("tab", name="Similarity").click()
    page.wait_for_url("**/?tab=similarity")
    page.go_back()
    expect(page.get_by_role("tab", selected=True)).to_have_text("Map")


def test_the_badge_says_how_many_models_are_ready_and_opens_to_each(visit, space):
    page = visit()
    pocket = [entry for entry in space.checkpoints if entry.tier == "pocket"]
    expect(page.locator(".badge summary")).to_have_text(f"{len(pocket)} models ready")
    page.locator(".badge summary").click()
    for entry in space.checkpoints:
        size = megabytes(entry.parameters * 4)
        said = "ready" if entry in pocket else f"not on this machine, about {size}"
        page.get_by_text(f"{entry.title}: {said}", exact=True).wait_for()


def test_the_opened_badge_is_closed_by_escape_and_by_a_press_beside_it(visit):
    page = visit()
    badge = page.locator(".badge")
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.locator("h1").click()):
        badge.locator("summary").click()
        expect(badge.locator("ul").first).to_be_visible()
        badge.locator("li").first.click()
        # As the page presses its own buttons: no visitor did.
        page.evaluate("document.querySelector('h1').click()")
        expect(badge.locator("ul").first).to_be_visible()
        close()
        expect(badge.locator("ul").first).to_be_hidden()


def test_the_whole_qr_code_is_in_sight_once_it_is_asked_for(visit):
    page = visit("?tab=attention")
    page.locator("#share").click()
    page.wait_for_function("document.querySelector('#link-qr')?.complete")
    expect(page.locator("#link-qr")).to_be_in_viewport(ratio=1)


def test_the_address_follows_and_opens_the_same_again(visit):
    page = visit(LINK)
    assert sentence_box(page).input_value() == SENTENCE
    sentence_box(page).fill("Two dogs ran.")
    page.wait_for_url("**text=Two+dogs+ran.**")
    page.locator("#attention-figure").get_by_text("dogs").first.wait_for()
    again = visit(f"?{urlsplit(page.url).query}")
    assert sentence_box(again).input_value() == "Two dogs ran."
    again.locator("#attention-figure").get_by_text("dogs").first.wait_for()
    assert query(again) == query(page)
    assert query(again)["layer"] == "2"


def test_the_link_area_shows_the_link_its_qr_code_and_who_can_open_it(visit):
    page = visit(LINK)
    open_link_area(page)
    page.wait_for_function("document.getElementById('link-text').value.includes('head=7')")
    assert page.locator("#link-text").input_value() == page.url
    page.wait_for_function("document.getElementById('link-qr').naturalWidth > 0")
    assert "phones cannot reach it" in page.locator("#link-phones").inner_text()
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_text("Copied.").wait_for()


def test_what_does_not_fit_is_named_and_the_page_opens_all_the_same(visit, space):
    offered = [entry for entry in space.checkpoints if "attention" in entry.capabilities]
    last = offered[0].layers - 1  # of the model that is shown
    assert last < max(entry.layers for entry in offered) - 1
    page = visit("?tab=attention&layer=99&text=The+cats+sat.&colour=red&view=film&row=300")
    note = page.locator("#link-note")
    ends = f"from 0 to {last} (0: the first) in {offered[0].title}"
    note.get_by_text(f"layer must be a whole number {ends}; got '99'").wait_for()
    for said in ("'colour' is not a setting of this tab", "view must be one of", "got '300'"):
        expect(note).to_contain_text(said)
    assert sentence_box(page).input_value() == SENTENCE
    sentence_box(page).fill("The dogs sat.")
    expect(note).to_have_text("")


def test_a_link_without_its_tab_is_not_passed_over_in_silence(visit):
    page = visit("?text=hello")
    page.locator("#link-note").get_by_text("all of it, for it names no tab").wait_for()


def test_the_link_area_is_one_click_away_from_the_top(visit):
    page = visit(LINK)
    page.locator("#share").click()
    expect(page.locator("#link-qr")).to_be_in_viewport()
    page.get_by_role("button", name="Show the QR code large").click()
    large = page.get_by_role("dialog", name="The QR code, large")
    expect(large).to_be_visible()
    width = "one => one.naturalWidth && one.getBoundingClientRect().width"
    page.wait_for_function(f"({width})(document.querySelector('#link-large img')) > 300")
    large.get_by_role("button", name="Close").click()
    expect(large).to_be_hidden()


def test_a_malformed_link_opens_the_page(visit):
    page = visit("?tab=nonsense")
    for query in ("?tab=%00", "?tab", "?=&&%", "?tab=attention&text=%ff"):
        page.goto(page.url.partition("?")[0] + query)
        page.get_by_role("tab").first.wait_for()
        page.wait_for_function("window.lectern && lectern.begun()")


def test_a_state_too_long_for_a_link_becomes_a_file_that_can_be_dropped_back(visit, tmp_path):
    page = visit(LINK)
    open_link_area(page)
    long = "cat " * 500
    sentence_box(page).fill(long)  # over the token limit too, which refuses it and loses nothing
    size = page.locator("#link-size")
    size.get_by_text(
        re.compile(r"^This state has 2,\d{3} bytes; a link takes at most 2,000\.")
    ).wait_for()
    assert urlsplit(page.url).query == "tab=attention"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this state as a file").click()
    path = tmp_path / "state.json"
    download.value.save_as(path)
    assert parse_qs(json.loads(path.read_text())["lectern"])["text"] == [long]
    other = visit("?tab=attention")
    open_link_area(other)
    renamed = path.rename(tmp_path / "state")  # its content decides, whatever it is called
    other.locator("#state-file input[type=file]").set_input_files(renamed)
    expect(sentence_box(other)).to_have_value(long)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_who_makes_a_state_too_long_for_a_link_is_told_where_they_are(visit, tmp_path, width):
    page = visit(LINK, width=width)
    note = page.locator("#link-long")
    expect(note).to_be_hidden()
    sentence_box(page).fill("cat " * 500)
    expect(note.get_by_role("status")).to_be_in_viewport(ratio=1)
    expect(note).to_contain_text(
        re.compile(r"The address bar no longer follows\. .* 2,\d{3} bytes; .* at most 2,000\.")
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.expect_download() as download:
        note.get_by_role("button", name="Save it as a file").click()
    assert download.value.suggested_filename == "lectern-state.json"
    sentence_box(page).fill("A cat.")
    expect(note).to_be_hidden()
    sentence_box(page).fill("dog " * 500)
    expect(note).to_be_visible()
    note.get_by_role("button", name="Close").click()
    expect(note).to_be_hidden()
    sentence_box(page).fill("dog " * 600)  # which is read already
    page.wait_for_function("lectern.whole().some(([, value]) => value.length === 2400)")
    expect(note).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_nothing_is_wider_than_the_page(visit, width):
    page = visit(LINK, width=width)
    page.locator("#attention-figure .figure").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_is_large_enough_for_the_last_row(visit):
    page = visit(LINK)
    page.locator("#attention-figure .figure").wait_for()
    small = page.evaluate("""() => [...document.querySelectorAll("#tabs *")]
        .filter((e) => e.offsetParent && !e.closest("svg, .progress-text"))
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 15.9)
        .map((e) => e.tagName + " " + e.className + " " + e.textContent.slice(0, 40))""")
    assert small == []


def test_the_tabs_and_the_sentence_are_reached_by_keyboard(visit):
    page = visit(LINK)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "tab":
            break
    else:
        pytest.fail("no tab was reached")
    sentence_box(page).focus()
    page.keyboard.press("End")
    page.keyboard.type(" Now")
    page.locator("#attention-figure").get_by_text("now").first.wait_for()
