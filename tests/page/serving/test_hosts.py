"""Under which names the page answers, whom it believes, and what other sites may do."""

import json
import socket
from types import SimpleNamespace

import gradio as gr
import pytest

from core.door import Door
from core.settings import Settings, lan_host
from core.spacefile import Space
from page.frame import serving
from tests.conftest import free_port
from tests.page.serving.asking import JSON, ask, call, guarded

HALL = Settings("0.0.0.0", 7860)
NAMED = Door(
    names=("lectern.example.org",),
    callers=("https://course.example.org",),
    embed=("https://course.example.org",),
)


def answered(space, host, settings=None, **more):
    return guarded(space, settings=settings, headers={"host": host}, **more).status


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:7860", "localhost:7860", "LOCALHOST", "localhost.", "[::1]:7860",
     socket.gethostname(), f"{socket.gethostname().split('.')[0]}.local:7860", lan_host()],
)  # fmt: skip
def test_on_this_machine_the_page_goes_by_the_names_of_this_machine(space, host):
    assert answered(space, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "198.51.100.7", "a.local",
             "lectern.example.org", "evil.com@127.0.0.1:80x", "[::1", "a b"],
)  # fmt: skip
def test_on_this_machine_no_other_name_is_answered(space, host):
    assert answered(space, host) == 421


def test_a_name_that_was_led_here_is_told_so_in_one_sentence(server):
    status, said, _ = ask(server, "GET", "/", headers={"Host": "evil.com"})
    assert status == 421
    assert said.startswith("This page does not go by the name 'evil.com': open http://127.0.0.1:")
    assert ask(server, "POST", "/gradio_api/upload", b"", {"Host": "evil.com"})[0] == 421


@pytest.mark.parametrize("host", ["192.168.1.5:7860", "10.0.0.1", "[fe80::1]:7860", "desk.local"])
def test_in_a_hall_phones_come_by_a_number_or_a_local_name(space, host):
    assert answered(space, host, HALL) == 200
    assert answered(space, "evil.com", HALL) == 421
    assert answered(space, "evil.com.local.evil.com", HALL) == 421


def test_names_stand_in_the_spacefile_or_in_the_root_path(space):
    assert answered(space, "Lectern.example.org:8443", HALL, door=NAMED) == 200
    assert answered(space, "lectern.example.org", door=NAMED) == 200
    root = Settings.from_env({"GRADIO_ROOT_PATH": "https://a.example.org/lectern"})
    assert answered(space, "a.example.org", root) == 200
    assert answered(space, "b.example.org", root) == 421


FORWARDED = {
    "x-forwarded-host": "evil.com",
    "x-forwarded-proto": "https",
    "x-forwarded-for": "203.0.113.5",
    "x-gradio-server": "https://evil.com/x",
}


def test_what_a_proxy_may_say_is_believed_of_a_named_one_alone(space):
    def seen(settings, peer):
        (scope,) = guarded(
            space, settings=settings, headers=FORWARDED, client=(peer, 5000)
        ).seen  # fmt: skip
        return {name.decode() for name, _ in scope["headers"]}, scope["client"][0]

    named = Settings("0.0.0.0", proxies=("10.0.0.0/8",))
    assert seen(Settings(), "127.0.0.1") == ({"host"}, "127.0.0.1")
    assert seen(named, "192.168.1.5") == ({"host"}, "192.168.1.5")
    assert seen(named, "10.1.2.3") == ({"host", *FORWARDED}, "203.0.113.5")
    space_of_hub = Settings.from_env({"SPACE_ID": "someone/lectern"})
    assert seen(space_of_hub, "10.1.2.3") == ({"host", *FORWARDED}, "203.0.113.5")
    assert seen(Settings.from_env({"FORWARDED_ALLOW_IPS": "*"}), "1.2.3.4")[1] == "203.0.113.5"


def test_a_named_proxy_is_believed_on_the_name(space):
    named = Settings(proxies=("127.0.0.1",))
    assert answered(space, "lectern.example.org", named) == 200
    assert answered(space, "lectern.example.org", named, client=("127.0.0.2", 5000)) == 421
    in_the_file = Door(proxies=("127.0.0.0/8",))
    assert answered(space, "any.example.org", door=in_the_file) == 200


