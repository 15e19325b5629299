"""A visitor's own picture in a browser: a file, a drop, the clipboard, a drawing."""

import base64
import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes import bad_pictures as bad

PATIENT = 20_000  # milliseconds: a busy machine writes its first caption slowly
SECRET = b"Secret Camera"
PHOTO = bad.saved(bad.corners(), "JPEG", exif=bad.exif(6))
TURNED = "It was turned upright, as its camera noted (EXIF)."
REFUSED = {  # name, type, content, sentence
    "note.txt": (
        b"my notes",
        r"The file is not a picture \(it begins with “my notes”\); JPEG",
    ),
    "text.png": (
        b"no picture",
        r"The file is not a picture \(it begins with “no picture”\); JPEG",
    ),
    "cut.png": (
        bad.saved(bad.noise(64, 64))[:9000],
        r"The PNG file ends in the middle of its picture, after 9,000 bytes",
    ),
    "bomb.png": (
        bad.bomb(),
        r"13,000 × 13,000 = 169,000,000 pixels; at most 25,000,000 are allowed\.",
    ),
    "drawing.svg": (bad.SVG, "The file is an SVG, which is a drawing program and not pixels"),
    "large.png": (
        bad.saved(bad.corners()).ljust(20_000_000, b"\0"),
        r"The picture's file has 20,000,000 bytes; at most 10,000,000 are allowed\.",
    ),
}


def figure(page):
    return page.locator("#captioning-figure")


def box(page):
    return page.locator("#captioning-picture")


def said(page):
    """What is wrong, by the server or before it was asked."""
    return page.locator(".room.captioning :is(.note [role=alert], .weighed):visible")


def shown(page):
    return box(page).locator("img").get_attribute("src")


def choose(page, source):
    page.locator(f"#captioning-source input[value={source}]").check()


def send(page, tmp_path, name, content):
    """Choose a file as the file dialog does."""
    path = tmp_path / name
    path.write_bytes(content)
    box(page).locator("input[type=file]").set_input_files(path)


def give(page, event, name, kind, content):
    """Drop a file on the box, or paste it anywhere on the page."""
    page.evaluate(
        """([event, name, type, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name, { type }));
            const settings = { bubbles: true, cancelable: true };
            const place = document.querySelector("#captioning-picture [data-testid=image] > div");
            if (event === "drop") {
                for (const step of ["dragenter", "dragover", "drop"]) {
                    place.dispatchEvent(new DragEvent(step, { ...settings, dataTransfer: data }));
                }
            } else {
                const pasted = new ClipboardEvent("paste", { ...settings, clipboardData: data });
                document.body.dispatchEvent(pasted);
            }
        }""",
        [event, name, kind, base64.b64encode(content).decode()],
    )


def within(seconds, what):
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def files(server):
    """The files of visitors on the server's disk.

    By os.walk, which goes on where a folder is deleted at this moment; Path.rglob would raise.
    """
    folders = os.walk(server.log.parent / "files")
    return [Path(folder) / name for folder, _, names in folders for name in names]


def kept(server, *names):
    """Of the files of visitors those with these names, or all pictures."""
    return [
        path
        for path in files(server)
        if (path.name in names if names else "pictures-" in str(path))
    ]


def secrets(server):
    def holds(path):
        try:
            return SECRET in path.read_bytes()
        except FileNotFoundError:  # overwritten at this moment
            return True

    return [path for path in files(server) if holds(path)]


def test_pictures_good_and_bad_in_one_visit(visit, server, tmp_path):
    page = visit("?tab=captioning")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    choose(page, "upload")
    expect(figure(page)).to_contain_text("There is no picture yet", timeout=PATIENT)

    send(page, tmp_path, "photo.jpg", PHOTO)
    expect(figure(page)).to_contain_text(TURNED, timeout=PATIENT)
    expect(said(page)).to_have_count(0)
    assert box(page).locator("img").evaluate("i => [i.naturalWidth, i.naturalHeight]") == [32, 48]
    assert within(5, lambda: secrets(server) == [])
    assert kept(server, "photo.jpg")  # so there was something to make bare
    picture, caption = shown(page), figure(page).inner_text()

    for name, (content, sentence) in REFUSED.items():
        send(page, tmp_path, name, content)
        expect(said(page)).to_have_text(re.compile(sentence), timeout=PATIENT)
        expect(said(page)).to_have_count(1)
        assert box(page).locator("img").get_attribute("src") == picture, name
        assert figure(page).inner_text() == caption, name
        assert within(5, lambda name=name: not kept(server, name)), name
    # What a file is called says nothing: these are pictures.
    for name in ("picture", "photo.txt"):
        send(page, tmp_path, name, bad.animated("PNG", frames=len(name)))
        expect(figure(page)).to_contain_text(f"file's {len(name)} frames", timeout=PATIENT)
        expect(said(page)).to_have_count(0)
    give(page, "drop", "dropped", "", bad.animated("PNG", frames=5))
    expect(figure(page)).to_contain_text("file's 5 frames", timeout=PATIENT)
    picture = shown(page)
    give(page, "drop", "cut.png", "image/png", REFUSED["cut.png"][0])
    expect(said(page)).to_contain_text("ends in the middle", timeout=PATIENT)
    assert shown(page) == picture

    send(page, tmp_path, "moving.gif", bad.animated("GIF"))
    expect(figure(page)).to_contain_text("the first of the file's 7 frames", timeout=PATIENT)
    expect(said(page)).to_have_count(0)
    assert not kept(server, "photo.jpg") or within(5, lambda: not kept(server, "photo.jpg"))

    box(page).get_by_role("button", name="Remove Image").click()
    expect(figure(page)).to_contain_text("There is no picture yet", timeout=PATIENT)
    assert kept(server) == []
    assert kept(server, "moving.gif") == []


