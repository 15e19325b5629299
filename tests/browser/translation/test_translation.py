"""The Translation tab in a browser: the arrow keys walk, a press hides, words stream."""

import uuid

from playwright.sync_api import expect

from tests.kit.as_the_page import run_outputs


def figure(page):
    return page.locator("#translation-figure")


def pressed(page, group):
    return figure(page).get_by_role("group", name=group).locator("[aria-pressed=true]")


def test_the_arrow_keys_walk_forwards_and_back(visit):
    page = visit("?tab=translation&example=walk")
    expect(pressed(page, "The stops")).to_have_text("Tokens", timeout=60_000)
    page.evaluate("document.activeElement.blur()")
    for stop in ("Embeddings", "Encoder", "Written so far"):
        page.keyboard.press("ArrowRight")
        expect(pressed(page, "The stops")).to_have_text(stop, timeout=30_000)
    page.keyboard.press("ArrowLeft")
    expect(pressed(page, "The stops")).to_have_text("Encoder", timeout=30_000)
    # In a text the arrows are the text's own.
    page.get_by_label("English sentence").focus()
    page.keyboard.press("ArrowRight")
    expect(pressed(page, "The stops")).to_have_text("Encoder")


def test_a_press_hides_a_word_and_another_shows_it_again(visit):
    page = visit("?tab=translation&example=crossing")
    words = figure(page).get_by_role("group", name="The source word that is hidden")
    words.get_by_role("button", name="black").click(timeout=60_000)
    expect(page.locator(".room.translation .headline")).to_contain_text("without", timeout=30_000)
    words.get_by_role("button", name="black").click()
    expect(page.locator(".room.translation .headline")).not_to_contain_text("without")


def test_the_translation_comes_as_it_is_written(server, client):
    """What the page is sent: pictures that grow, then the whole one."""
    typed = f"I have seen {uuid.uuid4().int % 900 + 100} old houses near the river this week."
    outputs = run_outputs(server.url, "translation", "Your cat is a lovely cat.", typed)
    pictures = ["cursor" in one for one in outputs if "figure translation" in one]
    assert pictures[0] is True
    assert pictures[-1] is False
