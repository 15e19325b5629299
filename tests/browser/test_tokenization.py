"""The Tokenization tab in a browser: typing, pointing, choosing, links, exports, screenshots."""

import json
import time
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import export

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)}"
FIGURE = "#tokenization-figure .figure"
RIBBON = f"{FIGURE} .panel:first-child .ribbon"


def chips(page):
    """The tokens of the first panel."""
    return page.locator(f"{RIBBON} .tok > span").all_text_contents()


def wait_for_token(page, token):
    """Wait until the first panel has a token of exactly this text."""
    page.wait_for_function(
        "([ribbon, token]) => [...document.querySelectorAll(`${ribbon} .tok > span`)]"
        ".some((part) => part.textContent === token)",
        arg=[RIBBON, token],
    )
    page.locator(RIBBON).wait_for()  # in sight: before, it takes no focus, and keys are lost


def link(**values):
    return "?" + urlencode({"tab": "tokenization"} | values, doseq=True)


def asked(page):
    found = {}
    for name, value in page.evaluate("lectern.whole()"):
        found.setdefault(name, []).append(value)
    return found


def test_the_tab_opens_with_a_finished_example(visit):
    page = visit(link())
    assert chips(page) == [
        *("[CLS]", "her", "un", "##ha", "##pp", "##iness", "surprised", "them", ".", "[SEP]"),
    ]
    assert page.get_by_text("10 tokens").first.is_visible()


def test_each_keystroke_is_cut_anew(visit):
    page = visit(link())
    box = page.get_by_label("Text", exact=True)
    box.fill("")
    box.press_sequentially("untie", delay=30)
    wait_for_token(page, "##tie")
    assert chips(page) == ["[CLS]", "un", "##tie", "[SEP]"]
    box.press("Backspace")
    page.wait_for_function(f"!document.querySelector('{RIBBON}').textContent.includes('##tie')")
    assert page.locator(f"{FIGURE} .trace h3").text_content().startswith("How “unti” is cut")


def test_a_token_and_its_source_light_up_together(visit):
    page = visit(link(text="café 🙂", tokenizer=["pocket-bert", "bytes"]))
    wait_for_token(page, "cafe")
    lit = f"{FIGURE} .lit"
    page.locator(f"{RIBBON} .tok", has_text="cafe").hover()
    assert page.locator(f"{FIGURE} .src.lit").first.text_content() == "café"
    assert page.locator(f"{FIGURE} .rows .lit").count() == 1
    assert (
        page.locator(f"{FIGURE} .readout").text_content()
        == "cafe (id 7668): characters 1 to 4 of the first text"
    )
    paper, ink = page.locator(f"{RIBBON} .tok.lit > span").evaluate(
        "part => [getComputedStyle(part.parentElement).backgroundColor,"
        " getComputedStyle(part).color]"
    )
    assert paper != ink  # the theme colours every element by itself
    # and from the source to the tokens: one emoji, four bytes
    page.locator(f"{FIGURE} .panel:nth-child(2) .src", has_text="🙂").hover()
    bytes_lit = page.locator(f"{FIGURE} .panel:nth-child(2) .tok.lit > span")
    assert bytes_lit.all_text_contents() == ["F0", "9F", "99", "82"]
    assert page.locator(lit, has_text="[UNK]").count() == 2


def test_a_click_on_a_token_traces_its_word(visit):
    page = visit(link(text="Some unaffable people"))
    wait_for_token(page, "##ffa")
    page.locator(f"{RIBBON} .tok", has_text="people").click()
    page.get_by_text("How “people” is cut").wait_for()
    assert (
        page.get_by_label("Word to trace (empty: the one in most pieces)").input_value()
        == "people"
    )
    page.wait_for_function("location.search.includes('word=people')")


def test_a_click_on_a_word_of_gpt2_traces_its_merges_with_the_space(visit):
    page = visit(link(text="A little hen", tokenizer=["pocket-gpt2"]))
    wait_for_token(page, "·little")
    page.locator(f"{RIBBON} .tok", has_text="little").click()
    page.get_by_text("How “·little” is cut by").wait_for()
    page.wait_for_function("location.search.includes('word=+little')")
    assert page.locator(f"{FIGURE} .merges li").count() > 1
    assert "Without the space" in page.locator(f"{FIGURE} .spaced").text_content()


def test_the_tokens_can_be_walked_and_chosen_by_keyboard(visit):
    page = visit(link(text="Some unaffable people"))
    wait_for_token(page, "##ffa")
    ribbon = page.locator(RIBBON)
    for key in ["ArrowRight"] * 5 + ["ArrowLeft"]:
        ribbon.press(key)  # focuses it: the picture may be drawn anew before the first key
    assert page.locator(f"{RIBBON} .lit > span").text_content() == "##ffa"
    assert (
        "characters 9 to 11 of the first text" in page.locator(f"{FIGURE} .readout").text_content()
    )
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('word=unaffable')")


@pytest.mark.parametrize("replaced", [".figure", "[id$=-figure]"])  # it alone, or its holder too
def test_a_figure_that_is_drawn_anew_keeps_the_token_walked_to(visit, replaced):
    page = visit(link(text="Some unaffable people"))
    wait_for_token(page, "##ffa")
    page.locator(RIBBON).focus()
    anew = f"() => {{ const all = document.querySelector({RIBBON!r}).closest({replaced!r});"
    anew += " all.outerHTML = all.outerHTML.replaceAll(' lit', '').replaceAll(' at\"', '\"'); }"
    page.evaluate(anew)  # before the first step …
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator(f"{RIBBON} .lit > span")).to_have_text("##ffa")
    page.evaluate(anew)  # … and after the last
    expect(page.locator(f"{RIBBON} .lit > span")).to_have_text("##ffa")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{RIBBON} .lit > span")).to_have_text("##ble")


