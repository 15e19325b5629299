"""Generation: scores of a text, branches, duels, and why a token was chosen."""

import json
import math
import re

import numpy as np
import pytest
import torch

from core.errors import UserError
from services.generation.branches import forced_ids, path_of
from services.generation.duel import distinct, duel, line_up
from services.generation.generate import generate
from services.generation.scores import score, token_scores
from services.generation.settings import Settings
from services.generation.tree import Branch, Path, Tree, common, read_choices
from services.generation.why import lens, occlude
from tests.fakes.tiny_gpt2 import CONTEXT, END, LAYERS, VOCABULARY, tiny_gpt2

PROMPT = "The little hen said that"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


def logs_after(gpt2, ids):
    """(token, vocabulary) log-probabilities after each id, by the model itself."""
    with torch.inference_mode():
        return gpt2.model(torch.tensor([list(ids)])).logits[0].log_softmax(-1).double().numpy()


# Scores ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["The little hen.", "naïve 😀", " a\n\nb  "])
def test_scores_are_those_of_the_model_after_the_start_token(gpt2, text, monkeypatch):
    monkeypatch.setattr("services.generation.scores.NUMBERS_AT_ONCE", 4 * VOCABULARY)
    found = score(gpt2, text)
    ids = gpt2.tokenizer(text)["input_ids"]
    logs = logs_after(gpt2, [END, *ids])[:-1]
    own = logs[np.arange(len(ids)), ids]
    assert list(found.ids) == ids
    np.testing.assert_allclose(found.logprobs, own, atol=1e-5)
    np.testing.assert_array_equal(found.ranks, 1 + (logs > own[:, None] + 1e-6).sum(-1))
    np.testing.assert_allclose(found.entropies, -(np.exp(logs) * logs).sum(-1), atol=1e-5)
    assert "".join(found.tokens) == text
    assert len(found.tokens) == len(found.labels) == len(ids)
    assert found.bits_per_character == pytest.approx(-own.sum() / math.log(2) / len(text))
    assert found.perplexity == pytest.approx(np.exp(-own.mean()))


def test_the_loss_of_the_library_is_the_mean_of_the_scores(gpt2):
    found = score(gpt2, PROMPT)
    ids = torch.tensor([[END, *found.ids]])
    with torch.inference_mode():
        loss = gpt2.model(ids, labels=ids).loss
    assert -found.logprobs.mean() == pytest.approx(float(loss), abs=1e-5)


def test_a_text_is_scored_up_to_the_context_and_refused_beyond(gpt2):
    assert len(score(gpt2, "q" * CONTEXT).ids) == CONTEXT
    assert len(score(gpt2, "q").ids) == 1
    with pytest.raises(
        UserError, match=f"{CONTEXT + 1} tokens; this model reads at most {CONTEXT}"
    ):
        score(gpt2, "q" * (CONTEXT + 1))
    with pytest.raises(UserError, match="100,000 characters"):
        score(gpt2, "x" * 100_000)


@pytest.mark.parametrize("text", ["", "  ", None, 7, "a\0", ["x"]])
def test_what_is_no_text_cannot_be_scored(gpt2, text):
    with pytest.raises(UserError):
        score(gpt2, text)


def test_nothing_said_has_no_scores(gpt2):
    assert [len(part) for part in token_scores(gpt2, [END], [])] == [0, 0, 0]


# Branches ----------------------------------------------------------------------------------------


def path(*ids):
    return Path(ids, tuple(-float(i) for i in ids))


def grown(*paths):
    tree = Tree()
    for one in paths:
        tree, _ = tree.add(one)
    return tree


def test_a_branch_keeps_only_what_it_does_not_share():
    tree = grown(path(1, 2, 3, 4), path(1, 2, 9), path(1, 2, 9, 5), path(7))
    assert tree.branches[1:] == (
        Branch(0, 2, path(9)),
        Branch(1, 3, path(5)),
        Branch(0, 0, path(7)),
    )
    assert tree.path(2) == path(1, 2, 9, 5)
    assert tree.choices == [(0, 2, 9), (1, 3, 5), (0, 0, 7)]
    assert tree.find([1, 2, 9, 5, 6]) == (2, 4)
    assert tree.find([8]) == (0, 0)
    assert Tree().find([8]) == (-1, 0)


