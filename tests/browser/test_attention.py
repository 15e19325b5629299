"""The Attention tab in a browser: every view, by pointer and by keyboard, and its pictures."""

import base64
import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from figures.parts.style import three_digits
from tests.attention.test_attention import NUMBERS
from tests.browser.conftest import WINDOWS, export, screenshot

TIRED = "The animal didn't cross the street because it was too tired."
expect.set_options(timeout=20_000)  # the machine may be busy
HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)}"
# A frame out of sight is not painted and never calls back: after 3 s it is taken as it stands.
DRAWN = """() => new Promise((done) => {
    const end = () => done(performance.now());
    requestAnimationFrame(() => setTimeout(end, 0));
    setTimeout(end, 3000);
})"""


def caption(page):
    return page.locator("#attention-figure figcaption")


def frame_of(page):
    """bertviz's frame, once it has drawn."""
    frame = page.locator("#attention-figure iframe.bertviz").content_frame
    frame.locator("line").first.wait_for(state="attached")
    return frame


def address(page, part):
    """Wait until the address bar says so."""
    page.wait_for_function("part => location.search.includes(part)", arg=part)


# The heatmap -------------------------------------------------------------------------------------


def test_the_tab_opens_with_a_finished_example(visit):
    page = visit("?tab=attention")
    expect(caption(page)).to_contain_text("layer 3, head 1")
    expect(page.locator("#attention-figure svg.cells")).to_be_visible()


def test_typing_draws_the_new_text(visit):
    page = visit("?tab=attention")
    page.get_by_label("Sentence", exact=True).fill("Owls hunt")
    expect(page.locator("#attention-figure svg.cells")).to_contain_text("owls")
    expect(page.locator("#attention-figure svg.cells")).not_to_contain_text("animal")


def test_a_cell_is_told_by_pointer_and_by_arrow_keys(visit):
    page = visit("?tab=attention")
    grid = page.locator("#attention-figure svg.cells")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    readout = page.locator("#attention-figure .readout")
    expect(readout).to_have_text(re.compile(r"the spends 0\.0\d+ of its attention on the"))
    box = grid.bounding_box()
    grid.hover(position={"x": box["width"] - 14, "y": box["height"] - 14})
    expect(readout).to_have_text(re.compile(r"\[SEP\] spends .* on \[SEP\]"))


def test_an_empty_text_leaves_the_picture_and_says_so(visit):
    page = visit("?tab=attention")
    page.get_by_label("Sentence", exact=True).fill("   ")
    expect(page.get_by_role("alert").first).to_contain_text("The text is empty")
    expect(page.locator("#attention-figure svg.cells")).to_contain_text("animal")
    came = []
    page.on("download", lambda file: came.append(file))
    room = page.locator(".room.attention")
    export(room, "Figure as SVG")  # it is of another text
    page.get_by_label("Sentence", exact=True).fill("Owls sleep.")
    expect(page.locator("#attention-figure svg.cells")).to_contain_text("owls")
    with page.expect_download():
        export(room, "Figure as SVG")
    assert len(came) == 1


def test_the_list_says_which_models_are_not_on_this_machine(visit):
    page = visit("?tab=attention")
    page.locator(".room.attention").get_by_label("Model", exact=True).click()
    expect(page.get_by_role("option", name="GPT-2 (pocket)", exact=True)).to_be_visible()
    page.get_by_role("option", name="BERT base (not here)", exact=True).click()
    told = page.get_by_role("alert").first
    expect(told).to_contain_text("it is on the Hub, and this page was started without it. Choose")


# A frame that gets its width without being told, as it happens to one in a process of its own on a
# busy machine.
UNTOLD = """if (self !== top)
    addEventListener("resize", (event) => event.stopImmediatePropagation(), true);"""


def test_a_frame_that_gets_its_width_late_is_drawn(browser, server, client):
    page = browser.new_page()
    page.add_init_script(UNTOLD)
    page.goto(f"{server.url}/?tab=attention&layer=3")
    expect(page.locator("#attention-figure svg.cells")).to_contain_text("animal")
    narrow = page.add_style_tag(content="iframe.bertviz { width: 0 !important }")
    page.get_by_label("Lines", exact=True).check()
    frame = page.locator("#attention-figure iframe.bertviz").content_frame
    expect(frame.locator("#vis")).to_be_attached()
    frame.locator("html").evaluate("() => new Promise((done) => setTimeout(done, 500))")
    assert frame.locator("html").evaluate("() => innerWidth") == 0
    expect(frame.locator("#left")).to_have_count(0)
    narrow.evaluate("style => style.remove()")
    expect(frame.locator("#left")).to_contain_text("animal")
    page.close()


