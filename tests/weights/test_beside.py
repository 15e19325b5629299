"""A second model beside the first: what each shows is what it shows alone."""

import csv
import io
import json
from dataclasses import asdict, replace

import pytest

from core.errors import UserError
from core.progress import Left
from core.spacefile import Space
from models.serving import Desk
from services.attention.attend import attend
from tabs.attention import TAB
from tabs.attention.choices import STEM
from tabs.attention.heatmap import matrix_of
from tabs.generation import TAB as GENERATION
from tabs.generation.running import text_beside
from tabs.generation.write import draw_written
from tabs.generation.writing import never, text_of
from tabs.kit.beside import files_beside, shown_beside
from tabs.kit.examples import read_examples
from tests.weights.held import holds
from tests.weights.test_attention import DEFAULT
from tests.weights.test_generation import choices as generation_choices

SENTENCE = "It was too tired."
ALONE = replace(DEFAULT, text=SENTENCE, layer=5, head=11)
BOTH = replace(ALONE, beside="pocket-gpt2")


def show(desk):
    def show_one(choices):
        return TAB.draw(desk, choices), TAB.snippet(TAB.asked(desk, choices))

    return show_one


def test_a_setting_behind_a_models_end_is_its_end(desk):
    first, second = TAB.shown(desk, replace(BOTH, layer=11))
    gpt2 = desk.named("pocket-gpt2", STEM)
    assert first == BOTH
    asked = TAB.asked(desk, first), TAB.asked(desk, second, first=first.model)
    assert [one.second for one in asked] == [False, True]
    assert (second.layer, second.head) == (gpt2.layers - 1, gpt2.heads - 1)
    assert (second.layer, second.head) != (BOTH.layer, BOTH.head)
    assert second.text == SENTENCE


@pytest.mark.parametrize("beside", ["", "pocket-bert"])
def test_no_second_model_or_the_same_one_is_the_first_alone(desk, beside):
    asked = replace(ALONE, beside=beside)
    assert TAB.shown(desk, asked) == [ALONE]


def test_a_model_alone_keeps_what_is_behind_its_end_to_be_refused(desk):
    (only,) = TAB.shown(desk, replace(ALONE, layer=11))
    assert only.layer == 11


def test_a_second_model_of_no_such_name_is_refused_with_those_there_are(desk):
    with pytest.raises(UserError, match="use one of pocket-bert, "):
        TAB.shown(desk, replace(ALONE, beside="bert-gigantic"))


def test_pictures_tables_and_code_are_those_of_each_alone(desk):
    shown = TAB.shown(desk, BOTH)
    alone = [show(desk)(one) for one in shown]
    both, code, _ = shown_beside(desk, STEM, shown, show(desk))
    picture, table = both.picture, both.table
    for drawn, own in alone:
        assert drawn.picture in picture
        assert drawn.table in table
        assert own in code
    assert picture.count("<section>") == 2
    compile(code, "code", "exec")


def test_a_second_model_that_cannot_answer_says_why_and_the_first_stays(desk):
    shown = TAB.shown(desk, BOTH)

    def show_one(choices):
        if choices is shown[1]:
            raise UserError("its files are <still> coming")
        return show(desk)(choices)

    both, code, _ = shown_beside(desk, STEM, shown, show_one)
    picture = both.picture
    assert show(desk)(shown[0])[0].picture in picture
    assert '<p role="alert">its files are &lt;still&gt; coming</p>' in picture
    assert "pocket-gpt2" not in code


def test_a_second_model_that_fails_as_nobody_foresaw_leaves_the_first_too(desk):
    shown = TAB.shown(desk, BOTH)

    def fail_second(choices, error=KeyError):
        if choices is shown[1]:
            raise error("secret")
        return show(desk)(choices)

    picture = shown_beside(desk, STEM, shown, fail_second)[0].picture
    assert show(desk)(shown[0])[0].picture in picture
    assert "Something went wrong here (KeyError)" in picture
    assert "secret" not in picture
    with pytest.raises(Left):  # nothing went wrong: nobody waits for it any more
        shown_beside(desk, STEM, shown, lambda one: fail_second(one, Left))


def test_what_the_first_model_refuses_is_refused(desk):
    asked = replace(BOTH, text="")
    with pytest.raises(UserError, match="is empty"):
        shown_beside(desk, STEM, TAB.shown(desk, asked), show(desk))


def test_the_files_hold_both_and_name_them(desk):
    sheet, text = TAB.files(desk, BOTH)
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert {line["model"] for line in lines} == {"pocket-bert", "pocket-gpt2"}
    for place, one in enumerate(TAB.shown(desk, BOTH)):
        own_sheet, own_text = TAB.files(desk, replace(one, beside=""))
        own = list(csv.DictReader(io.StringIO(own_sheet)))
        assert [line | {"model": one.model} for line in own] == [
            line for line in lines if line["model"] == one.model
        ]
        content = json.loads(text)["models"][place]
        settings = asdict(one)
        del settings["pattern"]  # it says which heads are listed, not what is on screen
        assert content.pop("settings") == settings
        alone = json.loads(own_text)
        del alone["settings"]
        assert content == alone


