"""What holds of every tab in a browser: widths, keyboard, exports, links, hostile text, pictures.

One page for each tab and width, led through all views: a page takes seconds to open, a view less.
So the wide page is walked by keyboard, and the phone's shows hostile text from a link.
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
from tests.browser.conftest import SAVED, TAKEN, WINDOWS, save_all, screenshot
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


def beside_model(page, tab):
    """The button of the one view that stands beside the model, not in the bar."""
    return page.locator(f".room.{tab.stem} [data-show]")


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
    if view.name == TRAINING:
        sheet = page.locator("[data-toggle=sheet]").locator("visible=true")  # on a phone
        for press in (*sheet.all(), beside_model(page, tab), *sheet.all()):
            press.click()
    else:
        radio(page, tab, view).check()
    wait_for_picture(page, tab, **how)


def show_by_keyboard(page, tab, view):
    """Choose a view with the space bar, and wait for it."""
    if view is tab.views[0]:
        return
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(OLD, tab.stem)
    of_view = beside_model(page, tab) if view.name == TRAINING else radio(page, tab, view)
    of_view.focus()
    page.keyboard.press("Space")
    expect(radio(page, tab, view)).to_be_checked()
    wait_for_picture(page, tab)


def pictured(tab, view, width, scheme):
    """The name of a picture that README and docs may show; empty where none is kept."""
    first = view is tab.views[0]
    name = f"{tab.stem}{'' if first else f'-{view.name}'}-{width}-{scheme}"
    here = (ROOT / "docs" / "screenshots" / f"{name}.png").exists()
    return name if here or first or (width, scheme) == (1280, "light") else ""


def assert_narrow(page, view):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view.name


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_every_view_fits_and_can_be_saved_and_screenshot(visit, tmp_path, stem, width, scheme):
    tab = STEMS[stem]
    page = visit(f"?tab={stem}", width=width, dark=scheme == "dark")
    for view in tab.views:
        (show_by_keyboard if width == 1280 else show)(page, tab, view)
        assert_narrow(page, view)
        if (width, scheme) == (1280, "light"):  # before the window is made another size
            # Numbers are the server's, and held for every view without a browser (tests/kit).
            kinds = SAVED if view is tab.views[0] else SAVED[:2]
            assert_saved(save_all(page.locator(f".room.{stem}"), tmp_path, kinds), tab, view)
        if width == 1280:
            # What is around the room is the same in every view, and the dark page is the same
            # document in other colours.
            part = "body" if view is tab.views[0] else f".room.{stem}"
            rules = None if scheme == "light" else ["color-contrast"]
            assert complaints_of(page, part, rules) == [], view.name
        name = pictured(tab, view, width, scheme)
        # Without `make screenshots` nobody looks at them, but whether a frame is painted is seen.
        if name and (TAKEN or page.locator(f"#{stem}-figure iframe").count()):
            screenshot(page, name)


def complaints_of(page, part, rules=None):
    """What axe has to say of a part of the page as it stands; all it knows, or these rules."""
    page.wait_for_function("!document.getAnimations().some((one) => one.playState === 'running')")
    # Of what passes nothing is told: that would take longer than the search.
    options = {"iframes": False, "resultTypes": ["violations"]}
    options |= {"runOnly": rules} if rules else {}
    context = {"include": [[part]], "exclude": [["iframe"]]}
    found = Axe().run(page, context=context, options=options)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


def assert_saved(saved, tab, view):
    """What the buttons gave is of this view, each of its own kind."""
    drawn = saved["SVG"].read_text(encoding="utf-8")
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert len(drawn) > 1000
    assert "<script" not in drawn
    assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
    if "CSV" not in saved:
        return
    assert len(list(csv.reader(saved["CSV"].read_text(encoding="utf-8").splitlines()))) > 1
    settings = json.loads(saved["JSON"].read_text(encoding="utf-8"))[tab.chosen_as]
    assert settings.get("view", view.name) == view.name


@pytest.mark.parametrize("stem", STEMS)
def test_every_control_is_reached_by_keyboard(visit, stem):
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


@pytest.mark.parametrize("stem", STEMS)
def test_hostile_text_of_a_link_fits_a_phone_in_every_view_and_runs_nothing(visit, stages, stem):
    tab, stage = STEMS[stem], stages[stem]
    choices, _ = chosen(stage)
    texts = texts_of(tab, stage)
    assert texts
    both = {
        name: f"{HOSTILE}\n{HOSTILE}"[: None if tab.settings[name].lines else len(HOSTILE)]
        for name in texts
    }
    pairs = [("tab", stem), *pairs_of(stage, replace(choices, **both))]
    page = visit(f"?{urlencode(pairs)}", width=390, dark=True)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(page.locator("#link-note [role=alert]")).to_have_count(0)
    for view in tab.views:
        show(page, tab, view, or_refusal=True)
        assert_narrow(page, view)
        assert page.locator(EVIL).count() == 0, view.name
        for frame in page.locator(f"#{stem}-figure iframe").all():
            assert frame.content_frame.locator(EVIL).count() == 0
    if len(tab.views) > 1:
        radio(page, tab, tab.views[0]).check()
    page.wait_for_function(
        "pairs => JSON.stringify(lectern.whole()) === pairs",
        arg=json.dumps(pairs, ensure_ascii=False, separators=(",", ":")),
    )
