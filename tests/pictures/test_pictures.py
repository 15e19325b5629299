"""A visitor's picture: what is refused, in one sentence, and what is done to the rest."""

import io
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import UserError
from core.paths import ROOT
from services.pictures import reading as pictures
from services.pictures.reading import Picture, read_picture
from tests.fakes import bad_pictures as bad

KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


@pytest.fixture
def read(tmp_path, limits):
    """Read bytes as a visitor's file of any name."""

    def reading(content: bytes, name: str = "picture") -> Picture:
        path = tmp_path / name
        path.write_bytes(content)
        return read_picture(path, limits)

    return reading


def refusal(read, content: bytes) -> str:
    with pytest.raises(UserError) as error:
        read(content)
    assert "\n" not in str(error.value)
    return str(error.value)


def read_or_refused(read, content: bytes) -> Picture | str:
    """The picture, or the sentence that refuses it; any other error fails the test."""
    try:
        return read(content)
    except UserError as error:
        return str(error)


def colours(picture: Picture) -> list[tuple[int, ...]]:
    """The middle pixel of each corner: top left, top right, bottom left, bottom right."""
    width, height = picture.image.size
    places = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [picture.image.getpixel(place) for place in places]


def close(seen, meant, most: int = 12) -> bool:
    return bool(np.abs(np.asarray(seen, int) - np.asarray(meant, int)).max() <= most)


CORNERS = [bad.RED, bad.GREEN, bad.BLUE, bad.YELLOW]


# What is kept -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["picture.svg", "a'b\"<script>.exe", ".." * 40, "größe 图.tiff"])
def test_the_content_decides_and_never_the_name(read, kind, name):
    picture = read(
        bad.saved(bad.corners(), kind, **({"quality": 95} if kind == "JPEG" else {})), name
    )
    assert picture.remarks == ()
    assert (picture.image.mode, picture.image.size) == ("RGB", (48, 32))
    assert close(colours(picture), CORNERS, most=25 if kind in ("WEBP", "JPEG") else 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_photograph_stands_upright(read, kind, orientation):
    upright = bad.corners()
    undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    stored = upright.transpose(pictures._TURNS[undo]) if orientation > 1 else upright
    lossless = {"lossless": True} if kind == "WEBP" else {}
    picture = read(bad.saved(stored, kind, exif=bad.exif(orientation), **lossless))
    assert picture.image.size == (48, 32)
    assert close(colours(picture), CORNERS)
    assert any("EXIF" in remark for remark in picture.remarks) == (orientation > 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turn_is_the_one_that_pillow_makes(orientation):
    from PIL import ImageOps

    turned = bad.noise(5, 3)
    turned.getexif()[274] = orientation
    expected = ImageOps.exif_transpose(turned)
    own = turned.transpose(pictures._TURNS[orientation]) if orientation > 1 else turned
    assert np.array_equal(np.asarray(own), np.asarray(expected))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_is_kept_of_where_a_picture_comes_from(read, kind):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = {} if kind == "PNG" else {"xmp": b"<x:xmpmeta>Secret Author</x:xmpmeta>"}
    content = bad.saved(bad.corners(), kind, exif=bad.exif(), icc_profile=profile, **xmp)
    assert b"Secret Camera" in content
    image = read(content).image
    assert image.info == {}
    assert dict(image.getexif()) == {}
    assert image.format is None
    assert b"Secret" not in bad.saved(image)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_taken_and_it_is_said(read, kind):
    lossless = {"lossless": True} if kind == "WEBP" else {}
    picture = read(bad.animated(kind, **lossless))
    assert close(colours(picture), CORNERS)
    assert picture.remarks == ("This is the first of the file's 7 frames.",)


def test_the_picture_before_an_animated_png_counts_as_a_frame(read):
    picture = read(bad.animated("PNG", default_image=True))
    assert picture.remarks == ("This is the first of the file's 7 frames.",)


def test_16_bits_of_grey_are_scaled_and_not_clipped(read):
    ramp = np.tile(np.linspace(0, 65535, 64), (32, 1)).astype(np.uint16)
    image = read(bad.grey16(ramp)).image
    assert close(np.asarray(image)[..., 0], ramp >> 8, most=0)


def test_16_bits_of_colour_are_scaled(read):
    pixels = np.full((16, 16, 3), (65535, 32768, 1000), np.uint16)
    assert read(bad.rgb16(pixels)).image.getpixel((5, 5)) == (255, 128, 3)


def test_a_transparent_grey_of_16_bits_stands_on_white(read):
    values = np.full((16, 16), 1000, np.uint16)
    values[:8] = 40000
    picture = read(bad.grey16(values, bad.chunk(b"tRNS", (1000).to_bytes(2, "big"))))
    assert picture.image.getpixel((4, 2)) == (156, 156, 156)
    assert picture.image.getpixel((4, 12)) == (255, 255, 255)


def test_a_transparent_colour_of_16_bits_does_no_harm(read):
    pixels = np.full((16, 16, 3), (65535, 32768, 1000), np.uint16)
    key = b"".join(value.to_bytes(2, "big") for value in (65535, 32768, 1000))
    read(bad.rgb16(pixels, bad.chunk(b"tRNS", key)))


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("1", 0, (0, 0, 0)),
        ("L", 90, (90, 90, 90)),
        ("P", 0, (0, 0, 0)),
        ("LA", (90, 255), (90, 90, 90)),
        ("RGBA", (10, 200, 30, 255), (10, 200, 30)),
    ],
)
def test_every_sort_of_png_becomes_rgb_without_a_word(read, mode, colour, expected):
    picture = read(bad.saved(Image.new(mode, (16, 16), colour)))
    assert picture.image.getpixel((3, 3)) == expected
    assert picture.remarks == ()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("alpha", [0, 128])
