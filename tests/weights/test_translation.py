"""What the page says of the pocket translator, by example, holds of the model that ships."""

import json
import re
from dataclasses import asdict

import numpy as np
import pytest

from core.paths import ASSETS
from figures.translation.cross import needs
from services.examples import read_example
from services.translation.beams import search_beams
from services.translation.forcing import force
from services.translation.looking import MEAN, hide, look
from services.translation.remarks import remarks
from services.translation.translate import Translation, translate
from services.translation.walk import walk
from tabs.kit.examples import read_examples
from tabs.translation.endpoint import endpoint

EXAMPLES = {example["name"]: example for example in read_examples("translation")}


@pytest.fixture(scope="module")
def pocket(checkpoints):
    return checkpoints.load(checkpoints.default("translation"), "translation")


@pytest.fixture(scope="module")
def found(pocket):
    """`found(name)`: the translation of an example, as the page asks for it."""
    return lambda name: translate(pocket, EXAMPLES[name]["inputs"]["text"], 4, 3)


def texts(found):
    return [one.text for one in found.candidates]


def test_the_page_opens_with_what_the_model_says_today(found):
    opened, today = read_example("translation", Translation), found("cat")
    assert opened.text == today.text
    assert [one.ids for one in opened.candidates] == [one.ids for one in today.candidates]
    own = [[token.logprob for token in one.tokens] for one in (opened, today)]
    np.testing.assert_allclose(*own, atol=1e-5)


def test_the_cat_is_lovely_in_right_french(found):
    assert found("cat").text in (
        "Ton chat est un chat adorable.",
        "Votre chat est un chat adorable.",
        "Ton chat est un beau chat.",
        "Votre chat est un beau chat.",
        "Ton chat est un joli chat.",
        "Votre chat est un joli chat.",
        "Ton chat est un chat charmant.",
        "Votre chat est un chat charmant.",
    )


def test_ton_and_votre_are_both_likely(found):
    shares = {one.text.strip(): one.probability for one in found("cat").tokens[0].nexts}
    assert min(shares["Ton"], shares["Votre"]) > 0.05


def test_two_ways_to_say_you_score_nearly_the_same(found):
    two = found("kind").candidates[:2]
    assert {one.text.split()[0] for one in two} == {"Tu", "Vous"}
    assert two[0].score - two[1].score < 0.2


def test_a_happy_man_and_a_happy_woman_are_among_the_translations(found):
    said = " ".join(texts(found("happy")))
    assert "heureux" in said
    assert "heureuse" in said
    place = found("happy").tokens[EXAMPLES["happy"]["inputs"]["token"]]
    assert [one.text for one in place.nexts[:2]] == [" heureux", " heureuse"]


def test_colours_stand_behind_the_noun(found):
    assert "chat noir" in found("order").text
    assert "lit blanc" in found("order").text


def test_who_is_missed_is_the_subject(pocket, found):
    assert found("miss").text == "Vous me manquez."
    looks = look(pocket, EXAMPLES["miss"]["inputs"]["text"])
    row = looks.looked(pocket.checkpoint.layers - 1, MEAN, words=True)
    row = row[looks.target.word_names.index("manquez")]
    assert looks.source.word_names[row.argmax()] == "miss"


def test_a_sentence_that_is_too_long_is_told(pocket, found):
    (said,) = remarks(pocket.checkpoint, found("long"))
    assert "Expect parts that are left out" in said


def test_code_becomes_a_sentence_that_the_model_is_unsure_of(pocket, found):
    unsure, sure = (one.logprob / len(one.tokens) for one in (found("code"), found("order")))
    assert unsure < 2 * sure
    assert found("code").text
    assert "unsure of nearly every word" in remarks(pocket.checkpoint, found("code"))[0]


def test_the_endpoint_gives_what_the_page_shows(desk, found):
    answer = endpoint(desk)(EXAMPLES["cat"]["inputs"]["text"], beams=4, candidates=3)
    today = found("cat")
    assert answer["translation"] == today.text
    assert [one["text"] for one in answer["candidates"]] == texts(today)
    assert answer["candidates"][1]["score"] == today.candidates[1].score
    assert [one["logprob"] for one in answer["tokens"]] == [t.logprob for t in today.tokens]
    assert "".join(one["text"] for one in answer["source"]) == " Your cat is a lovely cat.</s>"
    assert asdict(today.candidates[0])["ended"]


