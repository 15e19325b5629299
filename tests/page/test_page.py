"""The page around the tabs."""

import re
import string
from pathlib import Path

import gradio
import pytest

from core.paths import ASSETS
from core.settings import Settings
from page.files import SCRIPTS, sheets
from page.frame import metas, theme

FONTS = Path(gradio.__file__).parent / "templates" / "frontend" / "static" / "fonts"


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
@pytest.mark.parametrize("kind", ["font", "font_mono"])
def test_the_faces_that_gradio_bundles_hold_the_latin_letters(kind, weight):
    from fontTools.ttLib import TTFont

    name = getattr(theme(), f"_{kind}")[0].name.replace(" ", "")
    glyphs = TTFont(FONTS / name / f"{name}-{weight}.woff2").getBestCmap()
    printable = string.ascii_letters + string.digits + string.punctuation
    assert [letter for letter in printable if ord(letter) not in glyphs] == []


def test_the_head_carries_the_address_for_phones_and_no_address_of_others():
    html = metas(Settings("192.168.1.20", 8000))
    assert '<meta name="lectern-address" content="http://192.168.1.20:8000">' in html
    assert "https://" not in html


def test_the_head_of_a_space_carries_the_address_of_its_page_and_no_note_on_phones():
    html = metas(Settings("127.0.0.1", space="https://hub.example.org/spaces/someone/lectern"))
    assert 'lectern-space" content="https://hub.example.org/spaces/someone/lectern">' in html
    assert "phones cannot reach" not in html


def test_every_sheet_is_on_the_page_once_and_what_tabs_share_comes_first():
    every = [*(ASSETS / "page").glob("*.css"), *ASSETS.glob("*/style.css")]
    assert sorted(sheets()) == sorted(every)
    assert [sheet.parent.name for sheet in sheets()][:3] == ["page"] * 3


def test_what_has_the_arrow_keys_itself_keeps_them_in_present():
    scripts = {file.stem: file.read_text(encoding="utf-8") for file in ASSETS.glob("*/*.js")}
    kept = re.search(r'STEERED = "([^"]+)"', scripts["present"])[1].split(", ")
    for name, selector in (
        ("access", "[data-roving]"),
        ("grid", ".grid"),
        ("plane", "[data-tip]"),
        ("tokens", ".ribbon"),
    ):
        assert f'event.target.closest?.("{selector}")' in scripts[name]
        assert selector in kept


def test_every_script_is_on_the_page_once_and_short():
    files = [file for file in ASSETS.glob("*/*.js") if file.name != "first.js"]
    assert sorted(ASSETS / f"{name}.js" for name in SCRIPTS) == sorted(files)
    assert SCRIPTS[:3] == ("page/stream", "page/chunks", "page/runs")
    of_page = [file for file in files if file.parent.name == "page"]
    assert max(len(file.read_text(encoding="utf-8").splitlines()) for file in of_page) <= 300
