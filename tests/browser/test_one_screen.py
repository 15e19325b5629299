"""One screen: question, number and picture are seen without scrolling, in every tab.

At the sizes of a laptop that projects, of a full projector, and of a phone. A tab is opened once
and led through all its examples; each is then looked at in windows of all sizes.
"""

import pytest
from playwright.sync_api import TimeoutError, expect

from tabs.kit.examples import read_examples
from tests.kit.stages import STEMS

SIZES = {"laptop": (1280, 800), "projector": (1920, 1080), "phone": (390, 844)}
# What is wrong with the first screen, once the page has settled; [] where nothing is. `look_at` is
# the element that is the point of the example; on a phone a bar at the foot covers what is there.
WRONG = """([stem, lookAt]) => {
    const area = document.querySelector(`.room.${stem} .area.result`);
    const banner = area.querySelector(".banner");
    const bar = document.querySelector(".phone-bar").getBoundingClientRect();
    const foot = bar.height ? bar.top : innerHeight;
    const wrong = [];
    const inside = (said, one) => {
        if (!one) return wrong.push(`${said} is not there`);
        const { left, right, top, bottom } = one.getBoundingClientRect();
        const across = left >= 0 && right <= innerWidth + 1;
        const seen = across && bottom > top && top >= 0 && bottom <= foot + 1;
        const box = [left, right, top, bottom].map(Math.round);
        if (!seen) wrong.push(`${said}: ${box} of ${innerWidth}, ${foot}`);
    };
    inside("the question", banner.querySelector(".question"));
    // Of two models each has its own; a caption that stands below in whole is not said above.
    const number = [...area.querySelectorAll(".headline")].find((one) => one.offsetHeight);
    if (number) inside("the number", number);
    inside(lookAt, area.querySelector(`#${stem}-figure :is(${lookAt})`));
    if (!banner.innerText.includes("?")) wrong.push("no question is asked");
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) wrong.push(`the page is ${wide} wide`);
    return wrong;
}"""
SETTLED = f"(asked) => ({WRONG})(asked).length === 0"
SOON = 3_000  # ms in which a page has laid itself out anew for a window of another size


@pytest.mark.parametrize("stem", STEMS)
def test_the_point_of_every_example_is_on_the_first_screen_of_every_size(visit, stem):
    page = visit(f"?tab={stem}", width=SIZES["phone"][0])
    examples = read_examples(stem)
    listed = page.locator(f"#{stem}-examples")
    banner = page.locator(f"#{stem}-figure .banner")
    found = []
    for number, example in enumerate(examples):
        if number:
            page.set_viewport_size({"width": 1280, "height": 800})  # a phone has no arrows
            listed.get_by_role("button", name="Next example").click()
        expect(banner).to_have_attribute("data-example", example["name"], timeout=60_000)
        expect(listed.locator("[aria-pressed=true]")).to_have_text(example["title"])
        query = f"?tab={stem}" + (f"&example={example['name']}" if number else "")
        assert page.evaluate("location.search") == query
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            asked = [stem, example["look_at"]]
            try:
                page.wait_for_function(SETTLED, arg=asked, timeout=SOON)
            except TimeoutError:
                wrong = page.evaluate(WRONG, asked)
                found += [f"{example['name']} at {size}: {one}" for one in wrong]
    assert not found, "\n".join(found)
    page.set_viewport_size({"width": 1280, "height": 800})
    listed.get_by_role("button", name="Previous example").click()
    expect(banner).to_have_attribute("data-example", examples[-2]["name"], timeout=60_000)
