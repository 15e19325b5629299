"""Switches: all on is the library, each of them changes something and does what a hook does."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.anatomy.switches import headline, off_chooser, switches_figure, switches_table
from models.architectures import as_loaded
from services.anatomy.off import Switches, order_of, read_off
from services.anatomy.switches import hidden, switched, verdicts
from services.attention import ablate
from tabs.anatomy import TAB
from tabs.anatomy.endpoint import inspect_endpoint
from tabs.anatomy.switches import both_of
from tests.anatomy.test_journey import chosen
from tests.fakes import published
from tests.fakes.tiny_gpt2 import tiny_gpt2

TEXT = "the cats sat on the mat"
EACH = {
    "positions": Switches(positions=False),
    "residual": Switches(residual=False),
    "scaling": Switches(scaling=False),
    "a head": Switches(heads=((1, 0),)),
    "a layer": Switches(layers=(1,)),
    "order": Switches(seed=3),
}
FAMILIES = ("bert", "gpt2", "roberta", "distilbert")
SMALL = {"roberta": "roberta-base", "distilbert": "distilbert-base-cased-distilled-squad"}


@pytest.fixture(scope="module")
def small(tiny_bert, space):
    """`small(family)`: a model of random weights of each architecture that the tab offers."""
    made = {"bert": tiny_bert, "gpt2": tiny_gpt2(space)}
    for family, name in SMALL.items():
        model = published.small(space, name)
        made[family] = replace(model, checkpoint=as_loaded(model.checkpoint, model.model))
    return made.__getitem__


@pytest.mark.parametrize("family", FAMILIES)
def test_all_on_is_the_librarys_result(small, family):
    model = small(family)
    made = switched(model, TEXT, "", Switches())
    with torch.inference_mode():
        told = model.model.base_model(**model.tensors(model.encode(TEXT)))[0][0]
    assert made.off < 1e-5
    assert made.moved < 1e-9
    np.testing.assert_allclose(made.before, told.double().mean(0), atol=1e-5)
    np.testing.assert_array_equal(made.before, made.after)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", EACH)
def test_each_switch_changes_the_output(small, family, name):
    made = switched(small(family), TEXT, "", EACH[name])
    assert np.abs(made.before - made.after).max() > 1e-6
    if made.next:
        assert made.next.nats > 0
        assert made.next.before != made.next.after


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_off_is_what_the_ablation_says(small, family):
    model = small(family)
    ablation = ablate(model, TEXT)
    made = switched(model, TEXT, "", Switches(heads=((1, 0),)))
    assert made.moved == pytest.approx(ablation.moved[1, 0], rel=1e-4, abs=1e-9)
    if made.next:
        assert made.next.nats == pytest.approx(ablation.next[1, 0], rel=1e-4, abs=1e-9)


def test_without_positions_a_word_twice_is_one_vector(tiny_bert, small):
    with_them = switched(tiny_bert, TEXT, "", Switches())
    without = switched(tiny_bert, TEXT, "", Switches(positions=False))
    assert without.twice.places == (1, 6)
    assert with_them.twice.after > 0.1
    assert without.twice.after == 0
    # A causal mask tells them apart all the same: they do not see the same tokens.
    assert switched(small("gpt2"), TEXT, "", Switches(positions=False)).twice.after > 0.1


def test_without_positions_no_order_is_another(tiny_bert):
    one, other = (
        switched(tiny_bert, TEXT, "", Switches(positions=False, seed=seed)) for seed in (0, 5)
    )
    assert one.read != other.read
    np.testing.assert_allclose(one.after, other.after, atol=1e-6)


def test_every_layer_off_leaves_the_embeddings(tiny_bert):
    made = switched(tiny_bert, TEXT, "", Switches(layers=(0, 1)))
    ids = torch.tensor([tiny_bert.encode(TEXT)["input_ids"]])
    with torch.inference_mode():
        rows = tiny_bert.model.embeddings(ids)[0].double().mean(0)
    np.testing.assert_allclose(made.after, rows, atol=1e-6)


def test_every_head_off_keeps_each_token_to_itself(small):
    heads = tuple((layer, head) for layer in range(2) for head in range(2))
    every = Switches(heads=heads, positions=False)
    model = small("gpt2")
    one, other = (switched(model, text, "", every) for text in ("a cat sat", "my dog sat"))
    assert one.next.after == other.next.after
    assert one.next.before != other.next.before


# Verdict and masked word -------------------------------------------------------------------------


@pytest.mark.parametrize("name", EACH)
def test_a_verdict_and_a_masked_word_change_with_each(pockets, name):
    grammar, masked = pockets
    text = "The keys to the cabinet are on the table."
    both = verdicts(grammar, text, EACH[name])
    word = hidden(masked, text, (9, 11), EACH[name])
    assert abs(both.before - both.after) > 1e-5
    assert word.change.nats > 1e-5
    assert word.label == "to"


def test_with_all_on_they_are_what_the_library_says(pockets):
    grammar, masked = pockets
    text = "The keys to the cabinet are on the table."
    with torch.inference_mode():
        logits = grammar.model(**grammar.tensors(grammar.encode(text))).logits[0]
        encoded = masked.encode(text.replace("are", "[MASK]"))
        place = encoded["input_ids"].index(masked.tokenizer.mask_token_id)
        guesses = masked.model(**masked.tensors(encoded)).logits[0, place].softmax(-1)
    both = verdicts(grammar, text, Switches())
    assert both.before == pytest.approx(float(logits.softmax(-1)[1]), abs=1e-6)
    assert both.after == both.before
    at = text.index("are")
    for word in (
        hidden(masked, text, (at, at + 3), Switches()),
        hidden(masked, text.replace("are", "[MASK]"), None, Switches()),
    ):
        assert [one.id for one in word.change.before] == guesses.topk(5).indices.tolist()
        assert word.change.before[0].probability == pytest.approx(float(guesses.max()), abs=1e-5)
        assert word.change.after == word.change.before


@pytest.fixture(scope="module")
def pockets(desk):
    def loaded(capability):
        return desk.checkpoints.load(desk.default(capability), capability)

    return loaded("grammaticality"), loaded("masking")


# The order of words ------------------------------------------------------------------------------


def read_as(model, text, seed, text_pair=""):
    return switched(model, text, text_pair, Switches(seed=seed)).read


def test_shuffling_moves_whole_words_and_leaves_signs(desk):
    model = desk.checkpoints.load(desk.default("anatomy"), "anatomy")
    text = "We didn't see unhappiness, did we?"
    made = read_as(model, text, 1)
    assert made != model.tokenizer.decode(model.encode(text)["input_ids"][1:-1])
    assert "didn ' t" in made
    assert "unhappiness" in made
    assert made.endswith("?")
    assert sorted(made) == sorted("we didn ' t see unhappiness, did we?")
    assert read_as(model, text, 1) == made
    assert len({read_as(model, text, seed) for seed in range(1, 6)}) > 1


def test_a_pair_is_shuffled_within_its_sentences(tiny_bert):
    encoded = tiny_bert.encode("the cats sat", "on the mat")
    made = switched(tiny_bert, "the cats sat", "on the mat", Switches(seed=2))
    order = order_of(encoded, made.tokens, ("the cats sat", "on the mat"), 2)
    assert sorted(order) == list(range(len(made.tokens)))
    assert [made.tokens[at].segment for at in order] == [one.segment for one in made.tokens]


def test_the_first_word_of_a_gpt2_keeps_its_place(small):
    made = switched(small("gpt2"), "Once upon a time", "", Switches(seed=1))
    assert made.read.startswith("Once ")
    assert made.read != "Once upon a time"


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        (
            Switches(layers=(7,)),
            r"layer that is off must be a whole number from 0 to 1 \(0: the first\) in",
        ),
        (
            Switches(heads=((0, 9),)),
            r"head that is off must be a whole number from 0 to 1 \(0: the first\) in",
        ),
        (
            Switches(residual=False, heads=((1, 0), (1, 1))),
            "with all 2 heads of layer 1 off, nothing",
        ),
    ],
)
def test_what_leaves_nothing_is_refused(tiny_bert, switches, said):
    with pytest.raises(UserError, match=said):
        switched(tiny_bert, TEXT, "", switches)


def test_one_word_cannot_be_shuffled(tiny_bert):
    with pytest.raises(UserError, match="two words or more that can move; got 1"):
        switched(tiny_bert, "cats", "", Switches(seed=1))


@pytest.mark.parametrize("text", ["x", "1.2.3", "1,,2", "-1", "5.", "9" * 5000, "1e3", 5, None])
def test_what_is_no_list_of_parts_is_refused(text):
    with pytest.raises(UserError, match=r"such as 3,5\.11; got"):
        read_off(text)


def test_a_list_of_parts_is_read_as_it_is_written():
    assert read_off("") == ((), ())
    layers, heads = read_off("3, 5.11,0.2,3")
    switches = Switches(layers=layers, heads=heads)
    assert switches.written == "3,0.2,5.11"
    assert switches.toggled(3).toggled(0, 2).written == "5.11"
    assert switches.within(4, 3).written == "3,0.2"


# The page ----------------------------------------------------------------------------------------


def asked(desk, **more):
    return TAB.asked(desk, chosen(view="switches", text="The cats sat on the mat.", **more))


@pytest.mark.parametrize("model", ["pocket-bert", "pocket-gpt2"])
@pytest.mark.parametrize(
    "change",
    [
        {"positions": False},
        {"residual": False},
        {"scaling": False, "off": "2,5.3"},
        {"off": "1.0,1.1", "shuffle": 2},
    ],
)
def test_the_code_gives_the_same(desk, model, change):
    one = asked(desk, model=model, **change)
    names = {}
    with redirect_stdout(io.StringIO()):
        exec(compile(TAB.snippet(one), "snippet", "exec"), names)
    made = both_of(one).made
    assert names["moved"] == pytest.approx(made.moved, abs=1e-5)
    if made.next:
        assert [int(token) for token in names["best"].indices] == [t.id for t in made.next.after]


def test_heads_that_a_model_does_not_have_are_passed_over(desk):
    made = both_of(asked(desk, model="pocket-gpt2", off="5.11,2.3,40")).made
    assert made.switches.written == "2.3"
    with pytest.raises(UserError, match=r"such as 3,5\.11"):
        asked(desk, off="all")


def test_what_fits_not_is_said_in_a_sentence(desk):
    pair = both_of(asked(desk, text_pair="It slept."))
    assert pair.without == "A verdict and a masked word are of one sentence."
    assert pair.verdict is None
    one = asked(desk)
    other = replace(one, entry=replace(one.entry, layers=4))
    # A model of another size: asked for what its heads would be, not read.
    from tabs.anatomy.switches import _alike

    assert "has 4 layers of 12 heads" in _alike(other, "masking")


def test_the_endpoint_gives_what_the_file_does(desk):
    given = inspect_endpoint(desk)(
        "The cats sat on the mat.", token=2, view="switches", off="5.11", positions=False
    )
    _, content = TAB.files(
        desk,
        chosen(
            view="switches",
            text="The cats sat on the mat.",
            token="2",
            off="5.11",
            positions=False,
        ),
    )
    content = json.loads(content)
    assert {name: content[name] for name in given} == given
    assert given["masked"]["hidden"] == "cats"
    assert [one["rank"] for one in given["heads"]].count(1) == 1
    with pytest.raises(Exception, match="view must be one of"):
        inspect_endpoint(desk)("x", view="all")


# Pictures ----------------------------------------------------------------------------------------


def test_the_picture_has_both_sides_and_all_heads(tiny_bert):
    switches = Switches(positions=False, heads=((1, 1),), seed=1)
    made = switched(tiny_bert, TEXT, "", switches)
    first = switches_figure(made, None, None, None, title="<T>", without="<why>", place=1)
    assert "being ranked" in first
    assert "&lt;T&gt;" in first
    assert "&lt;why&gt;" in first
    whole = switches_figure(
        made, None, None, ablate(tiny_bert, TEXT), title="x", without="", place=1
    )
    assert whole.count("<li><button") == 4
    assert "{&quot;off&quot;: &quot;0.0,1.1&quot;}" in whole
    assert "exactly 0" in whole
    assert "<b>0</b>" in headline(made)
    assert "exactly" not in switches_table(made, None, None)
    assert headline(switched(tiny_bert, TEXT, "", Switches())) == "all on: nothing changes"
    picks = off_chooser(switches, 2, 2)
    assert picks.count("data-pick") == 2 * 3 + 1
    assert picks.count('aria-pressed="true"') == 1