def test_the_same_head_on_another_sentence_stands_beside_and_on_a_phone_below(visit):
    link = "?tab=attention&layer=3&head=1&other=The+picture+of+the+queens+is+in+the+hall."
    wide = visit(link)
    expect(wide.locator("#attention-figure svg.cells")).to_have_count(2)
    first, second = (one.bounding_box() for one in wide.locator("#attention-figure .grid").all())
    assert second["x"] >= first["x"] + first["width"]
    assert second["y"] == first["y"]
    titles = wide.locator("#attention-figure .titled > div > p")
    expect(titles).to_have_text([TIRED, "The picture of the queens is in the hall."])
    phone = visit(link, width=390)
    expect(phone.locator("#attention-figure svg.cells")).to_have_count(2)
    first, second = (one.bounding_box() for one in phone.locator("#attention-figure .grid").all())
    assert second["y"] >= first["y"] + first["height"]


def test_128_tokens_are_sent_in_a_megabyte_and_drawn_in_two_seconds(visit):
    text = "the animal crossed the street because it was too tired " * 12 + "and the dog was too !"
    page = visit("?tab=attention&layer=2&head=0&scale=log")
    page.get_by_label("Sentence", exact=True).fill(text)
    names = page.locator("#attention-figure svg.cells text")
    expect(names).to_have_count(2 * 128 + 2)
    sent = page.evaluate("document.querySelector('#attention-figure').innerHTML")
    assert 150_000 < len(sent.encode()) < 1_000_000
    milliseconds = page.evaluate(
        """html => new Promise((done) => {
            const holder = document.querySelector("#attention-figure");
            const start = performance.now();
            holder.innerHTML = html;
            holder.getBoundingClientRect();
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
        })""",
        sent,
    )
    assert milliseconds < 2000


def test_a_large_grid_scrolls_under_its_names(visit):
    page = visit("?tab=attention&text=" + "+".join(["the+dog+and+a+cat"] * 20), width=390)
    expect(page.locator("#attention-figure svg.cells text")).to_have_count(2 * 102 + 2)
    page.evaluate("document.querySelector('#attention-figure .scroll').scrollTo(400, 300)")
    place = page.evaluate("""() => {
        const box = (name) => document.querySelector(`#attention-figure ${name}`);
        const [scroll, left, top] = [".scroll", ".pin.left", ".pin.top"].map((name) =>
            box(name).getBoundingClientRect());
        return [left.x - scroll.x, top.y - scroll.y, scroll.right - innerWidth];
    }""")
    assert abs(place[0]) < 1
    assert abs(place[1]) < 1
    assert place[2] <= 0


def test_a_grid_is_whole_on_a_phone_and_a_wide_one_says_that_it_slides(visit):
    hint = "Slide sideways to see the rest."
    page = visit("?tab=attention", width=390)
    expect(page.locator("#attention-figure").get_by_text(hint)).to_be_hidden()
    page.get_by_label("Sentence", exact=True).fill("The old dog and the young cat sat. " * 3)
    shown = page.locator("#attention-figure").get_by_text(hint)
    expect(shown).to_be_visible()
    page.get_by_label("Sentence", exact=True).fill("The animal crossed the street.")
    expect(shown).to_be_hidden()
    sizes = page.locator("#attention-figure svg.cells text").evaluate_all(
        "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize) * one.getCTM().a"
        " || parseFloat(getComputedStyle(one).fontSize) * Math.abs(one.getCTM().b))"
    )
    assert min(sizes) >= 13.9
    svg = page.locator("#attention-figure svg.cells")
    svg.evaluate("svg => svg.scrollIntoView({ block: 'center' })")
    box = page.locator("#attention-figure .scroll").bounding_box()
    for place, name in ((0, "[CLS]"), (2, "animal")):
        x = svg.evaluate(
            "(svg, place) => svg.getBoundingClientRect().x + parseFloat(getComputedStyle(svg)"
            ".paddingLeft) + (+svg.closest('.grid').style.getPropertyValue('--left') + 32 *"
            " (place + 0.5)) * svg.getScreenCTM().a",
            place,
        )
        page.mouse.move(x, box["y"] + box["height"] - 12)
        expect(page.locator("#attention-figure .readout")).to_contain_text(f"on {name}")
    page.get_by_label("Sentence", exact=True).fill("Owls hunt")
    expect(svg).to_contain_text("owls")
    expect(shown).to_be_hidden()
    wide = visit("?tab=attention")
    expect(wide.locator("#attention-figure").get_by_text(hint)).to_be_hidden()