def test_what_is_there_is_not_grown_twice():
    tree = grown(path(1, 2, 3), path(1, 5))
    assert tree.add(path(1, 5)) == (tree, 1)
    assert tree.add(path(1, 2)) == (tree, 0)
    assert len(grown(path(1), path(1, 2)).branches) == 2


def test_two_branches_are_compared_from_their_fork():
    tree = grown(path(1, 2, 3), path(1, 5, 6))
    seen = tree.compare(0, 1)
    assert (seen.shared, seen.change) == (1, -6.0)
    assert seen.own == (path(2, 3), path(5, 6))
    assert seen.means == (-2.5, -5.5)
    same = tree.compare(1, 1)
    assert (same.shared, same.change, same.means) == (3, 0, (0, 0))
    assert common([1, 2], [1, 2, 3]) == 2


def test_choices_come_back_from_a_link():
    tree = grown(path(1, 2, 3, 4), path(1, 2, 9), path(7))
    assert read_choices(json.loads(json.dumps(tree.choices))) == tree.choices


@pytest.mark.parametrize("rows", [None, {}, [[0, 0]], [[1, 0, 5]], [[0, -1, 5]], [["a", 0, 5]]])
def test_choices_that_are_none_are_refused(rows):
    with pytest.raises(UserError, match="branches could not be read"):
        read_choices(rows)


def test_a_full_tree_says_so():
    tree = grown(*(path(1, n) for n in range(64)))
    with pytest.raises(UserError, match="64 branches; at most 64"):
        tree.add(path(1, 99))


def test_a_tree_grows_again_from_its_choices(gpt2):
    settings = Settings(max_new_tokens=8, seed=4)
    first = generate(gpt2, PROMPT, settings)
    tree = grown(path_of(first))
    other = int(first.steps[3].choice.candidates.ids[-1])
    forced = forced_ids(tree, 0, 3, other)
    assert forced == (*first.ids[:3], other)
    branch = generate(gpt2, PROMPT, settings, forced=forced)
    tree, _ = tree.add(path_of(branch))
    assert tree.choices == [(0, 3, other)]
    again = grown(path_of(generate(gpt2, PROMPT, settings)))
    forced = forced_ids(again, *tree.choices[0])
    again, _ = again.add(path_of(generate(gpt2, PROMPT, settings, forced=forced)))
    assert again == tree
    seen = tree.compare(0, 1)
    assert seen.shared == 3
    assert seen.change == pytest.approx(8 * branch.mean_logprob - 8 * first.mean_logprob, abs=1e-9)


def test_a_branch_leaves_only_what_is_there(gpt2):
    tree = grown(path(1, 2))
    with pytest.raises(UserError, match="no branch 1"):
        forced_ids(tree, 1, 0, 5)
    with pytest.raises(UserError, match="2 tokens; it cannot be left after 3"):
        forced_ids(tree, 0, 3, 5)
    with pytest.raises(UserError, match="whole number from 0"):
        generate(gpt2, PROMPT, Settings(max_new_tokens=3), forced=(VOCABULARY,))


# Duel --------------------------------------------------------------------------------------------


def test_distinct_n_grams_are_counted_by_hand():
    ids = [1, 2, 1, 2, 1]
    assert distinct(ids, 1) == 2 / 5
    assert distinct(ids, 2) == 2 / 4
    assert distinct(ids, 3) == 2 / 3
    assert distinct([1], 2) == distinct([], 1) == 1.0


def test_a_duel_puts_the_ways_to_choose_side_by_side(gpt2):
    own = Settings(max_new_tokens=15, temperature=1.5, seed=9)
    told = []
    found = duel(gpt2, PROMPT, line_up(own), lambda *done: told.append(done))
    assert [one.name for one in found] == ["greedy", "beam", "top-k", "top-p", "own"]
    assert told == [(n, 5) for n in range(5)]
    for one in found:
        ids = list(one.ids)
        before = gpt2.tokenizer(PROMPT)["input_ids"]
        logs = logs_after(gpt2, [*before, *ids])[len(before) - 1 : -1]
        own_logs = logs[np.arange(len(ids)), ids]
        assert one.mean_logprob == pytest.approx(own_logs.mean(), abs=1e-5)
        grams = [tuple(ids[n : n + 4]) for n in range(len(ids) - 3)]
        assert one.repetition == pytest.approx(1 - len(set(grams)) / len(grams))
        assert one.distinct[0] == len(set(ids)) / len(ids)
        assert one.text == gpt2.tokenizer.decode(ids)
    by_name = {one.name: one for one in found}
    assert by_name["own"].ids == generate(gpt2, PROMPT, own).ids
    assert (by_name["greedy"].ranks == 1).all()
    assert len({one.ids for one in found}) >= 4


