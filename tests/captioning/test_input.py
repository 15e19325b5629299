"""A visitor's picture on its way in: what is kept of it, for how long, and what is refused."""

import errno
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from fastapi import HTTPException
from gradio.components.image_editor import EditorData
from gradio.context import LocalContext
from gradio.data_classes import DataWithFiles, FileData, ImageData
from PIL import Image

from core.ages import Ages
from core.errors import AgainError, UserError
from tabs.captioning import drawing, upload
from tabs.captioning.drawing import PAD, drawn, sheet
from tabs.captioning.upload import (
    folder_of,
    forget,
    kept,
    picture_box,
    picture_of_script,
    receive,
    remove,
    sent_file,
    strip,
    sweep,
)
from tabs.kit.gradio_inside.blobs import KEPT, LARGEST, LEAST, LOST, Drawings
from tests.fakes import bad_pictures as bad

SECRET = b"Secret Camera"
PHOTO = bad.saved(bad.corners(), "JPEG", exif=bad.exif(6))


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """Where Gradio keeps uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def send(uploads):
    """Put a file where Gradio puts one that a visitor sends."""
    page = SimpleNamespace(upload_file_set=set())
    token = LocalContext.blocks.set(page)

    def sending(content, name="photo.jpg"):
        path = uploads / f"{hash(content):x}" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        page.upload_file_set.add(str(path))
        return str(path)

    yield sending
    LocalContext.blocks.reset(token)


def secrets_in(folder):
    return [path for path in folder.rglob("*") if path.is_file() and SECRET in path.read_bytes()]


# What is kept ------------------------------------------------------------------------------------


def test_only_the_pixels_of_a_photograph_stay_on_the_disk(send, uploads, limits):
    sent = send(PHOTO)
    own, picture = receive(sent, limits, "a")
    assert secrets_in(uploads) == [Path(sent)]  # the browser may still be fetching it
    strip("a")
    assert secrets_in(uploads) == []
    for path in (own, sent):
        with Image.open(path) as image:
            assert image.size == (32, 48)  # turned upright
            assert not image.getexif()
    assert picture.remarks == ("It was turned upright, as its camera noted (EXIF).",)
    assert kept(own, limits).tobytes() == picture.image.tobytes()


def test_what_is_refused_is_deleted_and_the_picture_before_it_stays(send, limits):
    own, _ = receive(send(PHOTO), limits, "a")
    strip("a")
    sent = send(b"no picture", "note.png")
    with pytest.raises(UserError, match="is not a picture"):
        receive(sent, limits, "a")
    strip("a")
    assert not Path(sent).exists()
    assert kept(own, limits).size == (32, 48)


def test_the_next_picture_takes_the_place_of_the_one_before_it(send, limits):
    first = send(PHOTO)
    own, _ = receive(first, limits, "a")
    second = send(bad.saved(bad.corners()), "second.png")
    receive(second, limits, "a")  # before `strip` came to the first
    strip("a")
    assert not Path(own).exists()
    assert not Path(first).exists()
    assert Path(second).exists()


def test_a_file_that_a_whole_class_sends_is_there_for_each_of_them(send, limits):
    sent = send(PHOTO)
    receive(sent, limits, "a")
    strip("a")
    own, _ = receive(sent, limits, "b")
    assert kept(own, limits).size == (32, 48)


def test_who_leaves_takes_all_of_it_along_and_nothing_of_others(send, uploads, limits):
    mine, theirs = send(PHOTO), send(bad.saved(bad.corners()), "theirs.png")
    receive(mine, limits, "a")
    own, _ = receive(theirs, limits, "b")
    forget(["a"])  # before `strip`
    assert secrets_in(uploads) == []
    assert not Path(mine).exists()
    assert not folder_of("a").exists()
    assert Path(own).exists()
    remove(folder_of("b"))
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


@pytest.fixture
def clock(monkeypatch):
    """Seconds since the machine was started, as the test has it; the time of day is left alone."""
    now = [0.0]
    monkeypatch.setattr(upload, "AGES", Ages(lambda: now[0]))
    return now


def test_what_nobody_will_come_back_for_is_swept_away(send, uploads, limits, clock):
    receive(send(PHOTO), limits, "long ago")
    for name in ("tmpold", "tmpnew", "other"):
        (uploads / name).write_bytes(b"broken off")
    folder = folder_of("long ago")
    sweep(uploads)
    clock[0] += upload.STALE + 1
    receive(send(bad.saved(bad.corners()), "b.png"), limits, "now")
    (uploads / "tmpnew").write_bytes(b"on its way")
    sweep(uploads)
    assert not folder.exists()
    assert secrets_in(uploads) == []
    assert folder_of("now").exists()
    left = {path.name for path in uploads.iterdir() if path.is_file()}
    assert left == {"tmpnew", "other"}


def test_a_picture_that_is_looked_at_lives_on(send, uploads, limits, clock):
    own, _ = receive(send(PHOTO), limits, "a")
    for _ in range(3):
        sweep(uploads)
        clock[0] += upload.STALE - 1
        kept(own, limits)
    assert Path(own).exists()


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_jumps_takes_no_picture_from_anybody(
    send, uploads, limits, clock, monkeypatch, hours
):
    own, _ = receive(send(PHOTO), limits, "a")
    sweep(uploads)
    jumped = time.time() + 3600 * hours
    monkeypatch.setattr(time, "time", lambda: jumped)
    clock[0] += 60
    sweep(uploads)
    assert Path(own).exists()


def test_on_a_full_disk_no_half_stays_and_nothing_of_what_was_sent(
    send, uploads, limits, monkeypatch
):
    def full(_, path="", *__, **___):
        if path:
            Path(path).touch()  # half of a picture
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", full)
        with pytest.raises(OSError, match="No space"):
            receive(send(PHOTO), limits, "a")
    assert list(folder_of("a").glob("*.png")) == []
    strip("a")
    assert secrets_in(uploads) == []
    receive(send(PHOTO), limits, "b")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", lambda *_: full(None))
        with pytest.raises(OSError, match="No space"):
            strip("b")
    assert secrets_in(uploads) == []


@pytest.mark.parametrize("own", [None, "/no/such.png"])
def test_a_picture_that_is_not_there_is_asked_for(own, limits):
    with pytest.raises(UserError, match="There is no picture yet"):
        kept(own, limits)


# What is no upload -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/etc/passwd", "", None, "data:image/png;base64,AA", 7, ["a"]])
def test_only_what_was_sent_to_this_page_is_opened(send, path):
    send(PHOTO)
    with pytest.raises(UserError, match="must be a file that was sent to this page"):
        sent_file(path)


def test_of_a_scripts_picture_only_the_pixels_stay(send, uploads, limits):
    picture = picture_of_script({"path": send(PHOTO)}, limits)
    assert picture.image.size == (32, 48)
    assert secrets_in(uploads) == []
    sent = send(b"no picture", "note.png")
    with pytest.raises(UserError, match="is not a picture"):
        picture_of_script({"path": sent}, limits)
    assert not Path(sent).exists()


# Gradio's components -----------------------------------------------------------------------------


def both(component):
    """A component, and the one that Gradio makes of it for a visitor."""
    return component, type(component)(**component.constructor_args)


def test_the_box_gives_the_path_of_what_was_sent_and_opens_nothing():
    for box in both(picture_box(label="Yours", render=False)):
        assert box.preprocess(ImageData(path="/no/such/file.gif")) == "/no/such/file.gif"
        assert box.preprocess(ImageData(url="data:image/png;base64,AA")) == ""
        assert box.preprocess(None) is None
        assert isinstance(box, gr.Image)
        assert box.get_block_name() == "image"


def sent_blob(name, content, kind="composite", index="null"):
    """A drawing, as Gradio reads it from the form of a browser."""
    data = {"type": kind, "index": index, "id": name}
    return DataWithFiles(data=data, files=[("composite.png", content)])


def by_name(name):
    """What an event sends of a drawing that was sent before it."""
    return EditorData(background=None, layers=[], composite=None, id=name)


def test_the_sheet_gives_the_bytes_of_a_drawing_whichever_way_they_came(send):
    content = bad.saved(bad.corners())
    for pad in both(first := sheet(label="Draw", render=False)):
        first.accept_blobs(sent_blob("x", content))
        assert pad.preprocess(by_name("x")) == content
        assert pad.preprocess(by_name("x")) == LOST  # it is not kept any longer
        file = FileData(path=send(content, "composite.png"))
        stroke = EditorData(background=None, layers=[], composite=file)
        assert pad.preprocess(stroke) == content
        stroke.composite = FileData(path="/etc/passwd")
        with pytest.raises(UserError, match="sent to this page"):
            pad.preprocess(stroke)
        assert pad.preprocess(None) is None
        assert pad.get_block_name() == "imageeditor"


def test_gradio_writes_no_file_of_types_beside_the_module():
    for module in (upload, drawing):
        assert not Path(module.__file__).with_suffix(".pyi").exists()


def test_a_hundred_drawings_wait_and_what_is_never_asked_for_does_not_pile_up():
    drawings = Drawings()
    for number in range(100):
        drawings.keep(str(number), bytes(50_000))
    assert [len(drawings.take(str(number))) for number in range(100)] == [50_000] * 100
    assert drawings.size == 0
    for number in range(KEPT // LARGEST + 1):
        drawings.keep(str(number), bytes(LARGEST))
    assert drawings.size == KEPT
    assert (drawings.take("0"), len(drawings.take("1"))) == (LOST, LARGEST)
    for number in range(KEPT // LEAST + 10):  # the smallest take room too
        drawings.keep(f"small {number}", b"x")
    assert drawings.size == KEPT
    drawings.keep("small 99", b"again")
    assert drawings.size == KEPT


def test_a_drawing_that_was_lost_is_sent_again_and_is_no_empty_sheet(limits):
    with pytest.raises(AgainError, match="your drawing was lost on its way: it is sent again"):
        drawn(LOST, limits)


@pytest.mark.parametrize(
    ("blob", "said"),
    [
        (sent_blob("x", b"b", "layer", "2000000000"), "got 'layer' with the index '2000000000'"),
        (sent_blob("x", b"b", "layer", "0"), "what is drawn as a whole"),
        (sent_blob("x", b"b", "background"), "what is drawn as a whole"),
        (sent_blob("x", b"b", index="-1"), "with the index '-1'"),
        (sent_blob("x", b"b", index="abc"), "with the index 'abc'"),
        (sent_blob("", b"b"), "a name of 1 to 64 characters"),
        (sent_blob("x" * 65, b"b"), "a name of 1 to 64 characters"),
        (sent_blob("x", b""), "1 to 1,000,000 bytes; got 0"),
        (sent_blob("x", bytes(LARGEST + 1)), "1 to 1,000,000 bytes; got 1,000,001"),
        ({"type": "composite"}, "one file, in a form"),
        (None, "one file, in a form"),
    ],
)
def test_the_sheet_takes_what_the_page_sends_and_nothing_else(blob, said):
    pad = sheet(render=False)
    with pytest.raises(HTTPException) as error:
        pad.accept_blobs(blob)
    assert error.value.status_code == 400
    assert said in error.value.detail
    assert pad.preprocess(by_name("x")) == LOST
    assert pad.blob_storage == {}  # Gradio's own


def test_an_empty_sheet_is_asked_to_be_drawn_on(limits):
    empty = bad.saved(Image.new("RGBA", (PAD, PAD), (0, 0, 0, 0)))
    for content in (None, empty):
        with pytest.raises(UserError, match="The sheet is empty"):
            drawn(content, limits)
    stroke = Image.new("RGBA", (PAD, PAD), (0, 0, 0, 0))
    stroke.paste((200, 0, 0, 255), (100, 100, 200, 110))
    picture = drawn(bad.saved(stroke), limits).image
    assert picture.getpixel((150, 105)) == (200, 0, 0)
    assert picture.getpixel((0, 0)) == (255, 255, 255)
