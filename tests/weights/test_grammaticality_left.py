"""The pocket GPT-2 beside the masked model: what any good weights of it give, and parity."""

import json

import numpy as np
import pytest

from services.examples import read_example
from services.generation.scores import score
from services.grammaticality.left import read_left_to_right
from services.grammaticality.masked import Examined
from services.grammaticality.words import read
from tabs.grammaticality import TAB
from tests.weights.test_grammaticality import EXAMPLES, choices, run

GOOD, BAD = "The little dog was happy.", "The little dog were happy."


@pytest.fixture(scope="module")
def grammar(checkpoints):
    return checkpoints.load(checkpoints.default("grammaticality"))


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


def left_of(grammar, gpt2, sentence):
    return read_left_to_right(gpt2, sentence, read(grammar, sentence).words)


def test_the_surprisal_jumps_at_the_first_wrong_word(grammar, gpt2):
    good, bad = (left_of(grammar, gpt2, sentence) for sentence in (GOOD, BAD))
    np.testing.assert_allclose(good.surprisal[:3], bad.surprisal[:3], atol=1e-5)
    assert bad.surprisal[3] - good.surprisal[3] > 1
    assert good.total > bad.total


def test_the_page_opens_with_what_it_gives(gpt2):
    (stored,) = read_example("grammaticality", Examined).left
    words = read_example("grammaticality", Examined).reading.words
    fresh = read_left_to_right(gpt2, stored.scored.text, words)
    assert (stored.scored.ids, stored.owners) == (fresh.scored.ids, fresh.owners)
    np.testing.assert_allclose(stored.surprisal, fresh.surprisal, atol=1e-4)


def test_the_example_of_a_pair_parts_where_it_says(gpt2):
    chosen = choices("Left to right")
    assert (chosen.sentence, chosen.other) == (GOOD, BAD)
    first, second = (score(gpt2, text) for text in (GOOD, BAD))
    line = EXAMPLES["Left to right"]["look_for"]
    assert "*The little dog* the same probability in both" in line
    assert "part at *was* and *were*" in line
    same = [a == b for a, b in zip(first.ids, second.ids, strict=False)].index(False)
    assert "".join(first.tokens[:same]) == "The little dog"
    assert (first.tokens[same], second.tokens[same]) == (" was", " were")
    np.testing.assert_allclose(first.logprobs[:same], second.logprobs[:same], atol=1e-5)


def test_the_exports_have_the_numbers_of_the_score(desk, gpt2):
    sheet, text = TAB.files(desk, choices(sentence=BAD))
    told, scored = json.loads(text)["left_to_right"], score(gpt2, BAD)
    assert [token["logprob"] for token in told["tokens"]] == scored.logprobs.tolist()
    assert told["bits_per_character"] == scored.bits_per_character
    assert sum(told["surprisal_of_words"]) == pytest.approx(-told["log_probability"])
    lines = sheet.splitlines()
    assert lines[0].endswith("surprisal left to right")
    assert float(lines[1].rsplit(",", 1)[1]) == told["surprisal_of_words"][0]
    pair = json.loads(TAB.files(desk, choices(view="pair", sentence=GOOD, other=BAD))[1])
    assert pair["left_to_right"][1]["tokens"] == told["tokens"]
    assert pair["log_probability_difference"] > 0


@pytest.mark.parametrize("view", ["sentence", "pair"])
def test_the_code_gives_the_log_probabilities(desk, gpt2, monkeypatch, view):
    chosen = choices(view=view, sentence="A naïve 😀 dog.", other=BAD)
    names = run(TAB.snippet(TAB.asked(desk, chosen)), monkeypatch)
    texts = [chosen.sentence] + [BAD] * (view == "pair")
    totals = [float(score(gpt2, text).logprobs.sum()) for text in texts]
    np.testing.assert_allclose(names["log_probabilities"], totals, atol=1e-4)


def test_a_sentence_that_gpt2_cannot_hold_is_judged_all_the_same(desk):
    picture = TAB.draw(desk, choices(sentence="你好" * 60)).picture
    assert "reads at most" in picture
    assert "Which word hurts" in picture
