"""What Lectern uses of Gradio's inside is still there, as it was when it was written."""

import inspect
import re
from pathlib import Path

import gradio as gr
import gradio.routes
import gradio.utils
import pytest
from gradio import processing_utils
from gradio.block_function import BlockFunction
from gradio.component_meta import ComponentMeta
from gradio.components.image_editor import EditorDataBlobs
from gradio.context import Context, LocalContext
from gradio.route_utils import API_PREFIX, GradioMultiPartParser
from gradio.server_messages import CloseStreamMessage, EstimationMessage, ProcessCompletedMessage

import tabs.kit.picked
from core.paths import ASSETS, ROOT
from page.serving.routes import WAYS
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
    "GradioMultiPartParser",
    "CustomCORSMiddleware",
    "preprocess_data",
    "process_api",
    "get_api_info",
    "_is_server_fn",
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


def test_the_ways_of_the_guard_are_gradios():
    """A way that Gradio does not serve any more would be a hole that nobody looks at."""
    for way in WAYS:
        last = way.path.removeprefix(API_PREFIX)
        last = re.sub(r"\{\w+\}.*", "", last)
        assert f'"{last}' in SOURCE, way.path


def test_uploads_and_drawings_are_read_by_our_class():
    for function in (gradio.route_utils.upload_fn, gradio.routes.App.create_app):
        assert "GradioMultiPartParser(" in inspect.getsource(function)
    parser = inspect.getsource(GradioMultiPartParser)
    for kept in ("self.max_files", "self.max_fields", "self._files_to_close_on_error.append("):
        assert kept in parser
    assert gradio_inside.Parts.__base__ is GradioMultiPartParser


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


def test_what_can_be_called_and_what_takes_a_form_is_known_of_a_page():
    def echo(text: str, times: int = 2) -> str:
        return text * times

    with gr.Blocks() as page:
        box, pad = gr.Textbox(), gr.ImageEditor()
        box.change(None, None, None, js="() => {}")
        box.submit(lambda text: text, box, box, api_visibility="private", queue=False)
        gr.api(echo, api_name="echo")
    (own, endpoint) = gradio_inside.handlers(page).values()
    assert (own.name, own.takes, own.queued) == ("", ("1",), False)
    assert endpoint == gradio_inside.Handler("echo", ("text", "times"), {"times": 2}, True)
    assert gradio_inside.takes_form(page, pad._id, "accept_blobs")
    for component, function in ((box._id, "accept_blobs"), (pad._id, "preprocess"), (999, "x")):
        assert not gradio_inside.takes_form(page, component, function)
