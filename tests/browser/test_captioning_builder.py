"""The scene builder in a browser, on a page of its own: mouse, finger, keyboard, links."""

import re
from types import SimpleNamespace

import gradio as gr
import pytest
from playwright.sync_api import expect

from core.settings import Settings
from page.frame import serving, theme
from page.links import wire_links
from scenes.scene import from_text, to_text
from tabs.captioning.builder import builder
from tabs.kit.notes import note_area
from tabs.kit.room import Field, Room, area
from tests.browser.conftest import leaves
from tests.conftest import free_port

HEAD = "meadow.flat.7~"
CAR, DOG = "car.red.30.75.28", "dog.brown.58.80.22"
START = f"{HEAD}tree.green.75.55.40~{CAR}~{DOG}"
PATIENT = 20_000  # milliseconds: a busy machine draws the first picture of a style slowly


def room():
    """A tab's areas with the builder, a box that says its scene, and one that sets it."""
    with gr.Column(elem_classes=["room", "captioning"]):
        with area("input"):
            scene = gr.Textbox(START, label="Scene", visible="hidden")
            builder(scene, note_area())
        with area("result"):
            said = gr.Textbox(START, label="Said", interactive=False)
            given = gr.Textbox(label="Given")
        with area("about"):
            gr.HTML('<div style="height: 1500px">Below</div>')
    scene.change(lambda text: text, scene, said)
    given.submit(lambda text: text, given, scene)
    return Room("captioning", (Field("scene", scene),))


@pytest.fixture(scope="module")
def small_app(space):
    """A page with the builder alone, as its users start it, links included."""
    with gr.Blocks(analytics_enabled=False) as page:
        with gr.Tabs() as tabs, gr.Tab("Captioning", id="captioning") as item:
            built = room()
        wire_links(tabs, [built], [item], 2000)
    port = free_port()
    page.launch(
        server_port=port,
        theme=theme(),
        quiet=True,
        prevent_thread_lock=True,
        app_kwargs=serving(Settings(), space),
    )
    yield SimpleNamespace(url=f"http://127.0.0.1:{port}")
    page.close()


@pytest.fixture
def visit(browser, small_app):
    """Open the small page; a complaint of the browser fails the test."""
    contexts, complaints = [], []

    def open_page(address="", *, width=1280, dark=False):
        phone = width < 500
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            is_mobile=phone,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENT)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda r: complaints.append(r.url) if leaves(r.url, small_app) else None
        )
        page.goto(f"{small_app.url}/{address}")
        page.locator(".thing").first.wait_for()
        page.wait_for_function("lectern.begun()")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def expect_scene(page, text):
    """Wait until the hidden box, and with it everything that follows it, has this scene."""
    expect(page.get_by_label("Said")).to_have_value(text, timeout=PATIENT)
    assert to_text(from_text(text)) == text


def thing(page, name):
    return page.get_by_role("button", name=name)


def middle(page, name):
    box = thing(page, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def give(page, text):
    page.get_by_label("Given").fill(text)
    page.get_by_label("Given").press("Enter")


def drag(page, name, right, down):
    """Take a thing by its middle and drop it so many hundredths away; its box before the drop."""
    x, y = middle(page, name)
    side = page.locator(".stage").bounding_box()["width"] / 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right * side / 2, y + down * side / 2)
    page.mouse.move(x + right * side, y + down * side)
    held = thing(page, name).bounding_box()
    page.mouse.up()
    return held


def test_a_thing_is_dragged_and_nothing_jumps_when_it_is_dropped(visit):
    page = visit()
    held = drag(page, "red car", 25, -40)
    expect_scene(page, START.replace(CAR, "car.red.55.35.28"))
    assert thing(page, "red car, at 55, 35").bounding_box() == held
    expect(page.locator(".told")).to_have_text("red car at 55, 35, size 28")
    page.wait_for_function("location.search.includes('car.red.55.35.28')")


def test_a_thing_stays_on_the_picture_however_far_it_is_dragged(visit):
    page = visit()
    drag(page, "red car", 200, 0)
    expect_scene(page, START.replace(CAR, "car.red.100.75.28"))