def test_a_long_text_leaves_its_box_small(visit):
    page = visit("?tab=attention")
    box = page.get_by_label("Sentence", exact=True)
    box.fill("word " * 130)
    expect(page.get_by_role("alert").first).to_contain_text("132 tokens; at most 128")
    assert box.bounding_box()["height"] < 7 * 26
    expect(page.get_by_role("alert").first).to_be_in_viewport()


def test_the_page_writes_numbers_as_the_server_does(visit):
    page = visit("?tab=attention")
    values = np.random.default_rng(0).uniform(-1, 1, 300) * 10.0 ** np.arange(-7, 8).repeat(20)
    values = [*NUMBERS, *map(float, values.astype(np.float32)), *(np.arange(-64, 64) / 1024)]
    values = [float(value) for value in values]
    written = page.evaluate("values => values.map(lectern.digits)", values)
    assert written == [three_digits(value) for value in values]


def test_tables_have_a_line_below_each_row_and_no_other(visit):
    for stem in ("tokenization", "attention", "similarity"):
        page = visit(f"?tab={stem}")
        page.get_by_role("button", name="The same as").locator("visible=true").click()
        cells = page.locator("td:visible")
        cells.first.wait_for()
        widths = cells.evaluate_all(
            "all => [...new Set(all.flatMap((cell) => [cell, cell.parentElement, "
            "cell.closest('table')].map((part) => ['Top', 'Left', 'Right'].map((side) => "
            "getComputedStyle(part)[`border${side}Width`]).join())))]"
        )
        assert widths == ["0px,0px,0px"]
        lines = cells.evaluate_all("all => all.map((c) => getComputedStyle(c).borderBottomWidth)")
        assert set(lines) == {"1px"}


# Finding a head, working out a weight ------------------------------------------------------------


def test_the_finder_goes_to_a_head_by_click_and_by_enter(visit):
    page = visit("?tab=attention&text=The+cat+sat+on+the+mat.")
    page.get_by_role("button", name="Find a head").click()
    heads = page.locator("#attention-head-list button")
    expect(heads.first).to_contain_text("layer 0, head 2")
    heads.first.click()
    expect(caption(page)).to_contain_text("layer 0, head 2")
    page.get_by_label("Token after").check()
    expect(heads.first).to_contain_text("layer 1, head 8")
    heads.first.focus()
    page.keyboard.press("Enter")
    expect(caption(page)).to_contain_text("layer 1, head 8")
    address(page, "pattern=next")
    page.get_by_label("Sentence", exact=True).fill("Owls hunt mice")
    page.get_by_label("Same token elsewhere").check()
    expect(page.locator("#attention-head-list")).to_contain_text("No token occurs twice")


def test_the_steps_agree_with_the_library_and_a_click_works_out_another_pair(visit):
    page = visit("?tab=attention&view=steps&layer=3&head=1")
    verdict = page.locator("#attention-figure .verdict")
    expect(verdict).to_contain_text("The same as what transformers returned")
    expect(caption(page)).to_contain_text("worked out for 10 it looking at 2 animal")
    expect(page.locator(".figure.steps")).to_contain_text("q·k = 21.7")
    expect(page.locator(".figure.steps")).to_contain_text("21.7 / √32 = 21.7 / 5.66 = 3.83")
    grid = page.locator("[data-pairs] svg.cells").first
    box = grid.bounding_box()
    grid.click(position={"x": box["width"] - 14, "y": box["height"] - 14})
    expect(caption(page)).to_contain_text("15 [SEP] looking at 15 [SEP]")
    address(page, "row=15&column=15")
    page.get_by_label("Divide by √d_k").uncheck()
    expect(verdict).to_contain_text("Differs from the model by design")
    address(page, "scaling=0")


