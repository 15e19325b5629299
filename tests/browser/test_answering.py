"""The Answering tab in a browser: every view, links, long passages, hostile text, pictures."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{value}} opened in 1992."
VIEWS = {
    "answer": "What the threshold trades",
    "scores": "Two separate choices",
    "why": "Without each word of the question",
    "several": "each question has a softmax",
    "training": "Scores",
}


def figure(page):
    return page.locator("#answering-figure")


def note(page):
    return page.locator(".room.answering .note [role=alert]")


def choose(page, view):
    page.locator("#answering-view").get_by_label(view, exact=True).check()


def example(page, title):
    page.locator("#answering-examples").get_by_role("button", name=re.compile(f"^{title}")).click()


def test_the_tab_opens_with_a_finished_answer(visit):
    page = visit("?tab=answering")
    expect(figure(page).locator(".said")).to_have_text("2010")
    expect(figure(page).locator("mark.best")).to_contain_text("2010")


def test_another_question_is_answered_as_it_is_typed(visit):
    page = visit("?tab=answering")
    page.get_by_label("Question", exact=True).fill("When did the museum open?")
    expect(figure(page).locator(".said")).to_have_text("1992")


def test_the_threshold_silences_and_lets_speak(visit):
    page = visit("?tab=answering&question=When+did+the+museum+open%3F&threshold=-20")
    expect(figure(page).locator(".said")).to_have_text("No answer")
    expect(figure(page)).to_contain_text("the best span would be 1992")
    box = page.get_by_label("number input for Threshold: say “no answer” above this margin")
    box.fill("20")
    box.blur()
    expect(figure(page).locator(".said")).to_have_text("1992")


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Question", "", "The question is empty"),
        ("Question", "who " * 70, "70 tokens; 1 to 64"),
        ("Passage", " ", "The passage is empty"),
        ("Passage", "a" * 60_001, "60,001 characters; at most 60,000"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_answer_stays(visit, label, value, sentence):
    page = visit("?tab=answering")
    page.get_by_label(label, exact=True).fill(value)
    expect(note(page)).to_contain_text(sentence)
    expect(figure(page).locator(".said")).to_have_text("2010")


def test_scores_are_worked_out_and_another_window_can_be_opened(visit):
    page = visit("?tab=answering")
    example(page, "One window of several")
    expect(figure(page)).to_contain_text("3 windows over")
    figure(page).get_by_role("button", name="window 2").click()
    expect(figure(page)).to_contain_text("Window 2 of 3, counted from 0")
    expect(page.get_by_label("Window, from 0")).to_have_value("2")
    page.get_by_label("Window, from 0").fill("7")
    expect(note(page)).to_contain_text("whole number from -1 to 2; got 7")


def test_the_start_after_the_end_is_shown(visit):
    page = visit("?tab=answering")
    example(page, "Start after the end")
    expect(figure(page)).to_contain_text("the end comes before the start")


def test_why_frames_the_sentence_of_the_answer(visit):
    page = visit("?tab=answering&view=why")
    expect(figure(page).locator(".holds")).to_contain_text("reopened in 2010")
    expect(figure(page).locator(".words li")).to_have_count(4)


def test_several_questions_are_marked_in_one_passage(visit):
    page = visit("?tab=answering")
    example(page, "Five questions at once")
    expect(figure(page).locator(".answers tbody tr")).to_have_count(5)
    expect(figure(page).locator(".passage mark")).to_have_count(3)
    page.get_by_label("Questions, one on each line").fill("\n".join(["Who?"] * 17))
    expect(note(page)).to_contain_text("There are 17 questions; 1 to 16 are allowed")


def test_a_long_passage_tells_its_progress_and_typing_on_ends_it(visit):
    page = visit("?tab=answering")
    long = "The river is calm and the boats are out. " * 700
    page.get_by_label("Passage").fill(long)
    expect(page.locator(".block.progress-line")).to_contain_text("Reading:", timeout=15_000)
    expect(figure(page).locator(".said")).to_have_text("2010")  # what was there stays
    page.get_by_label("Passage").fill("It opened in 1875.")
    page.get_by_label("Question", exact=True).fill("When did it open?")
    expect(figure(page).locator(".said")).to_have_text("1875")
    expect(page.locator(".block.progress-line")).not_to_contain_text("Reading:")


def test_a_link_restores_what_it_was_made_of(visit):
    page = visit("?tab=answering&question=Who+sat%3F&context=The+cat+sat.&view=scores&window=best")
    expect(figure(page)).to_contain_text("Two separate choices")
    choose(page, "Several questions")
    page.get_by_label("Questions, one on each line").fill("Who sat?\nWhere & when?")
    expect(figure(page)).to_contain_text("Where & when?")
    page.wait_for_function("location.search.includes('Where+%26+when')")
    again = visit(f"?{urlsplit(page.url).query}")
    expect(figure(again)).to_contain_text("Where & when?")
    pairs = [parse_qsl(urlsplit(opened.url).query) for opened in (page, again)]
    assert pairs[0] == pairs[1]
    assert [value for name, value in pairs[1] if name == "questions"] == [
        "Who sat?",
        "Where & when?",
    ]
