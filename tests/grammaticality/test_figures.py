"""Pictures of a verdict, of words, and of pairs; asserted by their data."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from figures.grammaticality.pair import changed, pair_figure, pair_table
from figures.grammaticality.pair import headline as of_pair
from figures.grammaticality.verdict import ends, notes, signed, verdict, worked
from figures.grammaticality.words import _baseline, sentence_figure, words_table
from figures.grammaticality.words import headline as of_sentence
from figures.parts.style import SIGNED, percent, ramp
from services.grammaticality.masked import Disagreement
from services.grammaticality.pair import Pair
from services.grammaticality.remarks import remarks
from tests.grammaticality.test_grammaticality import HOSTILE, judgement, reading, seen, words


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.168, "16.8%"),
        (0.9, "90.0%"),
        (0.99999, "above 99.9%"),
        (1, "100%"),
        (0.00012, "0.0120%"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(probability, said):
    assert percent(probability) == said


def test_signs_stand_before_numbers():
    assert [signed(value) for value in (1.234, -0.0321, 0)] == ["+1.23", "−0.0321", "0"]


@pytest.mark.parametrize(
    ("probability", "word"), [(0.168, "Not acceptable"), (0.5, "Acceptable"), (0.9, "Acceptable")]
)
def test_the_verdict_is_said_once_and_its_probability_drawn_to_scale(probability, word):
    drawn = verdict(judgement(probability))
    assert word not in drawn  # the headline says it
    assert f"<b>{percent(probability)}</b>" in drawn
    assert f"width:{100 * probability:.2f}%" in drawn


def test_the_softmax_is_worked_with_this_sentences_numbers():
    one = replace(judgement(), logits=np.array([0.844, -0.755], dtype=np.float32))
    text = re.sub(r"<[^>]+>", " ", worked(one))
    assert re.search(r"unacceptable\s+0\.844\s+0\s+1\.00\s+83\.2%", text)
    assert re.search(r"acceptable\s+−0\.755\s+−1\.60\s+0\.202\s+16\.8%", text)
    assert re.search(r"sum\s+1\.20\s+100%", text)
    assert "m is the larger logit, 0.844." in text
    assert re.search(r"−0\.755 − 0\.844 =\s+−1\.60", text)


def test_a_negative_logit_is_taken_away_in_parentheses():
    one = replace(judgement(), logits=np.array([-0.5, 1.0], dtype=np.float32))
    assert "1.00 − (−0.500)" in worked(one)


@pytest.mark.parametrize(
    ("sentence", "more", "said"),
    [
        ("The cat sat.", {}, ""),
        ("Anna saw I.", {}, ""),
        ("the cat sat.", {}, "does not see capital letters"),
        ("The CAT sat.", {}, "does not see capital letters"),
        ("القطة على السجادة.", {}, "not in Latin letters"),
        ("...", {}, "not in Latin letters"),
        ("Zoë Brontë sat.", {}, ""),
        ("The 😀.", {"unknown": ("😀",)}, "“😀” is not in the vocabulary"),
        ("The 😀 你.", {"unknown": ("😀", "你")}, "“😀”, “你” are not in the vocabulary"),
        ("The cat.", {"tokens": ("the",) * 65}, "65 tokens; the model learned from"),
        ("The cat.", {"tokens": ("the",) * 64}, ""),
    ],
)
def test_remarks_are_made_only_where_they_apply(space, sentence, more, said):
    entry = next(one for one in space.checkpoints if one.name == "pocket-grammar")
    told = " ".join(remarks(entry, replace(judgement(sentence=sentence), **more)))
    assert said in told
    assert bool(told) == bool(said)


@pytest.mark.parametrize("sentence", ["the CAT sat.", "القطة على السجادة.", "the " * 600])
def test_nothing_is_said_of_a_model_whose_entry_says_nothing(space, sentence):
    entry = replace(space.checkpoints[0], longest=0, cased=None, languages=())
    long = replace(judgement(sentence=sentence), tokens=tuple(sentence.split()))
    assert remarks(entry, long) == ()
    assert remarks(replace(entry, cased=True), long) == ()


def test_remarks_stand_under_the_verdict_as_text():
    drawn = sentence_figure(
        reading(("a",), [1.0]), None, None, title="T", masked="none", remarks=(HOSTILE,)
    )
    assert notes((HOSTILE,)) in drawn
    assert "<img" not in drawn
    assert notes(()) == ""


def test_what_hurts_is_orange_and_what_helps_is_blue():
    one = reading(("a", "b", "c"), [2.0, -2.0, 0.0])
    drawn = sentence_figure(one, None, None, title="T", masked="not there")
    orange, blue = ramp(SIGNED)[0], ramp(SIGNED)[-1]
    assert f'style="background:{orange};color:#ffffff"><span>a</span><b>+2.00</b>' in drawn
    assert f'style="background:{blue};color:#ffffff"><span>b</span><b>−2.00</b>' in drawn
    assert int(orange[1:3], 16) > int(orange[5:7], 16)
    assert int(blue[1:3], 16) < int(blue[5:7], 16)


def test_without_a_masked_model_the_verdict_stands_and_the_reason_is_told():
    one = reading(("a", "b"), [1.0, 0.0])
    drawn = sentence_figure(one, None, None, title="T", masked="It is <not> there.")
    assert "Probability of <i>acceptable</i>" in drawn
    assert "It is &lt;not&gt; there." in drawn
    assert "surprisal" not in words_table(one, None)


def test_the_disagreement_is_told_with_both_numbers():
    parts = ("a", "b", "c")
    one, other = reading(parts, [3.0, 0, 0]), seen(parts, [1.0, 5, 5])
    differ = Disagreement(words("a")[0], 0, 1.5, -1.2)
    drawn = sentence_figure(one, other, differ, title="T", masked="M")
    assert "Most about <b>a</b>. Leaving it out changes the log-odds by +3.00, above" in drawn
    assert "surprisal is 1.00 nats, below the average." in drawn
    assert "the verdict depends on this word more than its surprisal would suggest" in drawn
    turned = replace(differ, hurts=-1.5, surprises=1.2)
    drawn = sentence_figure(one, other, turned, title="T", masked="M")
    assert "by +3.00, below the average" in drawn
    assert "surprises the masked model more than the verdict depends on it" in drawn


def test_the_table_holds_every_word_with_all_its_numbers():
    parts = ("a", "b", "c")
    table = words_table(reading(parts, [3.0, 0, -1.5]), seen(parts, [1.0, 5, 6]))
    assert table.count("<tr>") == 4
    assert all(number in table for number in ("+3.00", "−1.50", "1.00", "5.00", "6.00"))


def pair(first=0.8, second=0.3, likelihoods=((1.0,), (2.0,))):
    sides = tuple(seen(tuple("abcdef"[: len(one)]), list(one)) for one in likelihoods)
    judged = judgement(first, "the keys are"), judgement(second, "the keys is")
    return Pair(judged, sides)


def test_in_a_pair_the_words_that_differ_are_marked():
    drawn = pair_figure(pair(), title="T", masked="M")
    assert "the keys <mark>are</mark>" in drawn
    assert "the keys <mark>is</mark>" in drawn
    assert "The classifier prefers the <b>first</b>" in drawn
    assert "The masked model finds the <b>first</b> more likely" in drawn
    assert "The two models agree." in drawn


def test_a_pair_on_which_the_models_differ_says_so():
    drawn = pair_figure(pair(likelihoods=((3.0,), (2.0,))), title="T", masked="M")
    assert "finds the <b>second</b> more likely" in drawn
    assert "The two models disagree." in drawn


def test_a_pair_with_one_verdict_for_both_is_a_matter_of_degree():
    drawn = pair_figure(pair(0.8, 0.7), title="T", masked="M")
    assert "It calls both acceptable, so its preference is one of degree" in drawn
    drawn = pair_figure(pair(0.5, 0.5, ((1.0,), (1.0,))), title="T", masked="M")
    assert "Both models find the sentences equally good" in drawn


def test_sentences_of_other_lengths_are_also_compared_per_token():
    drawn = pair_figure(pair(likelihoods=((1.0,), (2.0, 4.0))), title="T", masked="M")
    assert "have 1 and 2 tokens" in drawn
    assert "−1.00 against −3.00" in drawn


def test_a_pair_without_a_masked_model_has_its_verdicts():
    drawn = pair_figure(pair(likelihoods=()), title="T", masked="It is not there.")
    assert "prefers the <b>first</b>" in drawn
    assert "It is not there." in drawn
    assert "pseudo" not in pair_table(pair(likelihoods=()))


@pytest.mark.parametrize(
    ("before", "after", "drawn"),
    [
        ("She go.", "She went.", "She <del>go</del> <ins>went</ins>."),
        ("The cat sat.", "Cat sat.", "<del>The</del> Cat sat."),
        ("a <b>", "a b", "a <del>&lt;</del> b<del>&gt;</del>"),
        ("mat the on", "the mat on", "<ins>the</ins> mat <del>the</del> on"),
    ],
)
def test_changes_are_struck_out_and_underlined(before, after, drawn):
    assert changed(before, after) == drawn


def test_what_was_typed_is_drawn_as_text():
    parts = (HOSTILE, "b", "c")
    one, other = reading(parts, [1, 2, 3]), seen(parts, [1, 2, 3])
    one = replace(one, judgement=judgement(sentence=HOSTILE, unknown=(HOSTILE,)))
    differ = Disagreement(words(HOSTILE)[0], 0, 1.5, -1.2)
    both = Pair((judgement(sentence=HOSTILE), judgement(sentence="b")), (other, other))
    pictures = [
        sentence_figure(one, other, differ, title=HOSTILE, masked=HOSTILE),
        words_table(one, other),
        pair_figure(both, title=HOSTILE, masked=HOSTILE),
        pair_table(both),
    ]
    assert all("<img" not in picture for picture in pictures)
    assert all("&lt;img src=x" in re.sub("</?mark>", "", picture) for picture in pictures)


# Headlines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.16355, "<b>Not acceptable</b> 83.6%"),
        (0.87541, "<b>Acceptable</b> 87.5%"),
        (0.5, "<b>Acceptable</b> 50.0%"),
        (0.00001, "<b>Not acceptable</b> &gt; 99.9%"),
    ],
)
def test_the_headline_of_a_sentence_is_its_verdict(probability, said):
    assert of_sentence(judgement(probability)) == said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("The keys are.", "The keys is.", "<b><i>are</i> 80.0%</b>, <i>is</i> 30.0%"),
        ("Green ideas sleep.", "Sleep ideas green.", "<b><i>first</i> 80.0%</b>, "),
        ("The dog was <happy>.", "The dog was.", "<b><i>first</i> 80.0%</b>, "),
        ("a <b> c", "a <i> c", "<b><i>b</i> 80.0%</b>, <i>i</i> 30.0%"),
        ("a & c", "a < c", "<b><i>&amp;</i> 80.0%</b>, <i>&lt;</i> 30.0%"),
    ],
)
def test_the_headline_of_a_pair_has_both_by_what_differs(first, second, said):
    both = Pair((judgement(0.8, first), judgement(0.3, second)), ())
    assert of_pair(both).startswith(said)


def test_the_headline_of_a_pair_that_is_preferred_neither_way_has_nothing_in_bold():
    assert "<b>" not in of_pair(Pair((judgement(0.5, "a b"), judgement(0.5, "a c")), ()))


def test_how_sure_a_model_gets_is_told_from_its_record():
    rows = [SimpleNamespace(low=low / 10, high=low / 10 + 0.1) for low in range(1, 9)]
    told = ends(SimpleNamespace(sentences=527, after=rows))
    assert "On its 527 development sentences" in told
    assert "less than 10% or more than 90%" in told
    assert ends(None) == ""
    whole = [SimpleNamespace(low=0.0, high=0.1), SimpleNamespace(low=0.9, high=1.0)]
    assert ends(SimpleNamespace(sentences=527, after=whole)) == ""


def test_what_a_row_of_masks_is_judged_is_said_beside_the_row_that_counts_from_it():
    assert "judged <i>acceptable</i>" in _baseline(0.644)
    assert "judged <i>not acceptable</i>" in _baseline(-0.1)
