"""Left to right beside the masked model: every token counted once, the numbers those of /score."""

import numpy as np
import pytest

from core.spacefile import Space
from figures.grammaticality.pair import pair_figure, pair_table
from figures.grammaticality.words import sentence_figure, words_table
from models.checkpoints import Checkpoints
from models.serving import Desk
from services.generation.scores import score
from services.grammaticality.left import owners_of, read_left_to_right
from services.grammaticality.masked import Likelihood
from services.grammaticality.pair import Pair
from services.grammaticality.words import Word
from tabs.grammaticality.choices import Choices
from tabs.grammaticality.others import causal_of
from tabs.grammaticality.sentence import left_of
from tabs.kit.view import Asked
from tests.fakes.tiny_gpt2 import CONTEXT, tiny_gpt2
from tests.grammaticality.test_grammaticality import judgement, reading, seen, words

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


def at(sentence, *parts):
    """Words of a sentence, where they stand in it."""
    found, place = [], 0
    for part in parts:
        place = sentence.index(part, place)
        found.append(Word(part, place, place + len(part), (1,)))
        place += len(part)
    return tuple(found)


def left_of_sentence(gpt2, sentence, *parts):
    return read_left_to_right(gpt2, sentence, at(sentence, *parts))


# The numbers -------------------------------------------------------------------------------------


def test_the_tokens_have_the_numbers_of_the_score(gpt2):
    left = left_of_sentence(gpt2, "The hen was naïve.", "The", "hen", "was", "naïve", ".")
    scored = score(gpt2, "The hen was naïve.")
    np.testing.assert_array_equal(left.scored.logprobs, scored.logprobs)
    assert left.total == pytest.approx(scored.logprobs.sum())


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("The hen was here.", ("The", "hen", "was", "here", ".")),
        ("  The   hen ", ("The", "hen")),
        ("x 😀 y\n", ("x", "y")),  # a sign that is in no word counts for the word before it
        ("(the) naïve hen", ("(", "the", ")", "naïve", "hen")),
    ],
)
def test_every_token_is_counted_once(gpt2, sentence, parts):
    left = left_of_sentence(gpt2, sentence, *parts)
    assert left.surprisal.shape == (len(parts),)
    assert left.surprisal.sum() == pytest.approx(-left.total)
    assert len(left.owners) == len(left.scored.ids)


def test_a_space_belongs_to_the_word_after_it():
    sentence = "a  bc, d"
    offsets = [(0, 1), (1, 2), (2, 4), (4, 5), (5, 6), (6, 7), (7, 8)]
    owners = owners_of(sentence, offsets, at(sentence, "a", "bc", ",", "d"))
    assert owners == [0, 1, 1, 1, 2, 3, 3]


def test_what_comes_later_changes_no_surprisal_before_it(gpt2):
    short = left_of_sentence(gpt2, "The little hen", "The", "little", "hen")
    long = left_of_sentence(gpt2, "The little hen said 😀", "The", "little", "hen", "said")
    np.testing.assert_allclose(short.surprisal, long.surprisal[:3], atol=1e-5)


# Where there is no model -------------------------------------------------------------------------


def test_without_a_model_for_it_the_reason_is_told(tiny_bert, space):
    alone = Checkpoints(Space("Tiny", space.limits, space.queue, (tiny_bert.checkpoint,)))
    gpt2, why = causal_of(Desk(alone))
    assert gpt2 is None
    assert why == "No model that reads from left to right is in the Spacefile."
    html = sentence_figure(reading(("the",), [1]), None, None, title="x", masked="y", causal=why)
    assert why in html


def test_a_sentence_too_long_for_it_is_told_and_the_rest_is_shown(gpt2, space, monkeypatch):
    entry = gpt2.checkpoint
    cache = Checkpoints(Space("Tiny", space.limits, space.queue, (entry,)))
    monkeypatch.setattr(cache, "load", lambda checkpoint, capability: gpt2)
    long = reading(("hen",), [1.0])
    long = type(long)(**{**vars(long), "judgement": judgement(sentence=" hen" * (CONTEXT + 1))})
    left, why = left_of(Asked(Desk(cache), entry, Choices()), long)
    assert left is None
    assert f"has {CONTEXT + 1} tokens; this model reads at most {CONTEXT}" in why


