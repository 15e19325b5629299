"""The Generation tab in a browser: streaming, stopping, branching, every view, links, pictures."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{value}} Once"
VIEWS = {
    "write": "what else could have been there",
    "branches": "One branch so far",
    "why": "logit lens",
    "duel": "top-p",
    "beams": "What it found, best first",
    "score": "bits per character",
    "training": "bits per character",
}


def figure(page):
    return page.locator("#generation-figure")


def tokens(page):
    """The tokens of the finished text."""
    return figure(page).locator(".written:not(.streaming) [data-pick]")


def streamed(page):
    """From now on, of each picture of a growing text: its length → whether Stop is there."""
    return page.evaluate_handle(
        """() => {
            const seen = new Map();
            const look = () => {
                const text = document.querySelector("#generation-figure .streaming");
                const stop = document.querySelector(".room.generation .stop");
                if (text) seen.set(text.textContent.length, stop.checkVisibility());
            };
            new MutationObserver(look).observe(document.querySelector("#generation-figure"),
                { childList: true, subtree: true, characterData: true });
            return seen;
        }"""
    )


def note(page):
    return page.locator(".room.generation .note [role=alert]")


def choose(page, view):
    page.locator("#generation-view").get_by_label(view, exact=True).check()


def press(page, name):
    page.locator(".room.generation").get_by_role("button", name=name, exact=True).click()


def fields(page):
    return dict(page.evaluate("lectern.whole()"))


def example(page, title):
    listed = page.locator("#generation-examples")
    listed.get_by_role("button", name=re.compile(f"^{re.escape(title)}")).click()


def choose_alternative(page, token):
    """Look at a token and take the likeliest other one: branch 1 grows from there."""
    tokens(page).nth(token).click()
    expect(figure(page)).to_contain_text(f"Token {token}: what else could")
    figure(page).locator(".nexts button[data-pick]").nth(0).click()
    page.wait_for_function(f"location.search.includes('branches=0.{token}.')")


def test_the_tab_opens_with_a_finished_text(visit):
    page = visit("?tab=generation")
    expect(tokens(page)).to_have_count(40)
    expect(figure(page).locator(".nexts tbody tr").first).to_be_visible()


def test_another_prompt_is_gone_on_from_and_its_tokens_stream(visit):
    page = visit("?tab=generation&max_new_tokens=120")  # long enough for several pictures
    seen = streamed(page)
    page.get_by_label("Prompt").fill("The dog sat by the")
    expect(figure(page).locator(".written")).to_contain_text("The dog sat by the")
    expect(tokens(page)).to_have_count(120, timeout=20_000)
    assert page.evaluate("seen => seen.size", seen) > 2


def test_stop_is_there_while_tokens_come_and_another_begins_again(visit):
    page = visit("?tab=generation&max_new_tokens=200&prompt=The+river")
    expect(tokens(page).nth(150)).to_be_visible(timeout=15_000)
    expect(page.locator(".room.generation .stop")).to_be_hidden()
    first = figure(page).locator(".written").text_content()
    seen = streamed(page)
    press(page, "↻ Another")
    # A seed drawn by chance: its text may end of itself, well before 200 tokens.
    page.wait_for_function(
        """(first) => {
            const text = document.querySelector("#generation-figure .written:not(.streaming)");
            return text && text.textContent !== first;
        }""",
        arg=first,
    )
    expect(page.locator(".room.generation .stop")).to_be_hidden()
    # What Stop does is tested over HTTP, where tokens are slow (tests/generation/test_leaving.py).
    stoppable = page.evaluate("seen => [...seen.values()]", seen)
    assert set(stoppable) == {True}


def test_a_token_is_revisited_and_an_alternative_grows_a_branch(visit):
    page = visit("?tab=generation")
    tokens(page).nth(5).click()
    expect(figure(page)).to_contain_text("Token 5: what else could have been there")
    first = figure(page).locator(".text").inner_text()
    figure(page).locator(".nexts button[data-pick]").nth(1).click()
    expect(page.locator(".room.generation")).to_contain_text("chosen by you")
    page.wait_for_function("location.search.includes('branches=0.5.')")
    assert figure(page).locator(".text").inner_text() != first
    assert fields(page)["branch"] == "1"
    choose(page, "Branches")
    expect(figure(page)).to_contain_text("Branch 1 and branch 0")
    again = visit(f"?{urlsplit(page.url).query}")
    expect(figure(again)).to_contain_text("Branch 1 and branch 0")
    assert fields(again) == fields(page)
    choose(again, "Write")
    expect(figure(again)).to_contain_text("chosen by you")


def test_an_alternative_that_was_chosen_before_leads_back(visit):
    page = visit("?tab=generation")
    choose_alternative(page, 3)
    # The token of the first text is now an alternative of the second.
    chosen = fields(page)["branches"]
    page.wait_for_timeout(300)
    expect(figure(page)).to_contain_text("chosen by you")
    choose(page, "Branches")
    expect(figure(page)).to_contain_text("2 branches of one text")
    assert fields(page)["branches"] == chosen


def test_another_prompt_drops_the_branches_of_the_old_one(visit):
    page = visit("?tab=generation")
    choose_alternative(page, 2)
    page.get_by_label("Prompt").press_sequentially(" a hen")
    page.wait_for_function("!location.search.includes('branches=0')")
    expect(tokens(page)).to_have_count(40)
    assert (fields(page)["branch"], fields(page)["step"]) == ("0", "0")


def test_a_link_with_a_seed_writes_the_same_text_again(visit):
    page = visit("?tab=generation")
    press(page, "↻ Another")
    page.wait_for_function("location.search.includes('seed=')")
    expect(figure(page).locator(".headline")).to_contain_text(f"seed {fields(page)['seed']},")
    expect(tokens(page)).to_have_count(40)
    again = visit(f"?{urlsplit(page.url).query}")
    expect(tokens(again)).to_have_count(40)
    text = "els => els.map(el => el.textContent).join('')"
    there, here = (tokens(opened).evaluate_all(text) for opened in (page, again))
    assert there == here


def test_temperature_zero_is_greedy_and_says_so(visit):
    page = visit("?tab=generation&temperature=0")
    expect(figure(page)).to_contain_text("Temperature 0 means greedy")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("prompt=" + "word+" * 300, "this model reads at most 256"),
        ("temperature=0.001", "temperature must be a number from 0.01 to 100"),
        ("branches=0.2", "Branches are written"),
        ("branches=7.2.1", "leaves a branch that is not there"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(visit, query, sentence):
    page = visit(f"?tab=generation&{query}")
    expect(note(page)).to_contain_text(sentence)
    expect(figure(page).locator(".written")).to_contain_text("Once upon a time,")


def test_a_link_with_settings_that_are_none_opens_all_the_same(visit):
    page = visit("?tab=generation&top_p=0&seed=-1&max_new_tokens=1000000000&temperature=nan")
    for sentence in (
        "top_p must be a number from 0.01 to 1; got '0'",
        "seed must be a whole number from 0",
        "max_new_tokens must be a whole number from 1 to 200",
        "temperature must be a number from 0 to 3; got 'nan'",
    ):
        expect(page.locator("#link-note")).to_contain_text(sentence)
    expect(tokens(page)).to_have_count(40)


def test_a_hundred_thousand_characters_are_refused_and_the_text_stays(visit):
    page = visit("?tab=generation")
    page.get_by_label("Prompt").fill("a" * 100_000)
    expect(note(page)).to_contain_text("100,000 characters; at most 20,000")
    expect(tokens(page)).to_have_count(40)


def test_an_empty_prompt_begins_from_the_start_token(visit):
    page = visit("?tab=generation")
    page.get_by_label("Prompt").fill("")
    expect(figure(page)).to_contain_text("from the start token")


def test_a_pasted_text_is_scored(visit):
    page = visit("?tab=generation&view=score")
    page.get_by_label("Text to score").fill("The hen had three little chicks.")
    expect(figure(page)).to_contain_text("bits per character")
    expect(figure(page)).to_contain_text("three")


def test_the_tokens_are_reached_and_chosen_by_keyboard(visit):
    page = visit("?tab=generation")
    tokens(page).nth(4).focus()
    page.keyboard.press("Enter")
    expect(figure(page)).to_contain_text("Token 4: what else could have been there")
    figure(page).locator(".nexts button[data-pick]").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('branches=0.4.')")
