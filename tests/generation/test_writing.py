"""The text of the Generation tab as it is written: what is kept, what is made anew."""

from dataclasses import fields

import pytest

from core.errors import UserError
from models.serving import Desk
from services.generation.generate import generate
from services.generation.settings import Settings
from tabs.generation.choices import Choices
from tabs.generation.running import Runs
from tabs.generation.writing import Piece, Written, write
from tests.conftest import tiny_cache
from tests.fakes.tiny_gpt2 import tiny_gpt2

PLAIN = {
    "prompt": "Once upon a time,",
    "text": "",
    "model": "tiny-gpt2",
    "view": "write",
    "colour": "probability",
    "branches": "",
    "branch": 0,
    "other": 0,
    "step": 0,
    "max_new_tokens": 8,
    "beams": 4,
}


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


@pytest.fixture(scope="module")
def writer(space, gpt2, tmp_path_factory):
    """The door to the tiny model, and its entry."""
    folder = tmp_path_factory.mktemp("tiny-gpt2")
    gpt2.model.save_pretrained(folder)
    gpt2.tokenizer.save_pretrained(folder)
    cache, entry = tiny_cache(space, folder, "Tiny GPT-2", "generation")
    return Desk(cache), entry


def choices(**changed):
    settings = {name: getattr(Settings(), name) for name in Settings.__dataclass_fields__}
    names = {field.name for field in fields(Choices)}
    given = {name: value for name, value in settings.items() if name in names}
    return Choices(**(given | PLAIN | changed))


def written(writer, asked, kept=None, stopped=lambda: False):
    """All pieces, and the whole that comes last."""
    *pieces, whole = write(*writer, asked, kept, stopped)
    assert all(isinstance(piece, Piece) for piece in pieces)
    assert isinstance(whole, Written)
    return pieces, whole


def other_token(whole, branch, place):
    """A token that the branch does not have at that place."""
    return (whole.texts[branch].ids[place] + 1) % 300


def test_a_text_arrives_token_by_token_and_then_whole(gpt2, writer):
    pieces, whole = written(writer, choices(seed=3))
    direct = generate(gpt2, PLAIN["prompt"], Settings(max_new_tokens=8, seed=3))
    assert pieces[0].step is None
    assert [piece.step.choice.id for piece in pieces[1:]] == list(direct.ids)
    assert whole.texts[0].text == direct.text
    assert whole.branches == ""


def test_what_is_kept_is_not_made_again(writer):
    _, whole = written(writer, choices())
    pieces, same = written(writer, choices(step=4, view="why", colour="rank"), whole)
    assert pieces == []
    assert same is whole


@pytest.mark.parametrize("changed", [{"seed": 1}, {"prompt": "The hen"}, {"temperature": 0.5}])
def test_another_prompt_or_setting_makes_another_text(writer, changed):
    _, whole = written(writer, choices())
    pieces, other = written(writer, choices(**changed), whole)
    assert len(pieces) == 9
    assert other.texts != whole.texts


def test_a_choice_makes_one_branch_more_and_leaves_the_others(writer):
    _, first = written(writer, choices())
    token = other_token(first, 0, 2)
    pieces, grown = written(writer, choices(branches=f"0.2.{token}", branch=1), first)
    assert len(pieces) == 9  # of the new branch alone
    assert grown.texts[0] is first.texts[0]
    assert grown.texts[1].ids[:3] == (*first.texts[0].ids[:2], token)
    assert grown.tree.branches[1].at == 2
    assert grown.branches == f"0.2.{token}"
    assert grown.new_ids(1, 2) == (*first.texts[0].ids[:2], token)


def test_a_link_grows_the_same_branches_from_nothing(writer):
    _, first = written(writer, choices())
    token = other_token(first, 0, 2)
    _, grown = written(writer, choices(branches=f"0.2.{token}"), first)
    deeper = f"0.2.{token},1.5.{other_token(grown, 1, 5)}"
    _, step_by_step = written(writer, choices(branches=deeper), grown)
    _, at_once = written(writer, choices(branches=deeper))
    assert [text.ids for text in at_once.texts] == [text.ids for text in step_by_step.texts]
    assert at_once.tree == step_by_step.tree


def test_branches_no_longer_asked_for_go_and_the_others_stay(writer):
    _, first = written(writer, choices())
    one, two = (f"0.{place}.{other_token(first, 0, place)}" for place in (2, 5))
    _, grown = written(writer, choices(branches=f"{one},{two}"), first)
    pieces, fewer = written(writer, choices(branches=one), grown)
    assert pieces == []
    assert fewer.texts == grown.texts[:2]
    assert fewer.branches == one
    _, swapped = written(writer, choices(branches=two), grown)
    assert swapped.texts[1].ids == grown.texts[2].ids


def test_a_choice_that_leads_back_makes_no_branch_and_says_where_it_leads(writer):
    _, first = written(writer, choices())
    here = first.texts[0].ids[2]
    _, same = written(writer, choices(branches=f"0.2.{here}"), first)
    assert len(same.texts) == 1
    assert (same.branches, same.last) == ("", 0)


def test_a_text_that_is_stopped_stays_as_it_is(writer):
    made = []

    def stopped():
        return len(made) == 3

    for one in write(*writer, choices(), None, stopped):
        if isinstance(one, Piece) and one.step:
            made.append(one.step)
    assert len(made) == 3
    assert one.texts[0].stopped == "stopped"
    pieces, again = written(writer, choices(step=1), one)
    assert pieces == []
    assert len(again.texts[0].steps) == 3
    anew, _ = written(writer, choices(), None)
    assert len(anew) == 9


def test_a_place_that_is_not_there_is_the_last_there_is(writer):
    _, whole = written(writer, choices())
    assert whole.at(5, 99) == (0, 7)
    _, nothing = written(writer, choices(), None, lambda: True)
    assert nothing.at(0, 3) == (0, 0)
    assert nothing.texts[0].steps == ()


@pytest.mark.parametrize(
    "text", ["0.2", "a.b.c", "0.2.3.4", "5.0.1", "0.99.1", "-1.2.3", "0.1.99999"]
)
def test_branches_that_are_none_are_refused_in_a_sentence(writer, text):
    with pytest.raises(UserError, match=r"branch|Branch|token"):
        written(writer, choices(branches=text))


def test_a_run_is_stopped_by_its_visitor_or_by_a_newer_run_alone():
    runs = Runs()
    runs.begin("ada", 1)
    runs.begin("bob", 1)
    runs.stop("ada")
    assert runs.stopped("ada", 1)
    assert not runs.stopped("bob", 1)
    runs.begin("ada", 2)
    assert not runs.stopped("ada", 2)
    runs.begin("ada", 3)
    assert runs.stopped("ada", 2)
