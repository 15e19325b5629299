"""The Captioning tab in a browser: every view, built scenes, links, pictures."""

import re
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from tabs.kit.examples import read_examples

SCENE = read_examples("captioning")[0]["inputs"]["scene"]
VIEWS = {
    "caption": "What could come",
    "words": "Where it looks for",
    "encoder": "Where patch",
    "sees": "Cut into patches",
    "training": "Scores",
}
PATIENT = 30_000  # milliseconds: hiding reads a caption again for each patch


def figure(page):
    return page.locator("#captioning-figure")


def note(page):
    return page.locator(".room.captioning .note [role=alert]")


def choose(page, view):
    page.locator(f"#captioning-view input[value={view}]").check()
    expect(figure(page)).to_contain_text(VIEWS[view], timeout=PATIENT)


def words(page):
    return figure(page).locator(".caption-chips .caption-chip b").all_inner_texts()


def test_the_tab_opens_with_a_finished_caption(visit):
    page = visit("?tab=captioning")
    expect(figure(page).locator(".caption-chip").last).to_contain_text("end")
    assert len(words(page)) > 3
    expect(figure(page).locator(".caption-candidates li")).to_have_count(3)
    expect(page.locator(".room.captioning .hint").first).to_contain_text("drawn scenes")


def test_a_thing_less_writes_another_caption(visit):
    page = visit("?tab=captioning")
    chips = figure(page).locator(".caption-chips")
    before = chips.inner_text()
    page.locator("#captioning-builder .thing").first.focus()
    page.locator("#captioning-builder .panel").get_by_role("button", name="Remove").click()
    expect(chips).not_to_have_text(before, use_inner_text=True)
    page.wait_for_function("!location.search.includes('car')")


def test_a_word_is_followed_from_its_chances_to_its_patches(visit):
    page = visit("?tab=captioning")
    figure(page).locator(".caption-chip").nth(2).click()
    expect(figure(page).locator(".caption-chip").nth(2)).to_have_attribute("aria-pressed", "true")
    figure(page).get_by_role("button", name=re.compile("See where it looked")).click()
    expect(figure(page)).to_contain_text(VIEWS["words"], timeout=PATIENT)
    assert page.locator("#captioning-view input[value=words]").is_checked()
    figure(page).locator(".caption-strip button").first.click()
    page.wait_for_function("location.search.includes('token=0')")
    figure(page).locator(".caption-matrix button").nth(1).click()  # layer 0, head 1
    page.wait_for_function("location.search.includes('layer=0&head=1')")
    chooser = page.locator("#captioning-chooser")
    expect(chooser.get_by_role("group", name="Which head")).to_contain_text("Head: 1")
    chooser.get_by_role("button", name="mean of all layers").click()
    expect(chooser.get_by_role("group", name="Which layer")).to_contain_text("mean of all layers")
    page.wait_for_function("location.search.includes('head=1') && !/layer=/.test(location.search)")


def test_a_patch_is_chosen_by_a_click_and_by_keyboard(visit):
    page = visit("?tab=captioning&view=encoder&patch=90")
    expect(figure(page)).to_contain_text("Patch 90: row 7, column 6")
    board = figure(page).locator(".board").first
    box = board.locator("svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 24, box["y"] + box["height"] / 24)
    expect(figure(page)).to_contain_text("Patch 0: row 0, column 0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(figure(page)).to_contain_text("Patch 1: row 0, column 1")


def test_beams_and_draws_are_candidates_of_their_own(visit):
    page = visit("?tab=captioning&method=beam&beams=4&candidates=4")
    expect(figure(page).locator(".caption-candidates li")).to_have_count(4)
    page.locator("#captioning-method").get_by_label("Sampling").check()
    page.get_by_label("Seed").fill("7")
    page.wait_for_function("location.search.includes('seed=7')")
    expect(figure(page)).to_contain_text("candidate")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("source=draw", "The sheet is empty"),
        ("source=upload", "There is no picture yet"),
    ],
)
def test_what_a_link_cannot_bring_is_said_where_it_would_be(visit, address, sentence):
    page = visit(f"?tab=captioning&{address}")
    expect(figure(page)).to_contain_text(sentence)
    expect(figure(page).locator(".caption-chip")).to_have_count(0)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("Seed", "99999999999", "The seed must be a whole number from 0 to"),
        ("Seed", "-1", "got -1"),
    ],
)
def test_a_number_out_of_range_is_refused_by_its_name(visit, field, value, sentence):
    page = visit("?tab=captioning&method=sample&token=99")
    before = words(page)
    page.get_by_label(field).fill(value)
    expect(note(page)).to_contain_text(sentence)
    assert words(page) == before
    # The last word, where the caption has fewer.
    expect(figure(page).locator(".caption-chip").last).to_have_attribute("aria-pressed", "true")


def test_a_link_restores_scene_view_and_word(visit):
    scene = "night.crayon.3~cat.orange.40.60.30~moon.yellow.70.20.20"
    page = visit(f"?tab=captioning&scene={quote(scene)}&view=words&token=1&layer=mean&block=3")
    expect(figure(page)).to_contain_text(VIEWS["words"], timeout=PATIENT)
    expect(page.locator("#captioning-builder .thing")).to_have_count(2)
    pairs = dict(page.evaluate("lectern.whole()"))
    assert (pairs["scene"], pairs["token"], pairs["layer"]) == (scene, "1", "-1")
    assert len(urlsplit(page.url).query) < 600
    again = visit(f"?{urlsplit(page.url).query}")
    expect(figure(again)).to_contain_text(VIEWS["words"], timeout=PATIENT)
    assert dict(again.evaluate("lectern.whole()")) == pairs


def test_a_view_that_is_chosen_on_a_phone_comes_into_sight(visit):
    page = visit("?tab=captioning", width=390)
    assert page.evaluate("scrollY") == 0
    page.locator("#captioning-view").get_by_label("Word to patches").check()
    expect(page.locator("#captioning-figure")).to_be_in_viewport()
