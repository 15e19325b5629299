"""What Lectern uses of Gradio's inside is still there, as it was when it was written."""

import errno
import inspect
import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import gradio.routes
import gradio.utils
import pytest
from gradio import http_server, processing_utils, route_utils
from gradio.component_meta import ComponentMeta
from gradio.components.image_editor import EditorDataBlobs
from gradio.context import Context, LocalContext
from gradio.queueing import Queue
from gradio.server_messages import CloseStreamMessage, EstimationMessage, ProcessCompletedMessage

import tabs.kit.picked
from core.ages import Ages
from core.paths import ASSETS, ROOT
from page.serving import PROGRESS, UPLOAD
from tabs.kit import gradio_inside
from tabs.kit.picked import Picked

SOURCE = inspect.getsource(gradio.routes)
PRIVATE = (
    "component_meta",
    "LocalContext",
    "root_block",
    "upload_file_set",
    "blob_storage",
    "get_upload_folder",
    "processing_utils",
    "GRADIO_CACHE",
    "http_server",
    "route_utils",
    "process_events",
    "_queue",
    "temp_file_sets",
)


def test_the_inside_of_gradio_is_touched_in_one_file():
    files = [*(ROOT / "tabs").rglob("*.py"), *(ROOT / "page").rglob("*.py"), ROOT / "app.py"]
    touching = {
        (file.name, name)
        for file in files
        for name in PRIVATE
        if name in file.read_text(encoding="utf-8") and file.name != "gradio_inside.py"
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
        (gradio_inside._delete_all, ["blocks", "age"]),
        (gr.Image.preprocess, ["self", "payload"]),
        (gr.ImageEditor.preprocess, ["self", "payload"]),
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
    path = Path(gradio_inside.save_for_download(b"1,2", "numbers.csv", gr.DownloadButton()))
    assert path.read_bytes() == b"1,2"
    assert (path.name, path.is_relative_to(tmp_path)) == ("numbers.csv", True)
    assert gradio_inside.upload_folder() == tmp_path


def test_a_download_that_cannot_be_written_leaves_no_half(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    button = gr.DownloadButton()

    def half(path, content):
        path.open("wb").write(content[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half)
        with pytest.raises(OSError, match="No space"):
            gradio_inside.save_for_download(b"1,2", "numbers.csv", button)
    assert list(tmp_path.rglob("*")) == []
    assert gradio_inside.save_for_download(b"1,2", "numbers.csv", button)


def test_what_was_sent_is_deleted_by_its_age_and_not_by_the_time_of_day(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(gradio_inside, "_ages", Ages(lambda: now[0]))
    files = {str(tmp_path / name) for name in ("old", "looked-at", "gone")}
    for file in files:
        Path(file).write_text("of somebody")
    Path(tmp_path / "gone").unlink()
    page = SimpleNamespace(blocks={}, temp_file_sets=[files])

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
    for asking in (route_utils.delete_files_on_schedule, route_utils._lifespan_handler):
        assert "delete_files_created_by_app" in inspect.getsource(asking)
    assert route_utils.delete_files_created_by_app is gradio_inside._delete_the_old


def test_only_the_app_that_is_served_is_made():
    with gradio_inside.no_app_yet(), gr.Blocks() as page:
        gr.HTML()
    assert page.app is None
    page.queue()
    assert isinstance(page.app, gradio.routes.App)
    assert "self.server_app = self.app = App.create_app(" in inspect.getsource(gr.Blocks.launch)


def test_launch_asks_for_the_server_that_is_replaced():
    assert "http_server.start_server(" in inspect.getsource(gr.Blocks.launch)
    assert "self._queue.set_server_app" in inspect.getsource(gr.Blocks.launch)


def test_a_call_of_the_queue_bears_its_number_and_a_direct_one_none():
    assert "event_id=event_id" in inspect.getsource(route_utils.call_process_api)
    assert "body.event_id = None" in SOURCE
    assert "self.process_events, events, batch" in inspect.getsource(Queue.start_processing)


def test_an_upload_begins_with_the_file_that_is_noted(tmp_path):
    parser = inspect.getsource(route_utils.GradioMultiPartParser)
    assert "NamedTemporaryFile(delete=False, dir=self.upload_dir)" in parser
    with gradio_inside.leaving_no_halves():
        half = route_utils.NamedTemporaryFile(delete=False, dir=tmp_path)
        whole = route_utils.NamedTemporaryFile(delete=False, dir=tmp_path)
        os.rename(whole.name, tmp_path / "whole")
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
    assert half.closed


def test_a_pad_puts_drawings_where_it_is_told():
    pad, drawings = gr.ImageEditor(), {}
    assert pad.blob_storage == {}
    assert gradio_inside.keep_drawings(pad, drawings).blob_storage is drawings
    assert set(EditorDataBlobs.model_fields) == {"background", "layers", "composite"}


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


def test_uploads_go_where_the_guard_stands():
    for path in (UPLOAD, PROGRESS):
        prefix, _, last = path[1:].partition("/")
        assert f"/{prefix}" == gradio.routes.API_PREFIX
        assert f'"/{last}"' in SOURCE
