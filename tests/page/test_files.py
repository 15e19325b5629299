"""The page's style and scripts: two files that a browser keeps for ever, linked in the HTML."""

import hashlib
import json
import re
import urllib.error
import urllib.request
from urllib.parse import urljoin

import brotli
import pytest

from core.paths import ASSETS
from page import files
from tabs import TABS
from tabs.kit.gradio_inside import browser
from tabs.kit.gradio_inside.sheets import WITHIN, within

KINDS = {"css": "text/css", "js": "text/javascript"}


def asked(url, **headers):
    """Status, headers and body of an answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=sent)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def html(server):
    return asked(f"{server.url}/")[2].decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_bears_its_hash_is_packed_and_kept_for_ever(server, html, kind):
    (path,) = set(re.findall(rf'(?:src|href)="(page/[0-9a-f]+\.{kind})"', html))
    status, headers, body = asked(f"{server.url}/{path}", Accept_Encoding="br")
    assert (status, headers["content-encoding"]) == (200, "br")
    assert headers["content-type"].startswith(KINDS[kind])
    assert headers["cache-control"] == files.FOR_EVER
    plain = brotli.decompress(body)
    assert path == f"page/{hashlib.sha256(plain).hexdigest()[:16]}.{kind}"
    again = asked(f"{server.url}/{path}", Accept_Encoding="br", If_None_Match=headers["etag"])
    assert (again[0], again[2]) == (304, b"")
    whole = asked(f"{server.url}/{path}")
    assert (whole[2] == plain, whole[1]["cache-control"]) == (True, files.FOR_EVER)
    assert asked(f"{server.url}/page/0123456789abcdef.{kind}")[0] == 404


def test_all_that_the_sheet_names_is_there(server):
    named = set(re.findall(r"url\(['\"]?(?!data:)([^'\")]+)", files.style().content.decode()))
    assert named
    for one in named:
        assert asked(urljoin(f"{server.url}/{files.style().path}", one))[0] == 200, one


def test_the_html_holds_links_and_not_what_they_lead_to(html):
    config = json.JSONDecoder().raw_decode(html.split("window.gradio_config = ", 1)[1])[0]
    assert not config.get("css") and not config.get("head")  # noqa: PT018
    assert "lectern.stream" not in html
    for sheet in files.sheets():
        longest = max(sheet.read_text(encoding="utf-8").splitlines(), key=len)
        assert longest not in html
    script = (ASSETS / "page" / "address.js").read_text(encoding="utf-8")
    assert script[:80] not in html
    assert html.index(files.script().path) < html.index(f'src="./assets/{browser.entry()}"')
    assert html.index(files.style().path) < html.index("window.gradio_config")
    # It holds the rules of Gradio's components, which win over the first sheet by coming later.
    assert html.index('href="./assets/index-') < html.index('<link id="style"')


def test_the_html_is_no_heavier_than_a_hall_can_take(html):
    """With 12 tabs it may be 168 kB."""
    assert len(brotli.compress(html.encode(), quality=9)) < 168_000 / 12 * len(TABS)


def test_what_every_opening_needs_is_asked_for_at_once_and_each_sheet_stands_in_ours(html):
    text = files.style().content.decode()
    for name in browser.files_at_once():
        if name.endswith(".js"):
            assert f'<link rel="modulepreload" crossorigin href="./assets/{name}">' in html
        else:
            assert f'<link rel="stylesheet" href="./assets/{name}" disabled>' in html
            assert browser.text_of(name) in text
            assert "url(./" not in browser.text_of(name)  # which would lead elsewhere from ours


def test_our_rules_count_for_more_than_gradios():
    assert within(".a, .b > c { d: e } /* f */") == (
        f".a, .b > c,{WITHIN} .a,{WITHIN} .b > c{{d: e}}"
    )
    assert within(".dark .a { b: c }") == f".dark .a,.dark {WITHIN} .a{{b: c}}"
    assert within("@media print { .a { b: c } }") == f"@media print{{{WITHIN} .a{{b: c}}}}"
    assert within("@keyframes a { to { b: c } }") == "@keyframes a{to { b: c }}"
    with pytest.raises(ValueError, match="'@layer a' is not known here"):
        within("@layer a { b { c: d } }")
