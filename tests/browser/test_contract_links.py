"""A link opens what it opened: saved links in a browser, with fields and numbers.

How the links are saved and recorded: tests/house/contract.py. What is held is what a link leads
to: whether anything of it was ignored, every field of the tab, and the numbers that the two export
buttons save. Sentences and pictures are not: they may be written and drawn in other ways. Here are
the first link of each tab, and those that need the page; all the others: tests/page.
"""

import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from page.links import MOST_BYTES
from tests.house.contract import RECORDING, by_name, check, files_told, read, seen_only

LINKS = read("links")
FIRST = {name.split(",")[0]: name for name in reversed(LINKS)}.values()
SEEN = [name for name in LINKS if RECORDING or name in FIRST or seen_only(LINKS[name])]
KINDS = ("JSON", "CSV")
PATIENT = 40  # seconds for a result and for a file: some views read a text many times
AGAIN = 12  # seconds after which a button is pressed again, as a visitor would
LAST_CHANCE = 0.5  # seconds for a file where the page says that something is wrong


@pytest.fixture(scope="module")
def page(browser, server, client):
    """One page for all links: each is opened in it anew, what the page is made of is fetched once.

    `client` is asked for so that the models are ready.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, accept_downloads=True, base_url=server.url
    )
    page = context.new_page()
    page.set_default_timeout(PATIENT * 1000)
    yield page
    context.close()


@pytest.fixture
def files(page):
    """The files that come while a test runs, by their kind."""
    came = {}

    def keep(file):
        came[file.suggested_filename.rpartition(".")[2].upper()] = file

    page.on("download", keep)
    yield came
    page.remove_listener("download", keep)


def open_link(page, link):
    """Open it as a visitor does, and wait for what it names to be shown."""
    page.goto(f"/{link}")
    page.get_by_role("tab").first.wait_for()
    page.wait_for_function("window.lectern && lectern.begun()")
    page.wait_for_function("!document.documentElement.classList.contains('opening')")


def fields(page):
    """Every field of the open tab: a saved state has them all. A repeated name is a list."""
    address = parse_qsl(urlsplit(page.url).query, keep_blank_values=True)
    gradios = [(name, value) for name, value in address if name.startswith("__")]
    whole = [tuple(pair) for pair in page.evaluate("lectern.whole()")]
    if len(urlencode(whole)) > MOST_BYTES:  # too long for an address: it names the tab alone
        whole = whole[:1]
    return by_name([*whole, *gradios])


def saved(page, room, files):
    """The texts of both files that the export buttons give; none where there are none to save."""
    began = pressed = time.monotonic()
    warned = None  # since when the page says that something is wrong
    press(room, KINDS)
    while missing := [kind for kind in KINDS if kind not in files]:
        page.wait_for_timeout(20)
        now = time.monotonic()
        assert now - began < PATIENT, f"{missing}: no file came, and nothing was said"
        if room.locator(".note [role=alert]").count():
            warned = warned or now
            if now - warned > LAST_CHANCE:
                assert len(missing) == len(KINDS), f"{missing}: refused, and the other came"
                return {}
        if now - pressed > AGAIN:
            pressed = now
            press(room, missing)
    return {kind: files[kind].path().read_text(encoding="utf-8") for kind in KINDS}


def press(room, kinds):
    for kind in kinds:
        room.get_by_role("button", name="Save or copy this figure").click()
        room.get_by_role("button", name=f"Numbers as {kind}").click()


def numbers(page, stem, files, entry):
    """What the two export buttons save."""
    texts = saved(page, page.locator(f".room.{stem}"), files)
    return files_told(texts["JSON"], texts["CSV"], entry) if texts else {"refused": True}


@pytest.mark.parametrize("name", SEEN)
def test_a_link_opens_what_it_opened(page, files, name):
    link = LINKS[name]["link"]
    open_link(page, link)
    tab = dict(parse_qsl(urlsplit(link).query)).get("tab")
    given = {"ignored": page.locator("#link-note [role=alert]").count() > 0}
    if page.locator(f".room.{tab}").count():
        given |= numbers(page, tab, files, LINKS[name])
    # Last, when all that follows from the link has followed.
    check("links", name, {"fields": fields(page)} | given)
