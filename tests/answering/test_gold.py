"""How right an answer is: SQuAD's comparison by hand, the picture, the code."""

from dataclasses import replace

import pytest

from core.errors import UserError
from figures.answering.gold import gold_figure, gold_table, headline
from services.answering.answer import answer
from services.answering.gold import checked_gold, grade
from services.answering.overlap import best_overlap, normalized, overlap
from tests.kit.stages import HOSTILE

FERRY = "The great bell of the town was cast in a small village near Ghent."
QUESTION = "Where was the bell cast?"


@pytest.fixture(scope="module")
def found(checkpoints):
    qa = checkpoints.load(checkpoints.default("answering"))
    return answer(qa, QUESTION, FERRY, 5)


def plain(words):
    return [(word.text, word.fate) for word in words]


def test_normalization_as_squad_has_it():
    assert normalized("The  Old-Man, a tale!") == "oldman tale"


@pytest.mark.parametrize(
    ("said", "gold", "f1", "exact"),
    [
        ("in the year 1992", "1992", 0.5, 0),  # precision 1/3, recall 1
        ("The Rome", "rome.", 1, 1),
        ("cats", "dogs", 0, 0),
        ("red red boat", "red boat boat", 2 / 3, 0),
        ("", "boat", 0, 0),
        ("", "", 1, 1),
        ("the", "", 1, 1),
    ],
)
def test_f1_and_exact_match_against_hand_values(said, gold, f1, exact):
    seen = overlap(said, gold)
    assert seen.f1 == pytest.approx(f1)
    assert seen.exact == exact


def test_precision_and_recall_of_one_word_in_three():
    seen = overlap("in the year 1992", "1992")
    assert (seen.precision, seen.recall) == (pytest.approx(1 / 3), 1)
    assert (overlap("", "x").precision, overlap("x", "").recall) == (None, None)


def test_every_word_is_told_by_what_becomes_of_it():
    seen = overlap("The red red boat, Ann", "a red boat")
    assert plain(seen.answer) == [
        ("The", "dropped"),
        ("red", "shared"),
        ("red", "other"),
        ("boat,", "shared"),
        ("Ann", "other"),
    ]
    assert plain(seen.gold) == [("a", "dropped"), ("red", "shared"), ("boat", "shared")]


def test_the_nearest_of_several_right_answers_counts():
    seen = best_overlap("a small village", ["Ghent", "small village", "the village"])
    assert seen.exact
    assert [word.text for word in seen.gold] == ["small", "village"]


def test_right_answers_are_lines_and_none_means_no_answer():
    assert checked_gold(["", " Ghent ", "near Ghent"], 99) == ("Ghent", "near Ghent")
    assert checked_gold(["", "  "], 99) == ("",)
    with pytest.raises(UserError, match=r"There are 11 right answers.*at most 10"):
        checked_gold(["x"] * 11, 99)
    with pytest.raises(UserError, match=r"'The !' has no word that is compared"):
        checked_gold(["The !"], 99)
    with pytest.raises(UserError, match=r"The right answer has 100 characters; at most 99"):
        checked_gold(["x" * 100], 99)


def test_what_is_said_depends_on_the_threshold(found):
    graded = grade(found, ("",), threshold=30)
    assert (graded.given, graded.overlap.f1) == (found.best.text, 0)
    silent = grade(found, ("",), threshold=-30)
    assert (silent.given, silent.overlap.f1, silent.overlap.exact) == ("", 1, True)
    assert "no answer" in headline(silent)


def test_a_span_further_down_that_would_score_more_is_told(found):
    gold = found.candidates[3].text
    graded = grade(found, (gold,), threshold=0)
    assert graded.better == 3
    assert "Span 4 of the list" in gold_figure(graded, title="T")
    best = grade(found, (found.best.text,), threshold=0)
    assert best.better is None
    assert "of the list" not in gold_figure(best, title="T")


def test_the_picture_works_the_scores_out(found):
    first = replace(found.best, text="in a small village")
    graded = grade(replace(found, candidates=(first,)), ("a small village near Ghent",), 0)
    drawn = gold_figure(graded, title="T")
    for part in ("2 shared of 3 said", "2 shared of 4 right", "2 · 2 ÷ (3 + 4)", "0.57"):
        assert part in drawn
    assert headline(graded) == (
        "<i><bdi>in a small village</bdi></i>: F1 <b>0.57</b>, exact match <b>0</b>"
    )
    assert "0.57" in gold_table(graded)


def test_hostile_words_are_escaped(found):
    evil = grade(found, (HOSTILE,), 0)
    for html in (gold_figure(evil, title=HOSTILE), headline(evil), gold_table(evil)):
        assert "<img" not in html
        assert "<script" not in html
