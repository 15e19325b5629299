"""Every link opens what it opened: the saved links, in a browser, with fields and numbers.

How the links are saved and recorded: tests/house/contract.py. What is held is what a link leads
to: whether anything of it was ignored, every field of the tab, and the numbers that the two export
buttons save. Sentences and pictures are not: they may be written and drawn in other ways.
"""

import json
import time
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.house.contract import check, read, rows_of

LINKS = read("links")
PATIENT = 40  # seconds for a result and for a file: some views read a text many times
AGAIN = 12  # seconds after which a button is pressed again, as a visitor would
LAST_CHANCE = 1  # seconds for a file where the page says that something is wrong
# What no two machines have in common: t-SNE makes of the last digit another map.
CHAOTIC = ("points",)


@pytest.fixture(scope="module")
def window(browser, server, client):
    """One window for all links, so that what the page is made of is fetched once.

    `client` is asked for so that the models are ready.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, accept_downloads=True, base_url=server.url
    )
    yield context
    context.close()


@pytest.fixture
def page(window):
    page = window.new_page()
    page.set_default_timeout(PATIENT * 1000)
    yield page
    page.close()


def open_link(page, link):
    """Open it as a visitor does, and wait for what it names to be shown."""
    page.goto(f"/{link}")
    page.get_by_role("tab").first.wait_for()
    page.wait_for_function("window.lectern && lectern.begun()")
    page.wait_for_function("!document.documentElement.classList.contains('opening')")


def fields(page):
    """Every field of the open tab: the address bar has them all. A repeated name is a list."""
    found = {}
    for name, value in parse_qsl(urlsplit(page.url).query, keep_blank_values=True):
        found[name] = [*found.get(name, []), value]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def saved(page, room, kind):
    """The text of the file that an export button gives; None where there is none to save."""
    files = []
    page.on("download", lambda file: files.append(file) if ends(file, kind) else None)
    began = pressed = time.monotonic()
    warned = None  # since when the page says that something is wrong
    room.get_by_role("button", name=f"Numbers as {kind}").click()
    while not files:
        page.wait_for_timeout(20)
        now = time.monotonic()
        assert now - began < PATIENT, f"{kind}: no file came, and nothing was said"
        if room.locator(".note [role=alert]").count():
            warned = warned or now
            if now - warned > LAST_CHANCE:
                return None
        if now - pressed > AGAIN:
            pressed = now
            room.get_by_role("button", name=f"Numbers as {kind}").click()
    return files[0].path().read_text(encoding="utf-8")


def ends(file, kind):
    """Whether a file that came is of the kind that was asked for."""
    return file.suggested_filename.endswith(kind.lower())


def numbers(page, stem, left_out):
    """What the two export buttons save."""
    room = page.locator(f".room.{stem}")
    text = saved(page, room, "JSON")
    if text is None:
        return {"refused": True}
    content, rows = json.loads(text), rows_of(saved(page, room, "CSV") or "")
    if left_out:
        content = {name: value for name, value in content.items() if name not in left_out}
        rows = [row[:1] for row in rows]
    return {"json": content, "csv": rows}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_opens_what_it_opened(page, name):
    link = LINKS[name]["link"]
    open_link(page, link)
    tab = dict(parse_qsl(urlsplit(link).query)).get("tab")
    given = {"ignored": page.locator("#link-note [role=alert]").count() > 0}
    if page.locator(f".room.{tab}").count():
        given |= numbers(page, tab, CHAOTIC if "chaotic" in LINKS[name] else ())
    # Last, when all that follows from the link has followed.
    check("links", name, {"fields": fields(page)} | given)
