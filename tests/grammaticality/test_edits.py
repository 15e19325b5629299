"""The smallest edit: which sentences are tried, in which order, and what is said of them."""

import time
from difflib import SequenceMatcher

import numpy as np
import pytest

from core.errors import UserError
from core.numbers import softmax
from core.progress import Left, awaited
from figures.grammaticality.edits import edits_figure, progress_line
from services.grammaticality.edits import letters_changed, single_edits
from services.grammaticality.forms import forms_of
from services.grammaticality.search import Flip, Search, Searched, smallest_edit
from tests.grammaticality.test_grammaticality import HOSTILE, tiny

KNOWN = """
go goes going went gone walk walks walked walking stop stops stopped stopping tall taller tallest
tal child children child's baby babies make makes making hope hopes hoped hoping hop i me my quick
quickly is are was cat cats
"""


@pytest.fixture(scope="module")
def grammar(tiny_bert):
    return tiny(tiny_bert, "BertForSequenceClassification")


@pytest.fixture(scope="module")
def masked(tiny_bert):
    return tiny(tiny_bert, "BertForMaskedLM")


class Rule:
    """A model whose verdict the test writes: logits (0, score of the tokens)."""

    def __init__(self, tokenizer, score):
        self.tokenizer, self.score = tokenizer, score

    def __call__(self, input_ids, attention_mask):
        import torch

        pairs = zip(input_ids, attention_mask.bool(), strict=True)
        texts = [self.tokenizer.decode(row[mask]) for row, mask in pairs]
        scores = [self.score(text.removeprefix("[CLS] ").removesuffix(" [SEP]")) for text in texts]
        return type("Output", (), {"logits": torch.tensor([[0.0, score] for score in scores])})


def ruled(grammar, score):
    from dataclasses import replace

    return replace(grammar, model=Rule(grammar.tokenizer, score))


def found(grammar, masked, sentence):
    *reports, result = smallest_edit(grammar, masked, sentence)
    assert all(isinstance(report, Searched) for report in reports)
    return result


# Forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("go", ("goes", "going", "gone", "went")),
        ("Walked", ("walk", "walking", "walks")),
        ("stopping", ("stop", "stopped", "stops")),
        ("taller", ("tall", "tallest")),
        ("babies", ("baby",)),
        ("hoping", ("hop", "hope", "hoped", "hopes")),
        ("children", ("child",)),
        ("I", ("me", "my")),
        ("cat", ("cats",)),
        ("zebra", ()),
    ],
)
def test_the_other_forms_of_a_word_are_words(word, forms):
    assert forms_of(word, KNOWN.split()) == forms


# Single edits ------------------------------------------------------------------------------------


def test_every_edit_is_one_change_and_none_comes_twice(masked):
    sentence = "The cats sat on the mat."
    edits = single_edits(masked, sentence)
    kinds = {edit.kind for edit in edits}
    assert {"delete", "swap", "replace", "insert"} <= kinds
    keys = [" ".join(edit.sentence.lower().split()) for edit in edits]
    assert len(keys) == len(set(keys))
    assert sentence.lower() not in keys
    assert all(edit.sentence.endswith(".") for edit in edits)
    by_kind = {edit.sentence: edit.kind for edit in edits}
    assert by_kind["Cats sat on the mat."] == "delete"
    assert by_kind["Cats the sat on the mat."] == "swap"
    assert by_kind["The cats sat on the."] == "delete"


def test_what_needs_no_guess_comes_first_and_then_the_likeliest_word(masked):
    ranks = [edit.rank for edit in single_edits(masked, "the cat sat")]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] == 0
    assert ranks[-1] < 0


def test_nothing_is_put_after_the_last_mark_or_inside_a_word(masked):
    edits = single_edits(masked, "on (mat)")
    put = [edit.sentence for edit in edits if edit.kind == "insert"]
    assert put
    assert all(text.endswith("on (mat)") for text in put)


def test_a_full_sentence_takes_no_more_words(masked):
    edits = single_edits(masked, "the cat " * 63)
    assert {edit.kind for edit in edits} == {"swap", "delete", "replace"}


def test_letters_changed_pays_no_heed_to_capitals():
    assert letters_changed("She go", "she goes") == 2
    assert letters_changed("the mat", "the mat") == 0
    assert letters_changed("abc", "abd") == 1


def test_letters_changed_are_those_of_difflib_as_far_as_words_are_short(grammar, masked):
    for sentence in ("The cats sat on the mats.", "the cat , the cats !", "Cats sat"):
        for edit in single_edits(masked, sentence):
            pair = sentence.lower(), edit.sentence.lower()
            blocks = SequenceMatcher(None, *pair, autojunk=False).get_opcodes()
            changed = sum(max(b - a, d - c) for kind, a, b, c, d in blocks if kind != "equal")
            assert letters_changed(sentence, edit.sentence) == changed, edit


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a" * 20_000, "ab" * 10_000),
        ("the " + "a" * 9_999 + " cat", "the cat " + "a" * 9_999),
        (" \u200d" * 10_000 + "a", "a" + "\u200d " * 10_000),
        (" ".join(map(str, range(4_000))), " ".join(map(str, range(4_000, 0, -1)))),
        ("?! " * 6_000 + "a", "!? " * 6_000 + "b"),
    ],
    ids=["letters", "swapped", "joiners", "words", "marks"],
)
def test_letters_of_what_is_long_are_counted_in_no_time(before, after):
    began = time.thread_time()
    assert 0 < letters_changed(before, after) <= max(len(before), len(after))
    assert time.thread_time() - began < 0.5  # 20,000 letters took difflib 125 s