def test_no_control_is_shown_that_does_nothing(visit):
    page = visit("?tab=attention")
    chosen = page.locator("#attention-chooser .chosen span")
    finder = page.get_by_role("button", name="Find a head").locator("visible=true")
    expect(page.get_by_role("slider", name="Head").locator("visible=true")).to_have_count(0)
    for view, combine, drawn, named, found in [
        ("Heatmap", "Mean over heads", None, "Layer 3", 1),
        ("Heatmap", "Rollout", None, "Layer 3", 1),
        ("Heatmap", "One head", None, "Layer 3, head 1", 1),
        ("Lines", None, "All heads of the layer", "Layer 3, head 1", 1),
        ("Lines", None, "This head", "Layer 3, head 1", 1),
        ("All heads", None, None, "Layer 3, head 1", 0),
        ("Step by step", None, None, "Layer 3, head 1", 1),
    ]:
        for choice in filter(None, (view, combine, drawn)):
            page.get_by_role("radio", name=choice, exact=True).check()
        expect(chosen).to_have_text(named)
        expect(finder).to_have_count(found)


def test_a_head_is_chosen_in_the_picture_of_all(visit):
    page = visit("?tab=attention")
    page.get_by_role("button", name="Layer 0, head 2").click()
    expect(page.locator("#attention-chooser .chosen span")).to_have_text("Layer 0, head 2")
    expect(page.locator("#attention-figure figcaption")).to_contain_text("layer 0, head 2")
    page.get_by_role("button", name="Layer 0, head 2").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#attention-chooser .chosen span")).to_have_text("Layer 1, head 2")


def test_settings_of_other_views_are_out_of_the_way(visit):
    page = visit("?tab=attention")
    expect(page.get_by_label("Mean over heads")).to_be_visible()
    expect(page.get_by_label("Divide by √d_k")).to_be_hidden()
    page.get_by_label("Step by step").check()
    expect(page.get_by_label("Divide by √d_k")).to_be_visible()
    expect(page.get_by_label("Mean over heads")).to_be_hidden()


# A model that looks back only --------------------------------------------------------------------

GPT2 = "?tab=attention&model=pocket-gpt2&layer=3&head=1&text=The+little+hen+ran+home."


def test_later_tokens_are_hatched_and_told_as_masked(visit):
    page = visit(GPT2)
    expect(page.locator("#attention-figure [data-causal] .hatching")).to_be_visible()
    expect(page.locator("#attention-figure .legend")).to_contain_text("masked: later tokens")
    grid = page.locator("#attention-figure svg.cells")
    grid.focus()
    page.keyboard.press("ArrowRight")
    readout = page.locator("#attention-figure .readout")
    expect(readout).to_have_text("The cannot look at ·little, a later token: masked, exactly 0")
    page.keyboard.press("ArrowDown")
    expect(readout).to_have_text(re.compile(r"·little spends .* of its attention on ·little"))


def test_the_settings_follow_the_model(visit):
    page = visit(GPT2)
    room = page.locator(".room.attention")
    expect(page.locator("#attention-figure [data-causal]")).to_be_visible()
    expect(room.get_by_label("Second sentence (optional)")).to_be_hidden()
    heads = room.locator(".set-head input[type=range]")
    assert heads.get_attribute("max") != "11"
    room.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name="BERT (MiniLM-L6)", exact=True).click()
    expect(page.locator("#attention-figure [data-causal]")).to_have_count(0)
    expect(room.get_by_label("Second sentence (optional)")).to_be_visible()
    expect(heads).to_have_attribute("max", "11")


def test_a_second_sentence_is_refused_in_words_and_the_picture_stays(visit):
    page = visit(f"{GPT2}&text_pair=It+slept.")
    expect(page.get_by_role("alert").first).to_contain_text("reads one text from left to right")
    expect(page.locator("#attention-figure svg.cells")).to_contain_text("animal")


# bertviz -----------------------------------------------------------------------------------------


