"""Similarity: vectors, cosines, words, maps, calibration, their pictures, `/compare`."""

import json
import math
import re
import urllib.request

import numpy as np
import pytest

from core.errors import UserError
from figures.similarity.calibration import percent, rounded, standing
from figures.similarity.flat import HIGH, WIDE, flat_map
from figures.similarity.map import map_caption, sentence_map
from figures.similarity.matrix import matrix, pairs_table, ranking
from figures.similarity.words import GAP, _apart, named, word_figure, word_table
from services.similarity.calibration import Calibration, calibration
from services.similarity.compare import Similarity, Unknown, compare, cosines, pool
from services.similarity.map import Map, lay_out, perplexity_for
from services.similarity.search import Ranking, search
from services.similarity.words import follow

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{value}}"
PAIR = ["The cats sat", "the mat"]
# A quarter of the random pairs stay below 0, half below 0.2, all below 0.6.
PAIRS = Calibration(
    pairs=100,
    sentences=15,
    mean=0.2,
    deviation=0.2,
    percents=np.array([0, 25, 50, 100]),
    quantiles=np.array([-0.2, 0.0, 0.2, 0.6]),
)


def similarity(*sentences):
    vectors = np.eye(len(sentences)) + 0.5
    product = vectors @ vectors.T
    return Similarity(sentences, "mean", 6, 6, vectors, cosines(vectors, vectors), product)


# Vectors -----------------------------------------------------------------------------------------


def test_padding_has_no_say_in_any_pooling():
    states = np.array([[[1.0, 4.0], [3.0, 2.0], [99.0, -99.0]]])  # the last token is padding
    mask = np.array([[1, 1, 0]])
    assert pool(states, mask, "mean").tolist() == [[2.0, 3.0]]
    assert pool(states, mask, "max").tolist() == [[3.0, 4.0]]
    assert pool(states, mask, "cls").tolist() == [[1.0, 4.0]]


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_a_short_sentence_beside_a_long_one_keeps_its_vector(tiny_bert, pooling):
    long = "the cats sat on the mat the cats sat"
    together = compare(tiny_bert, ["the cat", long], pooling).vectors
    alone = compare(tiny_bert, ["the cat", "the cat"], pooling).vectors
    np.testing.assert_allclose(together[0], alone[0], atol=1e-6)


def test_cosines_are_those_of_the_textbook():
    vectors = np.array([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.0], [1.0, 1.0]])
    expected = [1, 0, -1, math.sqrt(0.5)]
    np.testing.assert_allclose(cosines(vectors, vectors)[0], expected, atol=1e-12)


def test_the_last_layer_is_minus_one_and_zero_is_the_embedding_output(tiny_bert):
    last = compare(tiny_bert, PAIR, "mean", -1)
    assert last.layer == 2
    assert last.cosine.tolist() == compare(tiny_bert, PAIR, "mean", 2).cosine.tolist()
    # Before any layer [CLS] has seen nothing of its sentence.
    np.testing.assert_allclose(compare(tiny_bert, PAIR, "cls", 0).cosine, 1, atol=1e-6)


@pytest.mark.parametrize("layer", [3, -2, 1.5, math.nan, math.inf, "1", None, True])
def test_a_layer_out_of_range_is_refused_with_the_range(tiny_bert, layer):
    with pytest.raises(UserError, match="whole number from -1 to 2"):
        compare(tiny_bert, PAIR, "mean", layer)