def test_tables_with_other_columns_keep_their_own_header():
    class Asked:
        view, beside = "any", "b"

        def __init__(self, model):
            self.model = model

    tables = {"a": [["x"], [1]], "b": [["x", "y"], [2, 3], [], ["z"], [4]]}
    sheet, _ = files_beside([Asked("a"), Asked("b")], lambda one: (tables[one.model], {}))
    # The empty line between two tables stays empty, and what follows it is a header.
    assert sheet.splitlines() == ["model,x", "a,1", "model,x,y", "b,2,3", "", "model,z", "b,4"]


def test_what_a_second_model_cannot_answer_is_told_in_the_file_beside_the_first(desk):
    asked = replace(BOTH, text_pair="He slept.")  # a GPT-2 reads one text
    sheet, text = TAB.files(desk, asked)
    first, second = json.loads(text)["models"]
    assert "error" not in first
    assert set(second) == {"model", "error"}
    assert {line["model"] for line in csv.DictReader(io.StringIO(sheet))} == {"pocket-bert"}


@pytest.fixture
def two_writers(checkpoints, space):
    """The desk with the pocket GPT-2 offered a second time, under another name."""
    first = checkpoints.named("pocket-gpt2", "generation")
    twin = replace(first, name="twin", title="Twin")
    entries = (*space.checkpoints, twin)
    cache = type(checkpoints)(Space(space.title, space.limits, space.queue, entries, space.hub))
    return Desk(cache)


def asked_of_the_second(desk, told=None, **changed):
    """What the second model is asked for; what its progress tells is added to a list."""
    _, second = GENERATION.shown(desk, generation_choices(beside="twin", **changed))
    tell = (lambda *news: None) if told is None else lambda *news: told.append(news)
    return GENERATION.asked(desk, second, None, tell, "pocket-gpt2")


def test_a_text_beside_is_written_anew_without_the_first_models_branches(two_writers):
    asked = generation_choices(max_new_tokens=5, beside="twin", branches="0.1.262", branch=1)
    _, text = GENERATION.files(two_writers, asked)
    first, second = json.loads(text)["models"]
    alone = generation_choices(max_new_tokens=5)
    plain = json.loads(GENERATION.files(two_writers, alone)[1])
    assert (first["branch"], second["branch"]) == (1, 0)
    assert second["text"] == plain["text"]
    assert first["text"] != second["text"]


def test_a_text_beside_grows_no_branches_and_one_alone_does(two_writers):
    same = generation_choices(max_new_tokens=3, beside="pocket-gpt2")
    (alone,) = GENERATION.shown(two_writers, same)
    second = asked_of_the_second(two_writers, max_new_tokens=3)
    text = text_beside(second, None, never)
    assert text is text_beside(second, (text,), never)  # kept
    assert text is text_of(replace(second, kept=(text,)))
    grows = 'class="pick" data-pick='
    assert grows in draw_written(GENERATION.asked(two_writers, alone), text, None).picture
    assert grows not in draw_written(second, text, None).picture


def test_a_second_text_that_is_stopped_is_not_kept(two_writers):
    told = []
    second = asked_of_the_second(two_writers, told, max_new_tokens=4)
    stopped = text_beside(second, None, lambda: len(told) > 2)
    assert told[-1][1] == 4
    whole = text_beside(second, (stopped,), never)
    assert len(stopped.texts[0].steps) < len(whole.texts[0].steps) == 4


@holds("attention", "An encoder beside a decoder", 5)
def test_the_example_tells_what_both_models_show(desk):
    example = next(one for one in read_examples(STEM) if one["inputs"].get("beside"))
    asked = replace(DEFAULT, **example["inputs"])
    assert f"the mean over the heads of layer {asked.layer}" in example["look_for"]
    firsts = []
    for one, later in zip(TAB.shown(desk, asked), (0.252, 0.0), strict=True):
        attention = desk.ask(attend, desk.named(one.model, STEM), one.text)
        weights = matrix_of(attention, one).weights
        place = [token.strip("Ġ· ") for token in matrix_of(attention, one).rows].index("it")
        assert weights[place, place + 1 :].sum() == pytest.approx(later, abs=5e-4)
        assert weights[place].argmax() == 0
        firsts.append(round(float(weights[place, 0]), 3))
    assert firsts == [0.377, 0.310]
    assert all(f"{first:.3f}" in example["look_for"] for first in (*firsts, 0.252))
