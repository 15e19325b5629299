"""A confusion matrix that the visitor sets: measures, the same accuracy, 0/0, its picture."""

import contextlib
import io
import itertools
import re

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, precision_score, recall_score

from core.errors import UserError
from figures.grammaticality.confusion import confusion_figure, confusion_table, headline
from services.grammaticality.confusion import ACCEPTABLE, UNACCEPTABLE, Confusion, confuse
from services.records.record import read_record
from tabs.grammaticality import TAB
from tabs.grammaticality.choices import Choices
from tabs.kit.examples import read_examples
from tests.weights.held import holds

SOME = [(86, 19), (0, 105), (61, 41), (0, 0), (7, 365), (162, 364)]
EXAMPLES = {one["title"]: one for one in read_examples("grammaticality")}


def rows_of(accepted, rejected):
    """Labels and verdicts of every sentence, 1 for acceptable."""
    labels = np.repeat([0, 1], [UNACCEPTABLE, ACCEPTABLE])
    verdicts = labels.copy()
    verdicts[:accepted] = 1
    verdicts[len(labels) - rejected :] = 0
    return labels, verdicts


def example(title):
    chosen = EXAMPLES[title]["inputs"]
    return confuse(chosen["accepted"], chosen["rejected"]), EXAMPLES[title]["look_for"]


def choices(accepted, rejected):
    return Choices(model="pocket-grammar", view="confusion", accepted=accepted, rejected=rejected)


def test_the_sizes_are_those_of_the_training_record(desk):
    record = read_record(desk.default("grammaticality"))
    assert tuple(map(sum, record.confusion)) == (UNACCEPTABLE, ACCEPTABLE)


@pytest.mark.parametrize(("accepted", "rejected"), SOME)
def test_every_measure_is_scikit_learns(accepted, rejected):
    made = confuse(accepted, rejected)
    labels, verdicts = rows_of(accepted, rejected)
    assert made.accuracy == pytest.approx((labels == verdicts).mean())
    assert made.mcc == pytest.approx(matthews_corrcoef(labels, verdicts), abs=1e-12)
    for which, measures in ((1, made.of_acceptable), (0, made.of_unacceptable)):
        found = (measures.precision, measures.recall, measures.f1)
        kinds = (precision_score, recall_score, f1_score)
        wanted = [kind(labels, verdicts, pos_label=which, zero_division=0) for kind in kinds]
        assert [value or 0.0 for value in found] == pytest.approx(wanted)


def test_what_is_0_by_0_has_no_value_and_is_told_so():
    made = confuse(UNACCEPTABLE, 0)  # everything is accepted
    assert made.mcc is None
    assert made.of_unacceptable.precision is None
    assert made.of_unacceptable.recall == 0
    assert "no MCC (0/0)" in headline(made)
    drawn = confusion_figure(made)
    assert "0/0: no value" in drawn
    assert "has no value" in drawn
    assert not re.search(r"\bnan\b", drawn)


@pytest.mark.parametrize(("accepted", "rejected"), [*SOME, (162, 0), (0, 365), (162, 365)])
def test_the_curve_has_every_division_of_the_same_errors_that_has_a_value(accepted, rejected):
    made = confuse(accepted, rejected)
    divided = {(one.accepted, one.rejected) for one in made.same_accuracy}
    every = itertools.product(range(UNACCEPTABLE + 1), range(ACCEPTABLE + 1))
    wanted = {pair for pair in every if sum(pair) == accepted + rejected}
    assert divided == wanted - {(UNACCEPTABLE, 0), (0, ACCEPTABLE)}
    assert {one.accuracy for one in made.same_accuracy} == {made.accuracy}
    assert "<svg" in confusion_figure(made)


def test_the_picture_works_the_numbers_out():
    drawn = confusion_figure(Confusion(10, 20, 4, 5))
    assert "(15 + 6) / 30 = <b>70.0%</b>" in drawn
    assert "15 / (15 + 4) = <b>0.789</b>" not in drawn  # the whole of a fraction is one number
    assert "15 / 19 = <b>0.789</b>" in drawn
    assert "2·6 / (2·6 + 5 + 4) = <b>0.571</b>" in drawn
    assert headline(Confusion(10, 20, 4, 5)) == "Accuracy 70.0%, MCC <b>0.34</b>"
    assert confusion_table(Confusion(10, 20, 4, 5)).count("<tr>") == 11


@holds("grammaticality", "The same accuracy", 7)
def test_the_same_accuracy_has_another_mcc():
    made, said = example("The same accuracy")
    low, high = (at(made.same_accuracy, key=lambda one: one.mcc) for at in (min, max))
    assert (made.accepted, made.rejected) == (low.accepted, low.rejected)
    assert f"{low.accepted} sentences wrongly accepted and {low.rejected} wrongly" in said
    assert f"it is {low.mcc:.3f}, the lowest" in said
    assert f"with {high.accepted} and {high.rejected} it is {high.mcc:.3f}, the highest" in said
    assert f"an accuracy of {100 * made.accuracy:.1f}%" in said


@holds("grammaticality", "Always acceptable", 4)
def test_always_acceptable():
    made, said = example("Always acceptable")
    assert made.mcc is made.of_unacceptable.precision is None
    assert f"accuracy is {100 * made.accuracy:.1f}%" in said
    assert f"recall of acceptable sentences {made.of_acceptable.recall:.2f}" in said
    assert "MCC is 0/0" in said


def test_it_is_drawn_without_any_model_and_refuses_what_is_outside(desk):
    drawn = TAB.draw(desk, choices(86, 19))
    assert "MCC <b>0.50</b>" in drawn.headline
    for wrong in ((163, 0), (-1, 0), (0, 366)):
        with pytest.raises(UserError, match="whole number from 0 to"):
            TAB.draw(desk, choices(*wrong))


def test_the_snippet_and_the_exports_say_what_is_drawn(desk):
    asked = TAB.asked(desk, choices(61, 41))
    lines, content = TAB.numbers(asked)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(TAB.snippet(asked), "snippet", "exec"), names)
    assert names["mcc"] == pytest.approx(content["mcc"], abs=1e-12)
    assert [61, 41, content["accuracy"], content["mcc"]] in list(lines)
    assert content["confusion"] == [[101, 61], [41, 324]]
