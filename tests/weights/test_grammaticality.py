"""Grammaticality on the shipped weights: what the page states, and its code as reference.

The numbers that the examples' lines name stand in assets/grammaticality/examples.toml alone;
RIGHT and ORDERED below are what any better model keeps.
"""

import json
import re

import numpy as np
import pytest

from core.paths import ROOT
from services.examples import read_example
from services.generation.scores import score
from services.grammaticality.judge import judge
from services.grammaticality.list import judge_list
from services.grammaticality.masked import Examined, examine, likelihood
from services.grammaticality.pair import weigh
from services.grammaticality.rows import read_list
from services.grammaticality.search import smallest_edit
from services.grammaticality.words import read
from tabs.grammaticality import TAB
from tabs.grammaticality.choices import Choices
from tabs.grammaticality.sentence import record_of
from tabs.kit.examples import read_examples
from tests.weights.held import holds

EXAMPLES = {example["title"]: example for example in read_examples("grammaticality")}
START = read_examples("grammaticality")[0]["inputs"]
RIGHT = {
    "The cat sat on the mat.": True,
    "She go to school yesterday.": False,
    "I has a dog.": False,
    "They was late for dinner.": False,
    "The cat sat mat the on.": False,
    "The children are playing in the park.": True,
}
ORDERED = [
    ("The keys to the cabinet are on the table.", "The keys to the cabinet is on the table."),
    ("Nobody has ever been there.", "Everybody has ever been there."),
    ("Colorless green ideas sleep furiously.", "Furiously sleep ideas green colorless."),
]
MIXED = ["No.", "She go to school yesterday.", "The keys to the old wooden cabinet are lost."]


@pytest.fixture(scope="module")
def grammar(checkpoints):
    return checkpoints.load(checkpoints.default("grammaticality"))


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


@pytest.fixture(scope="module")
def masked(checkpoints):
    return checkpoints.load(checkpoints.default("masking"))


def choices(title="Yesterday", **changed):
    start = {"model": "pocket-grammar", "view": "sentence"}
    return Choices(**(start | START | EXAMPLES[title]["inputs"] | changed))


def stated(title):
    """The percentages that an example's line names, as probabilities."""
    found = re.findall(r"(\d+\.\d+)%", EXAMPLES[title]["look_for"])
    return [float(number) / 100 for number in found]


def chances(grammar, *sentences):
    return [one.probability for one in judge(grammar, sentences)]


# Verdicts ----------------------------------------------------------------------------------------


def test_plain_sentences_are_judged_right(grammar):
    said = {one.sentence: one.acceptable for one in judge(grammar, list(RIGHT))}
    assert said == RIGHT


def test_minimal_pairs_are_in_the_right_order(grammar, masked):
    for good, bad in ORDERED:
        assert weigh(grammar, masked, good, bad).margin > 0, good


def test_a_batch_gives_what_each_sentence_gives_alone(grammar):
    together = judge(grammar, MIXED)
    for sentence, one in zip(MIXED, together, strict=True):
        np.testing.assert_allclose(one.logits, judge(grammar, [sentence])[0].logits, atol=1e-5)


# What the examples state -------------------------------------------------------------------------


@holds("grammaticality", "Yesterday", 3)
def test_who_is_blamed_for_yesterday(grammar):
    line = EXAMPLES["Yesterday"]["look_for"]
    reading = read(grammar, START["sentence"])
    assert [word.text for word in reading.words[:2]] == ["She", "go"]
    she, go = reading.integrated[:2]
    blamed = [float(found) for found in re.findall(r"\(\+(\d\.\d\d)\)", line)]
    assert blamed == pytest.approx([reading.leave_one_out[0], she, go], abs=5e-3)
    assert reading.leave_one_out[1:].max() < 0.03  # She alone
    assert reading.integrated[2:].max() < 0.22  # She and go