def test_a_drop_a_paste_and_leaving_in_one_visit(visit, server):
    page = visit("?tab=captioning", width=390)
    choose(page, "upload")
    give(page, "drop", "dropped.jpg", "image/jpeg", PHOTO)
    expect(figure(page)).to_contain_text(TURNED, timeout=PATIENT)
    give(page, "paste", "image.png", "image/png", bad.animated("PNG", frames=3))
    expect(figure(page)).to_contain_text("the first of the file's 3 frames", timeout=PATIENT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    # On plain HTTP, as in a lecture hall, Gradio's own buttons would do nothing at all.
    page.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")
    for button in ("Paste from clipboard", "Capture from camera"):
        box(page).locator(f".source-selection [aria-label='{button}']").click()
        expect(said(page)).to_contain_text("to pages with HTTPS only: press Ctrl-V instead")
        page.locator("#captioning-figure .figure").click(position={"x": 2, "y": 2})
        expect(said(page)).to_have_count(0)

    assert kept(server)
    page.context.close()
    assert within(40, lambda: not kept(server) and not kept(server, "dropped.jpg", "image.png"))


def draw_a_stroke(page):
    """One stroke of the brush, which is in hand, over the middle of the sheet."""
    pad = page.locator("#captioning-pad")
    expect(pad).not_to_contain_text("select the draw tool")
    sheet = pad.locator(".pixi-target canvas")
    sheet.scroll_into_view_if_needed()
    place = sheet.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x - 50, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 40, steps=8)
    page.mouse.up()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_stroke_on_the_sheet_gives_a_caption(visit, width):
    page = visit("?tab=captioning", width=width)
    choose(page, "draw")
    expect(figure(page)).to_contain_text("The sheet is empty", timeout=PATIENT)
    draw_a_stroke(page)
    expect(said(page)).to_have_count(0, timeout=PATIENT)
    expect(figure(page).locator(".caption-chip").first).to_be_visible()
    # The drawing, not the scene that was there: white but for the stroke in the brush's colour.
    corner, column = page.evaluate(
        """async () => {
            const picture = document.querySelector("#captioning-figure :is(image, img)");
            const image = new Image();
            image.src = picture.getAttribute("href") ?? picture.src;
            await image.decode();
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 480;
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0, 480, 480);
            const at = (x, y) => [...pen.getImageData(x, y, 1, 1).data.slice(0, 3)];
            return [at(5, 5), Array.from({ length: 480 }, (_, y) => at(240, y))];
        }"""
    )
    assert min(corner) > 250
    assert any(red > 150 > max(green, blue) for red, green, blue in column)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_drawing_that_was_lost_on_its_way_is_sent_again(visit):
    page = visit("?tab=captioning")
    choose(page, "draw")
    expect(figure(page)).to_contain_text("The sheet is empty", timeout=PATIENT)
    asked = []

    def lose_the_first(route):
        body = route.request.post_data_json
        drawn = [part for part in body["data"] if isinstance(part, dict) and "composite" in part]
        asked.extend(drawn)
        if len(asked) == 1:
            drawn[0] |= {"background": None, "layers": [], "composite": None, "id": "lost"}
        route.continue_(post_data=body)

    page.route("**/queue/join*", lose_the_first)
    draw_a_stroke(page)
    expect(figure(page).locator(".caption-chip").first).to_be_visible(timeout=PATIENT)
    assert asked[0]["id"] == "lost"
    assert asked[1]["composite"]
    expect(said(page)).to_have_count(0)
