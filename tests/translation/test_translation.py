"""Translation: sentences in, tokens and scores out, against the library's own; what is refused."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.translation.translate import (
    coming_figure,
    headline,
    translate_figure,
    translate_table,
)
from services.translation.pieces import by_words, pieces_of, word_names, words_of
from services.translation.reading import read_source
from services.translation.remarks import remarks
from services.translation.translate import Writing, translate, writing
from tabs.kit.snippets import filled
from tests.fakes import translators
from tests.fakes.published import roomy
from tests.translation.conftest import said_by

SENTENCE = "The river was wet."
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", params=translators.NAMES)
def translator(space, request):
    return roomy(translators.small(space, request.param), new_tokens=10)


# What is typed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The sentence is empty"),
        ("  \n ", "only spaces were typed"),
        ("word " * 2000, r"The sentence has 2,\d+ tokens; at most 128 are allowed here"),
        ("a" * 20_001, "20,001 characters; at most 20,000"),
        ("a\0b", "NUL character"),
        ("\ud800", "half of a surrogate pair"),
        (None, "must be text; got nothing"),
        (7, "must be text; got int"),
    ],
)
def test_what_is_no_sentence_is_refused(pocket, text, sentence):
    with pytest.raises(UserError, match=sentence):
        translate(pocket, text)


@pytest.mark.parametrize(
    ("beams", "candidates", "sentence"),
    [
        (0, 1, "beams must be .* from 1 to 8; got 0"),
        (9, 1, "got 9"),
        ("4", 1, "got '4'"),
        (1, 0, "candidates must be"),
        (1, 9, "one for each beam; got 9"),
        (2.5, 1, "got 2.5"),
    ],
)
def test_numbers_out_of_range_are_refused(pocket, beams, candidates, sentence):
    with pytest.raises(UserError, match=sentence):
        translate(pocket, "Hello.", beams, candidates)


@pytest.mark.parametrize(
    "text",
    [
        "😀😀",
        "...",
        "?!",
        "def f(x): return x + 1",
        "Je ne sais pas.",
        HOSTILE,
        "\u200b",
        "a\u0301",
    ],
)
def test_any_other_text_gets_a_translation_whose_probabilities_are_some(pocket, text):
    found = translate(pocket, text)
    assert found.source.text == text
    assert all(math.isfinite(token.logprob) and token.logprob <= 0 for token in found.tokens)
    assert found.text == "".join(token.text for token in found.tokens).strip()


def test_a_sentence_longer_than_it_learned_is_told(pocket):
    short, long = (translate(pocket, text) for text in ("Hello.", "I see a dog and " * 12 + "."))
    assert remarks(pocket.checkpoint, short) == ()
    assert (
        f"This sentence has {len(long.source.ids)} tokens" in remarks(pocket.checkpoint, long)[0]
    )
    assert "999 have at most 29" in remarks(pocket.checkpoint, long)[0]
    unknown = replace(pocket.checkpoint, usual=0, longest=0, languages=())
    assert remarks(unknown, long) == ()


def test_what_is_not_english_is_told(pocket):
    assert "not in Latin letters" in remarks(pocket.checkpoint, translate(pocket, "Где кошка?"))[0]


def test_t5_is_told_what_to_do_and_its_order_is_no_part_of_the_sentence(space):
    source = read_source(translators.small(space, translators.T5), SENTENCE)
    assert "".join(source.pieces[: source.prefix]).startswith(" translate")
    assert "".join(source.pieces[source.prefix :]) == f" {SENTENCE}</s>"
    assert source.text == SENTENCE


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([" Your", " cat", " is", "."], ["Your", "cat", "is", "."]),
        ([" ador", "able", " chat", "."], ["adorable", "chat", "."]),
        ([" J'", "ai", " faim"], ["J'", "ai", "faim"]),
        ([" Aimes", "-tu", " ?"], ["Aimes", "-tu", "?"]),
        ([" ", "The", " 1", "0", "."], ["The", "10", "."]),
        ([" \u0301", "a"], ["\u0301a"]),
    ],
)
def test_pieces_make_words(pieces, words):
    spans = words_of(pieces, [False] * len(pieces))
    assert list(word_names(pieces, spans)) == words
    assert [place for first, end in spans for place in range(first, end)] == [*range(len(pieces))]


def test_a_tokenizer_is_asked_as_often_for_many_tokens_as_for_one(pocket):
    asked = []

    class Counted:
        def __getattr__(self, name):
            asked.append(name)
            return getattr(pocket.tokenizer, name)

    ids = pocket.tokenizer("The river was wet.").input_ids
    pieces_of(Counted(), ids[:1])
    once = len(asked)
    found = pieces_of(Counted(), ids * 50)
    assert len(asked) == 2 * once
    assert "".join(found[: len(ids)]) == " The river was wet.</s>"


def test_a_special_token_is_a_word_of_its_own():
    spans = words_of([" cat", "</s>", "s"], [False, True, False])
    assert spans == ((0, 1), (1, 2), (2, 3))


def test_a_word_spends_its_whole_attention():
    weights = np.array([[[0.1, 0.2, 0.7], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]])
    found = by_words(weights, ((0, 2), (2, 3)), ((0, 1), (1, 3)))
    np.testing.assert_allclose(found, [[[0.3, 0.7], [0.0, 1.0]]])


# Against the library -----------------------------------------------------------------------------


def test_what_is_written_is_what_is_translated(translator):
    made = list(writing(translator, SENTENCE))
    found = translate(translator, SENTENCE)
    assert made[0].texts == ()
    assert len(made) == 1 + len(found.tokens)
    assert "".join(made[-1].texts).strip() == found.text
    np.testing.assert_allclose(made[-1].logprobs, [t.logprob for t in found.tokens], atol=1e-5)


def test_padding_is_never_written_where_the_model_says_so(space):
    """Published Marians give padding a high score; `generate()` is told not to write it."""
    opus = roomy(translators.small(space, translators.OPUS), new_tokens=8)
    pad = opus.tokenizer.pad_token_id
    opus.model.final_logits_bias[0, pad] = 6.0
    given = opus.tokenizer(SENTENCE, return_tensors="pt")
    settings = {"max_new_tokens": 8, "forced_eos_token_id": None, "do_sample": False}
    for beams in (1, 3):
        made = opus.model.generate(
            **given,
            **settings,
            num_beams=beams,
            return_dict_in_generate=True,
            output_scores=True,
        )
        found = translate(opus, SENTENCE, beams)
        assert list(found.ids) == made.sequences[0, 1:].tolist()[: len(found.ids)]
        assert pad not in found.ids
        if beams > 1:
            assert found.candidates[0].score == pytest.approx(
                float(made.sequences_scores[0]), abs=1e-5
            )


@pytest.mark.parametrize("text", ["Your cat is a lovely cat.", "I don't know where she is."])
def test_the_pocket_model_writes_what_generate_writes(pocket, text):
    given = pocket.tokenizer(text, return_tensors="pt")
    for beams in (1, 4):
        (ids,) = pocket.model.generate(**given, num_beams=beams, do_sample=False)
        found = translate(pocket, text, beams)
        assert list(found.ids) == ids[1:].tolist()
        assert found.text == pocket.tokenizer.decode(ids, skip_special_tokens=True)


def test_more_than_one_translation_of_one_beam_begins_with_the_greedy_one(pocket):
    alone, among = (translate(pocket, "I am happy.", 1, many) for many in (1, 3))
    assert among.candidates[0] == alone.candidates[0]
    assert len({one.ids for one in among.candidates}) == len(among.candidates) == 3


# What is drawn and said --------------------------------------------------------------------------


def test_hostile_text_is_escaped(pocket):
    found = translate(pocket, HOSTILE, 2, 2)
    evil = replace(found, text=HOSTILE, tokens=(replace(found.tokens[0], piece=HOSTILE),))
    evil = replace(evil, candidates=tuple(replace(one, text=HOSTILE) for one in found.candidates))
    drawn = translate_figure(evil, token=0, title=HOSTILE, remarks=(HOSTILE,))
    for html in (drawn, translate_table(evil), headline(evil)):
        assert "<img" not in html
        assert "&lt;img" in html


def test_only_the_end_is_drawn_as_the_end_while_it_is_written(pocket):
    source = read_source(pocket, "Hello.")
    halves = Writing(source, (" Oui", "", "é"), (-0.1, -0.2, -0.3), ended=False)
    assert "&lt;/s&gt;" not in coming_figure(halves)
    assert coming_figure(halves).count("%</span>") == 3
    whole = Writing(source, (*halves.texts, ""), (*halves.logprobs, -0.1), ended=True)
    assert coming_figure(whole).count("&lt;/s&gt;") == 1
    assert "%</span>" not in coming_figure(Writing(source, (), (), ended=False))


def test_the_figure_says_the_numbers_of_the_result(pocket):
    found = translate(pocket, "I am happy.", 4, 3)
    drawn = re.sub(r"<[^>]+>", " ", translate_figure(found, token=0, title="It"))
    for told in found.tokens:
        assert f"{100 * math.exp(told.logprob):.3g}"[:3] in drawn
    assert headline(found) == f"<b>{found.text}</b>"


def test_the_snippet_gives_the_same_numbers(pocket):
    text = "I am happy."
    values = {"text": text, "beams": 4, "candidates": 3}
    code = filled("translation/translate", pocket.checkpoint, **values)
    said = said_by(code)
    found = translate(pocket, text, 4, 3)
    lines = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert [line.split(" ", 1)[1] for line in lines] == [one.text for one in found.candidates]
    scores = [float(line.split()[0]) for line in lines]
    np.testing.assert_allclose(scores, [one.score for one in found.candidates], atol=1e-4)
    tokens = re.findall(r"^ +(-?[\d.]+)  ", said, re.MULTILINE)[: len(found.tokens)]
    own = [token.logprob for token in found.tokens]
    np.testing.assert_allclose([float(one) for one in tokens], own, atol=1e-4)


def test_torch_is_left_as_it_was(pocket):
    before = torch.get_num_threads()
    translate(pocket, "Hello.")
    assert torch.get_num_threads() == before