def test_what_is_transparent_stands_on_white(read, mode, alpha):
    colour = (0, alpha) if mode == "LA" else (0, 0, 0, alpha)
    picture = read(bad.saved(Image.new(mode, (16, 16), colour)))
    assert close(picture.image.getpixel((3, 3)), [255 - alpha] * 3, most=1)
    assert picture.remarks == ("Where it is transparent, it stands on white.",)


def test_a_palette_may_be_transparent_in_part(read):
    picture = read(bad.palette_with_holes())
    assert picture.image.getpixel((4, 4)) == (255, 255, 255)
    assert close(picture.image.getpixel((20, 4)), (127, 127, 255), most=1)
    assert picture.image.getpixel((4, 20)) == (0, 128, 0)
    assert picture.remarks == ("Where it is transparent, it stands on white.",)


@pytest.mark.parametrize(
    ("inks", "expected"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 255, 255, 0), (255, 0, 0)),
        ((255, 255, 0, 0), (0, 0, 255)),
    ],
)
def test_inks_become_colours_and_are_not_inverted(read, inks, expected):
    content = bad.cmyk_jpeg(inks)
    assert b"Adobe" in content
    picture = read(content)
    assert close(picture.image.getpixel((9, 9)), expected, most=4)
    assert len(picture.remarks) == 1
    assert "CMYK" in picture.remarks[0]


