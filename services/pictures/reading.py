"""A visitor's picture, read with care: what came is judged before it is decoded."""

import stat
import threading
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from core.errors import UserError, short_of_memory
from core.spacefile import Limits
from services.pictures.file import READABLE, CutShortError, Outline, kind_of, outline

try:
    from PIL import ImageCms
except ImportError:  # a Pillow built without LittleCMS
    ImageCms = None  # type: ignore[assignment]

LONG_SIDE = 1024  # pixels; the models look at fewer than 400
BAND = 256  # rows; a picture with transparency is worked on in bands
VISIBLE = 8  # of 255: below it, another colour is not worth a sentence
_ALLOWED = f"{', '.join(READABLE[:-1])} and {READABLE[-1]} are allowed"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# A decoded picture of the largest size takes up to 50 MB, several times over: one at a time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """What is kept of a visitor's picture: its pixels, and nothing of where they come from."""

    image: Image.Image  # RGB, 8 bits, no metadata, its long side at most LONG_SIDE
    remarks: tuple[str, ...] = ()  # sentences on what was done to it


def read_picture(path: str | Path, limits: Limits) -> Picture:
    """The picture in a file, upright, opaque and small enough to work with.

    Decided by content, never by name. Raises UserError: what was seen, what is allowed.
    """
    return picture_in(_content(path, limits), limits)


def picture_in(content: bytes, limits: Limits) -> Picture:
    """The picture in the bytes of a file, as `read_picture` gives it. Raises UserError."""
    if not content:
        raise UserError(f"The file is empty (0 bytes); {_ALLOWED}.")
    kind = kind_of(content)
    if kind not in READABLE:
        raise UserError(_refusal(kind, content))
    try:
        found = outline(kind, content)
        _check_size(found.width, found.height, limits)
        with _ONE_AT_A_TIME, Image.open(BytesIO(found.content), formats=[kind]) as image:
            _check_size(*image.size, limits)  # a file may say two things about its size
            return _prepared(image, found, limits.picture_side)
    except CutShortError as error:
        raise UserError(_cut_short(kind, content)) from error
    except UserError:
        raise
    except Exception as error:  # Pillow raises a dozen kinds on what is not as it should be
        if short_of_memory(error):
            raise  # which says nothing of the file
        if "truncated" in str(error) or isinstance(error, EOFError):
            raise UserError(_cut_short(kind, content)) from error
        what = f"The {kind} file cannot be decoded: it is damaged, or of an unusual kind"
        raise UserError(f"{what}; {_ALLOWED}. Save the picture again, as PNG.") from error


# What is refused --------------------------------------------------------------------------------


def _content(path: str | Path, limits: Limits) -> bytes:
    """All bytes of a plain file, if they are not too many."""
    try:
        place = Path(path)
        about = place.stat()
        if not stat.S_ISREG(about.st_mode):  # a folder; a pipe would be waited for without end
            raise UserError(f"What was sent is not a file but a folder or a device; {_ALLOWED}.")
        if about.st_size > limits.picture_bytes:
            raise UserError(
                f"The picture's file has {about.st_size:,} bytes; "
                f"at most {limits.picture_bytes:,} are allowed."
            )
        content = place.read_bytes()
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, UserError) or short_of_memory(error):
            raise
        raise UserError("The picture's file is not there any more; send it again.") from error
    return content


def _refusal(kind: str, content: bytes) -> str:
    if kind == "SVG":
        return f"The file is an SVG, which is a drawing program and not pixels; {_ALLOWED}."
    if kind:
        return f"The file is of the kind {kind}; {_ALLOWED}. Save the picture as one of these."
    begins = content[:12].decode("latin-1")
    shown = "".join(letter if letter.isprintable() else "·" for letter in begins)
    return f"The file is not a picture (it begins with “{shown}”); {_ALLOWED}."


def _cut_short(kind: str, content: bytes) -> str:
    return (
        f"The {kind} file ends in the middle of its picture, after {len(content):,} bytes; "
        "only a whole file can be read. Send it again."
    )


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.picture_pixels:
        raise UserError(
            f"The picture has {width:,} × {height:,} = {width * height:,} pixels; "
            f"at most {limits.picture_pixels:,} are allowed."
        )
    if min(width, height) < limits.picture_side:
        raise UserError(
            f"The picture has {width:,} × {height:,} pixels; "
            f"each side must have at least {limits.picture_side}."
        )


