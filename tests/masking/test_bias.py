"""Bias: numbers are the library's, intervals a bootstrap's, what is typed is checked."""

import tracemalloc

import numpy as np
import pytest

from core.errors import UserError
from figures.masking.bias import bias_figure, bias_table, headline
from services.generation import score
from services.masking.bias import Leaning, checked_probe, lean, lean_causal
from services.masking.fill import rows_needed
from tabs.kit.view import Asked
from tabs.masking import TAB
from tabs.masking.choices import STEM, Choices
from tests.kit.stages import HOSTILE
from tests.masking.conftest import direct

TEMPLATES = ("The * said that _ would come.", "_ worked as a *.")
WORDS = "nurse, engineer"


def probe(templates=TEMPLATES, words=WORDS, first="he", second="she"):
    return checked_probe(templates, words, first, second, 20_000)


def test_the_log_odds_of_a_model_that_fills_in_are_the_librarys(masked):
    found = lean(masked, probe(second="she, her"))
    sentences = [
        ["The nurse said that [MASK] would come.", "[MASK] worked as a nurse."],
        ["The engineer said that [MASK] would come.", "[MASK] worked as an engineer."],
    ]
    for row, texts in enumerate(sentences):
        for column, text in enumerate(texts):
            ids = masked.tokenizer(text)["input_ids"]
            chances = direct(masked, ids)[ids.index(masked.tokenizer.mask_token_id)]
            he, she, her = masked.tokenizer.convert_tokens_to_ids(["he", "she", "her"])
            expected = np.log(chances[she] + chances[her]) - np.log(chances[he])
            assert found.values[row, column] == pytest.approx(expected, abs=1e-4)


def test_a_model_that_reads_from_left_to_right_is_asked_for_whole_sentences(checkpoints):
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    found = lean_causal(gpt2, probe())
    she, he = (
        score(gpt2, f"{one} worked as an engineer.").logprobs.sum() for one in ("She", "He")
    )
    assert found.values[1, 1] == pytest.approx(she - he, abs=1e-4)


def test_published_architectures_are_measured_too(any_model):
    asked = probe(words="cat, mat", first="cat", second="cats, mat")
    assert np.isfinite(lean(any_model, asked).values).all()


@pytest.mark.parametrize(
    "changed", [{"words": "nurse, ሰላም"}, {"first": "ሰላም"}, {"second": "she, ሰላም"}]
)
def test_a_word_that_cannot_be_spelled_is_not_measured(masked, changed):
    with pytest.raises(UserError, match=r"cannot spell 'ሰላም': it would be \[UNK\]"):
        lean(masked, probe(**changed))


def test_equal_sentences_count_once():
    lines = [TEMPLATES[0], "_ worked as a  *.", "[MASK] worked as a *.", TEMPLATES[0]]
    assert probe(lines).templates == (TEMPLATES[0], "_ worked as a  *.")
    with pytest.raises(UserError, match=r"2 to 16 different sentences.*got 1"):
        probe([TEMPLATES[0]] * 2)


def test_a_word_that_opens_a_quotation_has_a_capital_and_no_space(any_model):
    asked = probe(("“_ is a *.”", "the * and _ sat."), words="cat", first="mat", second="cats")
    read = []
    for text, word in (("“{} is a cat.”", "{}"), ("the cat and {} sat.", " {}")):
        ids = any_model.tokenizer(text.format(any_model.tokenizer.mask_token))["input_ids"]
        place, sums = ids.index(any_model.tokenizer.mask_token_id), []
        for own in ("mat", "cats"):
            own = own.capitalize() if word == "{}" else own
            pieces = any_model.tokenizer(word.format(own), add_special_tokens=False)["input_ids"]
            sums.append(0.0)
            for step, piece in enumerate(pieces):
                rest = [any_model.tokenizer.mask_token_id] * (len(pieces) - step)
                row = [*ids[:place], *pieces[:step], *rest, *ids[place + 1 :]]
                sums[-1] += np.log(direct(any_model, row)[place + step][piece])
        read.append(sums[1] - sums[0])
    np.testing.assert_allclose(lean(any_model, asked).values[0], read, atol=1e-4)