def test_the_marker_of_adobe_decides_how_inks_are_stored(read):
    content = bad.ycck_jpeg()
    with Image.open(io.BytesIO(content)) as image:
        expected = image.convert("RGB").getpixel((9, 9))
    assert read(content).image.getpixel((9, 9)) == expected
    assert not close(expected, read(bad.cmyk_jpeg((200, 30, 90, 20))).image.getpixel((9, 9)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_mean_what_their_profile_says(read, kind):
    plain = Image.new("RGB", (32, 32), (200, 20, 20))
    picture = read(bad.saved(plain, kind, icc_profile=bad.wide_profile()))
    red, green, _ = picture.image.getpixel((9, 9))
    assert green > red  # the profile swaps the two
    assert picture.remarks == ("Its colours were converted from its own profile to sRGB.",)


@pytest.mark.parametrize("profile", [b"no profile", bytes(5_000_000)], ids=["damaged", "endless"])
def test_a_damaged_profile_is_as_good_as_none(read, profile):
    picture = read(bad.saved(bad.corners(), icc_profile=profile))
    assert close(colours(picture), CORNERS, most=0)
    assert picture.remarks == ()


def test_a_profile_of_another_sort_of_picture_is_left_aside(read):
    picture = read(bad.saved(Image.new("L", (16, 16), 77), icc_profile=bad.wide_profile()))
    assert picture.image.getpixel((3, 3)) == (77, 77, 77)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_made_smaller_and_it_is_said(read, kind):
    picture = read(bad.saved(bad.corners(3000, 1500), kind, exif=bad.exif(6)))
    assert picture.image.size == (512, 1024)
    assert picture.remarks[-1] == "It was made smaller, from 1,500 × 3,000 to 512 × 1,024 pixels."
    turned = [bad.BLUE, bad.RED, bad.YELLOW, bad.GREEN]
    assert close(colours(picture), turned)


def test_a_ribbon_keeps_a_side_that_is_no_colour_channel(read, limits):
    picture = read(bad.saved(Image.new("L", (9000, 9))))
    assert picture.image.size == (1024, limits.picture_side)


def test_the_same_file_gives_the_same_pixels(read):
    content = bad.saved(bad.noise(1500, 900), "JPEG", exif=bad.exif(6))
    assert read(content).image.tobytes() == read(content).image.tobytes()


def test_what_follows_a_picture_in_its_file_is_not_looked_at(read):
    for kind in ("PNG", "JPEG", "GIF"):
        content = bad.saved(bad.corners(), kind) + b"<script>alert(1)</script>PK\3\4" * 9
        assert read(content).image.size == (48, 32)


def test_exif_that_points_anywhere_says_nothing(read):
    for place in (8, 9, 2**31, 2**32 - 1):
        wrong = b"Exif\0\0MM\0*" + place.to_bytes(4, "big") + b"\xff" * 40
        picture = read(bad.saved(bad.corners(), "JPEG", exif=wrong))
        assert picture.remarks == ()


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty (0 bytes); JPEG, PNG, WEBP, GIF and BMP are allowed."),
        (b"Hello, world\n", "not a picture (it begins with “Hello, world”)"),
        (b"\0\1\2\3<script>", "not a picture (it begins with “····<script>”)"),
        (bad.SVG, "The file is an SVG, which is a drawing program and not pixels; JPEG,"),
        (b"\xef\xbb\xbf" + bad.SVG, "an SVG"),
        (bad.SVG.decode().encode("utf-16"), "an SVG"),
        (b"<!-- " + b"x" * 2000 + b" -->" + bad.SVG, "an SVG"),
        (b"<!DOCTYPE html><p>hi", "of the kind HTML; JPEG, PNG, WEBP, GIF and BMP are allowed"),
        (bad.saved(bad.corners(), "TIFF"), "of the kind TIFF"),
        (bad.saved(bad.corners(), "AVIF"), "of the kind AVIF"),
        (bad.saved(bad.corners(), "ICO"), "of the kind icon (ICO)"),
        (bad.saved(bad.corners(), "JPEG2000"), "of the kind JPEG 2000"),
        (bad.saved(bad.corners(), "PDF"), "of the kind PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "of the kind HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "of the kind video (MP4)"),
        (b"PK\3\4 and so on", "of the kind ZIP"),
    ],
)
def test_what_is_no_picture_is_named_with_what_is_allowed(read, content, sentence):
    said = refusal(read, content)
    assert sentence in said
    assert "JPEG, PNG, WEBP, GIF and BMP are allowed" in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_file_that_was_cut_short_says_where_it_ends(read, kind, share):
    whole = bad.saved(bad.noise(64, 64), kind)
    part = whole[: int(len(whole) * share)]
    said = refusal(read, part)
    assert said == (
        f"The {kind} file ends in the middle of its picture, after {len(part):,} bytes; "
        "only a whole file can be read. Send it again."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_at_any_byte_is_refused_or_reads_whole_and_never_fails(read, kind):
    whole = bad.saved(bad.corners(), kind)
    for end in range(1, len(whole), max(1, len(whole) // 80)):
        outcome = read_or_refused(read, whole[:end])
        assert "\n" not in outcome if isinstance(outcome, str) else outcome.image.size == (48, 32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_wrong_bytes_is_refused_or_reads_and_never_fails(read, kind):
    luck = np.random.default_rng(7)
    whole = np.frombuffer(bad.saved(bad.corners(), kind, exif=bad.exif(6)), np.uint8)
    for _ in range(100):
        wrong = whole.copy()
        places = luck.integers(0, min(len(whole), 400), 4)
        wrong[places] = luck.integers(0, 256, 4)
        outcome = read_or_refused(read, wrong.tobytes())
        assert "\n" not in outcome if isinstance(outcome, str) else outcome.image.mode == "RGB"


def test_a_png_with_a_wrong_checksum_is_damaged(read):
    wrong = bytearray(bad.saved(bad.corners()))
    wrong[wrong.index(b"IDAT") + 8] ^= 255
    said = refusal(read, bytes(wrong))
    assert said.startswith("The PNG file cannot be decoded: it is damaged")


@pytest.mark.parametrize("kind", KINDS)
def test_one_pixel_is_refused_with_both_numbers(read, kind):
    said = refusal(read, bad.saved(Image.new("RGB", (1, 1)), kind))
    assert said == "The picture has 1 × 1 pixels; each side must have at least 8."


def test_a_file_over_the_limit_is_refused_with_both_numbers(read, limits):
    size = 20_000_000
    said = refusal(read, bad.saved(bad.corners()).ljust(size, b"\0"))
    assert said == "The picture's file has 20,000,000 bytes; at most 10,000,000 are allowed."
    at_the_limit = bad.saved(bad.corners()).ljust(limits.picture_bytes, b"\0")
    assert read(at_the_limit).image.size == (48, 32)


def test_as_many_pixels_as_allowed_are_read_and_one_row_more_is_not(read, limits):
    height = limits.picture_pixels // 4000
    assert max(read(bad.saved(Image.new("1", (4000, height)))).image.size) == 1024
    said = refusal(read, bad.saved(Image.new("1", (4000, height + 1))))
    assert said.endswith("at most 25,000,000 are allowed.")


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (bad.png_of(65_000, 65_000, 8, 2, b"\0"), "65,000 × 65,000"),
        (bad.gif(65_535, 65_535), "65,535 × 65,535"),
        (
            b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\x00" + bytes(8),
            "16,777,216",
        ),
        (
            b"BM" + bytes(12) + b"\x28\0\0\0\x60\xea\0\0\xa0\x15\xff\xff" + bytes(40),
            "60,000 × 60,000",
        ),
    ],
    ids=["PNG", "GIF", "WEBP", "BMP"],
)
def test_a_size_that_only_the_header_has_is_refused_by_the_header(
    read, monkeypatch, content, size
):
    def never(*_, **__):
        raise AssertionError("Pillow was asked")

    monkeypatch.setattr(Image, "open", never)
    assert size in refusal(read, content)


def test_a_second_header_changes_nothing(read):
    whole = bad.saved(bad.corners())
    second = bad.chunk(b"IHDR", bytes.fromhex("0000fde80000fde80802000000"))
    assert read(bad.with_chunks(whole, second)).image.size == (48, 32)


@pytest.mark.parametrize("path", ["missing.png", ".", "", "/dev/zero", "a\0b", None, 3])
def test_what_is_no_file_is_refused(tmp_path, limits, path):
    place = (
        path if path is None or path == 3 or str(path).startswith("/") else f"{tmp_path}/{path}"
    )
    with pytest.raises(UserError) as error:
        read_picture(place, limits)
    assert str(tmp_path) not in str(error.value)


def test_a_pipe_is_not_waited_for(tmp_path, limits):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UserError, match="not a file but a folder or a device"):
        read_picture(tmp_path / "pipe.png", limits)


def test_a_bmp_in_run_lengths_is_refused(read):
    whole = bytearray(bad.saved(Image.new("P", (16, 16)), "BMP"))
    whole[30] = 1
    assert refusal(read, bytes(whole)).startswith("The BMP file cannot be decoded")


# What would cost too much -----------------------------------------------------------------------

MEASURE = """
import resource, sys, time, pathlib
sys.path.insert(0, {root!r})
from core.errors import UserError
from services.pictures.reading import read_picture
from core.spacefile import read_spacefile
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin, GifImagePlugin
Image.preinit()
limits = read_spacefile(pathlib.Path({root!r}) / "Spacefile").limits

def peak():  # kB
    status = pathlib.Path("/proc/self/status")
    if not status.exists():  # no Linux; macOS counts bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # Here getrusage would begin with what the process that started this one had.
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
start = time.process_time()
try:
    print(read_picture({path!r}, limits).image.size)
except UserError as error:
    print(error)
print(time.process_time() - start)
print((peak() - before) / 1024)
"""


def measured(tmp_path, content: bytes) -> tuple[str, float, float]:
    """In a process of its own: what came of it, seconds, and MB that memory grew by at most."""
    path = tmp_path / "picture"
    path.write_bytes(content)
    code = MEASURE.format(root=str(ROOT), path=str(path))
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    said, seconds, grown = done.stdout.splitlines()
    return said, float(seconds), float(grown)


def test_a_bomb_of_169_million_pixels_is_refused_before_it_is_decoded(tmp_path):
    content = bad.bomb()
    assert 480_000 < len(content) < 510_000
    said, seconds, grown = measured(tmp_path, content)
    assert said == (
        "The picture has 13,000 × 13,000 = 169,000,000 pixels; at most 25,000,000 are allowed."
    )
    assert grown < 10  # MB; decoded it would be 507
    assert seconds < 1


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_text_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path, name):
    content = bad.text_bomb(name=name)
    assert len(content) < 10_000_000
    said, seconds, grown = measured(tmp_path, content)
    assert said == "(48, 32)"
    assert grown < 40
    assert seconds < 1


