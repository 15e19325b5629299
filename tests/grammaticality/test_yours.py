"""Judge yourself: nothing is told beforehand, then agreement is scikit-learn's, and the link's."""

import re

import pytest
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef

from core.errors import UserError
from figures.grammaticality.yours import headline, unlabelled_figure
from services.grammaticality.judge import judge
from services.grammaticality.yours import agree, read_labels, sentences, texts
from tabs.grammaticality import TAB
from tabs.grammaticality.choices import Choices
from tabs.kit.examples import read_examples
from tests.weights.held import holds

LENIENT = next(one for one in read_examples("grammaticality") if one["name"] == "lenient")


def choices(**changed):
    return Choices(model="pocket-grammar", view="yours", **({"labels": ""} | changed))


def test_labels_of_a_link_are_read_or_refused():
    assert read_labels("") == (None,) * 12
    assert read_labels("1,0,-")[:4] == (1, 0, None, None)
    for wrong in ("2", "1;0", "1,,0", ",".join("1" * 13), 3, None):
        with pytest.raises(UserError, match="at most 12 of 1, 0 and -, with commas between; got"):
            read_labels(wrong)


def test_nothing_of_what_others_say_is_sent_before_it_is_asked_for(desk):
    asked = TAB.asked(desk, choices(labels="1,0,-"))
    drawn, (lines, content) = TAB.drawn(asked), TAB.numbers(asked)
    told = f"{drawn}{list(lines)}{content}{TAB.snippet(asked)}"
    assert not any(max(one.reason.split("*"), key=len) in told for one in sentences())
    assert "contested" not in told.lower()
    assert not re.search(r"\d%", drawn.picture)  # no probability of the model
    assert "labels = " not in told
    assert drawn.headline == ""
    assert drawn.picture.count('aria-pressed="true"') == 2
    assert "<b data-labelled>2</b> of 12" in drawn.picture


def test_every_sentence_has_two_answers_and_is_escaped():
    drawn = unlabelled_figure(["<script>", "b"], [None, 1])
    assert "<script>" not in drawn
    assert drawn.count("&quot;label&quot;") == 4
    assert drawn.count('tabindex="0"') == 1  # one stop; the arrow keys lead on


@pytest.mark.parametrize(
    ("one", "other"), [([1, 0, 1, 1], [1, 0, 0, 1]), ([1, 1, 0, 0], [0, 0, 1, 1])]
)
def test_agreement_is_scikit_learns(one, other):
    found = agree(one, other)
    assert found.mcc == pytest.approx(matthews_corrcoef(one, other))
    assert found.kappa == pytest.approx(cohen_kappa_score(one, other))


def test_what_is_not_judged_is_left_out_and_0_by_0_has_no_value():
    found = agree([1, None, 0], [1, 0, 1])
    assert (found.judged, found.agreed) == (2, 1)
    assert found.counts == ((0, 1), (0, 1))
    same = agree([1, 1], [1, 1])
    assert same.kappa is same.mcc is None
    nothing = agree([None], [1])
    assert nothing.kappa is nothing.mcc is None
    assert "the model: 0/0" in headline(found, same)
    assert headline(nothing, found).startswith("The model and the labels")


@holds("grammaticality", "A lenient reader", 3)
def test_a_lenient_reader_is_nearer_to_the_model(desk, checkpoints):
    model = checkpoints.load(checkpoints.default("grammaticality"))
    models = [int(one.acceptable) for one in judge(model, texts())]
    ours = [one.label for one in sentences()]
    mine = read_labels(LENIENT["inputs"]["labels"])
    said = LENIENT["look_for"]
    with_model, with_labels = agree(mine, models).kappa, agree(mine, ours).kappa
    assert f"κ is {with_model:.2f} with the model, {with_labels:.2f} with the labels" in said
    apart = [
        one.text for one, label in zip(sentences(), models, strict=True) if one.label != label
    ]
    assert "*donated* alone" in said
    assert len(apart) == 1
    assert "donated" in apart[0]
    assert f"κ {agree(models, ours).kappa:.2f}." in said
    drawn = TAB.draw(desk, shown())
    assert drawn.headline == f"You: κ <b>{with_labels:.2f}</b>, the model: 0.83"
    assert "11 of 12" in drawn.picture


def shown():
    return choices(labels=LENIENT["inputs"]["labels"], revealed=True)


def test_the_snippet_and_the_exports_give_the_same_agreement(desk, capsys):
    asked = TAB.asked(desk, shown())
    _, content = TAB.numbers(asked)
    names = {}
    exec(compile(TAB.snippet(asked), "snippet", "exec"), names)
    told = capsys.readouterr().out
    found = content["agreement"]["you and the label"]
    assert f"Cohen's kappa {found['kappa']:.3f}" in told
    assert f"MCC {found['mcc']:.3f}" in told
