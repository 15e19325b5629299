"""The page's own files: each compressed once, in a thread, whatever it is called."""

import asyncio
import gzip
import re
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from starlette.responses import Response, StreamingResponse

from page.serving import shelf as shelves
from page.serving.shelf import Shelf, taken
from tests.page.test_app import fetch

PLAIN = b"a line of a script;\n" * 1000


class Files:
    """An app that has every file, and counts how often one is read."""

    def __init__(self):
        self.read = []

    async def __call__(self, scope, receive, send):
        self.read.append(scope["path"])
        await Response(PLAIN, headers={"ETag": '"1"'})(scope, receive, send)


async def asked(shelf, path="/assets/a.js", *messages, accept="br", query=b"", **headers):
    """Status, headers and body of what a shelf answers."""
    heard, waiting = [], list(messages)

    async def receive():
        return waiting.pop(0) if waiting else await asyncio.Event().wait()

    async def send(message):
        heard.append(message)

    sent = {"accept-encoding": accept} | {n.replace("_", "-"): v for n, v in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    await shelf(
        {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": raw},
        receive,
        send,
    )
    body = b"".join(message.get("body", b"") for message in heard)
    told = {name.decode().lower(): value.decode() for name, value in heard[0]["headers"]}
    return heard[0]["status"], told, body


def run(coroutine):
    """What it gives; this thread may have a loop already, Playwright's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_a_visitor_who_leaves_in_the_middle_leaves_no_half_file_to_the_others():
    async def file():
        for part in (b"first ", b"second ", b"third"):
            yield part
            await asyncio.sleep(0.05)

    async def app(scope, receive, send):
        await StreamingResponse(file())(scope, receive, send)

    async def two_visitors():
        shelf = Shelf(app)
        await asked(shelf, "/assets/a.js", {"type": "http.disconnect"})
        return await asked(shelf)

    whole = run(two_visitors())[2]
    assert (whole if b"first" in whole else brotli.decompress(whole)) == b"first second third"


def test_whoever_came_first_may_leave_and_the_others_get_the_file():
    async def two_visitors():
        shelf = Shelf(Files())
        first = asyncio.create_task(asked(shelf))
        await asyncio.sleep(0)
        second = asyncio.create_task(asked(shelf))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert brotli.decompress(run(two_visitors())[2]) == PLAIN


def test_a_file_is_compressed_once_and_in_a_thread_however_many_ask(monkeypatch):
    threads = []

    def pack(body):
        threads.append(threading.current_thread())
        return brotli.compress(body)

    monkeypatch.setitem(shelves.PACKERS, "br", pack)

    async def hall():
        files = Files()
        shelf = Shelf(files)
        queries = (f"v={number}".encode() for number in range(30))
        answers = await asyncio.gather(*[asked(shelf, query=query) for query in queries])
        return files.read, answers, threading.current_thread()

    read, answers, loop = run(hall())
    assert read == ["/assets/a.js"]
    assert len(threads) == 1
    assert threads[0] is not loop  # where it would stop all other visitors
    assert {brotli.decompress(body) for _, _, body in answers} == {PLAIN}


@pytest.mark.parametrize(
    "path", ["/assets/./a.js", "/assets/x/../a.js", "/assets//a.js", "/assets/a.js/", "/static/.."]
)
def test_a_file_has_one_name(path):
    files = Files()
    assert run(asked(Shelf(files), path))[0] == 404
    assert files.read == []


def test_the_shelf_is_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(Shelf, "MOST_BYTES", 3 * len(brotli.compress(PLAIN, quality=9)))

    async def visitors():
        shelf = Shelf(Files())
        for name in range(10):
            await asked(shelf, f"/assets/{name}.js")
        return shelf

    shelf = run(visitors())
    assert [path for path, _ in shelf.kept] == [f"/assets/{name}.js" for name in (7, 8, 9)]
    assert shelf.bytes == sum(len(packed.body) for packed in shelf.kept.values())


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0", ""),
        ("br; q=0.5", "br"),
        ("*", "br"),
        ("*;q=0, gzip", "gzip"),
        ("brotli", ""),
        ("br;q=much", ""),
        ("", ""),
        ("identity", ""),
    ],
)
def test_only_what_the_browser_takes_is_sent(header, encoding):
    assert taken(header) == encoding
    _, headers, body = run(asked(Shelf(Files()), accept=header))
    assert headers.get("content-encoding", "") == encoding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding]
    assert unpack(body) == PLAIN


def test_what_the_browser_has_already_is_not_sent_again():
    async def twice():
        shelf = Shelf(Files())
        _, headers, _ = await asked(shelf)
        again = await asked(shelf, if_none_match=f'"other", {headers["etag"]}')
        return again, await asked(shelf, if_none_match='"other"')

    same, other = run(twice())
    assert (same[0], same[2]) == (304, b"")
    assert "content-length" not in same[1]
    assert (other[0], brotli.decompress(other[2])) == (200, PLAIN)


def test_the_largest_file_of_the_page_is_refused_under_another_name(server):
    _, page, _ = fetch(server.url)
    path = re.search(r'(?:src|href)="\./(assets/[^"]+\.js)"', page.decode()).group(1)
    assert fetch(f"{server.url}/{path}")[0] == 200
    for other in ("assets/%2e/" + path[7:], "assets/x/%2e%2e/" + path[7:], path + "/"):
        assert fetch(f"{server.url}/{other}")[0] == 404


class Pages(Files):
    """An app whose page says the name that it was asked under, and all that it was told."""

    async def __call__(self, scope, receive, send):
        self.read.append(dict(scope["headers"]))
        said = b"".join(value for _, value in scope["headers"]) + PLAIN
        await Response(said, media_type="text/html")(scope, receive, send)


def test_the_page_is_made_once_for_all_who_use_the_same_name():
    async def visitors():
        pages = Pages()
        shelf = Shelf(pages)
        first = await asked(shelf, "/", host="hall", cookie="one=1")
        second = await asked(shelf, "/", query=b"tab=attention", host="hall", cookie="two=2")
        other = await asked(shelf, "/", host="elsewhere")
        seen = await asked(shelf, "/", host="hall", if_none_match=first[1]["etag"])
        return pages.read, first, second, other, seen

    read, first, second, other, seen = run(visitors())
    assert len(read) == 2
    assert all(set(headers) == {b"host"} for headers in read)  # one cannot speak to the others
    assert first == second
    assert brotli.decompress(first[2]).startswith(b"hall")
    assert brotli.decompress(other[2]).startswith(b"elsewhere")
    assert (seen[0], seen[2]) == (304, b"")
    assert first[1]["cache-control"] == "no-cache"


def test_of_names_that_somebody_makes_up_few_are_kept_and_no_file_leaves_for_them():
    async def visitors():
        shelf = Shelf(Pages())
        await asked(shelf)
        for number in range(Shelf.MOST_NAMES + 3):
            await asked(shelf, "/", host=f"10.0.0.{number}")
        return shelf

    shelf = run(visitors())
    assert len(shelf.pages) == Shelf.MOST_NAMES
    assert len(shelf.kept) == 1


def test_the_html_of_the_running_page_is_made_once(server):
    status, body, headers = fetch(server.url)
    assert (status, headers["cache-control"]) == (
        200,
        None,
    )  # who takes no packing gets it as ever
    request = urllib.request.Request(server.url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["cache-control"] == "no-cache"
        assert gzip.decompress(answer.read()) == body
