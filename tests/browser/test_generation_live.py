"""Cause and effect on one screen: bars follow a slider as it moves, Another is another text."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from services.generation.generate import generate
from services.generation.settings import Settings
from tests.browser.test_generation import example, fields, figure, press, tokens

PROMPT = "Once upon a time,"
PARTS = [
    "#generation-figure .banner",
    "#generation-figure .text",
    "#generation-figure .nexts.live tbody",
    ".room.generation .buttons",
    "#generation-temperature",
    "#generation-top_k",
    "#generation-top_p",
]
# As a hand does it: the slider is held, so that the server is not asked before it is let go.
MOVE = """(set) => {
    for (const [name, value] of Object.entries(set)) {
        const slider = document.querySelector(`#generation-${name} input[type=range]`);
        slider.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
        const chart = document.querySelector("#generation-figure .nexts.live");
        const rows = [...chart.querySelectorAll("tbody tr:not(.rest)")];
        const heads = [...chart.querySelectorAll("thead th")];
        done(heads.map((head, at) => [head.dataset.stage, at]).filter(([stage]) => stage).map(
            ([stage, at]) => [stage, rows.map((row) => Number(row.children[at].dataset.share))]));
    })));
}"""
LET_GO = "document.body.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }))"
SETTINGS = [
    {"temperature": 0.3, "top_k": 0, "top_p": 1},
    {"temperature": 3, "top_k": 0, "top_p": 0.9},
    {"temperature": 1, "top_k": 7, "top_p": 0.6},
    {"temperature": 1.5, "top_k": 100, "top_p": 0.35},
    {"temperature": 0.05, "top_k": 0, "top_p": 0.99},
    {"temperature": 1, "top_k": 0, "top_p": 0.01},
]


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


@pytest.mark.parametrize("name", ["", "&example=hotter", "&top_k=20&top_p=0.9"])
def test_text_sliders_and_bars_share_the_laptops_screen(visit, name):
    page = visit(f"?tab=generation{name}")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(tokens(page)).to_have_count(40)
    boxes = {part: page.locator(part).bounding_box() for part in PARTS}
    ends = {
        part: (box["x"] + box["width"], box["y"] + box["height"]) for part, box in boxes.items()
    }
    assert {part: end for part, end in ends.items() if end[0] > 1280 or end[1] > 800} == {}


def shares(gpt2, settings):
    """What the server would draw from at the first token: {stage: (row,) of the first nine}."""
    choice = generate(gpt2, PROMPT, Settings(max_new_tokens=1, **settings)).steps[0].choice
    candidates, stages = choice.candidates, {}
    before = candidates.raw[:9]
    for name in ("temperature", "top_k", "top_p", "min_p", "typical_p"):
        acting = [number for number, stage in enumerate(choice.stages) if stage.name == name]
        before = candidates.after[acting[0]][:9] if acting else before
        stages[name] = before
    return stages


@pytest.mark.parametrize("more", [{}, {"min_p": 0.02, "typical_p": 0.8}])
def test_the_bars_move_with_the_sliders_to_the_numbers_of_the_server(visit, gpt2, more):
    others = "".join(f"&{name}={value}" for name, value in more.items())
    page = visit(f"?tab=generation{others}")
    expect(figure(page).locator(".nexts.live")).to_be_visible()
    expect(figure(page).locator(".streaming")).to_have_count(0)
    text = figure(page).locator(".text").inner_text()
    for settings in SETTINGS:
        for stage, seen in page.evaluate(MOVE, settings):
            wanted = shares(gpt2, settings | more)[stage]
            np.testing.assert_allclose(seen[:9], wanted, atol=1e-5, err_msg=f"{settings} {stage}")
    assert figure(page).locator(".text").inner_text() == text


def test_one_text_is_written_when_a_slider_is_let_go_with_the_bars_as_they_were(visit):
    page = visit("?tab=generation")
    asked = []
    page.on("request", lambda one: asked.append(one) if "queue/join" in one.url else None)
    for temperature in (0.9, 1.1, 1.3, 1.5):
        page.evaluate(MOVE, {"temperature": temperature})
        page.wait_for_timeout(80)
    assert asked == []
    columns = "rows => rows.map(row => [...row.children].slice(1, 5).map(cell => cell.innerText))"
    rows = figure(page).locator(".nexts.live:not(.standing *) tbody tr")
    moved = rows.evaluate_all(columns)
    page.evaluate(LET_GO)
    expect(figure(page).locator(".nexts.live:not(.moved)")).to_be_visible()
    expect(tokens(page)).to_have_count(40)
    assert len(asked) == 1
    # The token that was chosen may be another, and stands among the first nine or after them.
    assert rows.evaluate_all(columns)[:9] == moved[:9]


def test_another_changes_text_and_seed_and_says_so(visit):
    page = visit("?tab=generation")
    expect(figure(page).locator(".headline")).to_contain_text("seed 1,")
    text = figure(page).locator(".text").inner_text()
    press(page, "↻ Another")
    expect(figure(page).locator(".headline")).not_to_contain_text("seed 1,")
    expect(figure(page).locator(".headline")).to_contain_text(re.compile(r"seed \d+,"))
    expect(tokens(page)).to_have_count(40)
    seed = fields(page)["seed"]
    assert seed != "1"
    assert f"seed {seed}," in figure(page).locator(".headline").inner_text()
    assert f"seed={seed}" in page.url
    assert figure(page).locator(".text").inner_text() != text


def test_where_every_seed_writes_the_same_no_button_offers_another(visit):
    page = visit("?tab=generation")
    example(page, "Greedy goes round in circles")
    button = page.locator(".room.generation").get_by_role("button", name="Greedy: no other")
    expect(button).to_be_disabled()
    example(page, "Once upon a time")
    expect(page.get_by_role("button", name="↻ Another", exact=True)).to_be_enabled()


def test_on_a_phone_text_and_bars_stay_in_sight_above_the_sliders(visit):
    page = visit("?tab=generation", width=390)
    page.set_viewport_size({"width": 390, "height": 844})
    assert figure(page).locator(".text").bounding_box()["y"] < 330
    page.get_by_role("button", name="Settings").click()
    sheet = page.locator(".room.generation .area.settings").bounding_box()
    first = figure(page).locator(".nexts.live tbody tr").nth(1).bounding_box()
    assert figure(page).locator(".text").bounding_box()["y"] < first["y"]
    assert first["y"] + first["height"] < sheet["y"]
    before = figure(page).locator(".nexts.live tbody tr").first.inner_text()
    page.evaluate(MOVE, {"temperature": 0.2})
    assert figure(page).locator(".nexts.live tbody tr").first.inner_text() != before
