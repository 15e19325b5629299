"""A word's map lies over the scene that one drags, beside or above its caption on one screen."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_captioning_builder import drag

STAGE = "#captioning-builder .stage"
MAP = f"{STAGE} > .look"


def chip(page, number):
    return page.locator("#captioning-figure .caption-chip").nth(number)


def word(page, number):
    return chip(page, number).locator("b").inner_text()


def boxes(page, *selectors):
    return [page.locator(at).first.bounding_box() for at in selectors]


def test_scene_words_and_candidates_share_the_laptops_screen(visit):
    page = visit("?tab=captioning")
    page.set_viewport_size({"width": 1280, "height": 800})
    stage, words, bars = boxes(page, STAGE, ".caption-chips", ".caption-bars")
    assert max(one["y"] + one["height"] for one in (stage, words, bars)) <= 800
    assert stage["x"] + stage["width"] <= words["x"]
    assert stage["width"] >= 400
    expect(page.locator("#captioning-figure .caption-picture")).to_be_hidden()


def test_on_a_phone_the_caption_is_right_below_the_scene(visit):
    page = visit("?tab=captioning", width=390)
    page.set_viewport_size({"width": 390, "height": 844})
    stage, words = boxes(page, STAGE, ".caption-chips")
    assert stage["y"] <= 300
    assert stage["height"] >= 280
    assert words["y"] + words["height"] <= 844 - 56
    chip(page, 2).tap()
    expect(page.locator(MAP)).to_be_visible()


def test_a_word_under_the_pointer_lays_its_map_over_the_scene_and_takes_it_away(visit):
    page = visit("?tab=captioning")
    expect(page.locator(MAP)).to_have_count(0)
    chip(page, 2).hover()
    expect(page.locator(MAP)).to_be_visible()
    over, stage = boxes(page, MAP, STAGE)
    assert over == stage
    assert word(page, 2) in page.locator(MAP).inner_text()
    expect(page.locator(".caption-looked")).to_contain_text(
        f"“{word(page, 2)}” looked most at row"
    )
    first = page.locator(MAP).evaluate("one => one.style.getPropertyValue('--map')")
    chip(page, 6).hover()
    assert page.locator(MAP).evaluate("one => one.style.getPropertyValue('--map')") != first
    page.mouse.move(5, 5)
    expect(page.locator(MAP)).to_have_count(0)
    expect(page.locator(".caption-looked")).to_contain_text("Point at a word")
    chip(page, 1).focus()
    page.keyboard.press("Tab")
    expect(page.locator(MAP)).to_be_visible()


def test_a_word_that_was_pressed_keeps_its_map_while_the_scene_is_dragged(visit):
    page = visit("?tab=captioning")
    assert word(page, 2) == "car"
    chip(page, 2).click()
    page.mouse.move(5, 5)
    expect(page.locator(MAP)).to_be_visible()
    before = page.locator(MAP).evaluate("one => one.style.getPropertyValue('--map')")
    chips = page.locator("#captioning-figure .caption-chips")
    said = chips.inner_text()
    drag(page, "red car", 55, -20)
    expect(chips).not_to_have_text(said, use_inner_text=True)
    page.mouse.move(5, 5)
    expect(page.locator(f"{MAP} b")).to_have_text("car")  # wherever the word stands now
    page.wait_for_function(
        f"was => document.querySelector('{MAP}').style.getPropertyValue('--map') !== was",
        arg=before,
    )
    page.keyboard.press("Escape")
    expect(page.locator(MAP)).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_in_present_the_scene_stands_beside_its_words(visit, dark):
    page = visit("?tab=captioning&present=1", dark=dark)
    page.set_viewport_size({"width": 1280, "height": 800})
    stage, words = boxes(page, STAGE, ".caption-chips")
    assert stage["y"] + stage["height"] <= 800
    assert stage["width"] >= 480
    assert stage["x"] + stage["width"] <= words["x"]