def test_a_search_on_a_word_of_thousands_of_letters_ends(grammar, masked):
    began = time.thread_time()
    assert found(grammar, masked, "a" * 4_000 + " cat sat").judged
    assert time.thread_time() - began < 10


def test_a_search_that_nobody_waits_for_ends_between_two_sentences(grammar, masked):
    with awaited(lambda: False), pytest.raises(Left):
        found(grammar, masked, "The cats sat on the mats.")


# The search --------------------------------------------------------------------------------------


def test_one_edit_that_flips_is_found_with_its_probability(grammar, masked):
    rule = ruled(grammar, lambda text: 2.0 if text == "the cat sat" else -2.0)
    result = found(rule, masked, "the cat the sat")
    best = result.found[0]
    assert (best.kinds, best.sentence) == (("delete",), "the cat sat")
    assert best.probability == pytest.approx(1 / (1 + np.exp(-2)))
    assert result.probability == pytest.approx(1 / (1 + np.exp(2)))
    assert result.judged == result.possible
    assert len(result.judged) == 1
    assert result.nearest == ()


def test_an_acceptable_sentence_is_broken(grammar, masked):
    rule = ruled(grammar, lambda text: 2.0 if text == "the cat sat" else -2.0)
    result = found(rule, masked, "the cat sat")
    assert result.flips == sum(result.judged)
    assert all(flip.probability < 0.5 for flip in result.found)


def test_two_edits_are_found_where_one_is_not_enough(grammar, masked):
    def score(text):
        missing = {"the", "cat", "sat", "mat"} - set(text.split())
        return 2.0 if text == "the cat sat" else -2.0 - len(missing) - len(text.split()) / 10

    result = found(ruled(grammar, score), masked, "the mat cat on sat")
    best = result.found[0]
    assert best.sentence == "the cat sat"
    assert best.kinds == ("delete", "delete")
    assert len(best.said) == len(result.judged) == 2


def test_where_nothing_flips_the_nearest_are_told(grammar, masked):
    rule = ruled(grammar, lambda text: -5.0 + 0.1 * len(text.split()))
    result = found(rule, masked, "the cat")
    assert result.found == ()
    assert result.flips == 0
    assert len(result.nearest[0].sentence.split()) == 4
    assert "None was found" in edits_figure(result, title="T", masked="M")


def test_a_form_of_the_word_counts_as_smaller_than_another_word():
    from services.grammaticality.search import _Hunt

    hunt = _Hunt.__new__(_Hunt)
    hunt.sign = 1.0
    form = Flip(("form",), ("",), "She went", 0.6, 4)
    other = Flip(("replace",), ("",), "She got", 0.9, 1)
    double = Flip(("form", "form"), ("", ""), "x", 0.9, 1)
    assert sorted([double, other, form], key=hunt._size) == [form, other, double]


def test_very_many_edits_are_judged_in_part_and_the_page_says_so(grammar, masked):
    rule = ruled(grammar, lambda text: -2.0)
    result = found(rule, masked, "the cat sat on the mat " * 20)
    assert result.judged[0] < result.possible[0]
    told = edits_figure(result, title="T", masked="M")
    assert f"{result.judged[0]:,} of {result.possible[0]:,} single edits" in told
    assert "a smaller pair may be missed" in told


def test_a_sentence_of_marks_has_nothing_to_change(grammar, masked):
    with pytest.raises(UserError, match="no word that could be changed"):
        list(smallest_edit(grammar, masked, "??"))


def test_the_real_tiny_model_gives_the_same_as_judging_each_edit(grammar, masked):
    result = found(grammar, masked, "the cats sat")
    for flip in (*result.found, *result.nearest):
        import torch

        with torch.inference_mode():
            ids = grammar.tokenizer(flip.sentence, return_tensors="pt")["input_ids"]
            logits = grammar.model(ids).logits[0].numpy()
        assert flip.probability == pytest.approx(softmax(logits)[1], abs=1e-5)


# Pictures ----------------------------------------------------------------------------------------


def search(sentence, *flips, **more):
    start = {"nearest": (), "flips": len(flips), "judged": (5,), "possible": (5,)}
    return Search(sentence, 0.2, flips, **(start | more))


def test_the_change_is_marked_and_both_probabilities_are_told():
    one = search(
        "She go home.", Flip(("form",), ("“go” became “goes”",), "She goes home.", 0.8, 2)
    )
    told = edits_figure(one, title="Grammar", masked="Masked")
    assert "She <del>go</del> <ins>goes</ins> home." in told
    assert "20.0% becomes <b>80.0%</b>" in told
    assert "mends it" in told
    assert "all 5 single edits" in told


def test_edits_of_hostile_text_are_drawn_as_text():
    flip = Flip(("delete",), (f"“{HOSTILE}” left out",), f"a {HOSTILE}", 0.8, 2)
    told = edits_figure(search(HOSTILE, flip, flip), title=HOSTILE, masked=HOSTILE)
    assert "<img" not in told
    assert "&lt;img src=x" in told


def test_progress_names_the_round():
    assert "Judging single edits: 100 of 300." in progress_line(Searched(1, 100, 300))
    second = progress_line(Searched(2, 0, 500))
    assert "No single edit reverses the verdict. Judging sentences with two edits" in second
