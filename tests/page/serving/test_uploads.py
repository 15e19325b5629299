"""Files on their way in, and how many of them are kept."""

import json
import os
import re
import time

import pytest
from starlette.datastructures import Headers

from core.ages import Ages
from page.serving.refusals import Refused
from page.serving.uploads import Room, most_file, most_upload, size_of, tidy
from tests.page.serving.asking import ask, beside, guarded, raw

KIND = {"Content-Type": "multipart/form-data; boundary=boundary"}


def form(*names, field="files", content="text"):
    parts = [
        f'--boundary\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
        f"{content}\r\n"
        for name in names
    ]
    return ("".join(parts) + "--boundary--\r\n").encode()


def upload(server, body, headers=None):
    return ask(server, "POST", "/gradio_api/upload", body, KIND | (headers or {}))[:2]


def head(server, *headers):
    """What is answered to the head of an upload alone."""
    return raw(
        server,
        "POST /gradio_api/upload HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"Content-Type: {KIND['Content-Type']}",
        *headers,
    )


def files(server):
    return server.log.parent / "files"


# On their way ------------------------------------------------------------------------------------


def test_an_upload_that_says_its_size_is_taken(server):
    status, said = upload(server, form("a.txt"))
    assert status == 200
    assert re.fullmatch(r'\["[^"]+a\.txt"\]', said)


def test_somewhat_more_than_a_picture_is_taken_so_that_a_sentence_comes(space):
    assert space.limits.picture_bytes == 10_000_000
    assert most_file(space.limits) == 12_000_000
    assert most_upload(space.limits) == 12_020_000


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(server):
    answer = head(server, "Content-Length: 12020001")
    assert answer.startswith("HTTP/1.1 413")
    said = "The upload has 12,020,001 bytes; at most 12,020,000 are allowed."
    assert answer.endswith(f'{{"detail":"{said}"}}')


@pytest.mark.parametrize("headers", [["Transfer-Encoding: chunked"], []], ids=["chunked", "none"])
def test_an_upload_without_a_size_is_refused(server, headers):
    answer = head(server, *headers)
    assert answer.startswith("HTTP/1.1 413")
    assert "must say how many bytes it has (Content-Length); at most 12,020,000" in answer


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "20", "transfer-encoding": "chunked"},
        {"content-length": "9" * 5000},
        {"content-length": "-1"},
    ],
    ids=["both", "endless", "negative"],
)
def test_a_size_that_means_nothing_counts_as_none(headers):
    # Some HTTP servers refuse these by themselves; Gradio may be started with another.
    with pytest.raises(Refused, match="An upload must say how many bytes it has"):
        size_of(Headers(headers), 100)
    assert size_of(Headers({"content-length": "100"}), 100) == 100


def test_three_files_are_taken_at_once_and_a_fourth_is_not(server):
    assert upload(server, form("a.txt", "b.txt", "c.txt"))[0] == 200
    before = set(files(server).iterdir())
    status, said = upload(server, form("d.txt", "e.txt", "f.txt", "g.txt", content="other"))
    assert (status, said) == (400, "Too many files. Maximum number of files is 3.")
    assert set(files(server).iterdir()) == before


def test_an_upload_that_is_broken_off_leaves_nothing_and_no_word_in_the_log(server):
    said = server.log.read_text()
    before = set(files(server).iterdir())
    for _ in range(3):
        raw(
            server,
            "POST /gradio_api/upload HTTP/1.1",
            "Host: 127.0.0.1",
            f"Content-Type: {KIND['Content-Type']}",
            "Content-Length: 9000000",
            body=form("half.bin", content="x" * 200_000)[:150_000],
            leave=True,
        )
    deadline = time.monotonic() + 20
    seen = False
    while time.monotonic() < deadline:
        now = set(files(server).iterdir())
        seen = seen or now != before
        if now == before and (seen or time.monotonic() > deadline - 18):
            break
        time.sleep(0.05)
    assert set(files(server).iterdir()) == before
    assert server.log.read_text() == said
    assert upload(server, form("after.txt"))[0] == 200


def test_who_asks_how_far_an_upload_is_hears_no_complaint(server):
    path = "/gradio_api/upload_progress?upload_id=none"
    status, said, headers = ask(server, "GET", path)
    assert (status, said) == (200, 'data: {"msg": "done"}\n')
    assert headers["Content-Type"].startswith("text/event-stream")


# A drawing's form --------------------------------------------------------------------------------


def drawing(**fields):
    told = {"component_id": "1", "session_hash": "a", "fn_name": "accept_blobs"} | fields
    parts = "".join(
        f'--boundary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in told.items()
        if value is not None
    )
    return parts.encode() + form("a.png", field="file")


NO_PAD = "Only the drawing pad of this page sends something here, by accept_blobs."


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        *(
            ({"component_id": number}, 404, NO_PAD)
            for number in ("abc", None, "-1", "\u0663", "9999")
        ),
        *(({"fn_name": name}, 404, NO_PAD) for name in ("postprocess", "__init__", None)),
        (dict.fromkeys("abcdefghi", "x"), 400, "this form cannot be read"),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_form_that_no_part_of_the_page_takes_is_refused(server, fields, status, said, slash):
    path = f"/gradio_api/component_server{slash}"
    got, text, _ = ask(server, "POST", path, drawing(**fields), KIND)
    assert (got, said in text) == (status, True)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_drawing_is_taken_as_the_browser_sends_it(server, slash):
    parts = json.loads(ask(server, "GET", "/config")[1])["components"]
    (pad,) = [part["id"] for part in parts if part["type"] == "imageeditor"]
    sent = drawing(component_id=str(pad), id="x", type="composite", index="null")
    path = f"/gradio_api/component_server{slash}"
    assert ask(server, "POST", path, sent, KIND)[:2] == (200, "null")


