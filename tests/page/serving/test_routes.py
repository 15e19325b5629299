"""What can be asked of the page, and that nothing else can."""

import inspect
import re

import gradio.routes
import pytest
from starlette.routing import Route

from page.frame import ROUTES
from page.serving.refusals import Refused
from page.serving.routes import NOT_HERE, WAYS, Ways
from tests.page.serving.asking import ask

PREFIX = gradio.routes.API_PREFIX
DECLARED = re.findall(
    r'@(app|router)\.(get|post|head)\(\s*f?"([^"]+)"', inspect.getsource(gradio.routes)
)
FILLED = {
    "{path:path}": "x",
    "{path_or_url:path}": "/x",
    "{url_path:path}": "x",
    "{session_hash}": "a",
    "{event_id}": "0",
    "{api_name}": "tokenize",
    "{size}": "1",
}


def gradios():
    """Method and path of all that Gradio serves, with something where its patterns are."""
    for router, method, pattern in DECLARED:
        path = pattern
        for name, value in FILLED.items():
            path = path.replace(name, value)
        path = re.sub(r"\{[^}]+\}", "x", path)
        yield method.upper(), f"{PREFIX if router == 'router' else ''}{path}"


def scope(path, method="GET", root=""):
    return {"type": "http", "path": path, "method": method, "root_path": root, "headers": []}


def test_the_list_of_what_gradio_serves_is_read():
    served = set(gradios())
    assert len(served) > 60
    assert {("GET", f"{PREFIX}/file/x"), ("POST", f"{PREFIX}/queue/join"), ("GET", "/")} <= served


def test_of_all_that_gradio_serves_only_what_stands_in_the_table_is_answered(server):
    open_ones = set()
    for method, path in sorted(set(gradios())):
        status, said, _ = ask(server, method, path, b"" if method == "POST" else None)
        if status == 404 and NOT_HERE in said:
            continue
        if method != "HEAD" or status != 404:
            open_ones.add(f"{method} {path}")
    named = {
        re.sub(r"\{(\w+)\}", lambda part: {"name": "tokenize", "session": "a", "event": "0",
                                           "path": "/x", "file": "x"}[part[1]], way.path)
        for way in WAYS
    }  # fmt: skip
    assert {one.split(" ", 1)[1] for one in open_ones} <= named
    assert len(open_ones) > 20


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file/http://198.51.100.7/x",
        "/gradio_api/file/https://198.51.100.7/x",
        "/gradio_api/file//etc/passwd",
        "/gradio_api/file=http://198.51.100.7/x",
        "/gradio_api/file=HTTPS://198.51.100.7/x",
        "/gradio_api/file=http:/198.51.100.7/x",
        "/gradio_api/file=%68ttp%3A%2F%2F198.51.100.7/x",
        "/gradio_api/./file/http://198.51.100.7/x",
        "/gradio_api/file=//198.51.100.7/x",
        "/assets/" + "x" * 256,
        "/static/" + "%C3%BC" * 128,
        "/gradio_api/file=/" + "x" * 256,
        "/gradio_api/file=/x" + "/x" * 2_100,
        "/gradio_api/proxy=https://a.hf.space/x",
        "/proxy=x",
        "/gradio_api/deep_link?session_hash=a",
        "/openapi.json",
        "/logout",
        "/login",
        "/gradio_api/dev/reload",
        "/gradio_api/custom_component/x%0Ay/server/a/b.js",
        "/svelte/x.js",
        "/monitoring/summary",
        "/nothing",
    ],
)
def test_what_nobody_needs_is_not_there(server, path):
    status, said, _ = ask(server, "GET", path)
    assert status == 404
    assert NOT_HERE in said


@pytest.mark.parametrize(
    "other",
    ["/assets/./{0}", "/assets/x/../{0}", "/assets/x/%2e%2e/{0}", "/assets//{0}", "/assets/{0}/",
     "//assets/{0}", "/./assets/{0}", "/assets/%00{0}", "/assets/{0}%0A"],
)  # fmt: skip
def test_a_file_has_one_address(server, other):
    page = ask(server, "GET", "/")[1]
    name = re.search(r"assets/(index-[\w-]+\.js)", page)[1]
    assert ask(server, "GET", f"/assets/{name}")[0] == 200
    status, said, _ = ask(server, "GET", other.format(name))
    assert (status, said) == (404, NOT_HERE)


def test_other_methods_are_not_answered(server):
    asked = [
        "PUT /",
        "DELETE /config",
        "POST /config",
        "GET /gradio_api/queue/join",
        "OPTIONS /gradio_api/upload",
    ]
    for method, path in map(str.split, asked):
        assert ask(server, method, path)[0] == 404, (method, path)


def test_what_tabs_bring_is_let_in_without_a_word(server):
    assert {"/qr.svg", "/scene/kinds.webp"} <= {route.path for route in ROUTES}
    for route in ROUTES:
        assert NOT_HERE not in ask(server, "GET", route.path)[1]


def test_a_route_to_come_is_let_in_by_the_methods_that_it_names():
    ways = Ways([Route("/to/{come}", lambda request: None, methods=["POST"])])
    assert ways.find(scope("/to/a", "POST"))
    for path, method in [("/to/a", "GET"), ("/to/a/b", "POST"), ("/to/../to/a", "POST")]:
        with pytest.raises(Refused):
            ways.find(scope(path, method))


def test_below_a_root_path_the_page_is_the_same():
    ways = Ways()
    for path in ("/lectern", "/lectern/", "/", "/lectern/assets/a.js", "/assets/a.js"):
        assert ways.find(scope(path, root="/lectern"))
    for path in ("/lecterns/assets/a.js", "/lectern/lectern/assets/a.js", "/lectern//assets/a.js"):
        with pytest.raises(Refused):
            ways.find(scope(path, root="/lectern"))


def test_a_web_socket_is_closed(server):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    assert ask(server, "GET", "/gradio_api/queue/join", headers=upgrade)[0] in (403, 404)