@holds("grammaticality", "Yesterday", 2)
def test_yesterday(grammar, masked):
    sentence = EXAMPLES["Yesterday"]["inputs"]["sentence"]
    *_, found = smallest_edit(grammar, masked, sentence)
    named = re.search(r"\*go\* to \*(\w+)\*", EXAMPLES["Yesterday"]["look_for"])[1]
    best = found.found[0]
    assert best.kinds == ("form",)
    assert best.sentence == sentence.replace("go", named)
    seen = [*chances(grammar, sentence), best.probability]
    assert seen == pytest.approx(stated("Yesterday"), abs=5e-4)


@holds("grammaticality", "The keys to the cabinet", 2)
@holds("grammaticality", "Green ideas", 2)
@pytest.mark.parametrize("title", ["The keys to the cabinet", "Green ideas"])
def test_a_pair(grammar, title):
    chosen = choices(title)
    assert chosen.view == "pair"
    seen = chances(grammar, chosen.sentence, chosen.other)
    assert seen == pytest.approx(stated(title), abs=5e-4)
    assert seen[0] > seen[1]


@holds("grammaticality", "The keys to the cabinet", 1)
def test_two_models_prefer_the_keys_that_are_and_one_does_not(grammar, masked, gpt2):
    chosen = choices("The keys to the cabinet")
    line = EXAMPLES["The keys to the cabinet"]["look_for"]
    both = chosen.sentence, chosen.other
    pair = weigh(grammar, masked, *both, tuple(score(gpt2, sentence) for sentence in both))
    assert pair.margin > 0
    assert pair.likelier > 0
    assert "accepts neither" in line
    assert max(chances(grammar, *both)) < 0.5
    told = float(re.search(r"prefers \*is\* by (\d\.\d\d) nats", line)[1])
    assert -pair.foreseen == pytest.approx(told, abs=5e-3)


@holds("grammaticality", "Snow is black", 1)
@holds("grammaticality", "Guess who", 1)
@holds("grammaticality", "The boat and the insurance", 2)
@holds("grammaticality", "Looking forward", 2)
@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Snow is black", None),
        ("Guess who", None),
        ("The boat and the insurance", "The boat was sunk to collect the insurance."),
        ("Looking forward", "I look forward to seeing you."),
    ],
)
def test_a_sentence_and_the_one_it_is_compared_with(grammar, title, other):
    seen = chances(grammar, choices(title).sentence, *([other] if other else []))
    assert seen == pytest.approx(stated(title), abs=5e-4)


def test_how_sure_the_model_gets_is_what_the_explanation_says(grammar):
    text = (ROOT / "assets" / "grammaticality" / "explain.md").read_text(encoding="utf-8")
    low, high = 12, 88
    assert f"never gives more than about {high}% or less than about {low}%" in text
    record = record_of(grammar.checkpoint)
    told = [row.mean_probability for row in record.after]
    seen = [*told, *(one.acceptable for one in record.visitors + record.samples + record.worst)]
    seen += chances(grammar, *RIGHT, "Birds sing.", "The the the the.", "Go me the a an.")
    assert (low - 1) / 100 < min(seen) < max(seen) < (high + 1) / 100
    assert max(seen) == pytest.approx(high / 100, abs=0.005)


@pytest.mark.parametrize(
    ("title", "label"),
    [("Guess who", True), ("The boat and the insurance", False), ("Looking forward", False)],
)
def test_what_is_called_a_failure_is_one(grammar, title, label):
    failed = judge(grammar, [choices(title).sentence])[0].acceptable != label
    assert failed == ("A failure" in EXAMPLES[title]["look_for"])


@holds("grammaticality", "A list with labels", 2)
def test_a_list_with_labels(grammar, limits):
    judged = judge_list(grammar, read_list(choices("A list with labels").sentences, limits))
    assert len(judged.judgements) == 10
    line = EXAMPLES["A list with labels"]["look_for"]
    assert [judged.scores.accuracy] == pytest.approx(stated("A list with labels"), abs=5e-4)
    mcc = float(re.search(r"correlation (\d\.\d+)", line)[1])
    assert judged.scores.mcc == pytest.approx(mcc, abs=5e-4)


