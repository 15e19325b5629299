"""What holds of every tab in a browser: widths, keyboard, exports, links, hostile text, pictures.

One page for each tab and width, led through all views: a page takes seconds to open, a view less.
"""

import csv
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.paths import ROOT
from tabs.kit.record import TRAINING
from tests.browser.conftest import TAKEN, WINDOWS, save_all, screenshot
from tests.kit.stages import EVIL, HOSTILE, STEMS, chosen, pairs_of, stages_of, texts_of

PATIENT = 60_000  # milliseconds: some views read a text many times
OLD = """stem => {
    const figure = document.querySelector(`#${stem}-figure`);
    // Gone when it is drawn anew, whether the element is replaced or made over.
    (figure.querySelector(".figure") ?? figure.querySelector("p, ol")).setAttribute("old", "");
}"""
# Drawn anew since, to its end, with its plot; or refused.
DRAWN = """([stem, refused]) => {
    const figure = document.querySelector(`#${stem}-figure`);
    const plots = [...figure.querySelectorAll(".block.plot")]
        .filter((one) => one.checkVisibility());
    if (refused && document.querySelector(`.room.${stem} .note [role=alert]`)) return true;
    return !figure.querySelector("[old]") && figure.querySelector(".figure, p, ol")
        && !figure.querySelector(".streaming, [aria-busy=true]")
        && plots.every((one) => one.querySelector(".js-plotly-plot .main-svg"));
}"""
# A frame out of sight is not painted and never calls back: after 3 s it is taken as it stands.
PAINTED = """() => new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done, 0));
    setTimeout(done, 3000);
})"""
# The stops of the Tab key in a tab's room: of radios with one name, only the chosen one.
STOPS = """stem => [...document.querySelectorAll(`.room.${stem} :is(a[href], button, input, select,
    summary, textarea, [tabindex])`)]
    .filter((one) => one.tabIndex >= 0 && !one.disabled
        && one.checkVisibility({ visibilityProperty: true, opacityProperty: false })
        && !(one.type === "radio" && !one.checked
            && document.querySelector(`input[name="${one.name}"]:checked`)))
    .map((one, place) => {
        one.stop = place;
        return one.outerHTML.slice(0, 100);
    })"""


@pytest.fixture(scope="module")
def stages(desk):
    return stages_of(desk)


def radio(page, tab, view):
    return page.locator(f"#{tab.stem}-view input[value={view.name}]")


def wait_for_picture(page, tab, *, or_refusal=False):
    """Until what was asked last is drawn, frames of other documents included."""
    page.wait_for_function(DRAWN, arg=[tab.stem, or_refusal], timeout=PATIENT)
    if page.locator(f".room.{tab.stem} .note [role=alert]").count():
        return
    for frame in page.locator(f"#{tab.stem}-figure iframe").all():
        inside = frame.content_frame
        frame.scroll_into_view_if_needed()  # out of sight it is not drawn
        inside.locator("line").first.wait_for(state="attached")
        inside.locator("html").evaluate(PAINTED)


def show(page, tab, view, **how):
    """Choose a view, and wait for it."""
    if tab.views[0] is tab.views[-1] or radio(page, tab, view).is_checked():
        return
    page.evaluate("scrollTo(0, 0)")  # it moves while what was below is still being drawn
    page.evaluate(OLD, tab.stem)
    if view.name == TRAINING:  # it stands beside the model, not in the bar
        sheet = page.locator("[data-toggle=sheet]").locator("visible=true")  # on a phone
        for press in (*sheet.all(), page.locator(f".room.{tab.stem} [data-show]"), *sheet.all()):
            press.click()
    else:
        radio(page, tab, view).check()
    wait_for_picture(page, tab, **how)