def test_tokenizers_are_added_and_removed_side_by_side(visit):
    page = visit(link())
    page.get_by_role("checkbox", name="Characters").check()
    page.get_by_role("checkbox", name="Words").check()
    page.locator(f"{FIGURE} .panel").nth(3).wait_for()
    for name in ("BERT (MiniLM-L6)", "Characters", "Words"):
        page.get_by_role("checkbox", name=name).uncheck()
    expect(page.locator(f"{FIGURE} .panel")).to_have_count(1)  # else what stays may be older
    page.get_by_role("checkbox", name="Bytes (UTF-8)").uncheck()
    page.get_by_text("No tokenizer is chosen. Choose 1 to 4 of pocket-bert").wait_for()
    assert page.locator(f"{FIGURE} .panel").count() == 1  # what was there stays


def test_ids_and_special_tokens_can_be_left_out(visit):
    page = visit(link(text="cats", tokenizer="pocket-bert", ids="0", special="0"))
    page.wait_for_function(f"document.querySelectorAll('{RIBBON} .tok').length === 1")
    assert chips(page) == ["cats"]
    assert not page.locator(f"{RIBBON} .tok b").is_visible()
    page.get_by_label("Ids").check()
    page.locator(f"{RIBBON} .tok b").wait_for()


def test_a_link_restores_everything_and_the_address_says_the_same(visit):
    values = {
        "view": "ribbons",
        "text": "Zwölf 🙂\nלום",
        "text_pair": "a & b",
        "tokenizer": ["bytes", "pocket-bert"],
        "word": "Zwölf",
        "ids": "0",
        "special": "1",
        "padding": "3",
    }
    page = visit(link(**values))
    page.get_by_text("How “Zwölf” is cut").wait_for()
    page.wait_for_function("location.search.includes('padding=3')")
    got = asked(page)
    assert got.pop("tab") == ["tokenization"]
    assert got == {n: v if isinstance(v, list) else [v] for n, v in values.items()}
    panels = page.locator(f"{FIGURE} .panel h3").all_text_contents()
    assert panels == ["Bytes (UTF-8)", "BERT (MiniLM-L6)"]
    assert page.locator(f"{FIGURE} .rows .mask0").count() == 3


def test_what_does_not_fit_in_a_link_is_said(visit):
    page = visit(link(tokenizer=["gpt9"], padding="9"))
    note = page.locator("#link-note")
    note.get_by_text("tokenizer must be one of").wait_for()
    assert "padding must be a whole number from 0 to 8" in note.text_content()


def test_bad_input_is_one_sentence_and_the_picture_stays(visit):
    page = visit(link())
    page.get_by_label("Text", exact=True).fill("   ")
    page.get_by_text("The text is empty (only spaces were typed).").wait_for()
    assert "##iness" in chips(page)
    page.get_by_label("Text", exact=True).fill("cats")
    wait_for_token(page, "cats")
    assert page.locator(".note p:visible").count() == 0


def test_examples_are_chosen_with_a_click(visit):
    page = visit(link())
    page.get_by_role("button", name="Unknown characters").click()
    page.get_by_text("How “🙂” is cut").wait_for()
    assert page.locator(f"{FIGURE} .panel").count() == 3
    assert page.locator(f"{FIGURE} .remarks li").count() == 4


def test_a_long_text_is_drawn_in_part_without_a_freeze(visit):
    page = visit(link(tokenizer=["pocket-bert", "characters", "words", "bytes"]))
    page.locator(f"{FIGURE} .panel").nth(3).wait_for()
    box = page.get_by_label("Text", exact=True)
    box.fill("The cat sat on the mat. " * 833)
    page.get_by_text("The first 400 of 5,833 tokens are drawn").wait_for()
    begun = time.monotonic()
    box.press("End")
    box.press_sequentially("x")
    page.get_by_text("The first 400 of 5,834 tokens are drawn").wait_for()
    assert time.monotonic() - begun < 5  # measured: under 2 s on 2 cores
    # too long for a link, so the address names the tab alone
    page.wait_for_function("location.search === '?tab=tokenization'")


def test_numbers_and_figure_are_exported(visit):
    page = visit(link())
    with page.expect_download() as got:
        export(page.locator(".room.tokenization"), "Numbers as JSON")
    content = json.loads(got.value.path().read_text(encoding="utf-8"))
    assert [one["tokenizer"] for one in content["tokenizations"]] == ["pocket-bert", "bytes"]
    assert content["trace"]["words"][0]["pieces"] == ["un", "##ha", "##pp", "##iness"]
    with page.expect_download() as got:
        export(page.locator(".room.tokenization"), "Numbers as CSV")
    lines = got.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "tokenizer,position,text,id,start,end,special,segment,source"
    assert lines[3] == "pocket-bert,2,un,4895,4,6,False,0,un"
    assert len(lines) == 1 + 10 + 31
    with page.expect_download() as got:
        export(page.locator(".room.tokenization"), "Figure as SVG")
    svg = got.value.path().read_text(encoding="utf-8")
    assert svg.count("##iness") >= 3  # ribbon, rows, trace
    assert "<script" not in svg