@holds("grammaticality", "Whose norm?", 2)
def test_the_norm_is_that_of_one_variety(grammar):
    chosen = choices("Whose norm?")
    assert "He is usually working late" in EXAMPLES["Whose norm?"]["look_for"]
    seen = chances(grammar, chosen.sentence, chosen.other)
    assert seen == pytest.approx(stated("Whose norm?"), abs=5e-4)


@holds("grammaticality", "Five varieties", 2)
def test_five_varieties_are_not_accepted_and_their_translations_are(grammar, limits):
    judged = judge_list(grammar, read_list(choices("Five varieties").sentences, limits))
    accepted = [one.acceptable for one in judged.judgements]
    assert accepted == [False, True] * 5
    assert "none of the 5" in EXAMPLES["Five varieties"]["look_for"]
    assert [judged.scores.accuracy] == pytest.approx(stated("Five varieties"), abs=5e-4)


def test_the_page_opens_with_what_the_models_give(grammar, masked):
    stored = read_example("grammaticality", Examined)
    fresh = examine(grammar, masked, START["sentence"])
    assert stored.reading.words == fresh.reading.words
    for name in ("leave_one_out", "integrated", "without"):
        pair = getattr(stored.reading, name), getattr(fresh.reading, name)
        np.testing.assert_allclose(*pair, atol=1e-4)
    np.testing.assert_allclose(
        stored.reading.judgement.logits, fresh.reading.judgement.logits, atol=1e-5
    )
    np.testing.assert_allclose(stored.likelihood.surprisal, fresh.likelihood.surprisal, atol=1e-4)


def test_the_temperature_in_the_explanation_was_fitted_on_as_many_sentences_as_it_says():
    record = json.loads((ROOT / "assets/models/pocket-grammar/training.json").read_text())
    text = (ROOT / "assets" / "grammaticality" / "explain.md").read_text(encoding="utf-8")
    assert f"chosen on {record['calibration']['sentences']} sentences" in text


# Edits -------------------------------------------------------------------------------------------


def test_every_edit_told_is_judged_as_the_page_says_and_turns_the_verdict(grammar, masked):
    for sentence in ("The cat sat mat the on.", "The cat sat on the mat."):
        *_, found = smallest_edit(grammar, masked, sentence)
        assert found.found
        assert found.judged == found.possible
        for flip in found.found:
            one = judge(grammar, [flip.sentence])[0]
            assert one.probability == pytest.approx(flip.probability, abs=1e-5)
            assert one.acceptable != judge(grammar, [sentence])[0].acceptable


# Code and exports --------------------------------------------------------------------------------


def run(code, monkeypatch):
    monkeypatch.chdir(ROOT)  # the code runs in a clone of the repository
    names = {}
    exec(compile(code, "snippet", "exec"), names)
    return names


def test_the_code_of_a_list_gives_its_numbers(desk, grammar, monkeypatch):
    chosen = choices(view="list", sentences="\n".join(MIXED))
    names = run(TAB.snippet(TAB.asked(desk, chosen)), monkeypatch)
    ours = judge(grammar, MIXED)
    np.testing.assert_allclose(names["logits"], [one.logits for one in ours], atol=1e-5)
    np.testing.assert_allclose(names["probabilities"], [o.probability for o in ours], atol=1e-5)


@pytest.mark.parametrize(
    "sentence",
    [START["sentence"], "He doesn't unhappily know 1,000 well-known résumés, does he?", "x😀y no"],
)
def test_the_code_of_a_sentence_gives_its_words(desk, grammar, masked, monkeypatch, sentence):
    code = TAB.snippet(TAB.asked(desk, choices(sentence=sentence)))
    names = run(code, monkeypatch)
    ours, seen = read(grammar, sentence), likelihood(masked, sentence)
    assert names["whole"] == pytest.approx(ours.judgement.log_odds, abs=1e-5)
    np.testing.assert_allclose(names["leave_one_out"], ours.leave_one_out, atol=1e-5)
    np.testing.assert_allclose(names["integrated"], ours.integrated, atol=1e-5)
    np.testing.assert_allclose(names["surprises"], seen.of_words, atol=1e-5)
    np.testing.assert_allclose(names["surprisal"], seen.surprisal, atol=1e-5)