@pytest.mark.parametrize(
    ("sentences", "sentence"),
    [
        ([], "There are 0 sentences; 2 to 64 are allowed"),
        (["the cat"], "There is 1 sentence; 2 to 64 are allowed"),
        (["the cat"] * 2000, "There are 2,000 sentences; 2 to 64 are allowed"),
        ("the cat", "must be a list of texts; got one text"),
        (None, "must be a list of texts; got NoneType"),
        (["the cat", 7], "text of sentence 2 must be text; got int '7'"),
        (["the cat", " "], r"text of sentence 2 is empty \(only spaces were typed\)"),
        (["a" * 100_000, "the cat"], "sentence 1 has 100,000 characters; at most 20,000"),
        (["the cat", "a\0b"], "sentence 2 has a NUL character"),
        (["the cat", "\ud83d"], "sentence 2 has half of a surrogate pair"),
        (
            ["the cat", "the " * 127],
            "The text of sentence 2 has 129 tokens; at most 128 are allowed",
        ),
    ],
)
def test_a_list_that_does_not_fit_is_refused_with_what_was_seen(tiny_bert, sentences, sentence):
    with pytest.raises(UserError, match=sentence):
        compare(tiny_bert, sentences)


def test_an_unknown_pooling_is_refused_with_what_is_allowed(tiny_bert):
    with pytest.raises(UserError, match="must be one of mean, cls, max; got 'sum'"):
        compare(tiny_bert, PAIR, "sum")


# Words in context --------------------------------------------------------------------------------


def test_a_word_of_several_pieces_is_followed_as_their_mean(tiny_bert):
    word = follow(tiny_bert, ["the cats sat", "on the cats"], "Cats")
    assert word.pieces == (("cat", "##s"), ("cat", "##s"))
    assert word.spans == ((4, 8), (7, 11))
    assert word.positions == (2, 3)
    np.testing.assert_allclose(word.static, 1, atol=1e-6)
    assert word.cosine.shape == (3, 2, 2)
    assert "cut into cat ##s" in word_figure(word, layer=0, title="Tiny")


def test_the_first_of_several_occurrences_counts_and_the_page_says_so(tiny_bert):
    word = follow(tiny_bert, ["the cat on the mat", "on the mat"], "the")
    assert word.spans == ((0, 3), (3, 6))
    assert word.repeated == (1,)
    assert "more than once in sentence 1" in word_figure(word, layer=0, title="Tiny")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("mat", r"“mat” is not in sentence 1 \(“the cats sat”\)"),
        ("cat", "is not in sentence 1 .* as a word of its own"),
        ("at", "as a word of its own"),
        (" ", "The word is empty"),
        ("x" * 30_000, "The word has 30,000 characters; at most 20,000"),
    ],
)
def test_a_word_that_a_sentence_lacks_is_refused(tiny_bert, word, sentence):
    with pytest.raises(UserError, match=sentence):
        follow(tiny_bert, ["the cats sat", "the cat on the mat"], word)


def test_more_sentences_than_the_limit_around_a_word_are_refused(tiny_bert):
    with pytest.raises(UserError, match="There are 17 sentences; 2 to 16"):
        follow(tiny_bert, ["the cat"] * 17, "cat")


# Search ------------------------------------------------------------------------------------------


def test_the_query_itself_is_its_nearest_sentence(tiny_bert):
    found = search(tiny_bert, "the mat", ["the cats sat", "the mat", "on"])
    assert found.order[0] == 1
    assert found.cosine[1] == pytest.approx(1, abs=1e-6)
    assert sorted(found.order) == [0, 1, 2]


def test_an_empty_query_is_refused(tiny_bert):
    with pytest.raises(UserError, match="The query is empty"):
        search(tiny_bert, "", PAIR)


# Maps --------------------------------------------------------------------------------------------


def test_pca_keeps_a_line_on_one_axis():
    turn = np.linspace(0, 1, 5)
    vectors = np.stack([np.ones(5), turn - 0.5, np.zeros(5)], axis=1)
    laid_out = lay_out(vectors)
    assert laid_out.points.shape == (5, 2)
    assert laid_out.explained[0] > 0.95
    assert abs(np.diff(np.argsort(laid_out.points[:, 0]))).tolist() == [1, 1, 1, 1]


