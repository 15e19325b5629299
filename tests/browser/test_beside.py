"""A second model beside the first, in a browser."""

import csv
import json

from playwright.sync_api import expect

from tests.browser.conftest import save_all, screenshot

PAIR = "?tab=attention&beside=pocket-gpt2"


def test_two_models_stand_beside_each_other_and_one_leaves_again(visit):
    page = visit("?tab=attention")
    page.get_by_label("Second model", exact=True).click()
    page.get_by_role("option", name="GPT-2 (pocket)").click()
    sections = page.locator("#attention-figure .duo > section")
    expect(sections).to_have_count(2)
    expect(sections.nth(0)).to_contain_text("[CLS]")
    expect(sections.nth(1)).to_contain_text("·animal")
    page.wait_for_function("location.search.includes('beside=pocket-gpt2')")
    page.get_by_label("Second model", exact=True).click()
    page.get_by_role("option", name="No second model").click()
    expect(sections).to_have_count(0)
    expect(page.locator("#attention-figure figcaption")).to_contain_text("BERT")


def test_a_link_shows_both_and_the_files_hold_both(visit, tmp_path):
    page = visit(PAIR)
    expect(page.locator("#attention-figure .duo > section")).to_have_count(2)
    saved = save_all(page.locator(".room.attention"), tmp_path)
    lines = list(csv.DictReader(saved["CSV"].read_text().splitlines()))
    assert {line["model"] for line in lines} == {"pocket-bert", "pocket-gpt2"}
    assert len(json.loads(saved["JSON"].read_text())["models"]) == 2
    assert saved["SVG"].read_text().count("GPT-2 (pocket)") >= 1


def test_nothing_is_wider_than_a_phone_screenshot(visit):
    page = visit(PAIR, width=390)
    expect(page.locator("#attention-figure .duo > section")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "beside-390-light")


def test_screenshot(visit):
    page = visit(PAIR, dark=True)
    expect(page.locator("#attention-figure .duo > section")).to_have_count(2)
    screenshot(page, "beside-1280-dark")
