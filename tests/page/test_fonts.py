"""The page's faces, cut: what is in them, and that the whole ones are fetched only when needed."""

import io
import string
import urllib.request

import pytest
from fontTools.ttLib import TTFont

from page.fonts import FACES, cut


@pytest.mark.parametrize("name", FACES)
def test_a_cut_face_has_the_letters_of_the_whole_one_and_a_third_of_its_size_at_most(name):
    whole, content = FACES[name].path, cut(name)
    glyphs = TTFont(io.BytesIO(content)).getBestCmap()
    had = TTFont(whole).getBestCmap()
    for letter in string.printable.strip() + "äéñøßœšžαβ−×→≤“”’…–•":
        assert (ord(letter) in glyphs) == (ord(letter) in had), letter
    assert len(content) < whole.stat().st_size / 2


def test_a_face_is_served_and_another_name_is_refused(server):
    with urllib.request.urlopen(f"{server.url}/fonts/IBMPlexMono-Bold.woff2") as answer:
        assert answer.headers["content-type"] == "font/woff2"
        same = answer.read() == cut("IBMPlexMono-Bold.woff2")
    assert same  # of bytes this long, pytest would write the difference for a minute
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server.url}/fonts/x.woff2")