def test_a_duel_scores_a_text_without_its_end_token(space):
    gpt2 = tiny_gpt2(space, end_bias=50.0)
    for one in duel(gpt2, PROMPT, line_up(Settings(max_new_tokens=5))):
        assert one.stopped == "end"
        assert END not in one.ids
        assert len(one.logprobs) == len(one.ids)
    assert one.ids == ()
    assert (one.mean_logprob, one.repetition, one.text) == (0.0, 0.0, "")


# Why ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", [PROMPT, "  two  words ", "one", "a b\nc"])
def test_a_word_left_out_is_a_prompt_typed_without_it(gpt2, prompt):
    said = [40, 50, 60]
    told = []
    why = occlude(gpt2, prompt, said, lambda *done: told.append(done))

    def logprob(text):
        ids = gpt2.tokenizer(text)["input_ids"] or [END]
        return logs_after(gpt2, [*ids, 40, 50])[-1, 60]

    words = re.findall(r"\S+", prompt)
    assert [one.word for one in why.words] == words
    assert why.logprob == pytest.approx(logprob(prompt), abs=1e-5)
    for place, one in enumerate(why.words):
        assert prompt[one.start : one.end] == one.word
        assert one.change == pytest.approx(why.logprob - one.logprob, abs=1e-9)
        if prompt == PROMPT:
            left = " ".join(words[:place] + words[place + 1 :])
            assert one.logprob == pytest.approx(logprob(left), abs=1e-5)
    assert told[-1] == (len(words) + 1, len(words) + 1)
    assert len({round(one.change, 4) for one in why.words}) == len(words)


def test_only_as_much_as_allowed_is_read_again_for_each_word(gpt2):
    assert len(occlude(gpt2, "q" * 48, [5]).words) == 1
    with pytest.raises(UserError, match="49 tokens up to here; at most 48"):
        occlude(gpt2, "q" * 49, [5])
    with pytest.raises(UserError, match="No token is chosen"):
        occlude(gpt2, PROMPT, [])
    with pytest.raises(UserError, match="whole number"):
        occlude(gpt2, PROMPT, [VOCABULARY])


def test_an_empty_prompt_has_no_words_to_leave_out(gpt2):
    why = occlude(gpt2, "", [5])
    assert why.words == ()
    assert why.logprob == pytest.approx(logs_after(gpt2, [END])[-1, 5], abs=1e-5)


def test_the_last_layer_of_the_lens_is_the_model(gpt2):
    said = [40, 50, 60]
    ids = [*gpt2.tokenizer(PROMPT)["input_ids"], 40, 50]
    found = lens(gpt2, PROMPT, said, guesses=4)
    with torch.inference_mode():
        logits = gpt2.model(torch.tensor([ids])).logits[0, -1]
    np.testing.assert_allclose(found.logits, logits, atol=1e-5)
    chances = logits.softmax(-1)
    assert found.chances.shape == found.guesses.shape == (LAYERS + 1, 4)
    assert list(found.guesses[-1]) == chances.topk(4).indices.tolist()
    assert found.chance[-1] == pytest.approx(float(chances[60]), abs=1e-6)
    assert found.rank[-1] == 1 + int((logits > logits[60]).sum())
    assert [len(row) for row in found.labels] == [4] * (LAYERS + 1)


def test_each_layer_of_the_lens_goes_through_the_last_norm_once(gpt2):
    ids = torch.tensor([gpt2.tokenizer(PROMPT)["input_ids"]])
    found = lens(gpt2, PROMPT, [60])
    body = gpt2.model.transformer
    seen = []
    hooks = [
        block.register_forward_pre_hook(lambda _, given: seen.append(given[0])) for block in body.h
    ]
    with torch.inference_mode():
        body(ids)
        by_hand = [gpt2.model.lm_head(body.ln_f(state))[0, -1].softmax(-1) for state in seen]
    for hook in hooks:
        hook.remove()
    assert len(by_hand) == LAYERS
    np.testing.assert_allclose(found.chance[:-1], [float(p[60]) for p in by_hand], atol=1e-6)
    assert [int(row[0]) for row in found.guesses[:-1]] == [int(p.argmax()) for p in by_hand]