@pytest.mark.parametrize(
    "content",
    [
        bad.gif(16, 16, b"\x21\xfe\x01x\0" * 1_900_000),
        bad.gif(16, 16, b"\x21\xfe" + b"\x01x" * 4_900_000 + b"\0"),
        b"\xff\xd8"
        + b"\xff\xe1\x00\x0aExif\0\0ab" * 800_000
        + bad.saved(bad.corners(), "JPEG")[2:],
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 2_400_000 + bad.saved(bad.corners(), "JPEG")[2:],
        bad.with_chunks(bad.saved(bad.corners()), bad.chunk(b"tEXt", b"a\0b") * 600_000),
        bad.jpeg_with_scans(5_000),
    ],
    ids=["comments", "blocks", "exif", "empty comments", "chunks", "scans"],
)
def test_ten_million_bytes_of_trifles_take_seconds_and_not_hours(tmp_path, content):
    assert len(content) <= 10_000_000
    _, seconds, grown = measured(tmp_path, content)
    assert seconds < 6
    assert grown < 60


@pytest.mark.parametrize(
    "content",
    [
        bad.saved(bad.corners(), "JPEG", exif=b"Exif\0\0II*\0" + bytes(30)),
        bad.animated("GIF"),
        bad.palette_with_holes(),
        bad.saved(bad.noise(64, 64), "JPEG")[:900],
        bad.with_chunks(bad.saved(bad.corners()), bad.chunk(b"acTL", b"\0" * 8)),
        bad.gif(9500, 9500),
    ],
    ids=["exif", "frames", "holes", "cut", "animation", "size"],
)
def test_nothing_is_written_to_the_log(tmp_path, content):
    measured(tmp_path, content)  # asserts that stderr stays empty


