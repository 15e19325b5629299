"""What Lectern uses of Gradio's inside is still there, as it was when it was written."""

import asyncio
import errno
import inspect
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import gradio.queueing
import gradio.routes
import gradio.utils
import pytest
from gradio import http_server, processing_utils, route_utils
from gradio.block_function import BlockFunction
from gradio.component_meta import ComponentMeta
from gradio.context import Context, LocalContext
from gradio.queueing import Event, Queue
from gradio.route_utils import API_PREFIX
from gradio.server_messages import CloseStreamMessage, EstimationMessage, ProcessCompletedMessage
from gradio.state_holder import SessionState, StateHolder

import tabs.kit.picked
from core.ages import Ages
from core.paths import ASSETS, ROOT
from page.frame import build_page
from page.serving.routes import WAYS
from tabs.kit import gradio_inside
from tabs.kit.gradio_inside import asking, blobs, browser, files, letters, serving, sessions
from tabs.kit.gradio_inside.line import kind_of
from tabs.kit.picked import Picked

SOURCE = inspect.getsource(gradio.routes)
PROCESS = [
    "self",
    "block_fn",
    "inputs",
    "state",
    "request",
    "iterator",
    "session_hash",
    "event_id",
]
PROCESS += ["event_data", "in_event_listener", "simple_format", "explicit_call", "root_path"]
PROCESS += ["oauth_token"]
PRIVATE = (
    "component_meta",
    "LocalContext",
    "root_block",
    "upload_file_set",
    "blob_storage",
    "_queue",
    "state_holder",
    "process_api",
    "image_editor",
    "get_upload_folder",
    "processing_utils",
    "GRADIO_CACHE",
    "http_server",
    "route_utils",
    "process_events",
    "_queue",
    "temp_file_sets",
    "GradioMultiPartParser",
    "CustomCORSMiddleware",
    "preprocess_data",
    "process_api",
    "get_api_info",
)


def test_the_inside_of_gradio_is_touched_in_one_folder():
    files = [*(ROOT / "tabs").rglob("*.py"), *(ROOT / "page").rglob("*.py"), ROOT / "app.py"]
    touching = {
        (file.name, name)
        for file in files
        for name in PRIVATE
        if name in file.read_text(encoding="utf-8") and file.parent.name != "gradio_inside"
    }
    assert touching == set()


@pytest.mark.parametrize(
    ("called", "parameters"),
    [
        (ComponentMeta.__new__, ["cls", "name", "bases", "attrs"]),
        (gradio.utils.get_upload_folder, []),
        (processing_utils.save_bytes_to_cache, ["data", "file_name", "cache_dir"]),
        (processing_utils.hash_bytes, ["bytes"]),
        (
            http_server.start_server,
            [
                "app",
                "server_name",
                "server_port",
                "ssl_keyfile",
                "ssl_certfile",
                "ssl_keyfile_password",
            ],
        ),
        (Queue.process_events, ["self", "events", "batch", "begin_time", "fn"]),
        (files._delete_all, ["blocks", "age"]),
        (gr.Image.preprocess, ["self", "payload"]),
        (gr.ImageEditor.preprocess, ["self", "payload"]),
        (gr.ImageEditor.accept_blobs, ["self", "data"]),
        (Queue.push, ["self", "body", "request", "username"]),
        (Queue.get_events, ["self"]),
        (Queue.send_message, ["self", "event", "event_message"]),
        (SessionState.__init__, ["self", "blocks"]),
        (SessionState._update_config, ["self", "key"]),
        (SessionState._update_value_in_config, ["self", "key", "value"]),
        (StateHolder.set_blocks, ["self", "blocks"]),
        (gr.Blocks.process_api, PROCESS),
    ],
)
def test_what_is_called_or_replaced_takes_what_it_took(called, parameters):
    assert list(inspect.signature(called).parameters) == parameters


def test_a_class_of_ours_is_drawn_as_gradios_own_and_leaves_no_file_of_types():
    with gr.Blocks():
        box = gradio_inside.undecoded(gr.Image, lambda box, payload: payload)()
        picked = Picked("<p></p>", elem_id="here")
    assert (box.get_block_name(), picked.get_block_name()) == ("image", "html")
    assert box.preprocess("as it came") == "as it came"
    assert type(picked).__base__ is gr.HTML
    for module in (gradio_inside, tabs.kit.picked):
        assert not Path(module.__file__).with_suffix(".pyi").exists()