def test_a_drawing_is_a_form_of_a_megabyte_at_most(server):
    path = "/gradio_api/component_server"
    json_kind = {"Content-Type": "application/json"}
    assert ask(server, "POST", path, '{"data": 1}', json_kind)[0] == 415
    large = drawing() + b"x" * 1_020_000
    status, said, _ = ask(server, "POST", path, large, KIND)
    assert (status, "in at most 1,005,000 bytes; this has more" in said) == (400, True)
    far_more = drawing() + b"x" * 2_000_000
    assert ask(server, "POST", path, far_more, KIND)[0] == 413
    two = drawing().replace(b"--boundary--\r\n", b"") + form("b.png", field="other")
    assert ask(server, "POST", path, two, KIND)[0] == 400


# What is kept ------------------------------------------------------------------------------------


def put(folder, name, size, age):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    then = time.time() - age
    os.utime(path, (then, then))
    os.utime(path.parent, (then, then))
    return path


def by_the_disk(path):
    """Its age where nobody sets the clock."""
    return time.time() - path.lstat().st_mtime


def test_the_oldest_go_but_none_that_is_in_use(tmp_path):
    old = put(tmp_path, "1/a", 40, 3000)
    newer = put(tmp_path, "2/b", 40, 2000)
    in_use = put(tmp_path, "3/c", 40, 5)
    looked_at = put(tmp_path, "pictures-x/own.png", 40, 9000)
    assert tidy(tmp_path, 130, 100, empty=True, age=by_the_disk) == 120
    assert not old.exists()
    assert newer.exists()
    assert tidy(tmp_path, 10, 100, empty=True, age=by_the_disk) == 80
    assert [path.exists() for path in (newer, in_use, looked_at)] == [False, True, True]


def test_more_files_than_may_be_kept_go_as_well(tmp_path):
    for number in range(6):
        put(tmp_path, f"{number}/a", 1, 1000 - number)
    tidy(tmp_path, 1000, 2, empty=False, age=by_the_disk)
    assert sorted(path.parent.name for path in tmp_path.glob("*/a")) == ["4", "5"]


def test_empty_folders_go_unless_they_were_just_made(tmp_path):
    put(tmp_path, "old/a", 1, 1000).unlink()
    then = time.time() - 1000
    os.utime(tmp_path / "old", (then, then))
    (tmp_path / "new").mkdir()
    put(tmp_path, "full/a", 1, 1000)
    tidy(tmp_path, 100, 100, empty=False, age=by_the_disk)
    assert (tmp_path / "old").exists()
    tidy(tmp_path, 100, 100, empty=True, age=by_the_disk)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "new"]


def test_there_is_room_again_when_the_oldest_may_go(tmp_path):
    async def one_after_the_other():
        room = Room(most=100, age=by_the_disk)
        put(tmp_path, "1/a", 60, 5)
        await room.make(tmp_path, 40)
        room.done()
        with pytest.raises(Refused) as refused:
            await room.make(tmp_path, 41)
        room.done()
        os.utime(tmp_path / "1" / "a", (0, 0))
        await room.make(tmp_path, 90)
        room.done()
        return refused.value

    refused = beside(one_after_the_other())
    assert refused.status == 507
    assert "all of them are in use: try again in a minute" in str(refused)
    assert not (tmp_path / "1" / "a").exists()


def test_a_folder_that_is_not_there_yet_has_room(tmp_path):
    assert tidy(tmp_path / "none", 100, 100, empty=True, age=by_the_disk) == 0


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_jumps_makes_no_file_older_or_younger(tmp_path, hours):
    """What was sent before the jump has a time of day that means nothing after it."""
    now = [100.0]
    room = Room(most=100, age=Ages(lambda: now[0]).of)

    async def send(size):
        try:
            await room.make(tmp_path, size)
        finally:
            room.done()

    file = put(tmp_path, "1/a", 60, hours * 3600)
    with pytest.raises(Refused):
        beside(send(90))
    assert file.exists()  # it has just come
    now[0] += 61
    beside(send(90))
    assert not file.exists()


def test_what_calls_have_written_counts_too(tmp_path, space, monkeypatch):
    """An export lies there for half an hour, and nobody need upload anything meanwhile."""
    file = put(tmp_path, "1/lectern-attention.json", 60, 1000)
    room = Room(most=50, age=by_the_disk)
    beside(room.look(tmp_path))
    assert not file.exists()
    again = put(tmp_path, "2/lectern-attention.json", 60, 1000)
    beside(room.look(tmp_path))
    assert again.exists()  # a minute later, not for every call
    looked = []

    async def look(room, folder):
        looked.append(folder)

    monkeypatch.setattr(Room, "look", look)
    for path in ("call/attend", "call/v2/attend", "queue/join"):
        guarded(space, method="POST", path=f"/gradio_api/{path}")
    assert len(looked) == 3