def test_the_lines_are_bertvizs_with_numbered_squares_and_no_scrollbars(visit):
    page = visit("?tab=attention&view=lines&layer=3&heads=all")
    frame = frame_of(page)
    expect(frame.locator("line")).to_have_count(12 * 16 * 16)
    assert frame.locator("text.number").all_text_contents() == [str(n) for n in range(12)]
    assert frame.locator("html").evaluate("page => page.scrollHeight <= innerHeight")
    assert frame.locator("html").evaluate("page => page.scrollWidth <= innerWidth")
    frame.locator("#left text").nth(10).hover()
    shown = frame.locator("line[visibility=visible]")
    expect(shown).to_have_count(12 * 16)


def test_the_frame_has_the_theme_of_the_page_not_of_the_system(visit):
    page = visit("?tab=attention&view=lines&layer=3&__theme=dark")
    frame = frame_of(page)
    expect(frame.locator("#left text").first).to_have_css("fill", "rgb(229, 231, 235)")
    page.evaluate("document.body.classList.remove('dark')")
    expect(frame.locator("#left text").first).to_have_css("fill", "rgb(0, 0, 0)")


def test_this_head_alone_is_drawn_in_its_own_colour(visit):
    page = visit("?tab=attention&view=lines&layer=3&heads=one&head=7")
    frame = frame_of(page)
    expect(frame.locator("line")).to_have_count(16 * 16)
    expect(frame.locator("text.number")).to_have_text("7")
    assert frame.locator("line").first.get_attribute("stroke") == "#99BBFF"


def test_a_pair_can_be_filtered_by_direction(visit):
    page = visit("?tab=attention&view=lines&layer=2&heads=all&text=The+cat+sat&text_pair=It+slept")
    frame = frame_of(page)
    expect(frame.locator("line")).to_have_count(12 * 8 * 8)
    frame.get_by_label("Direction").select_option("first to second")
    expect(frame.locator("line")).to_have_count(12 * 5 * 3)
    expect(frame.locator("#right text")).to_have_text(["it", "slept", "[SEP]"])


def test_all_heads_are_drawn_and_one_is_enlarged_by_a_click(visit):
    page = visit("?tab=attention&view=model&text=The+cat+sat")
    frame = frame_of(page)
    expect(frame.locator("line")).to_have_count(72 * 5 * 5)
    frame.locator("svg").click(position={"x": 120, "y": 70})
    expect(frame.locator(".detail").first).to_contain_text(re.compile("Layer 0, Head 1|.*"))
    expect(frame.locator("text.detail")).to_have_text("Layer 0, Head 1")


def test_too_many_lines_are_refused_with_both_numbers_and_the_picture_stays(visit):
    page = visit("?tab=attention&heads=all")
    page.get_by_label("Sentence", exact=True).fill("the cat sat on the mat " * 12)
    expect(page.locator("#attention-figure svg.cells text")).to_have_count(2 * 74 + 2)
    page.get_by_label("Lines").check()
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("65,712 lines (74 × 74 tokens × 12 heads); at most 50,000")
    expect(alert).to_contain_text("Choose the heatmap")
    expect(page.locator("#attention-figure svg.cells text")).to_have_count(2 * 74 + 2)


# Links and exports -------------------------------------------------------------------------------

HAND = (  # the vectors of the sandbox
    "&queries=1%2C+0.5&queries=3%2C+1.5&queries=-1%2C+1&keys=2%2C+0&keys=0%2C+2&keys=-1.5%2C+-1"
    "&values=4%2C+0&values=0%2C+4&values=-3%2C+-3&mask="
)
LINKS = [
    f"?tab=attention&text=The+cat+sat&text_pair=It+slept{HAND}&view=heatmap&model=pocket-bert"
    "&beside=&layer=2&head=9&combine=head&counted=weights&heads=all&taken=typed&scaling=1&softmax=1&row=&column="
    "&scale=log&special=0&renormalise=1&words=1&direction=ab&other=&pattern=sep",
    f"?tab=attention&text=The+cat+sat&text_pair={HAND}&view=steps&model=pocket-bert&beside=&layer=4"
    "&head=11&combine=mean&counted=added&heads=one&taken=head&scaling=0&softmax=1&row=2&column=3&scale=linear"
    "&special=1&renormalise=0&words=0&direction=all&other=Owls&pattern=broad",
]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_opens_what_it_names_and_stays_the_same(visit, link):
    page = visit(link)
    expect(page.locator("#attention-figure svg.cells").first).to_contain_text("sat")
    expect(page.locator("#attention-figure svg.cells").first).not_to_contain_text("animal")
    assert page.evaluate("`?${new URLSearchParams(lectern.whole())}`") == link


