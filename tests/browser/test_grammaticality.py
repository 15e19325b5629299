"""The Grammaticality tab in a browser: every view, edits, files, links, hostile text."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import save_all

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{value}} <b>bold</b>"
LONG = 60_000  # ms: a search on a busy machine
VIEWS = ["sentence", "pair", "list", "training"]


def figure(page):
    return page.locator("#grammaticality-figure")


def edits(page):
    return page.locator("#grammaticality-edits")


def room(page):
    return page.locator(".room.grammaticality")


def choose(page, view):
    page.locator("#grammaticality-view").get_by_label(view).check()


def box(page, label="Sentence"):
    return room(page).get_by_label(label, exact=True)


def note(page):
    return room(page).locator(".note [role=alert]")


def search(page):
    room(page).get_by_role("button", name=re.compile("^Find the smallest edit")).click()


def drawn(page, view):
    expect(figure(page)).to_contain_text(
        {
            "sentence": "Which word hurts",
            "pair": "Which is better",
            "list": "judged acceptable",
            "training": "Matthews",
        }[view],
        timeout=20_000,
    )


def test_the_tab_opens_with_a_finished_example(visit):
    page = visit("?tab=grammaticality")
    expect(figure(page)).to_contain_text("Not acceptable")
    expect(figure(page).locator(".chips")).to_have_count(4)


def test_typing_judges_the_new_sentence(visit):
    page = visit("?tab=grammaticality")
    box(page).fill("The cat sat on the mat.")
    expect(figure(page).locator(".headline").first).to_have_text(re.compile("^Acceptable"))
    expect(figure(page).locator(".chance.over")).to_have_count(1)


def test_an_empty_sentence_is_refused_and_the_picture_stays(visit):
    page = visit("?tab=grammaticality")
    box(page).fill("")
    expect(note(page)).to_have_text(re.compile("The sentence is empty"))
    expect(note(page)).to_be_in_viewport()
    expect(figure(page)).to_contain_text("Not acceptable")
    box(page).fill("cat " * 200)
    expect(note(page)).to_contain_text("202 tokens; at most 128")


def test_each_view_has_its_own_inputs(visit):
    page = visit("?tab=grammaticality")
    expect(box(page, "Second sentence")).to_be_hidden()
    choose(page, "Minimal pair")
    expect(box(page, "Second sentence")).to_be_visible()
    expect(room(page).get_by_role("button", name=re.compile("^Find the"))).to_be_hidden()
    choose(page, "List")
    expect(box(page)).to_be_hidden()
    expect(page.locator("#grammaticality-file")).to_be_visible()
    room(page).get_by_role("button", name="How was this model trained?").click()
    expect(page.locator("#grammaticality-file")).to_be_hidden()


def test_a_word_lights_up_in_every_row(visit):
    page = visit("?tab=grammaticality")
    rows = figure(page).locator('.chip[data-pair="w0"]').count()
    assert rows >= 3  # one more where a model reads from left to right
    figure(page).locator(".chip").first.hover()
    expect(figure(page).locator(".chip.lit")).to_have_count(rows)


def test_a_model_that_reads_from_left_to_right_stands_beside_the_masked_one(visit):
    page = visit("?tab=grammaticality&sentence=The+little+dog+were+happy.", width=390)
    expect(figure(page)).to_contain_text("A model that reads from left to right")
    expect(figure(page)).to_contain_text("bits per character")
    box(page, "Sentence").fill("The little hen was happy.")
    expect(figure(page)).to_contain_text("hen")
    expect(figure(page)).to_contain_text("bits per character")


def test_the_smallest_edit_is_found_and_goes_with_its_sentence(visit):
    page = visit("?tab=grammaticality")
    search(page)
    expect(edits(page)).to_contain_text("One edit is enough", timeout=LONG)
    expect(edits(page).locator("ins").first).to_be_visible()
    expect(edits(page)).to_contain_text(re.compile(r"all \d+ single edits"))
    choose(page, "Minimal pair")
    choose(page, "One sentence")
    expect(edits(page)).to_contain_text("One edit is enough")
    box(page).fill("The cat sat on the mat.")
    expect(edits(page)).to_contain_text("a few hundred variants")
    search(page)
    expect(edits(page)).to_contain_text("breaks it", timeout=LONG)


def test_a_search_that_is_overtaken_by_typing_writes_nothing(visit):
    page = visit("?tab=grammaticality&sentence=" + "+".join(["The+cats+sits+on+the+mat"] * 4))
    expect(figure(page).locator(".chip").nth(70)).to_be_visible()
    search(page)
    expect(edits(page)).to_contain_text("Judging", timeout=LONG)
    box(page).fill("The cat sat.")
    expect(figure(page).locator(".chip")).to_have_count(16)  # four of each kind
    page.wait_for_timeout(8000)
    expect(edits(page)).to_contain_text("a few hundred variants")


def test_a_run_that_is_overtaken_leaves_the_newer_picture(visit):
    page = visit("?tab=grammaticality")
    box(page).fill("The cat sat on the mat and the dog slept under the table. " * 8)
    page.wait_for_timeout(200)  # it has begun, and takes seconds
    room(page).get_by_role("button", name="How was this model trained?").click()
    drawn(page, "training")
    page.wait_for_timeout(6_000)
    drawn(page, "training")


def test_a_pair_marks_what_differs(visit):
    page = visit("?tab=grammaticality")
    room(page).get_by_role("button", name=re.compile("^The keys to the cabinet")).click()
    expect(figure(page).locator("mark")).to_have_text(["are", "is"])
    expect(figure(page)).to_contain_text("The three models disagree")


def test_a_list_with_labels_is_scored_and_a_file_fills_the_box(visit, tmp_path):
    page = visit("?tab=grammaticality")
    room(page).get_by_role("button", name=re.compile("^A list with labels")).click()
    expect(figure(page)).to_contain_text("Matthews correlation")
    file = tmp_path / "mine"  # its content decides, whatever it is called
    file.write_text("sentence,label\nA cat sat.,1\nA cat sit on.,0\n", encoding="utf-8")
    page.locator("#grammaticality-file input[type=file]").set_input_files(file)
    expect(room(page).locator("textarea").filter(visible=True)).to_have_value(
        re.compile("A cat sit on")
    )
    expect(figure(page)).to_contain_text("A cat sit on.")


def test_a_broken_file_is_refused_with_a_sentence(visit, tmp_path):
    page = visit("?tab=grammaticality&view=list")
    drawn(page, "list")
    file = tmp_path / "latin.csv"
    file.write_bytes(b"sentence\ncaf\xe9\xff\n")
    page.locator("#grammaticality-file input[type=file]").set_input_files(file)
    expect(note(page)).to_contain_text("UTF-8")


def test_a_link_restores_what_it_was_made_of(visit):
    page = visit("?tab=grammaticality&view=pair&sentence=A+cat+sat.&other=A+cat+sit.")
    expect(figure(page).locator("mark")).to_have_text(["sat", "sit"])
    box(page, "Second sentence").fill("A cat & dog sat.")
    expect(figure(page)).to_contain_text("A cat & dog sat.")
    page.wait_for_function("location.search.includes('other=A+cat+%26+dog+sat.')")
    again = visit(f"?{urlsplit(page.url).query}")
    expect(figure(again)).to_contain_text("A cat & dog sat.")
    pairs = [parse_qsl(urlsplit(opened.url).query) for opened in (page, again)]
    assert pairs[0] == pairs[1]


def test_a_view_that_is_none_is_ignored_with_a_note(visit):
    page = visit("?tab=grammaticality&view=essay")
    expect(page.locator("#link-note")).to_contain_text("view must be one of")
    drawn(page, "sentence")


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_text_is_drawn_as_text_in_every_view(visit, width):
    page = visit("?tab=grammaticality", width=width)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    box(page).fill(HOSTILE)
    expect(figure(page)).to_contain_text("alert")
    room(page).get_by_role("button", name="The same as a table").click()
    search(page)
    expect(edits(page)).to_contain_text("Judged by", timeout=LONG)
    choose(page, "Minimal pair")
    expect(figure(page)).to_contain_text("onerror=alert(1)")
    choose(page, "List")
    room(page).locator("textarea").filter(visible=True).fill(f"{HOSTILE}\nA cat sat.")
    expect(figure(page)).to_contain_text("onerror=alert(1)")
    assert room(page).locator("img").count() == 0
    assert figure(page).get_by_text("bold", exact=True).count() == 0


def test_figure_and_numbers_are_saved_with_the_edits(visit, tmp_path):
    page = visit("?tab=grammaticality")
    search(page)
    expect(edits(page)).to_contain_text("Judged by", timeout=LONG)
    saved = save_all(room(page), tmp_path)
    assert "Not acceptable" in saved["SVG"].read_text()
    assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
    assert saved["CSV"].read_text().startswith("word,start,end,")
    answer = json.loads(saved["JSON"].read_text())
    assert answer["edits"]["found"]
    assert answer["settings"]["view"] == "sentence"


def test_labels_are_kept_in_the_browser_and_told_when_all_are_given(visit):
    page = visit("?tab=grammaticality&view=yours&labels=1,0")
    figure = page.locator("#grammaticality-figure .yours")
    expect(figure.locator("[data-labelled]")).to_have_text("2")
    for row in figure.locator("li").all()[2:]:
        expect(figure.locator("table")).to_have_count(0)
        row.locator("button").first.click()  # one after the other: none is lost
    expect(figure.locator("table").first).to_contain_text("you and the label")
    expect(page).to_have_url(re.compile(r"labels=1(%2C|,)0((%2C|,)1){10}.*revealed=1"))
    figure.get_by_role("button", name="Judge again").click()
    expect(figure.locator("[data-labelled]")).to_have_text("0")
    figure.locator("li button").first.focus()
    page.keyboard.press("ArrowDown")  # to the next sentence
    page.keyboard.press("Enter")
    expect(figure.locator("li").nth(1).locator("[aria-pressed=true]")).to_have_text("Yes")