# The pictures ------------------------------------------------------------------------------------


def test_a_sentence_has_a_row_of_words_with_their_surprisals(gpt2):
    left = left_of_sentence(gpt2, "The hen said", "The", "hen", "said")
    shown = reading(("The", "hen", "said"), [1.0, 0.5, -0.5])
    html = sentence_figure(
        shown, None, None, title="Judge", masked="none", left=left, causal="Tiny <GPT-2>"
    )
    assert "Tiny &lt;GPT-2&gt; sees only the words before" in html
    assert f"{left.scored.bits_per_character:.3g}"[:3] in html
    assert html.count('data-pair="w2"') == 3  # in both rows of what hurts, and in this one
    assert "From left to right: Tiny &lt;GPT-2&gt;." in html
    assert "surprisal, left to right" in words_table(shown, None, left)
    assert "left to right" not in words_table(shown, None)


def scored_pair(gpt2, first, second):
    made = tuple(seen(("x",), [1.0]) for _ in range(2))
    judged = judgement(0.8, first), judgement(0.3, second)
    return Pair(judged, made, (score(gpt2, first), score(gpt2, second)))


def test_a_pair_says_which_is_more_likely_left_to_right_and_where_they_part(gpt2):
    pair = scored_pair(gpt2, "The hen was there", "The hen said")
    first, second = (
        score(gpt2, text).logprobs.sum() for text in ("The hen was there", "The hen said")
    )
    assert pair.foreseen == pytest.approx(first - second)
    html = pair_figure(pair, title="Judge", masked="Masked", causal="Tiny GPT-2")
    better = "first" if first > second else "second"
    assert f"reads from left to right, finds the <b>{better}</b> more likely" in html
    assert "Their first 2 tokens have the same probability" in html
    assert "bits per character" in html
    assert "models" in html
    assert "log-probability, left to right" in pair_table(pair)


def test_three_models_agree_only_where_all_do(gpt2):
    pair = scored_pair(gpt2, "The hen was there", "The hen said")
    one, other = seen(("x",), [1.0]), seen(("x",), [2.0])
    sides = (one, other) if pair.foreseen > 0 else (other, one)
    agreed = Pair(
        pair.judgements if pair.foreseen > 0 else pair.judgements[::-1], sides, pair.scored
    )
    assert "The three models agree." in pair_figure(agreed, title="", masked="", causal="")
    against = Pair(agreed.judgements, sides[::-1], pair.scored)
    assert "The three models disagree." in pair_figure(against, title="", masked="", causal="")


def test_what_was_typed_is_drawn_as_text(gpt2):
    pair = scored_pair(gpt2, f"The {HOSTILE}", f"The hen {HOSTILE}")
    left = read_left_to_right(gpt2, HOSTILE, words(HOSTILE))
    for html in (
        pair_figure(pair, title=HOSTILE, masked=HOSTILE, causal=HOSTILE),
        sentence_figure(
            reading((HOSTILE,), [1]), None, None, title="", masked="", left=left, causal=HOSTILE
        ),
    ):
        assert "<img" not in html
        assert "</script" not in html


def test_a_word_is_found_in_another_models_words_whatever_its_tokens():
    ours = (Word("a", 0, 1, (1,)), Word("cats", 2, 6, (2,)), Word("sit", 7, 10, (3, 4)))
    theirs = (Word("a", 0, 1, (1,)), Word("cats", 2, 6, (2, 3, 4)), Word("si", 7, 9, (5,)))
    seen = Likelihood("a cats sit", ("a", "c", "at", "s", "si"), theirs, np.arange(5.0), (), None)
    assert [seen.place_of(word) for word in ours] == [0, 1, None]
    assert seen.of_words.tolist() == [0, 6, 4]
