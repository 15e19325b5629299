"""The headline of each view of Similarity: the rounding of what the service gives, and escaped."""

import re
from dataclasses import replace

import numpy as np
import pytest

from figures.similarity.map import headline as map_headline
from figures.similarity.map import map_caption, map_table, sentence_map
from figures.similarity.matrix import headline, matrix, ranking, ranking_headline
from figures.similarity.words import headline as word_headline
from services.similarity.compare import Unknown, compare, cosines, one_value
from services.similarity.map import Map, lay_out, nearest
from services.similarity.search import search
from services.similarity.words import follow
from tabs.kit.examples import read_examples
from tabs.similarity import TAB
from tests.similarity.test_similarity import HOSTILE, PAIRS, similarity
from tests.weights.test_similarity import choices

SAID = {  # what the examples put into large type, in words alone
    "Who bit whom": "1 and 2: 0.98",
    "With and without": "1 and 2: 0.82",
    "The same question": "1 and 2: 0.76",
    "Seven in the morning": "1 and 2: 0.98",
    "Other languages": "1 and 4: 0.87",
    "Two kinds of bank": "bank, after layer 2: 0.78 to 0.98",
    "Pets, food, travel": "10 of 12 keep their nearest neighbour",
    "Bank, before any sentence": "bank: banks 0.78",
    "Static only": "bank: banks 0.78",
    "The slide's arrows": "[3, 4] · [4, 3] = 24",
    "Ten times as long": "[3, 4] · [4, 3] = 24",
}
TEXTS = ["the cats sat", "the mat", "on the cats", "the cat sat on the mat"]


def plain(html):
    return re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize("title", [one["title"] for one in read_examples("similarity")])
def test_an_example_says_its_number_in_large_type(desk, title):
    said = plain(TAB.draw(desk, choices(title)).headline)
    assert said == SAID[title]
    assert len(said) <= 40


@pytest.mark.parametrize(("view", "start"), [("search", "Sentence "), ("map", "")])
def test_the_other_views_of_the_first_example_have_a_number_too(desk, view, start):
    said = plain(TAB.draw(desk, choices(view=view, beside="")).headline)
    assert re.fullmatch(rf"{start}\d: 0\.\d\d|\d\d\.\d% of the variance", said)


@pytest.mark.parametrize("measure", ["cosine", "dot"])
def test_the_pair_is_the_highest_of_the_matrix(tiny_bert, measure):
    compared = compare(tiny_bert, TEXTS)
    values = np.triu(compared.dot if measure == "dot" else compared.cosine, 1)
    first, second = np.unravel_index(values.argmax(), values.shape)
    assert compared.highest(measure) == (first, second)
    assert plain(headline(compared, measure)).startswith(f"{first + 1} and {second + 1}: ")
    if measure == "cosine":
        assert headline(compared, measure).endswith(f"<b>{values.max():.2f}</b>")


def test_what_cannot_be_spelled_is_not_the_most_alike():
    three = similarity("😀", "你好", "the cat")
    assert replace(three, unknown=Unknown(only=(1,))).highest() == (1, 2)
    none = replace(three, unknown=Unknown(only=(1, 2)))
    assert none.highest() is None
    assert headline(none, "cosine") == "Nothing to compare"


def test_five_equal_sentences_are_said_to_be_alike(tiny_bert):
    equal = compare(tiny_bert, ["the cat sat"] * 5)
    for measure in ("cosine", "dot"):
        assert headline(equal, measure) == "<b>All alike</b>"
    picture = matrix(equal, PAIRS, measure="cosine", title="Tiny BERT")
    assert "No pair is more alike than another" in picture
    assert "Most alike" not in picture
    for method in ("pca", "tsne"):
        laid_out = lay_out(np.repeat(equal.vectors, 3, axis=0), method=method)
        assert laid_out.alike
        assert np.ptp(laid_out.points) == 0
        assert map_headline(laid_out) == "<b>All alike</b>"
        said = map_caption(laid_out, ("the cat sat",) * 15, setting="Tiny BERT")
        assert "All of them are alike" in said
        assert "variance" not in said
        assert "nearest neighbour" not in said
        table = map_table(laid_out, ("the cat sat",) * 15)
        assert "%" not in table
        sentence_map(laid_out, ("the cat sat",) * 15)
    # One pair is never more alike than others: there are none.
    assert headline(compare(tiny_bert, ["the cat sat"] * 2), "cosine") == "1 and 2: <b>1.00</b>"


