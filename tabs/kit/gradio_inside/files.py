"""Files of visitors, as Gradio keeps them: uploads, downloads, and what is left of either."""

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.routes
from gradio import processing_utils, route_utils
from gradio.utils import get_upload_folder

from core.ages import Ages

MOST_FILES = 3  # in one upload; the page sends one
MOST_FIELDS = 8  # beside them


def upload_folder() -> Path:
    """Where uploads are kept; it follows GRADIO_TEMP_DIR."""
    return Path(get_upload_folder())


def save_for_download(content: bytes, name: str, button: gr.DownloadButton) -> str:
    """The path of a file that the button may hand out: Gradio serves what is in its cache.

    Where it cannot be written, no half of it stays: Gradio would hand that out the next time.
    """
    try:
        return processing_utils.save_bytes_to_cache(content, name, button.GRADIO_CACHE)
    except OSError:
        folder = Path(button.GRADIO_CACHE) / processing_utils.hash_bytes(content)
        with contextlib.suppress(OSError):
            (folder / name).unlink(missing_ok=True)
            folder.rmdir()  # unless the same numbers lie there under another name
        raise


_ages = Ages()
_delete_all = route_utils.delete_files_created_by_app


def _delete_the_old(blocks: gr.Blocks, age: int | None) -> None:
    """What Gradio does every ten minutes, by a clock that nobody sets; at the end for all."""
    if age is None:
        return _delete_all(blocks, None)
    stay = {
        file for block in blocks.blocks.values() for file in getattr(block, "keep_in_cache", ())
    }
    for files in blocks.temp_file_sets:
        for file in files - stay:
            with contextlib.suppress(FileNotFoundError):
                if _ages.of(file) > age:
                    os.remove(file)
                    files.discard(file)


route_utils.delete_files_created_by_app = _delete_the_old


_halves: ContextVar[list[Any] | None] = ContextVar("halves", default=None)
_made = route_utils.NamedTemporaryFile


def _noted(*args: Any, **named: Any) -> Any:
    file = _made(*args, **named)
    begun = _halves.get()
    if begun is not None:
        begun.append(file)
    return file


route_utils.NamedTemporaryFile = _noted


@contextlib.contextmanager
def leaving_no_halves() -> Iterator[None]:
    """Delete what an upload within has begun to write and not brought to its place.

    Gradio leaves it where a disk is full, and where a browser breaks off.
    """
    begun: list[Any] = []
    before = _halves.set(begun)
    try:
        yield
    finally:
        _halves.reset(before)
        for file in begun:
            with contextlib.suppress(OSError):  # what is still to be written finds no room either
                file.close()  # one that is open takes its room, though it has no name any more
            Path(file.name).unlink(missing_ok=True)


class Parts(route_utils.GradioMultiPartParser):
    """Reads an upload of a few files; Gradio's own takes a thousand."""

    def __init__(self, headers: Any, stream: Any, **settings: Any) -> None:
        few = {"max_files": MOST_FILES, "max_fields": MOST_FIELDS}
        super().__init__(headers, stream, **settings | few)


for _module in (route_utils, gradio.routes):
    _module.GradioMultiPartParser = Parts  # type: ignore[attr-defined]