VIEWS = {"heatmap": "Heatmap", "lines": "Lines", "model": "All heads", "steps": "Step by step"}


def show(page, view):
    """Choose a view and wait until it is drawn."""
    page.evaluate("scrollTo(0, 0)")  # out of sight, a frame is not painted
    page.get_by_role("radio", name=VIEWS[view], exact=True).check()
    expect(page.locator(f"#attention-figure [data-view={view}]")).to_be_visible()
    if view in ("lines", "model"):
        frame_of(page).locator("html").evaluate(DRAWN)


def test_the_frames_are_saved_inside_the_figure(visit, tmp_path):
    page = visit("?tab=attention&text=The+cat+sat&layer=3&head=1")
    for view in ("lines", "model"):
        show(page, view)
        saved = {}
        for kind in ("SVG", "PNG", "CSV", "JSON"):
            with page.expect_download() as download:
                export(page.locator(".room.attention"), f"as {kind}")
            path = tmp_path / f"{view}.{kind.lower()}"
            download.value.save_as(path)
            saved[kind] = path.read_bytes()
        assert saved["SVG"].startswith(b"<svg ")
        assert b'xmlns="http://www.w3.org/2000/svg"' in saved["SVG"].split(b">")[0]
        frames = [
            base64.b64decode(b) for b in re.findall(rb"svg\+xml;base64,([^\"]+)", saved["SVG"])
        ]
        assert len(frames) == 1
        assert b"<line" in frames[0]
        assert (b"[CLS]" in frames[0]) == (view == "lines")
        said = {"lines": b"head view", "model": b"model view"}
        assert said[view] in saved["SVG"]
        assert saved["PNG"].startswith(b"\x89PNG")
        assert saved["CSV"].count(b"\n") > 5
        answer = json.loads(saved["JSON"])
        assert answer["settings"]["view"] == view


# Heads left out ----------------------------------------------------------------------------------


def test_a_press_on_a_bar_or_in_the_chooser_chooses_the_head(visit):
    page = visit("?tab=attention&view=ablation&layer=3&head=1")
    figure, banner = page.locator("#attention-figure"), page.locator(".room.attention .banner")
    expect(figure.locator(".ranked [aria-pressed=true]")).to_contain_text("3.1")
    figure.locator(".ranked button").first.click()
    expect(banner).to_contain_text("rank 1 of 72")
    expect(page.locator("#attention-chooser .chosen span")).to_have_text("Layer 5, head 11")
    page.locator("#attention-chooser [data-pick]").first.click()
    chosen = figure.locator(".ranked [aria-pressed=true] span").first
    expect(chosen).to_have_text("0.0")


# Pictures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_screenshot_of_masked_tokens(visit, width, scheme):
    page = visit(GPT2, width=width, dark=scheme == "dark")
    expect(page.locator("#attention-figure .hatching")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(page, f"attention-causal-{width}-{scheme}")


def test_the_sandbox_follows_an_arrow_and_masks_with_a_press(visit):
    page = visit("?tab=attention&view=sandbox")
    shown = page.locator("#attention-figure")
    weight = shown.locator('[data-shows="weight 0.0"]')
    expect(weight).to_have_text("0.64")
    shown.locator('[aria-label^="q0"]').focus()
    page.keyboard.press("ArrowUp")  # from [1, 0.5] to [1, 1.5]
    expect(weight).to_have_text("0.33")
    expect(shown.locator('[data-shows="output 0"]')).to_have_text("[1.28, 2.62]")
    page.wait_for_function("location.search.includes('queries=1%2C+1.5')")
    shown.get_by_role("button", name="Mask: 0 looks at 1").click()
    expect(weight).to_have_text("0.97")
    page.wait_for_function("location.search.includes('mask=0.1')")
    shown.get_by_role("button", name="Causal mask").click()
    expect(weight).to_have_text("1.00")
