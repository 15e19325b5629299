"""The Similarity tab in a browser: every view, links, hostile text, pictures of it."""

import re
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import expect

HOSTILE = ["</script><img src=x onerror=alert(1)>", "${alert(1)} {{value}}", "<b>bold</b>", "a"]
BANK = [
    "He sat on the bank of the river.",
    "Ducks slept on the bank of the pond.",
    "He went to the bank to deposit money.",
]


def figure(page):
    return page.locator("#similarity-figure")


def box(page):
    return page.get_by_label("Sentences, one on each line")


def choose(page, view):
    page.locator("#similarity-view").get_by_label(view).check()


def expect_points(page, count):
    """Wait for the map; no script is fetched for it."""
    expect(figure(page).locator(".flat-map li")).to_have_count(count)
    assert page.evaluate("window.Plotly === undefined")


def note(page):
    return page.locator(".room.similarity .note [role=alert]")


def test_the_tab_opens_with_a_finished_example_and_no_plot_script(visit):
    page = visit("?tab=similarity")
    expect(figure(page)).to_contain_text("Most alike: 1 and 2, cosine 0.978")
    # Names grow where there is room; the scale below stays as wide as it is.
    expect(figure(page).locator("svg.cells")).to_contain_text(
        "She walks her dog in the park every"
    )
    expect(figure(page).locator("svg.ramp").first).to_have_attribute("viewBox", "0 0 32 1")
    assert page.evaluate("window.Plotly === undefined")


def test_typing_compares_the_new_sentences_and_skips_empty_lines(visit):
    page = visit("?tab=similarity")
    box(page).fill("It is raining.\n\nRain is falling.\n")
    expect(figure(page)).to_contain_text("Most alike: 1 and 2, cosine 0.872")


def test_one_sentence_is_refused_and_the_picture_stays(visit):
    page = visit("?tab=similarity")
    box(page).fill("It is raining.")
    expect(note(page)).to_have_text(re.compile("There is 1 sentence; 2 to 64 are allowed"))
    expect(figure(page)).to_contain_text("cosine 0.978")


def test_a_cell_tells_both_sentences_their_cosine_and_its_percentile(visit):
    page = visit("?tab=similarity")
    figure(page).locator("svg.cells").focus()
    page.keyboard.press("ArrowRight")
    expect(figure(page).locator(".readout")).to_have_text(
        "cosine 0.978, higher than 100% of random pairs: The dog bit the man. · "
        "The man bit the dog."
    )


def test_a_word_is_followed_through_the_layers(visit):
    page = visit("?tab=similarity")
    page.get_by_role("button", name=re.compile("^Two kinds of bank")).click()
    expect(figure(page)).to_contain_text("Every pair, after layer 2")
    expect(figure(page).locator(".line")).to_have_count(6)
    figure(page).locator(".line text").first.hover()
    expect(figure(page).locator(".line.lit")).to_have_count(1)
    page.get_by_label("Word that every sentence has").fill("river")
    expect(note(page)).to_contain_text("“river” is not in sentence 2")


def test_a_search_ranks_the_sentences(visit):
    page = visit("?tab=similarity&view=search")
    page.get_by_label("Query").fill("Is she scared of lightning, your dog?")
    first = figure(page).locator("tbody tr").first
    expect(first).to_contain_text("My dog is afraid of thunder.")


def test_a_map_is_drawn_in_two_and_three_dimensions_and_says_what_it_keeps(visit):
    page = visit("?tab=similarity&view=map")
    expect_points(page, 6)
    expect(figure(page)).to_contain_text("This picture has 70.3% of the variance")
    page.get_by_label("3-D").check()
    canvas = figure(page).locator(".js-plotly-plot canvas").first
    expect(canvas).to_be_visible(timeout=20_000)
    page.get_by_label("t-SNE").check()
    expect(note(page)).to_contain_text("takes at least 10 sentences; there are 6")
    expect(note(page)).to_contain_text("Until then the picture stays as it was")
    expect(note(page)).to_be_in_viewport()


def test_the_example_for_tsne_draws_it(visit):
    page = visit("?tab=similarity")
    page.get_by_role("button", name=re.compile("^Pets, food, travel")).click()
    expect_points(page, 12)
    expect(figure(page)).to_contain_text("t-SNE (perplexity 3.67, seed 0)")
    expect(page.get_by_label("t-SNE (10 sentences or more)")).to_be_checked()


def test_of_fifteen_pairs_six_are_named_and_the_others_when_pointed_at(visit):
    page = visit("?tab=similarity&view=words")
    texts = figure(page).locator(".line text")
    expect(texts).to_have_count(15)
    expect(texts.filter(visible=True)).to_have_count(6)
    figure(page).locator(".line:has(.quiet) polyline").nth(1).dispatch_event("pointerover")
    expect(texts.filter(visible=True)).to_have_count(1)


def test_the_view_is_chosen_above_the_picture_on_a_phone(visit):
    page = visit("?tab=similarity", width=390)
    expect(figure(page)).to_contain_text("Most alike")
    view = page.locator("#similarity-view").bounding_box()
    assert view["y"] + view["height"] < figure(page).bounding_box()["y"]


