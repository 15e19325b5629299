"""What breaks inside is one sentence outside: nothing is kept, and the next question is answered.

Asked of every view and every endpoint there is; a new one needs no test of its own.
"""

import errno
import sys
from contextlib import nullcontext

import gradio as gr
import pytest
from PIL import Image

from core.errors import SHORT, UserError, as_user_error, short_of_memory
from models import reading
from models.checkpoints import Checkpoints
from models.decoding.forward import Forward
from models.serving import Desk
from services.pictures.reading import picture_in
from tests.house.contract import FOLDER, read
from tests.kit.stages import STEMS, chosen, stages_of
from tests.kit.test_tabs import VIEWS, in_view

TORCH = (
    "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 4096000000 bytes. Error code 12 (Cannot allocate memory)"
)
BUG = "Something went wrong here (ZeroDivisionError): an error of this page, not of yours."
FAULTS = {
    "bug": (lambda: ZeroDivisionError("private text"), BUG),
    "memory": (MemoryError, SHORT),
    "torch": (lambda: RuntimeError(TORCH), SHORT),
    "kernel": (lambda: OSError(errno.ENOMEM, "Cannot allocate memory"), SHORT),
}
CALLS = {
    call["endpoint"]: call
    for call in reversed(read("calls").values())
    if "endpoint" in call and "refused" not in call["gives"]
}
LAYERLESS = ("/tokenize", "/count")  # they ask no layer of a model
BY_PARTS = ("anatomy-cost",)  # takes the parts of a layer, one by one
TABLE_FIRST = ("similarity-neighbours",)  # what its table of embeddings gave is kept


@pytest.fixture
def desk(checkpoints):
    """A desk that has kept nothing."""
    return Desk(checkpoints)


@pytest.fixture
def broken(request):
    """Let the models break inside their first layer, once it is called; and mend them."""

    def breaks(fault):
        def raises():
            raise FAULTS[fault][0]()

        patches = pytest.MonkeyPatch()
        request.addfinalizer(patches.undo)
        patches.setattr(reading, "end_if_left", raises)
        patches.setattr(Forward, "_attend", lambda *_: raises())  # of texts written together
        return patches.undo

    return breaks


def is_as_before(desk, *, empty=True):
    """Whether a desk holds nothing that a model gave, and all may have their turn.

    Where no layer was called, not `empty`: what was read off the weights is kept.
    """
    return (
        (desk._results.bytes < 1000 or not empty)  # a list of questions, say
        and not desk._flights._under_way
        and desk._turns._free == desk.checkpoints.space.queue.concurrency
    )


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_whose_model_breaks_says_so_and_goes_on_afterwards(desk, broken, name):
    tab, view = VIEWS[name]
    choices, kept = chosen(stages_of(desk)[tab.stem], **in_view(tab, view))
    mend = broken("memory")
    asks = view.reads and tab.stem != "tokenization" and name not in BY_PARTS
    with pytest.raises(MemoryError) if asks else nullcontext():
        tab.draw(desk, choices, kept)
    assert is_as_before(desk, empty=asks and name not in TABLE_FIRST)
    mend()
    assert tab.draw(desk, choices, kept).picture


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("endpoint", [name for name in CALLS if name not in LAYERLESS])
def test_a_script_reads_one_sentence_and_may_ask_again(
    desk, broken, endpoint, fault, caplog, monkeypatch
):
    call, name = CALLS[endpoint], endpoint[1:]
    ask = next(tab.endpoints[name] for tab in STEMS.values() if name in tab.endpoints)(desk)
    given = dict(call.get("named", {}))
    if "image" in given:
        picture = picture_in((FOLDER / given["image"]).read_bytes(), desk.limits)
        module = sys.modules["tabs.captioning.endpoint"]  # whose name is its function's too
        monkeypatch.setattr(module, "picture_of_script", lambda *_: picture)
    mend = broken(fault)
    with pytest.raises(gr.Error) as error:
        ask(*call.get("positional", ()), **given)
    assert error.value.message == FAULTS[fault][1]
    assert not error.value.print_exception  # which would be twice in the log
    assert is_as_before(desk)
    assert ("an error that nobody foresaw" in caplog.text) == (fault == "bug")
    mend()
    assert ask(*call.get("positional", ()), **given)


def test_an_error_that_came_of_no_memory_is_one():
    came_of_it = ValueError("decoder failed")
    came_of_it.__cause__ = MemoryError()
    assert short_of_memory(came_of_it)
    assert short_of_memory(RuntimeError("can't start new thread"))
    assert not short_of_memory(RuntimeError("shape mismatch"))
    assert not short_of_memory(OSError(errno.ENOSPC, "No space left on device"))


# Reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["memory", "kernel"])
def test_a_good_picture_is_not_damaged_where_there_is_no_memory_for_it(limits, fault, monkeypatch):
    content = (FOLDER / "scene.png").read_bytes()

    def raises(*_, **__):
        raise FAULTS[fault][0]()

    monkeypatch.setattr(Image.Image, "load", raises)
    with pytest.raises((MemoryError, OSError)) as error:
        picture_in(content, limits)
    assert not isinstance(error.value, UserError)
    assert str(as_user_error(error.value)) == SHORT


def test_a_script_whose_picture_could_not_be_read_leaves_no_file(limits, tmp_path, monkeypatch):
    from tabs.captioning import upload

    sent = tmp_path / "sent.png"
    sent.write_bytes((FOLDER / "scene.png").read_bytes())
    monkeypatch.setattr(upload, "sent_file", lambda path: sent)
    monkeypatch.setattr(Image.Image, "load", lambda *_: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        upload.picture_of_script({"path": "sent.png"}, limits)
    assert not sent.exists()


def test_a_model_that_finds_no_memory_is_not_damaged(space, monkeypatch):
    models = Checkpoints(space)
    entry = models.default("attention")
    monkeypatch.setattr(
        "models.loading.read_parts", lambda *_: (_ for _ in ()).throw(RuntimeError(TORCH))
    )
    with pytest.raises(UserError, match="is not available: this machine is short of memory"):
        models.load(entry)
    slot = models._slots[entry.name]
    assert not slot.doubtful  # its files are not fetched and hashed anew
    monkeypatch.undo()
    slot.forgive()
    assert models.load(entry).model is not None


def test_a_list_that_finds_no_memory_is_not_a_bad_list(limits, tmp_path, monkeypatch):
    from tabs.kit.notes import shows_user_errors

    note = object()

    @shows_user_errors(note)
    def open_file(path):
        raise MemoryError

    assert SHORT in open_file("list.csv")[note]
