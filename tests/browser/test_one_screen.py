"""One screen: question, number and picture are seen without scrolling, in every tab.

At the sizes of a laptop that projects, of a full projector, and of a phone.
"""

import pytest
from playwright.sync_api import expect

from tabs.kit.examples import read_examples
from tests.kit.stages import STEMS

SIZES = {"laptop": (1280, 800), "projector": (1920, 1080), "phone": (390, 844)}
FEWEST = 120  # px of a picture that must be in sight for it to count as seen
# Where the banner and the picture begin and end, in px of the window.
BOXES = """stem => {
    const inside = (one) => {
        const { top, bottom, height } = one.getBoundingClientRect();
        return { top, bottom, height };
    };
    const area = document.querySelector(`.room.${stem} .area.result`);
    const banner = area.querySelector(".banner");
    return {
        question: inside(banner.querySelector(".question")),
        headline: inside(banner.querySelector(".headline")),
        picture: inside(banner.nextElementSibling),
        said: banner.innerText,
        tall: innerHeight,
        wide: document.documentElement.scrollWidth,
    };
}"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stem", STEMS)
def test_question_number_and_picture_are_on_the_first_screen(visit, stem, size):
    width, height = SIZES[size]
    page = visit(f"?tab={stem}", width=width)
    page.set_viewport_size({"width": width, "height": height})
    seen = page.evaluate(BOXES, stem)
    assert seen["said"].strip().count("?") >= 1
    assert 0 < seen["question"]["top"] < seen["question"]["bottom"] < seen["picture"]["top"] + 1
    assert seen["headline"]["bottom"] <= seen["tall"]
    assert seen["picture"]["top"] + min(FEWEST, seen["picture"]["height"]) <= seen["tall"]
    assert seen["wide"] <= width


@pytest.mark.parametrize("size", ["laptop", "projector"])
def test_the_whole_heatmap_of_the_first_example_is_seen_with_its_number(visit, size):
    width, height = SIZES[size]
    page = visit("?tab=attention", width=width)
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("document.querySelector('.grid .scroll').style.getPropertyValue('--s')")
    cells = page.locator("#attention-figure svg.cells").bounding_box()
    assert cells["y"] + cells["height"] <= height
    expect(page.locator("#attention-figure .headline")).to_contain_text("0.68")


@pytest.mark.parametrize("stem", STEMS)
def test_a_chip_and_the_arrows_lead_through_the_examples(visit, stem):
    page = visit(f"?tab={stem}")
    examples = read_examples(stem)
    listed = page.locator(f"#{stem}-examples")
    banner = page.locator(f"#{stem}-figure .banner")
    listed.get_by_role("button", name="Next example").click()
    expect(banner).to_have_attribute("data-example", examples[1]["name"], timeout=60_000)
    expect(listed.locator("[aria-pressed=true]")).to_have_text(examples[1]["title"])
    assert page.evaluate("location.search") == f"?tab={stem}&example={examples[1]['name']}"
    listed.get_by_role("button", name="Previous example").click()
    expect(banner).to_have_attribute("data-example", examples[0]["name"], timeout=60_000)
    assert page.evaluate("location.search") == f"?tab={stem}"
