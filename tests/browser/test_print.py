"""On paper, and enlarged: a handout has no controls; at 200 % nothing is wider than the page."""

from playwright.sync_api import expect

from tests.kit.stages import STEMS


def test_a_handout_has_question_number_figure_and_explanation_and_no_controls(visit):
    page = visit("?tab=attention", dark=True)
    page.emulate_media(media="print")
    room = page.locator(".room.attention")
    for shown in (".question", ".headline", "svg.cells", ".legend", ".area.explain .explain"):
        expect(room.locator(f"{shown}:visible").first).to_be_visible()
    for hidden in (".area.bar", ".area.input", ".area.settings", ".menu", ".area.about"):
        expect(room.locator(hidden).first).to_be_hidden()
    expect(page.get_by_role("tab").first).to_be_hidden()
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"


def test_nothing_is_wider_than_a_window_that_is_enlarged_or_narrow(visit):
    page = visit("?tab=tokenization")
    # 1280 by 800 at 200 %, a tablet, an old projector.
    for width, height in ((640, 400), (820, 1180), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        for place, stem in enumerate(STEMS):
            page.get_by_role("tab").nth(place).dispatch_event("click")
            expect(page.locator(f".room.{stem} .banner").first).to_be_visible()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{stem} at {width}"


def test_a_picture_is_copied_with_its_sentence_and_its_link(visit):
    page = visit("?tab=attention&example=sink")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("""() => {
        const image = window.Image;
        window.Image = function () { return (window.drawnLast = new image()); };
    }""")
    room = page.locator(".room.attention")
    room.get_by_role("button", name="Save or copy this figure").click()
    room.get_by_role("button", name="Copy with sentence and link").click()
    page.wait_for_function("""async () => (await navigator.clipboard.read())
        .some((one) => one.types.includes("image/png"))""")
    svg = page.evaluate("fetch(drawnLast.src).then((one) => one.text()).catch(() => '')")
    assert "“The cat sat on the mat because it was soft.”" in svg
    assert "?tab=attention&amp;example=sink" in svg
