"""The byte-level BPE: its tokens, its offsets, its merges one by one, and their picture."""

import random
import re
from dataclasses import replace

import pytest

from core.spacefile import Space
from figures.parts.signs import Colours, visible
from figures.tokenization.merges import merges_figure
from figures.tokenization.ribbons import reading_figure
from figures.tokenization.table import reading_tables
from models.checkpoints import Checkpoints
from models.serving import Desk
from services.tokenization.merges import ABSENT, ranks_of
from services.tokenization.overview import most_pieces
from services.tokenization.trace import trace
from tabs.tokenization.ribbons import cut_by, cut_by_all
from tests.conftest import tiny_cache
from tests.fakes.tiny_gpt2 import TEXT, VOCABULARY, tiny_gpt2

HOSTILE = "</script><img src=x onerror=alert(1)>"
STRANGE = [
    "😀",
    "naïve",
    "\u0301e",
    "你好",
    " \n\n x",
    "don't",
    "  two",
    "a\u200db",
    "1,000",
    "\t",
]


@pytest.fixture(scope="module")
def tiny(space, tiny_bert, tmp_path_factory):
    """A cache over a tiny BERT's tokenizer and a tiny GPT-2's, in that order."""
    folder = tmp_path_factory.mktemp("tiny-gpt2")
    gpt2 = tiny_gpt2(space)
    gpt2.tokenizer.save_pretrained(folder)
    gpt2.model.config.save_pretrained(folder)
    _, entry = tiny_cache(space, folder, "Tiny GPT-2", "tokenization")
    entries = (replace(tiny_bert.checkpoint, backbone=""), entry)
    return Desk(Checkpoints(Space("Tiny", space.limits, space.queue, entries)))


@pytest.fixture(scope="module")
def library(tiny):
    return tiny.checkpoints.tokenizer(tiny.named("tiny-gpt-2", "tokenization"))


def cut(tiny, text, text_pair=""):
    return cut_by(tiny, "tiny-gpt-2", text, text_pair)


# Tokens and offsets ------------------------------------------------------------------------------


def test_a_token_holds_the_space_before_its_word(tiny):
    found = cut(tiny, "The hen, the hen")
    assert found.names[1] == " hen"
    assert [found.source(token) for token in found.tokens] == list(found.names)
    assert found.tokens[1].text == "Ġhen"
    assert found.vocabulary == VOCABULARY


@pytest.mark.parametrize("text", [*STRANGE[:-1], "x 😀é y\n", *TEXT[:2]])
def test_the_sources_of_the_tokens_are_the_text_whatever_is_in_it(tiny, text):
    found = cut(tiny, text)
    spans = dict.fromkeys((token.start, token.end) for token in found.tokens)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(found.source(token) for token in found.tokens)


def test_the_bytes_of_one_character_have_that_character_as_their_source(tiny):
    found = cut(tiny, "a 😀")
    smile = [
        (name, found.source(token))
        for name, token in zip(found.names, found.tokens, strict=True)
        if name.startswith("0x")
    ]
    assert smile == [("0xF0", "😀"), ("0x9F", "😀"), ("0x98", "😀"), ("0x80", "😀")]


def test_nothing_is_unknown_and_nothing_is_added(tiny):
    found = cut(tiny, "你好 😀 <|endoftext|> x")
    assert (found.unknown, found.added) == (0, 0)
    assert [token.text for token in found.tokens if token.special] == ["<|endoftext|>"]


def test_a_second_text_has_offsets_of_its_own(tiny):
    found = cut(tiny, "The hen", "The 😀")
    second = [token for token in found.tokens if token.segment]
    assert found.source(second[0]) == "The"
    assert {found.source(token) for token in second[1:]} == {" ", "😀"}
    assert [token.segment for token in found.tokens] == sorted(t.segment for t in found.tokens)


# Merges ------------------------------------------------------------------------------------------


def test_the_pair_of_the_lowest_rank_is_joined_each_time(library):
    ranks = ranks_of(library)
    word = trace(library, " hen").merged[0]
    assert word.states[0].pieces == (" ", "h", "e", "n")
    assert word.data == (0x20, 0x68, 0x65, 0x6E)
    assert len(word.states) > 1
    for before, after in zip(word.states, word.states[1:], strict=False):
        known = [rank for rank in before.ranks if rank != ABSENT]
        assert before.ranks[before.joined] == min(known)
        left, right = before.pieces[before.joined : before.joined + 2]
        spelled = tuple(part.replace(" ", "Ġ") for part in (left, right))
        assert ranks[spelled] == min(known)
        assert after.pieces[before.joined] == left + right
        assert len(after.pieces) == len(before.pieces) - 1
    assert set(word.states[-1].ranks) <= {ABSENT}


