"""What is seen first: the start page and its ways, the picture before the scripts, the faces."""

import gradio as gr
import pytest
from playwright.sync_api import expect

from page import files
from tabs import TABS
from tabs.kit.gradio_inside import browser as gradios
from tabs.kit.gradio_inside.sheets import within

FIGURE = "#map-figure .figure"


@pytest.mark.parametrize(
    ("query", "shown"), [("?tab=attention", True), ("?tab=attention&layer=2", False)]
)
def test_the_start_of_a_tab_is_seen_before_gradios_scripts_and_goes_when_they_have_come(
    browser, server, query, shown
):
    page = browser.new_page()
    held = []
    page.route("**/assets/*.js", lambda one: held.append(one))
    page.goto(f"{server.url}/{query}", wait_until="commit")
    page.wait_for_function("document.querySelector('gradio-app')")
    first = page.locator("#first")
    expect(first).to_have_count(int(shown))
    if shown:
        box = first.bounding_box()
        assert (box["x"], box["y"]) == (0, 0)
    page.unroute_all()  # which lets go on what is held
    page.wait_for_function("window.lectern && lectern.begun()")
    expect(first).to_have_count(0)
    page.close()


def fetched(page):
    return page.evaluate(
        "performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
        ".filter(path => path.endsWith('.woff2'))"
    )


def test_a_page_in_latin_letters_fetches_the_cut_faces_and_one_in_others_the_whole(visit):
    page = visit("?tab=tokenization")
    page.evaluate("document.fonts.ready")
    assert fetched(page)
    assert all(path.startswith("/fonts/") for path in fetched(page))
    page.get_by_label("Text", exact=True).fill("Доброе утро")
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(one => one.name.includes('/static/fonts/'))"
    )


def asked_for(page):
    return page.evaluate(
        "performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
    )


def test_a_tab_as_it_starts_asks_nothing_twice_and_nothing_that_is_not_in_sight(visit):
    page = visit("?tab=attention")
    paths = asked_for(page)
    once = [path for path in paths if path.startswith(("/assets/", "/page/", "/theme"))]
    assert sorted(once) == sorted(set(once))
    assert len(once) < 70
    sheets = [path for path in once if path.endswith(".css") and path.startswith("/assets/")]
    assert len(sheets) <= 6
    for kind in ("imageeditor", "code", "plot"):
        assert f"/assets/{gradios.kinds()[kind].file}" not in paths
    assert not any(path.endswith("/queue/join") for path in paths)
    # What is folded comes when somebody opens the fold.
    code = f"**/assets/{gradios.kinds()['code'].file}"
    with page.expect_response(code):
        page.locator(".room.attention").get_by_role("button", name="Code that gives").click()
    expect(page.locator(".room.attention .cm-content")).to_contain_text("import")


def test_our_rules_are_named_as_gradio_would_name_them(visit):
    page = visit("?tab=attention")
    names = """async ([core, version, css, ours]) => {
        const named = (text) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(text);
            const of = ({ cssRules, selectorText, conditionText }) =>
                selectorText ?? [conditionText, [...(cssRules ?? [])].map(of)];
            return [...sheet.cssRules].filter((one) => !(one instanceof CSSContainerRule)).map(of);
        };
        const { prefix_css } = await import(core);
        return [named(prefix_css(css, version)), named(ours)];
    }"""
    core = f"/assets/{gradios.core()}"
    version = gr.__version__.replace(".", "-")
    for file in files.sheets():
        css = file.read_text(encoding="utf-8")
        theirs, ours = page.evaluate(names, [core, version, css, within(css)])
        rules = [one for one in theirs if isinstance(one, str)]
        pairs = zip(
            rules[::2], rules[1::2], strict=True
        )  # each as it is, and within its own names
        assert [one for one in ours if isinstance(one, str)] == [", ".join(pair) for pair in pairs]
        assert [one for one in ours if not isinstance(one, str)] == [
            one for one in theirs if not isinstance(one, str)
        ]


def test_the_tree_is_searched_as_gradio_searches_it(visit):
    found = visit("?tab=attention").evaluate(
        """([walked, kept]) => {
            const inner = { id: 2, children: [{ id: 3 }, { id: 4, children: [] }] };
            const tree = { id: 1, children: [inner, { id: 5 }] };
            const [one, other] = [walked, kept].map((text) => Function(`${text}; return Z`)());
            return [1, 2, 3, 4, 5, 6].map((id) => [one(tree, id)?.id, other(tree, id)?.id]);
        }""",
        [gradios.WALKED, gradios.KEPT],
    )
    assert found == [[one, one] for one in (1, 2, 3, 4, 5, None)]