def test_a_finger_moves_a_thing_and_scrolls_the_page_beside_it(visit):
    page = visit(width=390)
    finger = page.context.new_cdp_session(page)

    def swipe(x, y, right, down):
        def send(kind, *points):
            touches = [{"x": px, "y": py} for px, py in points]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

        send("touchStart", (x, y))
        for part in range(1, 9):
            send("touchMove", (x + right * part / 8, y + down * part / 8))
        send("touchEnd")

    stage = page.locator(".stage").bounding_box()
    swipe(*middle(page, "red car"), 0.2 * stage["width"], -0.3 * stage["width"])
    moved = "red car at 50, 45, size 28"
    expect(page.locator(".told")).to_have_text(moved)
    assert page.evaluate("scrollY") == 0
    swipe(stage["x"] + 30, stage["y"] + stage["height"] - 20, 0, -150)
    page.wait_for_function("scrollY > 50")
    expect(page.locator(".told")).to_have_text(moved)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_keyboard_moves_sizes_mirrors_and_removes(visit):
    page = visit()
    thing(page, "red car, at 30, 75").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect_scene(page, START.replace(CAR, "car.red.32.65.28"))
    page.keyboard.press("+")
    page.keyboard.press("f")
    expect_scene(page, START.replace(CAR, "car.red.32.65.30.f"))
    expect(thing(page, "red car, at 32, 65")).to_be_focused()
    page.keyboard.press("Delete")
    expect_scene(page, START.replace(f"~{CAR}", ""))
    expect(thing(page, "brown dog")).to_be_focused()
    page.keyboard.press("Control+z")
    expect_scene(page, START.replace(CAR, "car.red.32.65.30.f"))


def test_the_controls_change_the_chosen_thing(visit):
    page = visit()
    thing(page, "red car").focus()
    page.get_by_label("Size").fill("40")
    page.get_by_label("Turn").fill("-10")
    expect_scene(page, START.replace(CAR, "car.red.30.75.40.-10"))
    page.get_by_role("button", name="blue").click()
    page.get_by_role("button", name="To the front").click()
    expect_scene(page, f"{HEAD}tree.green.75.55.40~{DOG}~car.blue.30.75.40.-10")
    page.get_by_role("button", name="To the back").click()
    page.get_by_role("button", name="Mirror").click()
    expect_scene(page, f"{HEAD}car.blue.30.75.40.f.-10~tree.green.75.55.40~{DOG}")
    page.get_by_role("button", name="Remove").click()
    page.get_by_label("Place").select_option("night")
    page.get_by_label("Style").select_option("crayon")
    expect_scene(page, f"night.crayon.7~tree.green.75.55.40~{DOG}")


def test_only_the_colours_that_a_kind_may_have_are_offered(visit):
    page = visit()
    expect(page.get_by_role("button", name="purple")).to_be_disabled()
    thing(page, "green tree").focus()
    allowed = page.locator("[data-colour]:enabled")
    assert allowed.evaluate_all("all => all.map(one => one.dataset.colour)") == [
        "red",
        "orange",
        "yellow",
        "green",
        "pink",
    ]


def test_a_kind_is_found_by_its_letters_and_added_where_there_is_room(visit):
    page = visit()
    page.get_by_role("button", name="Add a thing").click()
    page.get_by_label("Search 75 kinds").fill("zebra")
    expect(page.get_by_text("No kind has these letters.")).to_be_visible()
    page.get_by_label("Search 75 kinds").fill("whal")
    page.keyboard.press("Enter")
    expect(thing(page, "blue whale")).to_be_focused()
    added = page.get_by_label("Said")
    expect(added).to_have_value(re.compile(re.escape(START) + r"~whale\.blue\.\d+\.\d+\.36$"))


def test_another_kind_keeps_the_place_and_what_colour_it_can(visit):
    page = visit()
    thing(page, "brown dog").focus()
    page.get_by_role("button", name="Kind: dog").click()
    page.locator(".kinds").get_by_role("button", name="horse").click()
    expect_scene(page, START.replace(DOG, "horse.brown.58.80.22"))
    page.get_by_role("button", name="Kind: horse").click()
    page.locator(".kinds").get_by_role("button", name="frog").click()
    expect_scene(page, START.replace(DOG, "frog.green.58.80.22"))