def test_tsne_is_seeded_and_keeps_two_groups_apart():
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(8)[:2], 6, axis=0) + 0.05 * rng.normal(size=(12, 8))
    first, second = (lay_out(vectors, method="tsne").points for _ in range(2))
    assert first.tolist() == second.tolist()
    apart = np.linalg.norm(first[:6].mean(axis=0) - first[6:].mean(axis=0))
    assert apart > np.linalg.norm(first[:6] - first[:6].mean(axis=0), axis=1).max()


@pytest.mark.parametrize(
    ("count", "settings", "sentence"),
    [
        (2, {}, "PCA map in 2 dimensions takes at least 3 sentences; there are 2"),
        (3, {"dimensions": 3}, "PCA map in 3 dimensions takes at least 4 sentences"),
        (9, {"method": "tsne"}, "t-SNE map in 2 dimensions takes at least 10 sentences"),
        (9, {"method": "umap"}, "must be one of pca, tsne; got 'umap'"),
        (9, {"dimensions": 4}, "must be one of 2, 3; got '4'"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_refused(count, settings, sentence):
    with pytest.raises(UserError, match=sentence):
        lay_out(np.eye(count), **settings)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_same_sentence_many_times_is_one_point_and_no_crash(method):
    laid_out = lay_out(np.ones((12, 4)), method=method)
    assert np.isfinite(laid_out.points).all()
    assert sum(laid_out.explained) == 0


def test_perplexity_stays_below_the_number_of_points():
    assert all(perplexity_for(count) < count for count in range(2, 500))
    assert perplexity_for(500) == 30


# Calibration -------------------------------------------------------------------------------------


def test_percentiles_lie_between_the_stored_quantiles():
    assert PAIRS.percentiles(np.array([-1, 0.1, 0.2, 0.9])).tolist() == [0, 37.5, 50, 100]
    assert standing(0.9, PAIRS) == "higher than all 100 random pairs"
    assert standing(-0.9, PAIRS) == "lower than all 100 random pairs"
    assert percent(0.1, PAIRS) == "37.5%"


def test_a_percentile_is_never_rounded_up_to_a_hundred():
    assert percent(0.5999, PAIRS) == "99.9%"
    assert percent(-0.1999, PAIRS) == "0.1%"
    assert rounded([0, 0.01, 49.98, 87.46, 99.99, 100]).tolist() == [0, 0.1, 50, 87.5, 99.9, 100]


def test_a_model_without_a_calibration_gets_no_numbers(tiny_bert):
    assert calibration(tiny_bert.checkpoint, "mean", 1) is None
    drawn = matrix(similarity("a", "b"), None, measure="cosine", title="Tiny BERT")
    assert "No random pairs were measured for Tiny BERT" in drawn
    assert "higher than" not in drawn


def test_equal_random_pairs_make_no_percentile(space):
    flat = calibration(space.checkpoints[0], "cls", 0)
    assert flat.flat
    assert percent(1.0, flat) == "–"
    assert "all sentences have the same vector" in matrix(
        similarity("a", "b"), flat, measure="cosine", title="BERT"
    )


def test_other_weights_have_no_calibration(space):
    from dataclasses import replace

    assert (
        calibration(
            replace(space.checkpoints[0], sha256=("0" * 64 + "  model.safetensors",)), "mean", 6
        )
        is None
    )


# Pictures ----------------------------------------------------------------------------------------


def test_every_pair_is_in_the_table_once_the_most_similar_first():
    three = similarity("first", "second", "third")
    three.cosine[0, 2] = three.cosine[2, 0] = 0.99
    table = pairs_table(three, PAIRS, measure="cosine")
    assert table.count("<tr>") == 1 + 3
    assert table.index("0.990") < table.index("0.636")


def test_dot_products_are_not_read_against_random_pairs():
    drawn = matrix(similarity("a", "b"), PAIRS, measure="dot", title="BERT")
    assert "dot product {value}:" in drawn
    assert "random-pairs" not in drawn


def test_what_was_typed_is_drawn_as_text(tiny_bert):
    hostile = similarity(HOSTILE, "the")
    found = Ranking(HOSTILE, (HOSTILE,), "mean", 6, np.array([0.5]), (0,))
    word = follow(tiny_bert, [f"the cat {HOSTILE}", "the cat"], "cat")
    pictures = [
        matrix(hostile, PAIRS, measure="cosine", title="BERT"),
        pairs_table(hostile, PAIRS, measure="cosine"),
        ranking(found, PAIRS, title="BERT", layers=6),
        word_figure(word, layer=0, title="BERT"),
        word_table(word),
        map_caption(Map("pca", np.eye(2), (1.0, 0.0)), (HOSTILE, "b"), setting="BERT"),
        sentence_map(Map("pca", np.eye(3), (1.0, 0.0, 0.0)), (HOSTILE, "b", "c"))
        .data[0]
        .hovertext[0],
    ]
    assert all("<img" not in picture for picture in pictures)
    assert all("&lt;img src=x" in picture for picture in pictures)


def test_points_that_nearly_coincide_share_a_label():
    points = np.array([[0.0, 0.0, 0.0], [0.001, 0.0, 0.0], [1.0, 1.0, 1.0]])
    figure = sentence_map(Map("pca", points, (0.9, 0.1, 0.0)), ("a", "b", "c"))
    assert list(figure.data[0].text) == ["1, 2", "", "3"]


def test_a_flat_map_is_drawn_to_scale_and_its_labels_meet_nothing():
    points = np.array([[0.0, 0.0], [4.0, 1.0], *[[2.0, 0.5]] * 6])
    named = ("the first of them", "the second", *["one of six in one place"] * 6)
    html = flat_map(points, named, ("PC 1", "PC 2"))
    found = re.findall(r'<li class="(\w*)" style="left:([\d.]+)%;top:([\d.]+)%;', html)
    places = np.array([[float(x) * WIDE, -float(y) * HIGH] for _, x, y in found]) / 100
    moved = places - places[0]
    np.testing.assert_allclose(moved[1:] / moved[1, 0], points[1:] / 4, atol=0.002)
    sides = [side for side, *_ in found]
    assert sides[0] == "right"
    assert len(set(sides[2:6])) == 4  # a side each, as long as there is one
    assert sides[6:] == ["", ""]


def test_a_flat_map_of_equal_sentences_is_one_point():
    html = flat_map(np.zeros((3, 2)), ("a", "a", "a"), ("PC 1", "PC 2"))
    assert html.count("left:50.00%;top:50.00%") == 3
    assert re.findall(r"<b>(.*?)</b>", html) == ["1, 2, 3"]


def test_a_map_in_three_dimensions_is_drawn_to_scale_with_room_at_every_end():
    points = np.array([[0.0, 0.0, 0.0], [10.0, 1.0, 0.0], [5.0, 2.0, 0.0]])
    scene = sentence_map(Map("tsne", points, ()), ("a", "b", "c")).layout.scene
    ratio = [scene.aspectratio[letter] for letter in "xyz"]
    ranges = np.array([scene.xaxis.range, scene.yaxis.range, scene.zaxis.range])
    assert max(ratio) == 1
    np.testing.assert_allclose(np.ptp(ranges, axis=1) / ratio, np.ptp(ranges[0]))
    assert (ranges[:, 0] < points.min(axis=0)).all()
    assert (ranges[:, 1] > points.max(axis=0)).all()


def test_of_many_pairs_the_highest_and_the_lowest_are_named_in_colours_of_their_own():
    assert len(set(named(np.linspace(0, 1, 7)).values())) == 7
    colours = named(np.array([0.1, 0.9, 0.5, 0.5, 0.8, 0.7, 0.2, 0.3]))
    assert sorted(colours) == [0, 1, 4, 5, 6, 7]
    assert len(set(colours.values())) == 6


def test_names_of_lines_stand_apart_in_order_and_close_to_their_lines():
    moved = _apart([100, 270, 271, 272, 90])
    assert np.diff(sorted(moved)).min() >= GAP
    assert np.argsort(moved).tolist() == [4, 0, 1, 2, 3]
    assert max(abs(np.array(moved[:1]) - 100)) <= GAP


# Unknown tokens ----------------------------------------------------------------------------------


def test_sentences_that_the_vocabulary_cannot_spell_are_named(tiny_bert):
    compared = compare(tiny_bert, ["😀", "你好", "the 😀", "the cat"])
    assert compared.unknown == Unknown(some=(3,), only=(1, 2))
    drawn = matrix(compared, PAIRS, measure="cosine", title="Tiny")
    assert "Sentences 1 and 2 hold nothing that this vocabulary can spell" in drawn
    assert "Sentence 3 holds parts that this vocabulary cannot spell" in drawn
    assert "Most alike: 3 and 4" in drawn


def test_only_unknown_sentences_have_no_most_alike_pair(tiny_bert):
    drawn = matrix(compare(tiny_bert, ["😀", "你好"]), PAIRS, measure="cosine", title="Tiny")
    assert "their cosines mean nothing" in drawn
    assert "Most alike" not in drawn


def test_a_query_that_cannot_be_spelled_is_said_to_rank_nothing(tiny_bert):
    found = search(tiny_bert, "😀", PAIR)
    assert found.query_unknown
    assert "this order means nothing" in ranking(found, None, title="Tiny", layers=2)
    assert not search(tiny_bert, "the cat", PAIR).query_unknown


def test_spelled_sentences_are_told_nothing_of_it(tiny_bert):
    compared = compare(tiny_bert, PAIR)
    assert compared.unknown == Unknown()
    assert "vocabulary" not in matrix(compared, PAIRS, measure="cosine", title="Tiny")


# The app over HTTP -------------------------------------------------------------------------------


def test_the_endpoint_returns_two_square_matrices(client):
    answer = client.predict(
        ["The dog bit the man.", "The man bit the dog.", "It is raining."], api_name="/compare"
    )
    assert set(answer) == {"model", "pooling", "layer", "cosine", "dot"}
    assert (answer["model"], answer["pooling"], answer["layer"]) == ("pocket-bert", "mean", 6)
    assert np.shape(answer["cosine"]) == np.shape(answer["dot"]) == (3, 3)
    assert answer["cosine"][0][1] == pytest.approx(0.978, abs=5e-4)


@pytest.mark.parametrize(
    ("sentences", "settings", "sentence"),
    [
        (["one"], {}, "There is 1 sentence; 2 to 64"),
        (["one"] * 2000, {}, "There are 2,000 sentences; 2 to 64"),
        (["one", 2], {}, "sentence 2 must be text"),
        (["one", "two"], {"pooling": "sum"}, "pooling must be one of mean, cls, max"),
        (["one", "two"], {"layer": 7}, "from -1 to 6; got 7"),
        (["one", "two"], {"layer": 1.5}, "from -1 to 6; got 1.5"),
        (["one", "two"], {"model": "gpt-9"}, "There is no model 'gpt-9'"),
        (["one", "x" * 100_000], {}, "100,000 characters; at most 20,000"),
        (["one", "a\0b"], {}, "NUL character"),
    ],
)
def test_the_endpoint_refuses_with_a_sentence_and_keeps_serving(
    client, sentences, settings, sentence
):
    with pytest.raises(Exception, match=sentence):
        client.predict(sentences, **settings, api_name="/compare")
    assert client.predict(["one", "two"], api_name="/compare")["layer"] == 6


def test_half_of_a_surrogate_pair_is_refused(client, server):
    url = f"{server.url}/gradio_api/call/compare"
    body = rb'{"data": [["one", "a\ud800"], "pocket-bert", "mean", -1]}'
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        event = json.loads(answer.read())["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=20) as answer:
        said = answer.read().decode()
    assert said.startswith("event: error")
    assert "sentence 2 has half of a surrogate pair (U+D800)" in said


def test_hostile_text_is_a_text_like_any_other(client):
    assert client.predict([HOSTILE, "two"], api_name="/compare")["cosine"][0][0] <= 1