def test_a_map_has_no_paper_of_its_own_on_a_dark_page(visit):
    page = visit("?tab=similarity&view=map&dimensions=3", dark=True)
    plot = figure(page).locator(".js-plotly-plot")
    assert "invert(1)" in plot.evaluate("plot => getComputedStyle(plot).filter")
    paper = plot.locator(".main-svg").first.evaluate(
        "svg => getComputedStyle(svg).backgroundColor"
    )
    assert paper == "rgba(0, 0, 0, 0)"


def test_a_link_restores_what_it_was_made_of(visit):
    page = visit(
        "?tab=similarity&sentences=It+is+raining.&sentences=Es+regnet.&pooling=cls&layer=5"
    )
    expect(figure(page).locator("figcaption")).to_contain_text("cls pooling, after layer 4")
    choose(page, "Search")
    page.get_by_label("Query").fill("Rain & sun")
    expect(figure(page).locator("figcaption")).to_contain_text("“Rain & sun”")
    page.wait_for_function("location.search.includes('query=Rain+%26+sun')")
    again = visit(f"?{urlsplit(page.url).query}")
    expect(figure(again).locator("figcaption")).to_contain_text("“Rain & sun”")
    expect(figure(again).locator("figcaption")).to_contain_text("cls pooling, after layer 4")
    pairs = [parse_qsl(urlsplit(opened.url).query) for opened in (page, again)]
    assert pairs[0] == pairs[1]
    assert [text for name, text in pairs[1] if name == "sentences"] == [
        "It is raining.",
        "Es regnet.",
    ]


def test_minus_one_in_a_link_is_the_last_layer(visit):
    page = visit("?tab=similarity&layer=-1&pooling=max")
    expect(figure(page).locator("figcaption")).to_contain_text(
        "max pooling, after layer 5, the last"
    )
    expect(page.locator("#link-note [role=alert]")).to_have_count(0)


# Arrows ------------------------------------------------------------------------------------------


def shows(page, name):
    return figure(page).locator(f'table [data-shows="{name}"]')


def place_of(page, x, y, limit=5):
    """Where a vector's tip is on the page, as the plane is drawn."""
    box = figure(page).locator(".plane svg").bounding_box()
    unit = box["width"] * 200 / 428 / limit
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle[0] + x * unit, middle[1] - y * unit


def test_an_arrow_is_dragged_and_its_numbers_follow_before_it_is_let_go(visit):
    page = visit("?tab=similarity&view=arrows")
    expect(shows(page, "dot 0")).to_have_text("24")
    page.mouse.move(*place_of(page, 4, 3))
    page.mouse.down()
    page.mouse.move(*place_of(page, -4, 3), steps=3)
    expect(shows(page, "dot 0")).to_have_text("0")
    expect(shows(page, "sum 0")).to_have_text("3 · −4 + 4 · 3")
    expect(shows(page, "angle 0")).to_have_text("90°")
    expect(page.locator(".room.similarity .banner [data-shows='dot 0']")).to_have_text("0")
    assert "vectors" not in page.url
    page.mouse.up()
    page.wait_for_function("location.search.includes('vectors=-4')")
    expect(page.get_by_label("Vectors, one on each line")).to_have_value(
        re.compile(r"^3, 4\n-4, 3\n1, 4")
    )


def test_an_arrow_is_moved_by_keys_which_keep_the_focus(visit):
    page = visit("?tab=similarity&view=arrows")
    tip = figure(page).locator('[data-tip="1"]')
    tip.focus()
    page.keyboard.press("ArrowDown")
    expect(shows(page, "vector 0")).to_have_text("[4, 2]")
    expect(shows(page, "cosine 0")).to_have_text("0.894")
    page.wait_for_function("location.search.includes('vectors=4%2C+2')")
    expect(tip).to_be_focused()  # of the picture that the server drew
    page.keyboard.press("Shift+ArrowLeft")
    expect(shows(page, "vector 0")).to_have_text("[3.9, 2]")


def test_a_finger_drags_an_arrow_on_a_phone(visit):
    page = visit("?tab=similarity&view=arrows", width=390)
    session = page.context.new_cdp_session(page)

    def touch(kind, *at):
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", *place_of(page, 4, 3))
    touch("touchMove", *place_of(page, 4, 4))
    touch("touchMove", *place_of(page, 3, 4))
    touch("touchEnd")
    expect(shows(page, "cosine 0")).to_have_text("1.000")
    page.wait_for_function("location.search.includes('vectors=')")


def test_an_arrow_without_length_is_refused_and_the_arrows_stay(visit):
    page = visit("?tab=similarity&view=arrows")
    page.get_by_label("Vectors, one on each line").fill("3, 4\n0, 0")
    expect(note(page)).to_contain_text("Vector 2 is 0, 0: it has length 0")
    expect(shows(page, "dot 0")).to_have_text("24")
