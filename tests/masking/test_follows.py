"""Next sentence: numbers are the library's, the contrast set is what it says it is."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UserError
from core.paths import ROOT
from figures.masking.follows import (
    called,
    facts,
    follows_figure,
    follows_table,
    headline,
    readings,
)
from figures.parts.prose import paragraph
from figures.parts.style import percent
from models.checkpoints import Checkpoints
from services.masking.companions import companions, topics
from services.masking.follows import SWAPPED, Followed, Reading, follows
from tabs.kit.examples import read_examples
from tabs.kit.view import Asked
from tabs.masking import TAB
from tabs.masking.choices import STEM, Choices
from tabs.masking.follows import FOLLOWING, fits, read_pair, reader
from tests.kit.stages import HOSTILE
from tests.weights.held import holds

FIRST, SECOND = "The cat sat on the mat.", "Then it went to sleep."
START = read_examples(STEM)[0]["inputs"]
EXAMPLES = {example["title"]: example for example in read_examples(STEM)}
BERTS = ("google-bert/bert-base-uncased", "google-bert/bert-base-multilingual-cased")


@pytest.fixture(scope="module")
def nsp(checkpoints):
    return checkpoints.load(checkpoints.default(FOLLOWING))


@pytest.fixture(scope="module")
def finder(bert):
    return bert


@pytest.fixture(scope="module", params=["pocket", *BERTS])
def any_nsp(request, space, published, checkpoints):
    """The pocket model, and a tiny one of each published BERT, read with its own head."""
    if request.param == "pocket":
        return checkpoints.load(checkpoints.default(FOLLOWING))
    entry = next(one for one in space.checkpoints if one.repo == request.param)
    folder = str(published[request.param])
    entry = replace(entry, repo="", revision="", path=folder, tier="pocket", parameters=200_000)
    return Checkpoints(replace(space, checkpoints=(entry,))).load(entry, FOLLOWING)


def direct(model, first, second):
    """(2,): what transformers itself says of a pair."""
    import torch

    encoded = model.tokenizer(first, second, return_tensors="pt")
    with torch.inference_mode():
        return model.model(**encoded).logits[0].double().numpy()


def made(*logits, **changed):
    """A result by hand: the pair, the topic, the random one, the swapped one."""
    kinds = ("pair", "topic", "random", "swapped")
    pairs = [
        Reading(kind, "a", "b", (logit, 0.0)) for kind, logit in zip(kinds, logits, strict=False)
    ]
    about = {"tokens": 2, "unknown": 0, "near": "c"}
    return Followed(pairs[0], tuple(pairs[1:]), **(about | changed))


# Numbers -----------------------------------------------------------------------------------------


def test_every_pair_has_the_logits_of_the_library(any_nsp, finder):
    found = follows(any_nsp, finder, FIRST, SECOND)
    assert {one.kind for one in found.contrast} == {"topic", "random", "swapped"}
    for one in readings(found):
        logits = direct(any_nsp, one.first, one.second)
        np.testing.assert_allclose(one.logits, logits, rtol=0, atol=1e-5)
        chance = np.exp(logits[0]) / np.exp(logits).sum()
        assert one.probability == pytest.approx(chance, abs=1e-5)
        assert one.logit == pytest.approx(np.log(chance) - np.log1p(-chance), abs=1e-4)


def test_the_head_is_read_from_the_files_and_tells_pairs_apart(any_nsp, finder):
    values = {round(one.logit, 4) for one in readings(follows(any_nsp, finder, FIRST, SECOND))}
    assert len(values) > 1


# The contrast set --------------------------------------------------------------------------------


def test_a_pair_of_ours_stands_beside_what_was_written_for_it(nsp, finder):
    topic = topics()[3]
    found = follows(nsp, finder, topic.first.upper(), topic.same)
    assert found.of("next").second == topic.next
    assert found.of("topic").second == topic.next  # the pair itself is the sentence on its topic
    whole = follows(nsp, finder, topic.first, topic.next)
    assert whole.of("next") is None
    assert whole.of("topic").second == topic.same
    assert called(whole, whole.pair) == "Your pair, the true next"
    assert whole.near == found.near == ""


def test_a_visitors_topic_is_found_and_the_random_sentence_is_of_another(finder):
    for first, word in (
        ("Two pianists played on one piano.", "piano"),
        ("My dog likes to run after sticks.", "dog"),
        ("It snowed until the roads were white.", "snow"),
    ):
        beside = companions(finder, first, SECOND)
        assert word in beside.near.lower()
        assert beside == companions(finder, first, SECOND)
        near = next(one for one in topics() if one.first == beside.near)
        assert beside.topic == near.same
        assert beside.random not in (near.next, near.same)


def test_random_sentences_differ_from_pair_to_pair(finder):
    drawn = {
        companions(finder, f"The cat has {number} mice.", SECOND).random for number in range(12)
    }
    assert len(drawn) > 5


def test_swapped_is_the_pair_in_the_other_order(nsp, finder):
    found = follows(nsp, finder, FIRST, SECOND).of(SWAPPED)
    assert (found.first, found.second) == (SECOND, FIRST)
    assert found.logit == pytest.approx(follows(nsp, finder, SECOND, FIRST).pair.logit, abs=1e-5)


# What may be typed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("", SECOND, "The first sentence is empty"),
        (FIRST, " ", r"The second sentence is empty \(only spaces were typed\)"),
        ("x" * 100_000, SECOND, r"first sentence has 100,000 characters; at most 20,000"),
        (FIRST, "x" * 100_000, r"second sentence has 100,000 characters; at most 20,000"),
        ("cat " * 70, "cat " * 70, r"two sentences have 143 tokens; at most 128"),
        (None, SECOND, "first sentence must be text; got nothing"),
        (FIRST, None, "second sentence must be text; got nothing"),
    ],
)
def test_what_does_not_fit_is_refused(nsp, finder, first, second, said):
    with pytest.raises(UserError, match=said):
        follows(nsp, finder, first, second)


def test_one_sentence_twice_is_told(nsp, finder):
    found = follows(nsp, finder, FIRST, FIRST.lower())
    assert found.twice
    assert found.of(SWAPPED) is None
    assert "same sentence twice" in facts(found)[0]


def test_letters_that_the_vocabulary_has_not_are_told(nsp, finder):
    found = follows(nsp, finder, "ሰላም ዓለም", "ደህና")
    assert (found.unknown, found.tokens) == (3, 3)
    assert facts(found)[0].startswith("3 of 3 tokens are `[UNK]`.")


# What is said ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        (
            (4.0, 1.0, -3.0, 3.5),
            "98.2% to 97.1% (logit +4.00 to +3.50): the head says yes to both",
        ),
        ((4.0, 1.0, -3.0, -2.0), "here the order decides"),
        ((-4.0, 1.0, -3.0, -2.0), "says no to both"),
        ((4.0, 1.0, -3.0, 3.5), "73.1%, one on another topic 4.74%: topic alone is enough"),
        ((1.0, 2.0, -3.0, 3.5), "topic alone is worth more"),
        ((4.0, -1.0, -3.0, 3.5), "topic alone is not enough"),
        (
            (9.0, 5.0, -3.0, 7.0),
            "3 bars stand above 99% and look alike; their logits go from +5.00",
        ),
        ((-9.0, -5.0, -4.0, 7.0), "2 bars stand below 1% and look alike"),
    ],
)
def test_the_sentences_are_about_this_pair(logits, said):
    found = made(*logits)
    assert any(said in one for one in facts(found))
    assert said.replace("'", "&#x27;") in follows_figure(found, name="none", title="T")


def test_bars_that_do_not_look_alike_are_not_said_to():
    for logits in ((4.0, 1.0, -3.0, 3.5), (9.0, 8.8, -3.0, 8.9)):
        assert not any("look alike" in one for one in facts(made(*logits)))


def test_the_picture_says_the_numbers_and_scores_of_the_pocket_model_alone():
    found = made(4.0, 1.0, -3.0, 3.5)
    drawn, table = follows_figure(found, name="pocket-nsp", title="T"), follows_table(found)
    for one in readings(found):
        assert f'class="value">{percent(one.probability)}<' in drawn
        assert percent(one.probability) in table
    assert "98.2%" in headline(found)
    assert "kept-out books" in drawn
    assert "kept-out books" not in follows_figure(found, name="bert-base-uncased", title="T")


def test_a_press_makes_a_line_the_pair():
    drawn = follows_figure(made(4.0, 1.0, -3.0, 3.5), name="none", title="T")
    assert "{&quot;sentence&quot;: &quot;a&quot;, &quot;following&quot;: &quot;b&quot;}" in drawn


def test_hostile_texts_are_escaped(nsp, finder):
    found = follows(nsp, finder, f"{HOSTILE} cat", f"{HOSTILE} dog")
    drawn = follows_figure(found, name="none", title=HOSTILE)
    for html in (drawn, follows_table(found), headline(found)):
        assert "<lectern" not in html
        assert "<script" not in html


# The rest of the view ----------------------------------------------------------------------------


def test_the_model_is_the_chosen_one_where_it_has_the_head(desk):
    names = {one.name: one for one in desk.offered(STEM)}
    assert reader(desk, names["pocket-masked"]).name == "pocket-nsp"
    assert reader(desk, names["bert-base-uncased"]).name == "bert-base-uncased"
    assert fits(names["pocket-masked"]) == fits(names["bert-base-uncased"]) == ""
    assert "RoBERTa left this task out" in fits(names["roberta-base"])


def test_the_code_gives_the_same_numbers(desk):
    entry, names = desk.default(STEM), {}
    chosen = Choices(sentence=FIRST, following=SECOND, view="follows", model=entry.name)
    code = TAB.snippet(Asked(desk, entry, chosen))
    exec(code, names)
    found = read_pair(desk, reader(desk, entry), FIRST, SECOND)
    for row, one in zip(names["logits"].tolist(), readings(found), strict=True):
        np.testing.assert_allclose(row, one.logits, rtol=0, atol=1e-5)


def test_the_endpoint_gives_the_numbers_of_the_page(desk):
    given = TAB.endpoints["follows"](desk)(FIRST, SECOND)
    chosen = Choices(sentence=FIRST, following=SECOND, view="follows", model="pocket-masked")
    lines, content = TAB.numbers(TAB.asked(desk, chosen))
    assert given["model"] == "pocket-nsp"
    assert {name: content[name] for name in given} == given
    assert len(list(lines)) == 1 + 1 + len(given["contrast"])
    with pytest.raises(
        Exception, match=r"no model 'roberta-base' for following; use one of pocket"
    ):
        TAB.endpoints["follows"](desk)(FIRST, SECOND, "roberta-base")


def test_our_sentences_are_a_list_of_topics():
    assert len(topics()) == 16
    texts = [text for one in topics() for text in (one.first, one.next, one.same)]
    assert len(set(texts)) == len(texts)
    assert "16 topics" in paragraph(STEM, "nearest")
    assert "other 15 topics" in paragraph(STEM, "written")


def test_the_page_says_what_the_card_says():
    folder = ROOT / "assets" / "models" / "pocket-nsp"
    report = json.loads((folder / "training.json").read_text(encoding="utf-8"))["report"]
    said = paragraph(STEM, "scored")
    for kind in ("random", "same_book", "swapped"):
        assert f"{100 * report[f'accuracy_{kind}']['score']:.1f}%" in said
    assert len(re.findall(r"\d+\.\d%", said)) == 3
    assert ("not reached" in said) == (report["accuracy_random"]["high"] < 0.85)


# Examples ----------------------------------------------------------------------------------------


def followed(nsp, finder, title):
    inputs = START | EXAMPLES[title]["inputs"]
    return EXAMPLES[title]["look_for"], follows(
        nsp, finder, inputs["sentence"], inputs["following"]
    )


@holds("masking", "Three daughters", 4)
def test_three_daughters(nsp, finder):
    said, found = followed(nsp, finder, "Three daughters")
    pair, topic, random, swapped = (percent(one.probability) for one in readings(found))
    assert f"{pair}, and swapped {swapped}." in said
    assert f"does not follow has {topic}, one on another topic {random}." in said
    assert "reads topic, not order" in facts(found)[0]


@holds("masking", "The old wooden box", 2)
def test_the_old_wooden_box(nsp, finder):
    said, found = followed(nsp, finder, "The old wooden box")
    pair, topic = percent(found.pair.probability), percent(found.of("topic").probability)
    assert f"*{found.pair.second[:-1]}* has {pair}, a sentence on boxes" in said
    assert f"does not follow {topic}." in said
    assert "topic alone is worth more" in facts(found)[1]


@holds("masking", "My cat", 2)
def test_my_cat(nsp, finder):
    said, found = followed(nsp, finder, "My cat")
    pair, swapped = (percent(one.probability) for one in (found.pair, found.of(SWAPPED)))
    assert f"*{found.pair.second[:-1]}* has {pair}. Swapped it has {swapped}," in said


@pytest.mark.parametrize(("other", "alike"), [(2.8, True), (1.0, False)])
def test_only_logits_that_are_alike_are_blind_to_the_order(other, alike):
    pair = Reading("pair", FIRST, SECOND, (3.0, 0.0))
    swapped = Reading(SWAPPED, SECOND, FIRST, (other, 0.0))
    said = facts(Followed(pair, (swapped,), 12, 0, near=""))[0]
    assert "says yes to both" in said
    assert ("topic, not order" in said) == alike