def test_a_header_of_anybody_names_no_root(server):
    for name in ("X-Forwarded-Host", "X-Gradio-Server"):
        _, said, _ = ask(server, "GET", "/config", headers={name: "http://evil.com/x"})
        assert json.loads(said)["root"] == server.url
    _, said, _ = ask(server, "GET", "/config", headers={"X-Forwarded-Proto": "https"})
    assert json.loads(said)["root"] == server.url


@pytest.mark.parametrize("text", ["nowhere", "10.0.0.0/99", "127.0.0.1,x"])
def test_a_proxy_that_is_no_address_stops_the_start(text):
    with pytest.raises(SystemExit, match="FORWARDED_ALLOW_IPS must be addresses or networks"):
        Settings.from_env({"FORWARDED_ALLOW_IPS": text})


# Other sites -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["call/tokenize", "queue/join", "upload", "component_server",
                                  "cancel", "run/predict"])  # fmt: skip
def test_a_page_of_another_site_changes_nothing(server, headers, path):
    sent = {name: value.format(port=server.port) for name, value in headers.items()}
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    kind = form if path in ("upload", "component_server") else JSON
    status, said, _ = ask(server, "POST", f"/gradio_api/{path}", "{}", sent | kind)
    assert status == 403
    assert "came from a page of another site" in said


def test_the_page_itself_and_scripts_may(server):
    own = {"Origin": server.url}
    for headers in ({}, own, own | {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert call(server, "call/tokenize", {"data": ["Hello."]}, headers)[0] == 200


def test_behind_a_proxy_the_port_may_be_left_out(space):
    named = Settings(proxies=("127.0.0.1",))
    sent = {"origin": "http://a.example.org:8080", "host": "a.example.org", "content-length": "2"}
    asked = {"method": "POST", "path": "/gradio_api/upload", "headers": sent}
    assert guarded(space, settings=named, **asked).status == 200
    hidden = {"host": "10.0.0.9", "x-forwarded-host": "a.example.org"}
    assert guarded(space, settings=named, **asked | {"headers": sent | hidden}).status == 200
    other = {"headers": sent | {"host": "b.example.org"}}
    assert guarded(space, settings=named, **asked | other).status == 403


def echo(text: str = "") -> str:
    return text


@pytest.fixture(scope="module")
def named_page(space):
    """A small page behind a named proxy, with a site that may call it."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.api(echo, api_name="echo")
    door = Door(NAMED.names, ("127.0.0.1",), NAMED.embed, NAMED.callers)
    named = Space(space.title, space.limits, space.queue, space.checkpoints, door=door)
    port = free_port()
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("FORWARDED_ALLOW_IPS", "")  # as app.py does
        page.launch(
            server_port=port,
            quiet=True,
            prevent_thread_lock=True,
            app_kwargs=serving(Settings("127.0.0.1", port), named),
        )
    yield SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}")
    page.close()


def test_a_named_proxy_names_the_root(named_page):
    told = {"Host": "10.0.0.9", "X-Forwarded-Host": "lectern.example.org",
            "X-Forwarded-Proto": "https"}  # fmt: skip
    _, said, _ = ask(named_page, "GET", "/config", headers=told)
    assert json.loads(said)["root"] == "https://lectern.example.org"


def test_a_site_that_is_named_may_call_and_read(named_page):
    origin = "https://course.example.org"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    status, _, headers = ask(named_page, "OPTIONS", "/gradio_api/call/echo", headers=asked)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, origin)
    sent = JSON | {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    status, _, headers = ask(named_page, "POST", "/gradio_api/call/echo", '{"data": []}', sent)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, origin)
    sent["Origin"] = "https://evil.com"
    status, _, headers = ask(named_page, "POST", "/gradio_api/call/echo", '{"data": []}', sent)
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "lectern.example.org"])
def test_no_other_site_reads_an_answer(server, named_page, host):
    for page in (server, named_page):
        for origin in ("http://evil.com", "null"):
            for method in ("GET", "OPTIONS"):
                sent = {"Host": host, "Origin": origin, "Access-Control-Request-Method": "POST"}
                headers = ask(page, method, "/robots.txt", headers=sent)[2]
                assert "Access-Control-Allow-Origin" not in headers