# What is done to a picture ----------------------------------------------------------------------


def _prepared(image: Image.Image, found: Outline, shortest: int) -> Picture:
    """The first frame: opaque, small, in sRGB, upright. The order spares memory and time."""
    remarks = []
    if found.frames > 1:
        remarks.append(f"This is the first of the file's {found.frames:,} frames.")
    whole = (found.width, found.height)
    small = _smaller(whole, shortest)
    image.draft(None, small)  # JPEG can be decoded at a half, a quarter or an eighth
    plain, see_through = _opaque(_eight_bits(image))
    if see_through:
        remarks.append("Where it is transparent, it stands on white.")
    if plain.size != small:
        plain = plain.resize(small, Image.Resampling.LANCZOS, reducing_gap=3)
    before = plain.convert("RGB")
    after = _in_srgb(plain, found.profile) or before
    if plain.mode == "CMYK":
        remarks.append("Its inks (CMYK) were turned into the colours of a screen (sRGB).")
    elif np.asarray(ImageChops.difference(before, after)).max() > VISIBLE:
        remarks.append("Its colours were converted from its own profile to sRGB.")
    if found.orientation != 1:
        after = after.transpose(_TURNS[found.orientation])
        remarks.append("It was turned upright, as its camera noted (EXIF).")
    if small != whole:
        remarks.append(_size_remark(whole, small, found.orientation))
    bare = Image.frombytes("RGB", after.size, after.tobytes())  # `info` stays behind
    return Picture(bare, tuple(remarks))


def _size_remark(whole: tuple[int, int], small: tuple[int, int], orientation: int) -> str:
    """Both sizes as they stand on screen: orientations 5 to 8 lay the picture on its side."""
    step = -1 if orientation >= 5 else 1
    old, new = (" × ".join(f"{side:,}" for side in size[::step]) for size in (whole, small))
    return f"It was made smaller, from {old} to {new} pixels."


def _smaller(size: tuple[int, int], shortest: int) -> tuple[int, int]:
    """The size within LONG_SIDE, of the same proportions as far as `shortest` allows.

    A picture of 1 or 3 rows would be taken for one of as many colour channels by the models.
    """
    scale = min(1.0, LONG_SIDE / max(size))
    width, height = (max(int(side * scale + 0.5), shortest) for side in size)
    return width, height


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture with 8 bits for each channel; Pillow would clip 16 bits of grey, not scale."""
    if not image.mode.startswith("I"):
        return image
    grey = np.asarray(image).astype(np.uint16)  # (row, column)
    scaled = Image.fromarray((grey >> 8).astype(np.uint8))
    if "transparency" in image.info:
        shown = grey != image.info["transparency"]
        scaled.putalpha(Image.fromarray(np.where(shown, 255, 0).astype(np.uint8)))
    return scaled


def _opaque(image: Image.Image) -> tuple[Image.Image, bool]:
    """L, RGB or CMYK, and whether anything shone through; what does, stands on white."""
    if image.has_transparency_data:
        return _on_white(image)
    if image.mode in ("L", "RGB", "CMYK"):
        image.load()
        return image, False
    return image.convert("L" if image.mode == "1" else "RGB"), False


def _on_white(image: Image.Image) -> tuple[Image.Image, bool]:
    """The picture on white paper, and whether any paper is seen: band by band, to spare memory."""
    image.load()
    done, seen = Image.new("RGB", image.size), False
    for top in range(0, image.height, BAND):
        box = (0, top, image.width, min(top + BAND, image.height))
        layers = image.crop(box).convert("RGBA")
        seen = seen or int(np.asarray(layers.getchannel("A")).min()) < 255
        paper = Image.new("RGBA", layers.size, "white")
        done.paste(Image.alpha_composite(paper, layers).convert("RGB"), box)
    return done, seen


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture's colours as its ICC profile means them; None without a profile that fits."""
    if not profile or ImageCms is None:
        return None
    try:
        meant = ImageCms.ImageCmsProfile(BytesIO(profile))
        screen = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, meant, screen, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a profile of another kind of picture, or a damaged one: as if it had none