def test_what_rounding_leaves_between_equals_is_no_difference():
    rng = np.random.default_rng(0)
    vectors = np.ones((5, 384)) + rng.normal(size=(5, 384)) * 1e-7
    assert lay_out(vectors).alike
    assert not lay_out(np.ones((5, 384)) + rng.normal(size=(5, 384)) * 1e-2).alike
    assert one_value(np.array([0.5, 0.5 + 1e-7]))
    assert not one_value(np.array([0.5, 0.501]))
    assert not one_value(np.array([0.5]))


def test_a_vector_without_length_has_no_direction_and_no_nan():
    zero = np.zeros((1, 3))
    assert cosines(zero, np.eye(3)).tolist() == [[0.0, 0.0, 0.0]]


def test_sentences_that_are_equally_near_have_no_first(tiny_bert):
    found = search(tiny_bert, "the mat", ["the cat sat"] * 3)
    assert ranking_headline(found) == "<b>All equally near</b>"
    assert "No sentence is nearer than another" in ranking(
        found, None, title="Tiny BERT", layers=2
    )


def test_the_first_of_a_search_is_named_with_its_cosine(tiny_bert):
    found = search(tiny_bert, "the mat", TEXTS)
    assert ranking_headline(found) == "Sentence 2: <b>1.00</b>"
    assert ranking_headline(search(tiny_bert, "😀", TEXTS)) == "Nothing to compare"


def test_a_word_has_its_lowest_and_its_highest_cosine(tiny_bert):
    word = follow(tiny_bert, ["the cats sat", "the cats", "on the cats sat the mat"], "cats")
    between = word.cosine[1][np.triu_indices(3, k=1)]
    assert word.ends(1) == (between.min(), between.max())
    low, high = (f"<b>{value:.2f}</b>" for value in word.ends(1))
    assert word_headline(word, 1) == f"<i>cats</i>, after layer 0: {low} to {high}"


def test_a_word_in_a_headline_is_escaped_and_cut(tiny_bert):
    word = follow(tiny_bert, ["the cats sat", "the cats"], "cats")
    said = word_headline(replace(word, word=HOSTILE), 0)
    assert "&lt;/script&gt;" in said
    assert "<script" not in said
    assert "<img" not in said
    assert len(plain(said)) < 80


def test_a_map_says_the_share_of_variance_or_how_many_neighbours_it_keeps():
    assert map_headline(Map("pca", np.eye(2), (0.5, 0.2034))) == "<b>70.3%</b> of the variance"
    kept = Map("tsne", np.ones((12, 2)), (), 3.7, 9)
    assert map_headline(kept) == "<b>9 of 12</b> keep their nearest neighbour"


def test_a_neighbour_is_kept_where_the_nearest_by_cosine_is_the_nearest_on_the_map():
    vectors = np.random.default_rng(0).normal(size=(12, 5))
    lengths = np.linalg.norm(vectors, axis=1)
    cosine = vectors @ vectors.T / np.outer(lengths, lengths) - 2 * np.eye(12)
    for method in ("pca", "tsne"):
        laid_out = lay_out(vectors, method=method)
        same = nearest(laid_out.points) == cosine.argmax(axis=1)
        assert laid_out.neighbours_kept == same.sum()
    assert nearest(np.array([[0.0], [1.0], [1.5], [9.0]])).tolist() == [1, 2, 1, 2]