def test_colours_look_at_their_own_word_and_their_lines_cross(pocket):
    example = EXAMPLES["crossing"]["inputs"]
    looks = look(pocket, example["text"])
    french, english = looks.target.word_names, looks.source.word_names
    most = looks.looked(example["layer"], MEAN, words=True).argmax(axis=1)
    pairs = [("noir", "black"), ("chat", "cat"), ("blanc", "white"), ("lit", "bed")]
    for word, own in pairs:
        assert english[most[french.index(word)]] == own


def test_without_its_word_the_colour_is_gone_and_the_other_stays(pocket):
    example = EXAMPLES["hidden"]["inputs"]
    hidden = hide(pocket, example["text"], int(example["hidden"]))
    assert hidden.words[hidden.word] == "black"
    assert "chat" in hidden.without
    assert "noir" not in hidden.without
    assert "blanc" in hidden.without
    needed = needs(hidden)  # (French word, English word)
    for name, column in zip(hidden.words, needed.T, strict=True):
        if name in ("black", "cat", "sleeps", "white", "bed"):
            assert (column > 5).sum() == 1, name
            assert np.sort(column)[-2] < 1, name
        if name in ("The", "the"):
            assert column.max() < 1, name  # nats, where what a word is needed for costs 5


def test_the_first_layer_looks_at_the_end_of_short_sentences_which_changes_nothing(pocket):
    sentences = dict.fromkeys(
        text
        for text in (one["inputs"]["text"] for one in EXAMPLES.values())
        if text.endswith(".") and len(text.split()) < 10
    )
    assert len(sentences) > 4
    for text in sentences:
        looks = look(pocket, text)
        assert looks.source.pieces[-2:] == (".", "</s>")
        most = looks.looked(0, MEAN, words=False).argmax(axis=1)
        assert (most >= len(looks.source.pieces) - 2).mean() > 0.5
        stop = hide(pocket, text).drops[-1]
        assert np.abs(stop).max() < 0.3


def test_the_label_smoothing_that_is_told_is_that_of_the_recipe():
    folder = ASSETS / "models" / "pocket-translator"
    recipe = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    said = (ASSETS / "translation" / "explain.md").read_text(encoding="utf-8")
    share = re.search(r"label smoothing\*\*, ([\d.]+) here", said)[1]
    assert f'"smoothing": {share},' in json.dumps(recipe)


def test_the_second_word_looks_at_the_first_cat(pocket):
    example = EXAMPLES["second-step"]["inputs"]
    found = walk(pocket, example["text"], example["token"])
    last = found.blocks[-1].looks_over.mean(axis=0)
    assert found.source.pieces[last.argmax()] == " cat"
    assert last.argmax() == 1
    assert last.max() > max(block.looks_over.mean(axis=0)[1] for block in found.blocks[:-1])
    assert found.pieces[1] == " chat"


def test_a_happy_woman_is_the_least_expected_word_and_what_follows_is_sure(pocket):
    example = EXAMPLES["forced"]["inputs"]
    forced = force(pocket, example["text"], example["said"])
    least = int(forced.right.argmin())
    assert forced.tokens[least].piece == " heureuse"
    assert forced.tokens[least].nexts[0].text == " heureux"
    assert forced.right[least + 1 :].min() > -0.3


def test_after_a_wrong_article_the_noun_is_a_surprise(pocket):
    example = EXAMPLES["wrong"]["inputs"]
    forced = force(pocket, example["text"], example["said"], example["wrong"], example["token"])
    assert forced.tokens[forced.place].piece == " le"
    bed = forced.place + 1
    assert forced.tokens[bed].piece == " lit"
    assert forced.right[bed] - forced.after[bed] > 1


def test_the_beams_part_at_the_first_token(pocket):
    found = search_beams(pocket, EXAMPLES["tree"]["inputs"]["text"], 4).found
    kept = {node.label.strip() for node in found.nodes if node.step == 0 and node.fate == "kept"}
    assert {"Tu", "Vous"} <= kept
    assert {one.text.split()[0] for one in found.hypotheses} >= {"Tu", "Vous"}
