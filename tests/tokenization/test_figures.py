"""The pictures of tokens: nothing hidden, nothing unescaped, tokens paired with their source."""

import re
from itertools import pairwise

import pytest

from figures.parts.signs import Colours, byte_sign, visible
from figures.tokenization.ribbons import DRAWN, headline, reading_figure
from figures.tokenization.rows import COLUMNS
from figures.tokenization.source import spans
from figures.tokenization.table import reading_tables
from models.tokens import Token
from tabs.tokenization.ribbons import cut_by_all
from tests.tokenization.test_tokenization import FAMILY, tiny  # noqa: F401

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{x}} \" '"
ALL = ["tiny-bert", "characters", "words", "bytes"]


def text_of(html):
    return re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" ", "·"),
        ("\n", "↵"),
        ("\t", "⇥"),
        ("\u00a0", "⍽"),
        ("\u200d", "ZWJ"),
        ("\u200b", "ZWSP"),
        ("\u202e", "U+202E"),  # it would turn the rest of the page around
        ("\x01", "U+0001"),
        ("\u2003", "U+2003"),
        ("\u0301", "◌\u0301"),
        ("e\u0301", "e\u0301"),
        (FAMILY, FAMILY),
        ("<b>&", "&lt;b&gt;&amp;"),
    ],
)
def test_every_sign_can_be_seen(text, shown):
    assert text_of(visible(text)) == shown


def test_a_byte_is_a_letter_or_two_hex_digits():
    assert [text_of(byte_sign(byte)) for byte in (0x41, 0x20, 0x0A, 0xE2, 0x7F, 0x00, 0x3C)] == [
        *("A", "·", "↵", "E2", "7F", "00", "&lt;"),
    ]


def test_a_token_keeps_its_colour_in_every_part_of_the_figure(tiny):  # noqa: F811
    html = reading_figure(cut_by_all(tiny, ALL, "the cats sat"), ids=True, special=True)
    found = re.findall(r'class="tok (c\d)[^"]*"(?: data-pair="[^"]*")?><span>##s</span>', html)
    assert len(found) == 4  # ribbon, rows, result of the trace, its accepted candidate
    assert len(set(found)) == 1


def test_neighbours_never_have_the_same_colour():
    tokens = [
        "anti",
        "##dis",
        "##est",
        "##ab",
        "##lish",
        "##ment",
        "##arian",
        "##ism",
        "is",
        "the",
        "the",
        "anti",
        "##s",
    ]
    colours = Colours(tokens)
    assert all(colours[a] != colours[b] for a, b in pairwise(tokens) if a != b)
    hashed = [Colours()[token] for token in tokens]
    assert any(a == b for a, b in pairwise(hashed))  # what a hash alone would do


def test_tokens_with_one_source_share_a_stretch():
    def token(start, end, segment=0):
        return Token("x", 0, start, end, False, segment)

    tokens = [token(0, 0), token(0, 1), token(0, 1), token(1, 3), token(0, 1, 1)]
    assert spans(tokens) == [None, (0, 0, 1), (0, 0, 1), (0, 1, 3), (1, 0, 1)]


def test_a_token_and_its_source_are_paired(tiny):  # noqa: F811
    html = reading_figure(cut_by_all(tiny, ["tiny-bert"], "the cats"), ids=True, special=True)
    ribbon = re.search(r'<span class="tok c\d" data-pair="([^"]*)"><span>cat</span>', html)[1]
    assert ribbon == "0.4-7"
    assert re.search(rf'<span class="src c\d" data-pair="{ribbon}">cat</span>', html)


@pytest.mark.parametrize("name", ALL)
def test_the_source_paragraph_holds_the_whole_text(tiny, name):  # noqa: F811
    text = "the\u200b cat\n♥"
    html = reading_figure(cut_by_all(tiny, [name], text), ids=True, special=True)
    paragraph = re.search(r'<p class="source" dir="auto">(.*?)</p>', html)[1]
    assert text_of(paragraph) == "theZWSP·cat↵♥"


def test_what_is_in_no_token_is_struck_through(tiny):  # noqa: F811
    html = reading_figure(
        cut_by_all(tiny, ["tiny-bert"], "the \u200b cat"), ids=True, special=True
    )
    assert text_of(re.search(r"<s class=\"lost\".*?</s>", html)[0]) == "ZWSP"