def test_the_largest_picture_fits_in_memory(tmp_path, limits):
    side = limits.picture_pixels // 5000
    rows = (b"\0" + b"\x80\x40\x20\x7f" * side) * 5000  # half transparent
    said, seconds, grown = measured(tmp_path, bad.png_of(side, 5000, 8, 6, rows))
    assert said == "(1024, 1024)"
    assert grown < 250
    assert seconds < 20


def test_a_smaller_limit_is_held_too(tmp_path, limits):
    path = tmp_path / "picture.png"
    path.write_bytes(bad.saved(bad.corners()))
    with pytest.raises(UserError, match="48 × 32 = 1,536 pixels; at most 1,000 are allowed"):
        read_picture(path, replace(limits, picture_pixels=1000))
    with pytest.raises(UserError, match="each side must have at least 40"):
        read_picture(path, replace(limits, picture_side=40))


def test_a_colour_profile_without_lcms_is_left_aside(read, monkeypatch):
    monkeypatch.setattr(pictures, "ImageCms", None)
    plain = bad.saved(bad.corners(), icc_profile=bad.wide_profile())
    assert close(colours(read(plain)), CORNERS, most=0)


def test_a_file_like_thing_is_no_path(limits):
    with pytest.raises(UserError, match="send it again"):
        read_picture(io.BytesIO(b"x"), limits)
