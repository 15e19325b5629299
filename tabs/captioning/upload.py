"""A picture in a file on its way in, and out again.

Two ways in (a visitor's box, a script) and one rule: Gradio moves bytes, `services.pictures` alone
decodes them.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from core.ages import Ages
from core.errors import NothingYetError, UserError
from core.spacefile import Limits
from services.pictures.reading import Picture, read_picture
from tabs.kit.gradio_inside import undecoded, was_sent
from tabs.kit.gradio_inside.files import upload_folder

SENT = ".sent"  # a file beside a kept picture: the path of what was sent for it
STALE = 3600  # seconds, as long as the page keeps a visitor's state
AGES = Ages()


# A file ------------------------------------------------------------------------------------------


def picture_box(**settings: Any) -> gr.Image:
    """Where a picture is dropped, pasted or taken; it shows what is kept of it.

    It gives the path of what was sent, as it was sent. Gradio itself would open the file first: a
    broken one ends as an error without a sentence, a palette or CMYK is decoded whatever its size,
    and the copy it writes is never deleted.
    """
    return undecoded(gr.Image, _path_of)(
        sources=["upload", "clipboard", "webcam"],
        webcam_options=gr.WebcamOptions(mirror=False),  # mirrored, “left” would be wrong
        buttons=["fullscreen"],
        height=320,
        **settings,
    )


def weigh_in_browser(box_id: str, limits: Limits) -> None:
    """Have the browser refuse what is too large, before it is sent."""
    allowed = json.dumps([box_id, limits.picture_bytes])
    gr.HTML(js_on_load=f"lectern.weigh(...{allowed});", visible="hidden")


def _path_of(box: gr.Image, payload: Any) -> str | None:
    return None if payload is None else payload.path or ""  # "": a data URL, refused by sent_file


def receive(path: str | None, limits: Limits, session: str | None) -> tuple[str, Picture]:
    """A visitor's own copy of a picture, bare of metadata, and what was done to it.

    It takes the place of the picture before it, which stays when this one is refused. What was
    sent stays as it came until `strip`. Raises UserError.
    """
    sent = sent_file(path)
    own = folder_of(session) / f"{secrets.token_hex(16)}.png"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.with_suffix(SENT).write_bytes(os.fsencode(sent))
    picture = read_picture(sent, limits)
    try:
        picture.image.save(own, "PNG", compress_level=1)
    except OSError:  # a full disk; `strip` deletes what was sent
        own.unlink(missing_ok=True)
        raise
    for before in own.parent.glob("*.png"):
        if before != own:
            before.unlink(missing_ok=True)
    return str(own), picture


def strip(session: str | None) -> None:
    """Of what was sent, overwrite what is kept with its bare pixels, and delete the rest.

    Not in `receive`: the browser may still be fetching the file, to show it while it waits. And
    overwritten, not deleted: a whole class may send the same file at the same moment, and Gradio
    names files by their content, so that deleting it would take it from the others.
    """
    for note in folder_of(session).glob(f"*{SENT}"):
        own, sent = note.with_suffix(".png"), Path(os.fsdecode(note.read_bytes()))
        if not own.exists():
            sent.unlink(missing_ok=True)
            note.unlink(missing_ok=True)
        elif sent.exists():
            _overwrite(sent, own.read_bytes())


def _overwrite(sent: Path, content: bytes) -> None:
    """In one step: whoever reads the file has the one or the other, whole.

    On a full disk the file goes: what was in it besides the picture must not stay.
    """
    beside = sent.with_name(f"{secrets.token_hex(8)}.bare")
    try:
        beside.write_bytes(content)
        os.replace(beside, sent)
    except OSError:
        beside.unlink(missing_ok=True)
        sent.unlink(missing_ok=True)
        raise


def kept(path: str | None, limits: Limits) -> Image.Image:
    """A picture that `receive` kept; looking at it lets it live on. Raises UserError."""
    if path is None or not Path(path).is_file():
        raise NothingYetError(
            "There is no picture yet: choose a file, paste one or take one. A link does not carry "
            "the picture that somebody else has sent."
        )
    image = read_picture(path, limits).image
    os.utime(path)  # delete_cache counts from the last change
    return image


def sent_file(path: object) -> Path:
    """A file that a visitor sent to this page, and no other of this machine.

    Raises UserError, with the first 60 characters of what came.
    """
    if isinstance(path, str) and was_sent(path):
        return Path(path)
    seen = repr(str(path)[:60]) if path else "nothing"
    raise UserError(
        "The image must be a file that was sent to this page "
        f"(in Python: gradio_client.handle_file of a file on your own machine); got {seen}."
    )


def folder_of(session: str | None) -> Path:
    """Where one visitor's pictures lie. The name that a browser gives itself is hashed."""
    name = hashlib.sha256(f"pictures {session}".encode()).hexdigest()[:32]
    return upload_folder() / f"pictures-{name}"


def remove(folder: Path) -> None:
    """Delete the pictures in a visitor's folder, and what was sent for them."""
    for note in folder.glob(f"*{SENT}"):
        Path(os.fsdecode(note.read_bytes())).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def forget(sessions: Collection[str]) -> None:
    """Delete the pictures of visitors who have left, and what others left behind long ago."""
    for session in sessions:
        remove(folder_of(session))
    sweep(upload_folder())


def sweep(uploads: Path) -> None:
    """Delete what nobody will come back for: uploads that were broken off (Gradio keeps them for
    ever), and folders of visitors whose leaving nobody noticed."""
    for stale in (*uploads.glob("tmp*"), *uploads.glob("pictures-*")):
        try:
            age = min(AGES.of(part) for part in (stale, *stale.glob("*")))
        except FileNotFoundError:  # whose it was, deletes it at this moment
            continue
        if age < STALE:
            continue
        if stale.is_dir():
            remove(stale)
        else:
            stale.unlink(missing_ok=True)


# A script ----------------------------------------------------------------------------------------


def picture_of_script(image: object, limits: Limits) -> Picture:
    """What `/caption` was given as `image`. Raises UserError.

    Only `{"path": …}` is looked at: a `url` (`data:` or `http`) is nothing that was sent here.
    """
    path = image.get("path") if isinstance(image, dict) else image
    sent = sent_file(path)
    try:
        picture = read_picture(sent, limits)
        plain = BytesIO()
        picture.image.save(plain, "PNG", compress_level=1)
        _overwrite(sent, plain.getvalue())
    except Exception:  # whatever it was: what is not bare is not kept
        sent.unlink(missing_ok=True)
        raise
    return picture