def test_eight_things_are_the_most(visit):
    page = visit()
    thing(page, "red car").focus()
    for _ in range(5):
        page.get_by_role("button", name="Duplicate").click()
    expect(page.locator(".count")).to_have_text("8 things: no more fit")
    expect(page.get_by_role("button", name="Duplicate")).to_be_disabled()
    expect(page.get_by_role("button", name="Add a thing")).to_be_disabled()
    expect(page.locator(".thing")).to_have_count(8)


def test_a_press_on_air_takes_the_thing_that_shows_through(visit):
    # The rainbow's box covers the ball under its arch.
    page = visit("?tab=captioning&scene=paper.flat.1~ball.red.50.58.12~rainbow..50.50.60")
    page.mouse.click(*middle(page, "red ball"))
    expect(page.locator(".told")).to_have_text("red ball at 50, 58, size 12")
    stage = page.locator(".stage").bounding_box()
    page.mouse.click(stage["x"] + 8, stage["y"] + 8)
    expect(page.locator(".told")).to_have_text("Drag a thing, or choose one.")


def test_undo_goes_back_through_moves_and_scenes_alike(visit):
    page = visit()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    drag(page, "red car", 10, 0)
    moved = START.replace(CAR, "car.red.40.75.28")
    expect_scene(page, moved)
    page.get_by_role("button", name="Another scene").click()
    expect(page.get_by_label("Said")).not_to_have_value(moved, timeout=PATIENT)
    undo.click()
    expect_scene(page, moved)
    undo.click()
    expect_scene(page, START)
    expect(undo).to_be_disabled()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("meadow.flat.7~unicorn.white.30.40.20", "kind of thing must be one of sun"),
        ("meadow.flat.7~car.red.30.40.2", "size must be a whole number from 3 to 100; got '2'"),
        ("meadow.flat.7~car.red.101.40.20", "x must be a whole number from 0 to 100"),
        ("meadow.flat.7~car.red.30.40.20.31", "turn must be a whole number from -30 to 30"),
        ("meadow.flat.7~tree.blue.30.40.20", "colour of a tree must be one of green"),
        ("meadow.flat", "starts with place.style.seed"),
        ("<img src=x onerror=alert(1)>", "starts with place.style.seed; got '<img"),
        (START + f"~{CAR}" * 6, "at most 8 things; got 9"),
    ],
)
def test_what_is_no_scene_is_refused_and_the_picture_stays(visit, text, sentence):
    page = visit()
    give(page, text)
    expect(page.locator("[role=alert]")).to_contain_text(sentence, timeout=PATIENT)
    expect(page.locator(".thing")).to_have_count(3)
    page.get_by_label("Place").select_option("snow")
    expect_scene(page, START.replace("meadow", "snow"))
    expect(page.locator("[role=alert]")).to_have_count(0)


def test_a_link_opens_its_scene_and_a_bad_one_says_why(visit):
    page = visit(f"?tab=captioning&scene=night.sketch.3~{CAR}.f.-20")
    expect(page.locator(".thing")).to_have_count(1)
    expect(page.get_by_label("Place")).to_have_value("night")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page = visit("?tab=captioning&scene=night.sketch.3~car.mauve.1.2.30")
    expect(page.locator("[role=alert]")).to_contain_text("colour of a car", timeout=PATIENT)
    expect(page.locator(".thing")).to_have_count(3)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_on_the_page_moves_when_a_thing_is_chosen_or_dropped(visit, width, dark):
    page = visit(width=width, dark=dark)
    parts = page.locator(".builder").locator(".stage, fieldset, .acts button")
    places = "all => all.map(one => JSON.stringify(one.getBoundingClientRect()))"
    before = parts.evaluate_all(places)
    drag(page, "red car", 8, 0)
    expect_scene(page, START.replace(CAR, "car.red.38.75.28"))
    assert parts.evaluate_all(places) == before