def test_hostile_text_is_drawn_as_text(tiny):  # noqa: F811
    reading = cut_by_all(tiny, ALL, HOSTILE, HOSTILE, word=HOSTILE)
    for html in (reading_figure(reading, ids=True, special=True), reading_tables(reading)):
        assert "<img" not in html
        assert "<script" not in html
        assert "</script" not in html
        assert all("&" not in value for value in re.findall(r'data-pair="([^"]*)"', html))


def test_special_tokens_and_ids_can_be_left_out_of_the_picture(tiny):  # noqa: F811
    reading = cut_by_all(tiny, ["tiny-bert"], "the cat")
    with_them = reading_figure(reading, ids=True, special=True)
    without = reading_figure(reading, ids=False, special=False)
    assert with_them.count("<span>[CLS]</span>") == without.count("<span>[CLS]</span>") + 1 == 2
    assert "no-ids" in without
    assert "no-ids" not in with_them


def test_an_unknown_character_is_explained(tiny):  # noqa: F811
    long = "s" * 101
    reading = cut_by_all(tiny, ["tiny-bert"], f"cat♥ \u4e16 catmat {long} [UNK]")
    assert [(u.source, u.character, u.reason) for u in reading.unknowns] == [
        ("cat♥", "♥", "absent"),
        ("\u4e16", "\u4e16", "absent"),
        ("catmat", "m", "absent"),
        (long, "", "long"),
        ("[UNK]", "", "typed"),
    ]
    html = reading_figure(reading, ids=True, special=True)
    assert "U+2665 BLACK HEART SUIT" in html
    assert "E2 99 A5" in html
    assert "typed like this" not in html  # said above the picture, of every sign that is typed
    assert "101 code points, and words of more than 100 are not searched" in html


def test_what_is_unknown_several_times_is_explained_once_and_only_so_often(tiny):  # noqa: F811
    reading = cut_by_all(tiny, ["tiny-bert"], "♥ ♥ " + " ".join("abcdefghijk"))
    assert [unknown.source for unknown in reading.unknowns] == [*"♥abcdefg"]
    html = reading_figure(reading, ids=True, special=True)
    assert "4 more parts of the text are unknown" in html


@pytest.mark.parametrize(
    ("text", "pair", "dropped"),
    [
        ("\u0301\u0301", "", ["text"]),
        ("\u200b", "the cat", ["text"]),
        ("the cat", "\x01\u200d", ["second text"]),
        ("\u200b", "\u200b", ["text", "second text"]),
        ("the cat", "sat", []),
        ("the cat", " ", []),
        ("[SEP]", "", []),
    ],
)
def test_a_text_of_which_nothing_is_left_is_drawn_and_said_to_be(tiny, text, pair, dropped):  # noqa: F811
    reading = cut_by_all(tiny, ["tiny-bert", "bytes"], text, pair)
    html = reading_figure(reading, ids=True, special=True)
    said = re.findall(r"<li>([^<]*) keeps nothing of the (.*?):", html)
    assert said == [("Tiny BERT", name) for name in dropped]
    assert reading.tokenizations[0].dropped == tuple(dropped)
    none = len(dropped) == (2 if pair.strip() else 1)
    assert headline(reading).endswith(", none of them from the text") == none


def test_long_texts_are_drawn_in_part_and_said_to_be(tiny):  # noqa: F811
    reading = cut_by_all(tiny, ALL, "the cat " * 2500)
    html = reading_figure(reading, ids=True, special=True)
    assert "The first 400 of 5,002 tokens are drawn" in html
    assert f"The first {COLUMNS} of 5,002 columns are drawn" in html
    assert html.count('class="tok') < 4 * DRAWN + 2 * COLUMNS
    assert len(html) < 400_000
    assert "the first 400 of 5,002" in reading_tables(reading)


def test_the_tables_hold_every_token_with_its_offsets(tiny):  # noqa: F811
    html = reading_tables(cut_by_all(tiny, ["tiny-bert", "bytes"], "the cats"))
    cells = [text_of(cell) for cell in re.findall(r"<td>(.*?)</td>", html)]
    assert cells[:7] == ["Tiny BERT", "5", "2", "2", "1.50", "8", "0"]
    at = cells.index("##s")
    assert cells[at - 1 : at + 7] == ["3", "##s", "7", "7", "8", "s", "0", ""]
