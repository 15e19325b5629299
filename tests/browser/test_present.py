"""Present: keys instead of a mouse, larger type, the number kept back until it is asked for."""

import pytest
from playwright.sync_api import expect

from tabs.kit.examples import read_examples
from tests.kit.stages import STEMS

HEADLINE = "#attention-figure .headline"
BANNER = "#attention-figure .banner"


@pytest.fixture
def presented(visit):
    page = visit("?tab=attention")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("h1").click()
    page.keyboard.press("p")
    return page


def test_p_presents_and_ends_it(presented):
    column = presented.locator(".contain > .column")
    assert "present" in column.get_attribute("class").split()
    expect(presented.locator(".room.attention .area.settings")).to_be_hidden()
    presented.keyboard.press("p")
    assert "present" not in column.get_attribute("class").split()
    expect(presented.locator(".room.attention .area.settings")).to_be_visible()


def test_what_is_drawn_is_read_from_the_last_row(presented):
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    assert presented.locator(f"{BANNER} .question").evaluate(size) >= 24
    assert presented.locator(f"{BANNER} .headline").evaluate(size) >= 24


def test_the_number_is_kept_back_until_r(presented):
    headline = presented.locator(HEADLINE)
    expect(headline).to_be_hidden()
    presented.keyboard.press("r")
    expect(headline).to_be_visible()


def test_the_clicker_leads_through_the_examples(presented):
    names = [one["name"] for one in read_examples("attention")]
    banner = presented.locator(BANNER)
    for key, name in (("PageDown", names[1]), ("ArrowRight", names[2]), ("PageUp", names[1])):
        presented.keyboard.press(key)
        expect(banner).to_have_attribute("data-example", name)


def test_keys_choose_view_tab_theme_and_code(presented):
    presented.keyboard.press("v")
    expect(presented.locator("#attention-view input[value=lines]")).to_be_checked()
    presented.keyboard.press("d")
    assert "dark" in presented.locator("body").get_attribute("class").split()
    presented.keyboard.press("q")
    expect(presented.get_by_role("dialog", name="The QR code, large")).to_be_visible()
    presented.keyboard.press("q")
    expect(presented.get_by_role("dialog", name="The QR code, large")).to_be_hidden()
    presented.keyboard.press("4")
    expect(presented.get_by_role("tab", selected=True)).to_have_text("Similarity")


def test_letters_that_are_typed_are_a_text_and_no_keys(presented):
    presented.keyboard.press("e")
    box = presented.get_by_label("Sentence", exact=True)
    expect(box).to_be_focused()
    presented.keyboard.press("End")
    presented.keyboard.type(" pdq")
    expect(box).to_have_value("The animal didn't cross the street because it was too tired. pdq")


def test_an_address_may_ask_for_it(visit):
    page = visit("?tab=attention&present=1")
    assert "present" in page.locator(".contain > .column").get_attribute("class").split()


def test_whatever_answers_an_example_waits_for_r(visit):
    page = visit("?tab=captioning&present=1")
    answers = {
        "captioning": ".caption-chips",
        "grammaticality": ".chance",
        "answering": ".ranking",
    }
    for stem, answer in answers.items():
        page.keyboard.press(str(list(STEMS).index(stem) + 1))
        shown = page.locator(f"#{stem}-figure {answer}")
        for selector in (shown, page.locator(f".room.{stem} .answer")):
            expect(selector).to_be_hidden()
        page.keyboard.press("r")
        expect(shown).to_be_visible()
        page.keyboard.press("r")
