"""Neighbours in the static table: against a direct computation, pieces, sums, refusals."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UserError
from figures.similarity.neighbours import headline, neighbours_figure, neighbours_table
from figures.similarity.words import lines
from services.similarity.neighbours import follow_among, having, neighbours
from services.similarity.words import follow
from tabs.kit.examples import read_examples
from tabs.similarity import TAB
from tabs.similarity.neighbours import found_of
from tests.similarity.test_similarity import HOSTILE
from tests.weights.held import holds
from tests.weights.test_similarity import choices

EXAMPLES = {one["title"]: one for one in read_examples("similarity")}
SENTENCES = ["the cats sat", "the cat sat on the mat", "on the cats"]


def test_neighbours_are_those_of_a_direct_computation(tiny_bert):
    import torch

    table = tiny_bert.model.get_input_embeddings().weight.detach()
    mat = tiny_bert.tokenizer.convert_tokens_to_ids("mat")
    cosine = torch.nn.functional.cosine_similarity(table[mat][None], table, dim=-1)
    found = neighbours(tiny_bert, " Mat ")
    assert found.word.ids == (mat,)
    assert found.near[0].cosine == max(one.cosine for one in found.near)
    for one in found.near:
        assert one.cosine == pytest.approx(float(cosine[one.id]), abs=1e-6)
        assert tiny_bert.tokenizer.convert_ids_to_tokens(one.id) == one.text
        assert one.id not in (mat, *tiny_bert.tokenizer.all_special_ids)
    assert (found.terms, found.sums, found.first, found.cut) == ((), (), None, ())


def test_a_sum_leaves_its_words_out_and_says_what_would_be_first(tiny_bert):
    found = neighbours(tiny_bert, "mat", "cat - sat + mat")
    given = {token for term in found.terms for token in term.ids}
    assert [term.word for term in found.terms] == ["cat", "sat", "mat"]
    assert not given & {one.id for one in found.sums}
    table = tiny_bert.model.get_input_embeddings().weight.detach().numpy()
    rows = [table[list(term.ids)].mean(axis=0) for term in found.terms]
    goal = rows[0] - rows[1] + rows[2]
    row = table[found.first.id]
    assert found.first.cosine == pytest.approx(
        goal @ row / np.linalg.norm(goal) / np.linalg.norm(row), abs=1e-6
    )
    assert found.first.cosine >= found.sums[0].cosine
    assert "The three words are left out of the answers" in drawn(found)


def test_a_word_of_several_pieces_is_told(tiny_bert):
    found = neighbours(tiny_bert, "cats", "cats − cat + mat")
    assert found.word.pieces == ("cat", "##s")
    said = drawn(found)
    assert said.count("has no row of its own") == 1
    assert "<code>cat</code> <code>##s</code>" in said


@pytest.mark.parametrize(
    ("word", "analogy", "said"),
    [
        ("", "", "The word is empty"),
        ("mat", "king", r"written a − b \+ c, such as king − man \+ woman; got 'king'\."),
        ("mat", "cat-sat+mat", "written a − b"),
        ("mat", "cat + mat - sat", "written a − b"),
        ("mat", "cat - 😀 + mat", "cannot spell the word of the analogy '😀'"),
        ("😀", "", "cannot spell the word '😀'"),
        (None, "", "must be text"),
    ],
)
def test_what_has_no_vector_is_refused(tiny_bert, word, analogy, said):
    with pytest.raises(UserError, match=said):
        neighbours(tiny_bert, word, analogy)


def test_with_the_table_alone_every_line_is_flat_at_one(tiny_bert):
    word = follow(tiny_bert, SENTENCES, "the")
    flat, read = (lines(word, layer=0, static=static) for static in (True, False))
    ends = re.findall(r">\d–\d: (\S+)</text>", flat)
    assert ends == ["1.000"] * len(ends)
    heights = {
        point.split(",")[1]
        for points in re.findall(r'points="([^"]+)"', flat)
        for point in points.split()
    }
    assert len(heights) == 1
    axis = re.compile(r'text-anchor="end" dominant-baseline="central">[^<]+')
    assert axis.findall(flat) == axis.findall(read)  # the scale is the same


def test_the_sentences_that_have_the_word_are_found():
    assert having(["A bank.", "Banks.", "the BANK"], " bank ") == ["A bank.", "the BANK"]


def test_a_sentence_that_does_not_fit_is_refused_though_it_lacks_the_word(tiny_bert):
    with pytest.raises(UserError, match="sentence 2 has 1 character but no token"):
        follow_among(tiny_bert, ["the mat", "\u200b"], "mat")
    assert "None of the sentences" in follow_among(tiny_bert, [], "mat").why


def test_without_two_sentences_the_word_is_not_followed_and_that_is_said(desk):
    chosen = replace(choices(view="neighbours"), word="thunder")
    said = TAB.draw(desk, chosen).picture
    assert "1 of the sentences has the word &#x27;thunder&#x27;" in said
    assert 'class="depths"' not in said
    both = TAB.draw(desk, replace(chosen, word="dog")).picture
    assert 'class="depths"' in both


@holds("similarity", "Bank, before any sentence", 3)
def test_the_bank_of_the_table_is_the_money_s(desk):
    example = EXAMPLES["Bank, before any sentence"]
    found = found_of(TAB.asked(desk, choices("Bank, before any sentence")))
    near = [one.text for one in found.near]
    assert near[:2] == ["banks", "banking"]
    assert {"bankers", "money"} <= set(near)
    assert "river" not in near
    told = [found.near[0].cosine, found.sums[0].cosine, found.first.cosine]
    assert (found.sums[0].text, found.first.text) == ("queen", "king")
    assert [f"{cosine:.3f}" for cosine in told] == re.findall(r"0\.\d+", example["look_for"])


@holds("similarity", "Static only", 3)
def test_with_the_table_alone_a_word_is_one_vector(desk):
    example = EXAMPLES["Static only"]
    drawn = TAB.draw(desk, choices("Static only")).picture
    assert set(re.findall(r">\d–\d: (\S+)</text>", drawn)) == {"1.000"}
    found = found_of(TAB.asked(desk, choices("Static only")))
    told = {one.text: f"{one.cosine:.3f}" for one in found.sums}
    assert next(iter(told)) == "running"
    assert [told["running"], told["ran"]] == re.findall(r"0\.\d+", example["look_for"])
    assert "1.000" in example["look_for"]


def test_hostile_text_in_a_neighbours_picture_is_escaped(tiny_bert):
    found = neighbours(tiny_bert, "mat", "cat - sat + mat")
    evil = replace(
        found,
        word=replace(found.word, word=HOSTILE),
        near=(replace(found.near[0], text=HOSTILE), *found.near[1:]),
    )
    for html in (drawn(evil, HOSTILE), neighbours_table(evil), headline(evil)):
        assert "<img" not in html


def drawn(found, missing=""):
    return neighbours_figure(found, None, static=False, layer=0, missing=missing, title="Tiny")