def pictured(tab, view, width, scheme):
    """The name of a picture that README and docs may show; empty where none is kept."""
    first = view is tab.views[0]
    name = f"{tab.stem}{'' if first else f'-{view.name}'}-{width}-{scheme}"
    here = (ROOT / "docs" / "screenshots" / f"{name}.png").exists()
    return name if here or first or (width, scheme) == (1280, "light") else ""


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_every_view_fits_and_can_be_saved_and_screenshot(visit, tmp_path, stem, width, scheme):
    tab = STEMS[stem]
    page = visit(f"?tab={stem}", width=width, dark=scheme == "dark")
    room = page.locator(f".room.{stem}")
    for view in tab.views:
        show(page, tab, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view.name
        if (width, scheme) == (1280, "light"):  # before the window is made another size
            assert_saved(save_all(room, tmp_path), tab, view)
        if width == 1280:
            rules = None if scheme == "light" else ["color-contrast"]
            assert complaints_of(page, rules) == [], view.name
        name = pictured(tab, view, width, scheme)
        # Without `make screenshots` nobody looks at them, but whether a frame is painted is seen.
        if name and (TAKEN or page.locator(f"#{stem}-figure iframe").count()):
            screenshot(page, name)


def complaints_of(page, rules=None):
    """What axe has to say of the page as it stands; all it knows, or these rules.

    The dark page is the same document in other colours.
    """
    page.wait_for_function("!document.getAnimations().some((one) => one.playState === 'running')")
    options = {"iframes": False} | ({"runOnly": rules} if rules else {})
    found = Axe().run(page, context={"exclude": [["iframe"]]}, options=options)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


def assert_saved(saved, tab, view):
    """What the four buttons gave is of this view, each of its own kind."""
    drawn = saved["SVG"].read_text(encoding="utf-8")
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert len(drawn) > 1000
    assert "<script" not in drawn
    assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
    assert len(list(csv.reader(saved["CSV"].read_text(encoding="utf-8").splitlines()))) > 1
    settings = json.loads(saved["JSON"].read_text(encoding="utf-8"))[tab.chosen_as]
    assert settings.get("view", view.name) == view.name


@pytest.mark.parametrize("stem", STEMS)
def test_every_control_is_reached_by_keyboard_and_every_view_chosen(visit, stem):
    tab = STEMS[stem]
    page = visit(f"?tab={stem}")
    stops = page.evaluate(STOPS, stem)
    assert len(stops) > 10
    page.get_by_role("tab", selected=True).focus()
    reached = set()
    for _ in range(len(stops) + 30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.stop"))
    # What the walk itself has switched off (the thing in front cannot come further) is no stop.
    still = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter((one) => 'stop' in one"
        " && !one.matches(':disabled')).map((one) => one.stop)"
    )
    missed = [stop for place, stop in enumerate(stops) if place in still and place not in reached]
    assert missed == []
    for view in tab.views[1:]:
        page.evaluate(OLD, stem)
        if view.name == TRAINING:
            page.locator(f".room.{stem} [data-show]").focus()
        else:
            radio(page, tab, view).focus()
        page.keyboard.press("Space")
        expect(radio(page, tab, view)).to_be_checked()
        wait_for_picture(page, tab)


@pytest.mark.parametrize("stem", STEMS)
def test_a_link_with_hostile_text_shows_it_in_every_view_and_runs_nothing(visit, stages, stem):
    tab, stage = STEMS[stem], stages[stem]
    choices, _ = chosen(stage)
    texts = texts_of(tab, stage)
    assert texts
    both = {
        name: f"{HOSTILE}\n{HOSTILE}"[: None if tab.settings[name].lines else len(HOSTILE)]
        for name in texts
    }
    pairs = [("tab", stem), *pairs_of(stage, replace(choices, **both))]
    page = visit(f"?{urlencode(pairs)}")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(page.locator("#link-note [role=alert]")).to_have_count(0)
    for view in tab.views:
        show(page, tab, view, or_refusal=True)
        assert page.locator(EVIL).count() == 0, view.name
        for frame in page.locator(f"#{stem}-figure iframe").all():
            assert frame.content_frame.locator(EVIL).count() == 0
    if len(tab.views) > 1:
        radio(page, tab, tab.views[0]).check()
    page.wait_for_function(
        "pairs => JSON.stringify(lectern.whole()) === pairs",
        arg=json.dumps(pairs, ensure_ascii=False, separators=(",", ":")),
    )