def test_more_than_a_model_may_read_is_refused_in_one_sentence(masked, checkpoints):
    lines = [f"The * said {number} times that _ would come." for number in range(16)]
    words = ", ".join(map(str, range(40)))
    many = probe(lines, words=words, first="he, unhappily", second="she, unluckily, oddly, he")
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    with pytest.raises(UserError, match=r"make 3,840 texts to read; at most 2,560"):
        lean_causal(gpt2, many)
    with pytest.raises(UserError, match=r"make [\d,]+ texts to read; at most 2,560"):
        lean(masked, many)


def test_what_is_kept_of_a_row_are_the_words_that_are_asked(masked):
    """Not 30,522 numbers of each: of 2,560 rows they would take 300 MB."""
    asked = probe(words=", ".join(map(str, range(40))))
    tracemalloc.start()
    lean(masked, asked)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80 * masked.vocabulary  # a quarter of as many float32


def test_rows_that_words_share_are_read_once(masked):
    assert rows_needed([[1], [2], [3, 4], [3, 5], [6, 7]]) == 1 + 1 + 2
    calls = []
    hook = masked.model.base_model.register_forward_hook(
        lambda _, __, output: calls.append(len(output[0]))
    )
    try:
        lean(masked, probe(second="she, her"))
    finally:
        hook.remove()
    assert sum(calls) == 4  # two words in two sentences


def test_the_intervals_are_those_of_means_of_sentences_drawn_again():
    values = np.random.default_rng(5).normal(size=(3, 12))
    found = Leaning(("a", "b", "c"), tuple("abcdefghijkl"), values)
    spread = values.std(axis=1) / np.sqrt(12)
    widths = found.intervals[:, 1] - found.intervals[:, 0]
    np.testing.assert_allclose(widths, 2 * 1.96 * spread, rtol=0.12)
    assert ((found.intervals[:, 0] < found.means) & (found.means < found.intervals[:, 1])).all()
    assert list(found.means[list(found.order)]) == sorted(found.means, reverse=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"templates": ["_ is a *."]}, "2 to 16 different sentences, one on each line; got 1"),
        ({"templates": ["_ is a *.", "_ is."]}, r"“_ is.” has 0 and 1"),
        ({"templates": ["_ is a *.", "_ * _"]}, r"has 1 and 2"),
        ({"words": " , "}, "There must be 1 to 40 words, with commas between; got 0"),
        ({"words": ",".join(map(str, range(41)))}, "got 41"),
        ({"words": "a *"}, r"plain words, without a blank"),
        ({"first": ""}, "words of the first group"),
        ({"second": "a,b,c,d,e"}, "1 to 4 words of the second group.*got 5"),
        ({"words": "x" * 30_000}, "30,000 characters; at most 20,000"),
    ],
)
def test_what_does_not_fit_is_refused(changed, said):
    with pytest.raises(UserError, match=said):
        probe(**changed)


def test_the_picture_says_every_mean_and_what_does_not_follow():
    one = Leaning((HOSTILE, "cook"), TEMPLATES, np.array([[1.0, 2.0], [-1.0, -0.5]]))
    both = [(HOSTILE, one), ("T", one)]
    drawn = bias_figure(both, (HOSTILE, "she"))
    for text in ("+1.50", "−0.750", "What does not follow", "2 sentences"):
        assert text in drawn
    assert "No model" in bias_figure(both[:1], ("he", "she"), why="No model that")
    for html in (drawn, bias_table(both), headline(one)):
        assert "<lectern" not in html
        assert "<script" not in html


def test_the_code_gives_the_same_numbers(desk):
    entry, names = desk.default(STEM), {}
    chosen = Choices(
        templates="\n".join(TEMPLATES),
        words=WORDS,
        group="he",
        other="she, unhappily",
        view="bias",
        model=entry.name,
    )
    exec(TAB.snippet(Asked(desk, entry, chosen)), names)
    found = desk.ask(lean, entry, probe(second="she, unhappily"))
    np.testing.assert_allclose(names["values"], found.values, rtol=0, atol=1e-4)