def test_a_picked_offers_the_events_that_its_script_names():
    with gr.Blocks():
        picked = Picked()
        for event in ("click", "retry", "expand"):
            assert callable(getattr(picked, event))
        with pytest.raises(AttributeError):
            picked.nothing  # noqa: B018
    again = type(picked)(**picked.constructor_args)  # as Gradio makes it for each visitor
    assert again.js_on_load == picked.js_on_load


def test_the_page_being_built_is_known_and_only_while_it_is_built():
    with gr.Blocks() as page:
        assert gradio_inside.page_being_built() is page
    assert Context.root_block is None


def test_a_file_was_sent_where_the_page_of_the_event_says_so(tmp_path):
    with gr.Blocks() as page:
        gr.HTML()
    assert page.upload_file_set == set()
    page.upload_file_set.add("/sent.png")
    token = LocalContext.blocks.set(page)
    try:
        assert gradio_inside.was_sent("/sent.png")
        assert not gradio_inside.was_sent("/etc/passwd")
        assert not gradio_inside.was_sent(None)
    finally:
        LocalContext.blocks.reset(token)
    assert not gradio_inside.was_sent("/sent.png")


def test_a_download_lies_in_the_cache_that_gradio_serves(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = Path(files.save_for_download(b"1,2", "numbers.csv", gr.DownloadButton()))
    assert path.read_bytes() == b"1,2"
    assert (path.name, path.is_relative_to(tmp_path)) == ("numbers.csv", True)
    assert files.upload_folder() == tmp_path


def test_a_download_that_cannot_be_written_leaves_no_half(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    button = gr.DownloadButton()

    def half(path, content):
        path.open("wb").write(content[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half)
        with pytest.raises(OSError, match="No space"):
            files.save_for_download(b"1,2", "numbers.csv", button)
    assert list(tmp_path.rglob("*")) == []
    assert files.save_for_download(b"1,2", "numbers.csv", button)


def test_what_was_sent_is_deleted_by_its_age_and_not_by_the_time_of_day(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(files, "_ages", Ages(lambda: now[0]))
    sent = {str(tmp_path / name) for name in ("old", "looked-at", "gone")}
    for file in sent:
        Path(file).write_text("of somebody")
    Path(tmp_path / "gone").unlink()
    page = SimpleNamespace(blocks={}, temp_file_sets=[sent])

    class Jumped(route_utils.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + timedelta(hours=3)

    monkeypatch.setattr(route_utils, "datetime", Jumped)
    route_utils.delete_files_created_by_app(page, 1800)
    assert {path.name for path in tmp_path.iterdir()} == {"old", "looked-at"}
    now[0] = 1801
    os.utime(tmp_path / "looked-at")
    route_utils.delete_files_created_by_app(page, 1800)
    assert {path.name for path in tmp_path.iterdir()} == {"looked-at"}
    route_utils.delete_files_created_by_app(page, None)  # at the end
    assert list(tmp_path.iterdir()) == []


def test_the_schedule_asks_for_the_function_that_is_replaced():
    for caller in (route_utils.delete_files_on_schedule, route_utils._lifespan_handler):
        assert "delete_files_created_by_app" in inspect.getsource(caller)
    assert route_utils.delete_files_created_by_app is files._delete_the_old


def test_only_the_app_that_is_served_is_made():
    with serving.no_app_yet(), gr.Blocks() as page:
        gr.HTML()
    assert page.app is None
    page.queue()
    assert isinstance(page.app, gradio.routes.App)
    assert "self.server_app = self.app = App.create_app(" in inspect.getsource(gr.Blocks.launch)


def test_what_the_pages_html_leaves_out_is_in_the_configuration_and_read_by_no_script(a_page):
    told = a_page.get_config_file()["components"]
    assert {name for part in told for name in part} >= set(serving.UNREAD)
    scripts = (Path(gradio.__file__).parent / "templates" / "frontend").rglob("*.js")
    assert not any(
        name in text
        for text in (script.read_text(encoding="utf-8") for script in scripts)
        for name in serving.UNREAD
    )


def test_the_manifest_alone_is_named_from_the_root_of_the_site():
    templates = gradio.routes.templates.env
    for name in ("frontend/index.html", "frontend/share.html"):
        source = (Path(gradio.__file__).parent / "templates" / name).read_text(encoding="utf-8")
        assert re.findall(r'<[^>]*(?:href|src)="/[^>]*>', source) == [serving.AWRY]
        assert 'rel="icon"' not in source
        assert serving.RIGHT in templates.loader.get_source(templates, name)[0]


def test_launch_asks_for_the_server_that_is_replaced():
    assert "http_server.start_server(" in inspect.getsource(gr.Blocks.launch)
    assert "self._queue.set_server_app" in inspect.getsource(gr.Blocks.launch)


def test_a_call_of_the_queue_bears_its_number_and_a_direct_one_none():
    assert "event_id=event_id" in inspect.getsource(route_utils.call_process_api)
    assert "body.event_id = None" in SOURCE
    assert "self.process_events, events, batch" in inspect.getsource(Queue.start_processing)


def test_a_visitor_is_the_session_whose_event_runs_here():
    with gr.Blocks() as page:
        gr.api(lambda: "", api_name="one")
    page.queue()
    event = Event("session", page.fns[0], None, None)
    page._queue.event_ids_to_events[event._id] = event
    blocks, name = LocalContext.blocks.set(page), LocalContext.event_id.set(event._id)
    try:
        assert asking.visitor() == "session"
    finally:
        LocalContext.blocks.reset(blocks)
        LocalContext.event_id.reset(name)
    assert asking.visitor() is None


def test_an_upload_begins_with_the_file_that_is_noted(tmp_path):
    parser = inspect.getsource(files.Parts.__base__)
    assert "NamedTemporaryFile(delete=False, dir=self.upload_dir)" in parser
    with files.leaving_no_halves():
        half = route_utils.NamedTemporaryFile(delete=False, dir=tmp_path)
        whole = route_utils.NamedTemporaryFile(delete=False, dir=tmp_path)
        os.rename(whole.name, tmp_path / "whole")
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
    assert half.closed


def test_the_stream_of_results_speaks_as_stream_js_hears_it():
    script = (ASSETS / "page" / "stream.js").read_text(encoding="utf-8")
    for path in ("/queue/join", "/queue/data"):
        assert f'"{path}"' in SOURCE
        assert f'"{path}"' in script
    for message, name in (
        (CloseStreamMessage, "close_stream"),
        (ProcessCompletedMessage, "process_completed"),
    ):
        assert message.model_fields["msg"].default == name
        assert f'"{name}"' in script
    # The script reads a line by its beginning, so the order of the fields counts.
    assert list(EstimationMessage.model_fields)[:2] == ["msg", "event_id"]
    assert list(ProcessCompletedMessage.model_fields)[:2] == ["msg", "event_id"]


# Blobs -------------------------------------------------------------------------------------------


def test_a_browser_may_call_nothing_of_our_components_past_the_queue_but_send_a_drawing(desk):
    page = build_page(desk)
    called = {
        (type(block).__module__, name)
        for block in page.blocks.values()
        for name in dir(type(block))
        if gradio_inside.called_by_browsers(type(block), name)
    }
    assert called == {(gradio_inside.__name__, "accept_blobs")}
    explorer = gradio_inside.undecoded(gr.FileExplorer, lambda box, payload: payload)
    assert gradio_inside.called_by_browsers(gr.FileExplorer, "ls")
    assert not gradio_inside.called_by_browsers(explorer, "ls")


def test_what_a_browser_sends_comes_to_our_route_and_not_to_gradios():
    paths = [route.path for route in blobs.ROUTES]
    assert paths == ["/gradio_api/component_server", "/gradio_api/component_server/"]
    assert '"/component_server",' in SOURCE
    assert '"/component_server/",' in SOURCE
    with gr.Blocks() as page:
        blobs.drawing_pad(lambda path: b"")
    app = gradio.routes.App.create_app(page, app_kwargs={"routes": [*blobs.ROUTES]})
    first = next(route for route in app.routes if getattr(route, "path", "") == paths[0])
    assert first.endpoint is blobs._take


# Sessions ----------------------------------------------------------------------------------------


class Everything(sessions.Sessions):
    """Sessions of an app that lets everybody in."""

    def __init__(self, page):
        app = gradio.routes.App.create_app(page)
        super().__init__(app, lambda name: None)
        assert app.state_holder is self is page.state_holder


@pytest.fixture
def a_page():
    with gr.Blocks() as page:
        page.words = gr.Textbox("", label="words")
        page.kept = gr.State(3, time_to_live=60)
    return page


def test_a_session_begins_without_the_configuration_of_all_components(a_page, monkeypatch):
    holder, asked = Everything(a_page), []
    note = staticmethod(lambda *what: asked.append(what))
    monkeypatch.setattr(type(a_page.default_config), "config_for_block", note)
    session = holder["somebody"]
    assert asked == []
    SessionState(a_page)
    assert len(asked) == len(a_page.blocks) > 1  # Gradio's own asks for all
    assert session[a_page.kept._id] == 3
    session[a_page.kept._id] = 4
    assert (session[a_page.kept._id], a_page.kept.value) == (4, 3)
    assert session[a_page.words._id] is a_page.words
    assert route_utils.SessionState is sessions.Session


def test_a_session_keeps_what_looks_different_and_no_values(a_page):
    words, session = a_page.words, sessions.Session(a_page)
    arguments = words.constructor_args | {"render": False, "value": "a long text"}
    session[words._id] = gr.Textbox(**arguments)  # as an event that skips it has Gradio do
    session._update_config(words._id)
    session._update_value_in_config(words._id, "a long text")
    assert session[words._id] is words
    assert len(session.config_values) == 0
    session[words._id] = gr.Textbox(**arguments | {"label": "other words"})
    assert session[words._id].label == "other words"
    assert words.label == "words"
    assert list(session.components) == []


def test_the_configurations_of_a_session_are_read_for_deep_links_alone():
    assert SOURCE.count(".components") == SOURCE.count("app.state_holder[session_hash].components")
    others = (route_utils, gradio.blocks, gradio.queueing)
    assert not any("config_values" in inspect.getsource(one) for one in (gradio.routes, *others))


# The queue ---------------------------------------------------------------------------------------


def test_the_queue_has_what_the_keeper_moves():
    with gr.Blocks() as page:
        gr.api(lambda: "", api_name="one")
        gr.Button().click(lambda: None, concurrency_id="named")
    page.queue()
    for name in ("pending_messages_per_session", "pending_event_ids_session", "active_jobs"):
        assert hasattr(page._queue, name)
    for name in ("event_ids_to_events", "event_queue_per_concurrency_id", "max_size"):
        assert hasattr(page._queue, name)
    assert page._queue.pending_messages_per_session.max_size == 2000
    assert page._queue.ANAYLTICS_CACHE_FREQUENCY == 1
    assert page._queue.ANALYTICS_MAX_EVENTS == 10_000
    assert {"alive", "session_hash", "concurrency_id", "_id"} <= set(
        vars(Event("session", page.fns[0], None, None))
    )
    assert [kind_of(fn) for fn in page.fns.values()] == ["/one", "named"]
    page._queue.process_time_per_fn[page.fns[0]].add(3.0)
    assert page._queue.process_time_per_fn[page.fns[0]].avg_time == 3


def test_no_event_of_the_page_is_computed_in_a_batch(desk):
    assert not any(fn.batch for fn in build_page(desk).fns.values())


# Letters -----------------------------------------------------------------------------------------

HALF = "a\ud800"


@pytest.mark.parametrize(
    "value", [HALF, [HALF], {"a": ["b", {"c": HALF}]}, {HALF: 1}, [[[[("b", HALF)]]]]]
)
def test_half_of_a_surrogate_pair_is_found_wherever_it_stands(value):
    said = str(letters.refusal_of(["fine", "\U0001f600", 3, None, value]))
    assert "Value 5 of what was sent has half of a surrogate pair (U+D800)" in said
    assert letters.refusal_of(["fine", "\U0001f600", 3, None]) is None


def test_half_of_a_surrogate_pair_reaches_no_handler_and_an_endpoint_speaks_first():
    seen = []
    with gr.Blocks() as page:
        choice = gr.Dropdown(["one"])
        gr.Button().click(seen.append, choice, api_visibility="private")

        def careful(text: str) -> str:
            raise gr.Error("sentence 2 is no text")

        def careless(text: str) -> str:
            return text

        gr.api(careful, api_name="careful")
        gr.api(careless, api_name="careless")
    letters.refuse_halves(page)

    def said(number, value):
        with pytest.raises(Exception) as error:  # noqa: PT011
            asyncio.run(page.process_api(page.fns[number], [value], state=None))
        return str(error.value)

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already, Playwright's
        answers = [pool.submit(said, number, HALF).result() for number in range(3)]
    assert "Value 1 of what was sent has half of a surrogate pair" in answers[0]
    assert seen == []
    assert "sentence 2 is no text" in answers[1]
    assert "half of a surrogate pair" in answers[2]


# The guard ---------------------------------------------------------------------------------------


def test_the_ways_of_the_guard_are_gradios():
    """A way that Gradio does not serve any more would be a hole that nobody looks at."""
    for way in WAYS:
        last = way.path.removeprefix(API_PREFIX)
        last = re.sub(r"\{\w+\}.*", "", last)
        assert f'"{last}' in SOURCE, way.path


def test_uploads_and_drawings_are_read_by_our_class():
    for function in (gradio.route_utils.upload_fn, gradio.routes.App.create_app):
        assert "GradioMultiPartParser(" in inspect.getsource(function)
    parser = inspect.getsource(files.Parts.__base__)
    for kept in ("self.max_files", "self.max_fields"):
        assert kept in parser
    for module in (gradio.routes, gradio.route_utils):
        assert module.GradioMultiPartParser is files.Parts


def test_other_sites_are_let_in_by_a_class_that_can_be_left_out():
    source = inspect.getsource(gradio.routes.App.create_app)
    assert re.search(r"app\.add_middleware\(\s*CustomCORSMiddleware,", source)


def test_a_call_goes_through_the_two_functions_that_speak():
    source = inspect.getsource(gr.Blocks.process_api)
    assert "await self.preprocess_data(" in source
    assert ".process_api(" in inspect.getsource(gradio.route_utils.call_process_api)
    assert list(inspect.signature(gr.Blocks.preprocess_data).parameters)[1:] == [
        "block_fn",
        "inputs",
        "state",
        "explicit_call",
    ]
    for name in ("inputs", "component_prop_inputs", "input_parameter_names", "api_visibility"):
        assert name in inspect.signature(BlockFunction).parameters


def test_what_can_be_called_is_known_of_a_page():
    def echo(text: str, times: int = 2) -> str:
        return text * times

    with gr.Blocks() as page:
        box = gr.Textbox()
        box.change(None, None, None, js="() => {}")
        box.submit(lambda text: text, box, box, api_visibility="private", queue=False)
        gr.api(echo, api_name="echo")
    (own, endpoint) = asking.handlers(page).values()
    assert (own.name, own.takes, own.queued) == ("", ("1",), False)
    assert endpoint == asking.Handler("echo", ("text", "times"), {"times": 2}, True)


# What a browser fetches --------------------------------------------------------------------------


def drawn_at_once(block):
    """Kinds of components in sight, or only hidden by style, when a tab is opened."""
    if block.visible is False:
        return set()
    found = {block.get_block_name()}
    if not (isinstance(block, gr.Accordion) and not block.open):
        for child in getattr(block, "children", ()):
            found |= drawn_at_once(child)
    return found


def test_what_is_fetched_at_once_is_what_most_tabs_draw(desk):
    page = build_page(desk)
    tabs = [block for block in page.blocks.values() if isinstance(block, gr.Tab)]
    around = {block.get_block_name() for block in page.blocks.values() if block.parent is page}
    kinds = [drawn_at_once(tab) for tab in tabs]
    often = {
        kind for each in kinds for kind in each if sum(kind in k for k in kinds) * 2 > len(tabs)
    }
    every = {*often, *around, "row", "tabs"}
    # An endpoint is drawn as what holds a state: nothing.
    assert set(browser.AT_ONCE) == {*every - {"api"}, "state"}


def test_the_kinds_of_components_and_their_files_are_read_from_gradios_scripts(desk):
    kinds = browser.kinds()
    folder = browser.FRONTEND / "assets"
    assert len(kinds) > 40
    drawn = {block.get_block_name() for block in build_page(desk).blocks.values()} - {"api"}
    assert drawn <= set(kinds)
    for one in (*kinds.values(), *browser.chunks(browser.entry())):
        assert one.file in one.needs
        assert all((folder / name).exists() for name in one.needs)
    assert "Blocks-" in "".join(browser.files_at_once())
    assert browser.entry() not in browser.files_at_once()


def test_what_stands_in_closed_folds_alone_is_nowhere_else(desk):
    page = build_page(desk)
    for block in page.blocks.values():
        if block.get_block_name() in browser.FOLDED:
            assert isinstance(block.parent, gr.Accordion)
            assert not block.parent.open


def test_the_walk_through_the_tree_is_there_once_and_no_part_of_it_is_exchanged(desk):
    text = browser.text_of(browser.core())
    assert text.count(browser.WALKED) == 1
    assert browser.KEPT.encode() in browser._quicker()
    assert build_page(desk).renderables == []


def test_components_are_looked_for_by_the_names_that_chunks_js_gives():
    text = browser.text_of(browser.core())
    assert "window.__GRADIO__CC__" in text
    script = (ASSETS / "page" / "chunks.js").read_text(encoding="utf-8")
    assert "window.__GRADIO__CC__" in script
    # Svelte watches what is plain, and nothing else.
    proxy = r"\w+ in e\)return e;let t=\w+\(e\);if\(t!==\w+&&t!==\w+\)return e;"
    assert re.search(proxy, browser.text_of(browser.entry()))
