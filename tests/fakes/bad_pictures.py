"""Files that visitors send, good, odd and bad, each made here from its bytes."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

# Four corners that tell every turn and mirroring from every other.
RED, GREEN, BLUE, YELLOW = (220, 30, 40), (30, 160, 60), (40, 60, 200), (240, 220, 40)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def corners(width: int = 48, height: int = 32) -> Image.Image:
    """Red, green, blue, yellow: top left, top right, bottom left, bottom right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = slice(None, height // 2), slice(None, width // 2)
    bottom, right = slice(height // 2, None), slice(width // 2, None)
    pixels[top, left], pixels[top, right] = RED, GREEN
    pixels[bottom, left], pixels[bottom, right] = BLUE, YELLOW
    return Image.fromarray(pixels)


def noise(width: int, height: int) -> Image.Image:
    """Pixels that no format makes smaller."""
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8))


def saved(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    """The bytes of a file that Pillow writes."""
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks after its first one."""
    head = len(SIGNATURE) + 25
    return png[:head] + b"".join(chunks) + png[head:]


def png_of(width: int, height: int, depth: int, colour: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG of any depth and colour type, from its raw rows (each begins with a filter byte)."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    packed = chunk(b"IDAT", zlib.compress(rows, 9))
    return SIGNATURE + head + b"".join(chunks) + packed + chunk(b"IEND", b"")


def bomb(side: int = 13_000) -> bytes:
    """A PNG of 493 KB that unpacks to 13,000 by 13,000 pixels: 507 MB as RGB."""
    packing = zlib.compressobj(9)
    row = bytes(1 + 3 * side)
    packed = b"".join(packing.compress(row) for _ in range(side)) + packing.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return SIGNATURE + head + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def text_bomb(count: int = 80, name: bytes = b"zTXt") -> bytes:
    """A small PNG whose text chunks unpack to 100 MB each."""
    packed = zlib.compress(bytes(100_000_000), 9)
    key = b"Comment\0\0" if name == b"zTXt" else b"Comment\0\1\0\0\0"
    return with_chunks(saved(corners()), *[chunk(name, key + packed)] * count)


def exif(orientation: int = 1) -> bytes:
    """EXIF with a camera's name, a place on Earth and an orientation."""
    tags = Image.Exif()
    tags[274] = orientation
    tags[271] = "Secret Camera"
    tags[34853] = {1: "N", 2: (52.0, 30.0, 59.0), 3: "E", 4: (13.0, 22.0, 39.0)}
    return tags.tobytes()


def wide_profile() -> bytes:
    """An ICC profile whose red and green are swapped: what it means cannot be overlooked."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for number in range(struct.unpack_from(">I", profile, 128)[0]):
        name, *_ = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        places[name] = 132 + 12 * number
    red, green = (
        bytes(profile[places[name] + 4 : places[name] + 12]) for name in (b"rXYZ", b"gXYZ")
    )
    profile[places[b"rXYZ"] + 4 : places[b"rXYZ"] + 12] = green
    profile[places[b"gXYZ"] + 4 : places[b"gXYZ"] + 12] = red
    return bytes(profile)


def animated(kind: str, frames: int = 7, **settings: object) -> bytes:
    """The four corners, then frames of other colours."""
    later = [Image.new("RGB", (48, 32), (30 * number, 0, 90)) for number in range(1, frames)]
    return saved(corners(), kind, save_all=True, append_images=later, duration=50, **settings)


def grey16(values: np.ndarray, *chunks: bytes) -> bytes:
    """A PNG of 16-bit grey values, (row, column)."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png_of(values.shape[1], values.shape[0], 16, 0, rows, *chunks)


def rgb16(values: np.ndarray, *chunks: bytes) -> bytes:
    """A PNG of 16-bit colours, (row, column, 3)."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png_of(values.shape[1], values.shape[0], 16, 2, rows, *chunks)


def palette_with_holes() -> bytes:
    """A palette whose first entry is fully, its second half transparent."""
    picture = Image.new("P", (32, 32), 2)
    picture.putpalette([255, 0, 0, 0, 0, 255, 0, 128, 0])
    picture.paste(0, (0, 0, 16, 16))
    picture.paste(1, (16, 0, 32, 16))
    return saved(picture, "PNG", transparency=bytes([0, 128, 255]))


def cmyk_jpeg(inks: tuple[int, int, int, int]) -> bytes:
    """A CMYK JPEG as Adobe writes it: with its marker, and with all values inverted."""
    return saved(Image.new("CMYK", (32, 32), inks), "JPEG", quality=95)


def ycck_jpeg() -> bytes:
    """A JPEG of four inks whose Adobe marker says that three of them are stored as YCbCr."""
    content = bytearray(cmyk_jpeg((200, 30, 90, 20)))
    content[content.index(b"Adobe") + 11] = 2
    return bytes(content)


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    """A GIF with blocks between its header and its one frame of 16 x 16 pixels."""
    whole = saved(Image.new("P", (16, 16), 0), "GIF")
    head = bytearray(whole[:13])
    struct.pack_into("<HH", head, 6, width, height)
    end = 13 + (3 * 2 ** (head[10] % 8 + 1) if head[10] & 0x80 else 0)
    return bytes(head) + whole[13:end] + b"".join(blocks) + whole[end:]


def jpeg_with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is there again and again: a pass over it for each."""
    whole = saved(Image.new("L", (4000, 3000), 90), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + (whole[last:-2]) * count + b"\xff\xd9"


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