def test_the_code_of_a_pair_gives_its_numbers(desk, grammar, masked, monkeypatch):
    chosen = choices("The keys to the cabinet")
    names = run(TAB.snippet(TAB.asked(desk, chosen)), monkeypatch)
    pair = weigh(grammar, masked, chosen.sentence, chosen.other)
    ours = [one.log_odds for one in pair.judgements]
    np.testing.assert_allclose(names["log_odds"], ours, atol=1e-5)
    totals = [seen.total for seen in pair.likelihoods]
    np.testing.assert_allclose(names["likelihoods"], totals, atol=1e-4)


def test_the_code_of_the_training_gives_the_recorded_correlation(desk, monkeypatch):
    names = run(TAB.snippet(TAB.asked(desk, choices(view="training"))), monkeypatch)
    assert names["mcc"] == pytest.approx(names["record"]["dev"]["mcc"], abs=5e-5)


@pytest.mark.parametrize("view", ["sentence", "pair", "list", "training"])
def test_the_exports_keep_every_digit(desk, grammar, view):
    chosen = choices(view=view)
    sheet, text = TAB.files(desk, chosen)
    answer = json.loads(text)
    assert answer["settings"] == {"model": "pocket-grammar"} | vars(chosen)
    lines = sheet.splitlines()
    one = judge(grammar, [chosen.sentence])[0]
    if view == "sentence":
        assert answer["judgement"]["probability"] == one.probability
        assert answer["edits"] is None
        assert float(lines[1].split(",")[4]) == pytest.approx(
            read(grammar, chosen.sentence).leave_one_out[0]
        )
        assert len(lines) == 7
    if view == "pair":
        assert answer["judgements"][0]["probability"] == pytest.approx(one.probability, abs=1e-6)
        assert len(lines) == 3
    if view == "list":
        assert len(lines) == 11


def test_the_export_has_the_edits_of_its_own_sentence_only(desk):
    search = {"model": "pocket-grammar", "sentence": START["sentence"], "found": []}
    own = json.loads(TAB.files(desk, choices(), search)[1])
    assert own["edits"] == search
    other = json.loads(TAB.files(desk, choices(sentence="Snow is black."), search)[1])
    assert other["edits"] is None


# Headlines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Yesterday", "Snow is black"])
def test_the_headline_of_a_sentence_is_the_verdict_of_the_service(desk, grammar, title):
    chosen = choices(title)
    one = judge(grammar, [chosen.sentence])[0]
    sure = one.probability if one.acceptable else 1 - one.probability
    said = TAB.draw(desk, chosen).headline
    assert said == f"<b>{'Acceptable' if one.acceptable else 'Not acceptable'}</b> {sure:.1%}"


def test_the_headline_of_a_pair_has_both_probabilities(desk, grammar):
    chosen = choices("The keys to the cabinet")
    are, its = chances(grammar, chosen.sentence, chosen.other)
    said = TAB.draw(desk, chosen).headline
    assert said == f"<b><i>are</i> {are:.1%}</b>, <i>is</i> {its:.1%}"


def test_the_headline_of_a_list_is_its_correlation(desk, grammar, limits):
    chosen = choices("A list with labels")
    judged = judge_list(grammar, read_list(chosen.sentences, limits))
    said = f"MCC <b>{judged.scores.mcc:.2f}</b>, accuracy {judged.scores.accuracy:.1%}"
    assert TAB.draw(desk, chosen).headline == said
    bare = choices(view="list", sentences="\n".join(MIXED))
    right = sum(one.acceptable for one in judge(grammar, MIXED))
    assert TAB.draw(desk, bare).headline == f"<b>{right}</b> of 3 acceptable"
