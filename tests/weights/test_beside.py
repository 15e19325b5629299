"""A second model beside the first: what each shows is what it shows alone."""

import csv
import io
import json
from dataclasses import asdict, replace

import pytest

from core.errors import UserError
from core.spacefile import Space
from services.attention.attend import attend
from tabs.attention import numbers as attention_numbers
from tabs.attention.choices import ENDS, STEM
from tabs.attention.pictures import draw, matrix_of
from tabs.generation import numbers as generation_numbers
from tabs.generation.choices import models_shown
from tabs.generation.pictures import draw_written, text_beside
from tabs.kit.beside import each, files_beside, is_second, shown_beside
from tabs.kit.examples import read_examples
from tabs.kit.runs import Outdated
from tests.weights.test_attention import DEFAULT
from tests.weights.test_generation import choices as generation_choices

SENTENCE = "It was too tired."
ALONE = replace(DEFAULT, text=SENTENCE, layer=5, head=11)
BOTH = replace(ALONE, beside="pocket-gpt2")


def show(checkpoints):
    def show_one(choices):
        loaded = checkpoints.load(checkpoints.named(choices.model, STEM))
        code = attention_numbers.snippet(loaded.checkpoint, choices)
        return (*draw(loaded, choices), code)

    return show_one


def test_a_setting_behind_a_models_end_is_its_end(checkpoints):
    first, second = each(checkpoints, STEM, replace(BOTH, layer=11), ENDS)
    gpt2 = checkpoints.named("pocket-gpt2", STEM)
    assert first == BOTH
    assert (is_second(first), is_second(second)) == (False, True)
    assert (second.layer, second.head) == (gpt2.layers - 1, gpt2.heads - 1)
    assert (second.layer, second.head) != (BOTH.layer, BOTH.head)
    assert second.text == SENTENCE


@pytest.mark.parametrize("beside", ["", "pocket-bert"])
def test_no_second_model_or_the_same_one_is_the_first_alone(checkpoints, beside):
    asked = replace(ALONE, beside=beside)
    assert each(checkpoints, STEM, asked, ENDS) == [ALONE]


def test_a_model_alone_keeps_what_is_behind_its_end_to_be_refused(checkpoints):
    (only,) = each(checkpoints, STEM, replace(ALONE, layer=11), ENDS)
    assert only.layer == 11


def test_a_second_model_of_no_such_name_is_refused_with_those_there_are(checkpoints):
    with pytest.raises(UserError, match="use one of pocket-bert, "):
        each(checkpoints, STEM, replace(ALONE, beside="bert-gigantic"), ENDS)


def test_pictures_tables_and_code_are_those_of_each_alone(checkpoints):
    shown = each(checkpoints, STEM, BOTH, ENDS)
    alone = [show(checkpoints)(one) for one in shown]
    picture, table, code = shown_beside(checkpoints, STEM, shown, show(checkpoints))
    for own in alone:
        assert own[0] in picture
        assert own[1] in table
        assert own[2] in code
    assert picture.count("<section>") == 2
    compile(code, "code", "exec")


def test_a_second_model_that_cannot_answer_says_why_and_the_first_stays(checkpoints):
    shown = each(checkpoints, STEM, BOTH, ENDS)

    def show_one(choices):
        if choices is shown[1]:
            raise UserError("its files are <still> coming")
        return show(checkpoints)(choices)

    picture, _, code = shown_beside(checkpoints, STEM, shown, show_one)
    assert show(checkpoints)(shown[0])[0] in picture
    assert '<p role="alert">its files are &lt;still&gt; coming</p>' in picture
    assert "pocket-gpt2" not in code


def test_a_second_model_that_fails_as_nobody_foresaw_leaves_the_first_too(checkpoints):
    shown = each(checkpoints, STEM, BOTH, ENDS)

    def fail_second(choices, error=KeyError):
        if choices is shown[1]:
            raise error("secret")
        return show(checkpoints)(choices)

    picture, *_ = shown_beside(checkpoints, STEM, shown, fail_second)
    assert show(checkpoints)(shown[0])[0] in picture
    assert "Something went wrong here (KeyError)" in picture
    assert "secret" not in picture
    with pytest.raises(Outdated):  # nothing went wrong: nobody waits for it any more
        shown_beside(checkpoints, STEM, shown, lambda one: fail_second(one, Outdated))


