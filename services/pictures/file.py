"""What a picture's file is, by its bytes and never by its name: its kind, its size, its parts.

Only the outline is read here, so that what must be refused is refused before anything is decoded.
Pillow is then handed the parts that hold pixels and nothing else: no text that unpacks to
gigabytes, no place where a photograph was taken, no second to hundredth frame.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PROFILE = 4_000_000  # bytes; the largest profiles of print shops have about 3 million
MOST_SCANS = 100  # of a JPEG, 20 being many; each costs a pass over the whole picture

_BEGINNINGS = (  # what visitors send, and how it begins; the first five can be read
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("WEBP", 8, b"WEBP"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("BMP", 0, b"BM"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("HEIC", 4, b"ftyphei"),
    ("HEIC", 4, b"ftyphev"),
    ("HEIC", 4, b"ftypmif1"),
    ("AVIF", 4, b"ftypavi"),
    ("JPEG XL", 0, b"\xff\x0a"),
    ("JPEG XL", 4, b"JXL "),
    ("JPEG 2000", 4, b"jP  "),
    ("Photoshop", 0, b"8BPS"),
    ("icon (ICO)", 0, b"\0\0\1\0"),
    ("video (MP4)", 4, b"ftyp"),
    ("PDF", 0, b"%PDF"),
    ("ZIP", 0, b"PK\3\4"),
    ("gzip", 0, b"\x1f\x8b"),
)
READABLE = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


class CutShortError(Exception):
    """The file ends before its picture does."""


class DamagedError(Exception):
    """The file says of itself what cannot be."""


@dataclass(frozen=True)
class Outline:
    """What a file says of its picture before a pixel of it is decoded."""

    kind: str
    width: int  # pixels
    height: int
    content: bytes  # the parts that hold the first frame's pixels, in the same format
    frames: int = 1
    orientation: int = 1  # of EXIF: 1 upright, 2 to 8 mirrored or turned
    profile: bytes = b""  # ICC: what its colours mean


def kind_of(content: bytes) -> str:
    """The kind of a file by how it begins; "" when that is no kind known here."""
    for kind, place, beginning in _BEGINNINGS:
        if content.startswith(beginning, place):
            return kind
    head = content[:4096].replace(b"\0", b"").lower()  # without NUL, UTF-16 reads as ASCII
    for kind, sign in (("SVG", b"<svg"), ("HTML", b"<html"), ("HTML", b"<!doctype html")):
        if sign in head and head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
            return kind
    return ""


def outline(kind: str, content: bytes) -> Outline:
    """Walk through a file of a READABLE kind. Raises CutShortError or DamagedError."""
    try:
        return _WALKS[kind](content)
    except (struct.error, IndexError) as error:  # a field reaches over the end of the file
        raise CutShortError from error


# One walk for each kind -----------------------------------------------------------------------


def _png(content: bytes) -> Outline:
    """PNG, third edition, chapter 5: chunks of length, name, data, checksum."""
    kept, frames, exif, profile, place = [content[:8]], 0, b"", b"", 8
    while True:
        (length,) = struct.unpack_from(">I", content, place)
        name, end = content[place + 4 : place + 8], place + 12 + length
        data = content[place + 8 : end - 4]
        if name in (b"PLTE", b"tRNS", b"IDAT", b"IEND") or (name == b"IHDR" and place == 8):
            kept.append(content[place:end])
            if name == b"IDAT":
                frames = 1  # whether the animation begins with it or comes after it
        elif name == b"fcTL":
            frames += 1
        elif name == b"eXIf":
            exif = data
        elif name == b"iCCP":
            profile = _unpacked(data.partition(b"\0")[2][1:])
        place = end
        if name == b"IEND":
            break
    if kept[1][4:8] != b"IHDR":
        raise DamagedError
    width, height = struct.unpack_from(">II", kept[1], 8)
    turned = _orientation(exif)
    return Outline("PNG", width, height, b"".join(kept), frames, turned, profile)


def _unpacked(packed: bytes) -> bytes:
    """An ICC profile as PNG packs it; nothing when it is damaged or has no end."""
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed, MOST_PROFILE)
    except zlib.error:
        return b""
    return profile if unpacking.eof else b""


def _jpeg(content: bytes) -> Outline:
    """ITU T.81, annex B: segments up to the first scan, which is kept with the other scans."""
    kept, size, exif, profiles, place = [content[:2]], None, b"", {}, 2
    while True:
        if content[place] != 0xFF:
            raise DamagedError
        marker = content[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        (length,) = struct.unpack_from(">H", content, place + 2)
        data, end = content[place + 4 : place + 2 + length], place + 2 + length
        if marker == 0xDA:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, 1)
            size = size or (width, height)
        if marker == 0xE1 and data.startswith(b"Exif\0\0"):
            exif = exif or data[6:]
        elif marker == 0xE2 and data.startswith(b"ICC_PROFILE\0") and len(data) > 14:
            profiles[data[12]] = data[14:]
        elif marker in (0xE0, 0xEE) or not 0xE0 <= marker <= 0xFE:  # JFIF, Adobe, what decodes
            kept.append(content[place:end])
        place = end
    if size is None:
        raise DamagedError
    kept.append(_scans(content, place))
    profile = b"".join(profiles[number] for number in sorted(profiles))
    return Outline("JPEG", *size, b"".join(kept), 1, _orientation(exif), profile)


def _scans(content: bytes, place: int) -> bytes:
    """From the first scan to the end of the picture; phones put videos after it."""
    end = content.find(b"\xff\xd9", place)
    scans = content[place : end + 2] if end > 0 else content[place:]
    if scans.count(b"\xff\xda") > MOST_SCANS:
        raise DamagedError
    return scans


def _webp(content: bytes) -> Outline:
    """RFC 9649: RIFF chunks; the size is that of the canvas, or of the one picture."""
    (said,) = struct.unpack_from("<I", content, 4)
    if said + 8 > len(content):
        raise CutShortError
    size, frames, exif, profile = None, 0, b"", b""
    for name, data in _chunks(content, said + 8):
        if name == b"VP8X":
            width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))
            size = size or (width, height)
        elif name == b"VP8 ":
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 6))
            size = size or (width, height)
        elif name == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 1)
            size = size or ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif name == b"ANMF":
            frames += 1
        elif name == b"EXIF":
            exif = data.removeprefix(b"Exif\0\0")
        elif name == b"ICCP":
            profile = data
    if size is None:
        raise DamagedError
    return Outline("WEBP", *size, content, max(frames, 1), _orientation(exif), profile)


def _chunks(content: bytes, end: int) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= end:
        (length,) = struct.unpack_from("<I", content, place + 4)
        if place + 8 + length > end:
            raise CutShortError
        yield content[place : place + 4], content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _gif(content: bytes) -> Outline:
    """GIF89a: a screen, then blocks; those of the first frame are kept, later ones counted."""
    width, height = struct.unpack_from("<HH", content, 6)
    place = 13 + _palette_bytes(content[10])
    kept, frames, control = [content[:place]], 0, b""
    while place < len(content) and content[place] != 0x3B:
        start, sign = place, content[place]
        if sign == 0x21:
            place = _after_blocks(content, place + 2, frames)
            if content[start + 1] == 0xF9:
                control = content[start:place]
            continue
        if sign != 0x2C:
            break  # what follows is no GIF; the first frame may be whole all the same
        left, top, wide, high, flags = struct.unpack_from("<HHHHB", content, place + 1)
        place = _after_blocks(content, place + 11 + _palette_bytes(flags), frames)
        if not frames:
            kept += [control, content[start:place]]
            width, height = max(width, left + wide), max(height, top + high)
        frames += 1
    if not frames:
        raise CutShortError if place >= len(content) else DamagedError
    return Outline("GIF", width, height, b"".join([*kept, b";"]), frames)


def _palette_bytes(flags: int) -> int:
    return 3 * 2 ** (flags % 8 + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, place: int, frames: int) -> int:
    """The place after a run of blocks; one cut short after the first frame ends the file."""
    size = len(content)
    while place < size and content[place]:
        place += content[place] + 1
    if place >= size and not frames:
        raise CutShortError
    return place + 1


def _bmp(content: bytes) -> Outline:
    """BMP: the old header of 12 bytes, or one of 40 and more. Run lengths are not decoded."""
    (header,) = struct.unpack_from("<I", content, 14)
    if header == 12:
        width, height = struct.unpack_from("<HH", content, 18)
    else:
        width, height = struct.unpack_from("<ii", content, 18)  # negative: from the top down
        (compression,) = struct.unpack_from("<I", content, 30)
        if compression not in (0, 3, 6):  # Pillow takes seconds for run lengths
            raise DamagedError
    return Outline("BMP", abs(width), abs(height), content)


_WALKS = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp, "GIF": _gif, "BMP": _bmp}


def _orientation(exif: bytes) -> int:
    """Tag 274 of EXIF's first directory (CIPA DC-008, 4.6.2); 1 when it is not there."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4], "")
    if not order:
        return 1
    try:
        (place,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, place)
        for entry in range(place + 2, place + 2 + 12 * entries, 12):
            tag, form, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if (tag, form) == (274, 3):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass  # a directory that reaches over the end says nothing
    return 1
