"""The headline of Tokenization: the counts of the first tokenizer, and what it loses."""

import re

import pytest

from figures.tokenization.ribbons import headline
from tabs.kit.examples import read_examples
from tabs.tokenization.ribbons import cut_by_all

SAID = {  # what the examples put into large type, in words alone
    "rare-word": "4 words → 10 tokens",
    "frequent-words": "3 words → 6 tokens",
    "no-look-ahead": "3 words → 8 tokens",
    "lost-accents": "4 words → 6 tokens",
    "unknown": "3 words → 10 tokens, 4 unknown",
    "numbers": "2 words → 7 tokens",
    "two-sentences": "9 words → 15 tokens",
    "merges": "7 words → 9 tokens",
    "all-bytes": "3 words → 24 tokens",
    "paragraph": "41 words → 48 tokens",
}
INPUTS = {
    one["name"]: one["inputs"]
    for one in read_examples("tokenization")
    if one["inputs"].get("view") != "languages"  # tests/tokenization/test_languages.py
}


def plain(html):
    return re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize("name", INPUTS)
def test_an_example_says_its_counts_in_large_type(desk, name):
    inputs = INPUTS[name]
    reading = cut_by_all(desk, inputs["tokenizer"], inputs["text"], inputs.get("text_pair", ""))
    first = reading.tokenizations[0]
    assert f"<b>{len(first.tokens):,}</b> token" in headline(reading)
    assert plain(headline(reading)) == SAID[name]


def test_one_word_is_one_word_and_nothing_that_was_typed_comes_in(desk):
    assert headline(cut_by_all(desk, ["words"], "hen")) == "1 word → <b>1</b> token"
    long = cut_by_all(desk, ["bytes"], "<b>&amp;</b> " * 500)
    assert headline(long) == f"1,500 words → <b>{len('<b>&amp;</b> ') * 500:,}</b> tokens"