def test_the_first_merge_of_all_has_rank_0(library):
    ranks = ranks_of(library)
    assert sorted(ranks.values()) == list(range(len(ranks)))
    assert len(ranks) == VOCABULARY - 256 - 1
    assert trace(library, "x").merges == len(ranks)


def test_the_pieces_are_the_tokenizers_own_for_hundreds_of_words(library):
    chance = random.Random(0)
    words = [word for text in TEXT[:2] for word in text.split()]
    made = ["".join(chance.choices("thena river", k=chance.randint(1, 30))) for _ in range(400)]
    for word in [*words, *(f" {word}" for word in words), *made, *STRANGE, "<|endoftext|> hen"]:
        found = trace(library, word)
        ids = [one for merged in found.merged for one in (merged.states or (None,))[-1:]]
        ids = [i for state in ids for i in (state.ids if state else [library.eos_token_id])]
        assert ids == library(word)["input_ids"], word


def test_a_word_with_and_without_its_space_is_two_words(library):
    inside, first = trace(library, " hen"), trace(library, "hen")
    assert (inside.other, first.other) == ("hen", " hen")
    assert inside.other_pieces == first.pieces
    assert first.other_pieces == inside.pieces
    assert inside.pieces != first.pieces


def test_a_word_of_one_byte_needs_no_merge(library):
    (word,) = trace(library, "x").merged
    assert len(word.states) == 1
    assert word.states[0].joined == ABSENT


def test_a_typed_special_token_is_taken_whole(library):
    special, *_ = trace(library, "<|endoftext|>hen").merged
    assert (special.pieces, special.states) == (("<|endoftext|>",), ())


# The reading and its picture ---------------------------------------------------------------------


def test_each_chosen_model_traces_the_word_as_its_text_has_it(tiny):
    reading = cut_by_all(tiny, ["tiny-bert", "bytes", "tiny-gpt-2"], "the cats")
    assert reading.traced_by == ("Tiny BERT", "Tiny GPT-2")
    assert [one.typed for one in reading.traces] == ["cats", " cats"]
    assert reading.trace is reading.traces[0]
    typed = cut_by_all(tiny, ["tiny-gpt-2"], "the cats", word="hen")
    assert typed.trace.typed == "hen"
    assert cut_by_all(tiny, ["tiny-gpt-2"], "the cats", word=" hen").trace.typed == " hen"


def test_the_token_before_a_word_counts_for_the_word(tiny):
    assert most_pieces(cut(tiny, "The river xyz"), 200) == "xyz"


def test_what_a_gpt2_is_given_has_no_segments_and_says_what_the_mask_is_not(tiny):
    reading = cut_by_all(tiny, ["tiny-gpt-2"], "the hen", padding=3)
    assert reading.rows.segments == ()
    assert set(reading.rows.mask) == {1}
    html = reading_figure(reading, ids=True, special=True)
    assert "in each of two tables" in html
    assert "segment <b>" not in html
    assert "The causal mask, which hides later tokens, is made inside the model." in html
    assert "has no token for padding" in html


def test_the_picture_tells_every_merge_with_its_rank(library):
    found = trace(library, " hen")
    html = merges_figure(found, "Tiny <GPT-2>", Colours())
    assert "is cut by Tiny &lt;GPT-2&gt;" in html
    assert f"list of {found.merges:,} merges" in html
    for before, after in zip(found.merged[0].states, found.merged[0].states[1:], strict=False):
        left, right = (visible(piece) for piece in before.pieces[before.joined :][:2])
        made, rank = visible(after.pieces[before.joined]), before.ranks[before.joined]
        said = f"<code>{left}</code> + <code>{right}</code> become <code>{made}</code> "
        assert f"{said}(rank {rank:,})" in html
        assert f'<b class="rank">{rank:,}</b>' in html
    assert "Without the space" in html
    assert html.count('class="state"') == len(found.merged[0].states)


def test_a_long_word_says_how_many_merges_are_left_out(library):
    html = merges_figure(trace(library, "thena river".replace(" ", "") * 12), "x", Colours())
    left_out = int(re.search(r"… (\d+) more merges, in the export", html)[1])
    assert html.count('class="state"') == 14 + 3
    assert left_out > 0


def test_hostile_text_is_text_in_the_picture_and_in_the_tables(tiny):
    reading = cut_by_all(tiny, ["tiny-gpt-2"], f"x {HOSTILE}", word=HOSTILE)
    for html in (reading_figure(reading, ids=True, special=True), reading_tables(reading)):
        assert "<img" not in html
        assert "</script" not in html


def test_a_click_on_a_token_traces_its_word_with_the_space(tiny):
    reading = cut_by_all(tiny, ["tiny-gpt-2"], "The hen, <b>")
    html = reading_figure(reading, ids=True, special=True)
    assert re.findall(r'data-word="([^"]*)"', html) == ["The", " hen,", " &lt;b&gt;"]
    assert "byte-level BPE" in html