SEEN = """
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (how) {
        const root = attach.call(this, how);
        if (this.id === "first") window.shadow = root;
        return root;
    };
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.shift += one.hadRecentInput ? 0 : one.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize(
    ("stem", "width"),
    [*((tab.stem, 390) for tab in TABS), ("attention", 1280), ("captioning", 1280)],
)
def test_the_picture_is_first_seen_where_it_stays(browser, server, client, stem, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.add_init_script(SEEN)
    held = []
    page.route("**/assets/*.js", lambda one: held.append(one))
    page.goto(f"{server.url}/?tab={stem}", wait_until="commit")
    page.wait_for_function("window.shadow")
    place = "(one) => (({ x, y }) => [x, y])(one.getBoundingClientRect())"
    early = page.evaluate(f"({place})(shadow.querySelector('.banner'))")
    page.unroute_all()
    page.wait_for_function(
        "window.lectern && lectern.begun() && !document.querySelector('#first')"
    )
    late = page.locator(".area.result .banner:visible").first.evaluate(place)
    assert early == pytest.approx(late, abs=16)
    assert page.evaluate("shift") < 0.1
    context.close()


# The start page: the map, its ways, and those back -----------------------------------------------


def test_a_bare_address_shows_the_map_and_asks_nothing_of_a_model(visit):
    page = visit()
    expect(page.get_by_role("tab", selected=True)).to_have_text("Map")
    expect(page.locator(f"{FIGURE} .begin")).to_contain_text("Begin here")
    paths = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [path for path in paths if "/queue/join" in path]
    page.locator(f"{FIGURE} .begin a").click()
    expect(page.get_by_role("tab", selected=True)).to_have_text("Tokenization")
    expect(page.get_by_label("Text", exact=True)).to_have_value(
        "The animal didn't cross the street because it was too tired."
    )


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_sentence_runs_through_the_boxes_before_gradios_scripts_have_come(
    browser, server, motion
):
    context = browser.new_context(reduced_motion=motion)
    page = context.new_page()
    page.add_init_script(SEEN)
    page.route("**/assets/*.js", lambda one: None)  # they never come
    page.goto(server.url, wait_until="commit")
    page.wait_for_function("window.shadow && shadow.querySelector('.box.tokens')")
    moving = page.evaluate("shadow.getAnimations().length")
    assert bool(moving) == (motion == "no-preference")
    context.close()


def test_a_box_leads_to_its_tab_with_the_sentence_and_back_to_the_map(visit):
    page = visit("?tab=map")
    page.get_by_label("Sentence", exact=True).locator("visible=true").fill("The cats sat.")
    expect(page.locator(FIGURE)).to_contain_text("cats")
    page.locator(f"{FIGURE} .box.attention > a").click()
    page.wait_for_url("**/?tab=attention&text=The+cats+sat.**")
    expect(page.locator("#attention-figure .grid")).to_contain_text("cats")
    page.go_back()
    page.wait_for_url("**/?tab=map&text=The+cats+sat.**")


def test_every_tab_leads_to_its_box_with_its_sentence(visit):
    page = visit("?tab=attention")
    page.get_by_label("Sentence", exact=True).locator("visible=true").fill("The cats sat.")
    expect(page.locator("#attention-figure .grid")).to_contain_text("cats")
    page.locator(".room.attention .area.bar .here").click()
    page.wait_for_url("**/?tab=map&text=The+cats+sat.&box=attention**")
    expect(page.locator(f"{FIGURE} .box.attention.at")).to_be_visible()
    expect(page.locator(FIGURE)).to_contain_text("cats")


def test_who_opens_the_map_by_its_tab_brings_the_sentence_along(visit):
    page = visit("?tab=attention")
    page.get_by_label("Sentence", exact=True).locator("visible=true").fill("The cats sat.")
    expect(page.locator("#attention-figure .grid")).to_contain_text("cats")
    page.get_by_role("tab", name="Map").click()
    expect(page.locator(FIGURE)).to_contain_text("cats")
    page.get_by_role("tab", name="Attention").click()
    expect(page.locator("#attention-figure .grid")).to_contain_text("cats")


def test_a_tab_that_has_the_sentence_keeps_what_else_was_chosen(visit):
    page = visit("?tab=attention&layer=5&head=3")
    page.locator(".room.attention .area.bar .here").click()
    page.locator(f"{FIGURE} .box.attention > a").click()
    page.wait_for_url("**/?tab=attention&layer=5&head=3")


def test_the_line_follows_the_view(visit):
    page = visit("?tab=anatomy")
    line = page.locator(".room.anatomy .area.bar .here")
    expect(line).to_have_text("You are here: Layer")
    page.locator("#anatomy-view input[value=tensors]").check()
    expect(line).to_have_text("You are here: Hidden states")


def test_on_a_phone_the_boxes_are_one_column_wide_enough_for_a_thumb(visit):
    page = visit("?tab=map&model=pocket-captioner", width=390)
    page.locator(f"{FIGURE} .box.cross").wait_for()
    boxes = page.locator(f"{FIGURE} .box > a").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right, height }) =>"
        " [left, right, height])"
    )
    assert len(boxes) > 20
    for left, right, height in boxes:
        assert left >= 0
        assert right <= 390
        assert height >= 44
    page.locator(".phone-bar .here").wait_for(state="hidden")
    page.get_by_role("tab", name="Attention").click()
    page.locator(".phone-bar .here").click()
    expect(page.locator(f"{FIGURE} .box.attention.at")).to_be_visible()