def test_what_the_first_model_refuses_is_refused(checkpoints):
    asked = replace(BOTH, text="")
    with pytest.raises(UserError, match="is empty"):
        shown_beside(checkpoints, STEM, each(checkpoints, STEM, asked, ENDS), show(checkpoints))


def test_the_files_hold_both_and_name_them(checkpoints):
    sheet, text = attention_numbers.numbers(checkpoints, BOTH)
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert {line["model"] for line in lines} == {"pocket-bert", "pocket-gpt2"}
    for place, one in enumerate(each(checkpoints, STEM, BOTH, ENDS)):
        own_sheet, own_text = attention_numbers.numbers(checkpoints, replace(one, beside=""))
        own = list(csv.DictReader(io.StringIO(own_sheet)))
        assert [line | {"model": one.model} for line in own] == [
            line for line in lines if line["model"] == one.model
        ]
        content = json.loads(text)["models"][place]
        assert content.pop("settings") == asdict(one)
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


def test_what_a_second_model_cannot_answer_is_told_in_the_file_beside_the_first(checkpoints):
    asked = replace(BOTH, text_pair="He slept.")  # a GPT-2 reads one text
    sheet, text = attention_numbers.numbers(checkpoints, asked)
    first, second = json.loads(text)["models"]
    assert "error" not in first
    assert set(second) == {"model", "error"}
    assert {line["model"] for line in csv.DictReader(io.StringIO(sheet))} == {"pocket-bert"}


@pytest.fixture
def two_writers(checkpoints, space):
    """The cache with the pocket GPT-2 offered a second time, under another name."""
    first = checkpoints.named("pocket-gpt2", "generation")
    twin = replace(first, name="twin", title="Twin")
    entries = (*space.checkpoints, twin)
    cache = type(checkpoints)(Space(space.title, space.limits, space.queue, entries, space.hub))
    return cache


def test_a_text_beside_is_written_anew_without_the_first_models_branches(two_writers):
    asked = generation_choices(max_new_tokens=5, beside="twin", branches="0.1.262", branch=1)
    _, text = generation_numbers.numbers(two_writers, asked, None)
    first, second = json.loads(text)["models"]
    alone = generation_choices(max_new_tokens=5)
    plain = json.loads(generation_numbers.numbers(two_writers, alone, None)[1])
    assert (first["branch"], second["branch"]) == (1, 0)
    assert second["text"] == plain["text"]
    assert first["text"] != second["text"]


def test_a_text_beside_grows_no_branches_and_one_alone_does(two_writers):
    gpt2 = two_writers.load(two_writers.named("twin", "generation"))
    same, twin = (generation_choices(max_new_tokens=3, beside=b) for b in ("pocket-gpt2", "twin"))
    (alone,) = models_shown(two_writers, same)
    _, second = models_shown(two_writers, twin)
    text = text_beside(gpt2, second, lambda: False)
    assert text is text_beside(gpt2, second, lambda: False)  # kept
    grows = 'class="pick" data-pick='
    assert grows in draw_written(text, alone, "GPT-2", None).picture
    assert grows not in draw_written(text, second, "Twin", None).picture


def test_a_second_text_that_is_stopped_is_not_kept(two_writers):
    gpt2 = two_writers.load(two_writers.named("twin", "generation"))
    _, second = models_shown(two_writers, generation_choices(max_new_tokens=4, beside="twin"))
    told = []
    stopped = text_beside(gpt2, second, lambda: len(told) > 2, lambda *news: told.append(news))
    whole = text_beside(gpt2, second, lambda: False)
    assert len(stopped.texts[0].steps) < len(whole.texts[0].steps) == 4
    assert told[-1][1] == 4


def test_the_example_tells_what_both_models_show(checkpoints):
    example = next(one for one in read_examples(STEM) if one["inputs"].get("beside"))
    asked = replace(DEFAULT, **example["inputs"])
    firsts = []
    for one, later in zip(each(checkpoints, STEM, asked, ENDS), (0.252, 0.0), strict=True):
        attention = attend(checkpoints.load(checkpoints.named(one.model, STEM)), one.text)
        weights = matrix_of(attention, one).weights
        place = [token.strip("Ġ· ") for token in matrix_of(attention, one).rows].index("it")
        assert weights[place, place + 1 :].sum() == pytest.approx(later, abs=5e-4)
        assert weights[place].argmax() == 0
        firsts.append(round(float(weights[place, 0]), 3))
    assert firsts == [0.377, 0.310]
    assert all(f"{first:.3f}" in example["look_for"] for first in (*firsts, 0.252))
