"""Grammaticality: verdicts, words, likelihoods, pairs, and `/judge` over HTTP."""

import json
import urllib.request

import numpy as np
import pytest

from core.errors import UserError
from core.numbers import softmax
from models.loaded import Loaded
from services.examples import _thawed, frozen
from services.grammaticality.judge import Judgement, checked_sentences, judge
from services.grammaticality.masked import (
    Examined,
    Likelihood,
    disagreement,
    examine,
    likelihood,
)
from services.grammaticality.pair import preferred, weigh
from services.grammaticality.words import STEPS, Reading, Word, read, without, words_of

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{value}}"


def tiny(tiny_bert, kind):
    """A random model with a head over the tiny vocabulary, and large enough weights to differ."""
    import transformers

    transformers.set_seed(1)
    config = replace_config(tiny_bert.model.config)
    return Loaded(
        tiny_bert.checkpoint,
        tiny_bert.tokenizer,
        getattr(transformers, kind)(config).eval(),
        tiny_bert.limits,
    )


def replace_config(config):
    config = type(config)(**config.to_dict())
    config.initializer_range = 0.5
    return config


@pytest.fixture(scope="module")
def grammar(tiny_bert):
    return tiny(tiny_bert, "BertForSequenceClassification")


@pytest.fixture(scope="module")
def masked(tiny_bert):
    return tiny(tiny_bert, "BertForMaskedLM")


def offsets_of(bert, sentence):
    return bert.tokenizer(sentence, return_offsets_mapping=True)["offset_mapping"]


def texts(bert, sentence):
    return [word.text for word in words_of(sentence, offsets_of(bert, sentence))]


def judgement(p=0.2, sentence="the cat", **more):
    logits = np.array([0.0, np.log(p / (1 - p))], dtype=np.float32)
    return Judgement(sentence, ("[CLS]", "the", "cat", "[SEP]"), logits, p, **more)


def words(*parts):
    places = range(len(parts))
    return tuple(
        Word(part, 10 * n, 10 * n + len(part), (n + 1,))
        for n, part in zip(places, parts, strict=True)
    )


def reading(parts, leave_one_out):
    values = np.array(leave_one_out, dtype=np.float32)
    return Reading(judgement(), words(*parts), np.full(len(values), 0.5), values, values, 0.3)


def seen(parts, surprisal):
    values = np.array(surprisal, dtype=np.float32)
    return Likelihood("x", parts, words(*parts), values, parts, np.full(len(values), 0.5))


# Verdicts ----------------------------------------------------------------------------------------


def test_a_short_sentence_beside_long_ones_is_judged_as_if_alone(grammar):
    sentences = ["the cat", "the cats sat on the mat the cats sat", "mat", "the cats sat"]
    together = judge(grammar, sentences)
    for sentence, one in zip(sentences, together, strict=True):
        alone = judge(grammar, [sentence])[0]
        assert one.sentence == sentence
        np.testing.assert_allclose(one.logits, alone.logits, atol=1e-5)
    assert len({round(one.log_odds, 4) for one in together}) == 4


def test_a_verdict_is_the_softmax_of_its_logits(grammar):
    one = judge(grammar, ["the cats sat"])[0]
    assert one.tokens == ("[CLS]", "the", "cat", "##s", "sat", "[SEP]")
    assert one.probability == pytest.approx(1 / (1 + np.exp(-one.log_odds)), abs=1e-7)
    assert one.acceptable == (one.logits[1] >= one.logits[0])


def test_softmax_of_huge_logits_does_not_overflow():
    assert softmax(np.array([0.0, 5000.0], dtype=np.float32)).tolist() == [0, 1]
    np.testing.assert_allclose(softmax(np.array([1.0, 1.0])), 0.5)


def test_what_the_vocabulary_cannot_spell_is_named(grammar):
    assert judge(grammar, ["the 😀 dog"])[0].unknown == ("😀", "dog")
    assert judge(grammar, ["the cat"])[0].unknown == ()


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("", r"The sentence is empty \(nothing was typed\)"),
        (" \n", r"The sentence is empty \(only spaces were typed\)"),
        ("a\0b", "The sentence has a NUL character"),
        ("\ud83d", "The sentence has half of a surrogate pair"),
        (None, "The sentence must be text; got nothing"),
        (7, "The sentence must be text; got int '7'"),
        ("a" * 100_000, "The sentence has 100,000 characters; at most 20,000"),
        ("the " * 127, "The sentence has 129 tokens; at most 128 are allowed"),
        ("\u200b\u200b", "The sentence has 2 characters but no token"),
    ],
)
def test_a_sentence_that_does_not_fit_is_refused_with_what_was_seen(grammar, sentence, said):
    with pytest.raises(UserError, match=said):
        judge(grammar, [sentence])


def test_of_several_sentences_the_unfit_one_is_named(grammar):
    with pytest.raises(UserError, match="The text of sentence 2 has 129 tokens"):
        judge(grammar, ["the cat", "the " * 127])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("the cat", "must be a list of texts; got one text"),
        (None, "must be a list of texts; got NoneType"),
        ({"a": 1}, "must be a list of texts; got dict"),
        ([], "There are 0 sentences; 1 to 256 are allowed"),
        (["a"] * 257, "There are 257 sentences; 1 to 256 are allowed"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(values, said):
    with pytest.raises(UserError, match=said):
        checked_sentences(values, 256)


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("The cats sat.", ["The", "cats", "sat", "."]),
        ("I don't know well-known cats'", ["I", "don't", "know", "well-known", "cats", "'"]),
        ("3.5 of 1,000?!", ["3.5", "of", "1,000", "?", "!"]),
        ("cafe\u0301 \u200b mat", ["cafe\u0301", "mat"]),
        ("x😀y mat", ["x😀y", "mat"]),
    ],
)
def test_a_sentence_is_cut_into_words_and_signs(tiny_bert, sentence, parts):
    assert texts(tiny_bert, sentence) == parts


@pytest.mark.parametrize(
    ("sentence", "place", "left"),
    [
        ("The cat sat.", 0, "cat sat."),
        ("The cat sat.", 1, "The sat."),
        ("The cat sat.", 2, "The cat."),
        ("The cat sat.", 3, "The cat sat"),
        ("the cat , sat", 2, "the cat sat"),
        ("the cat,sat", 2, "the cat sat"),
        ("mat", 0, ""),
    ],
)
def test_a_word_goes_with_its_space(tiny_bert, sentence, place, left):
    found = words_of(sentence, offsets_of(tiny_bert, sentence))
    assert without(sentence, found, place) == left


def test_leave_one_out_is_the_verdict_on_the_shorter_sentence(grammar):
    sentence = "the cats sat on the mat"
    one = read(grammar, sentence)
    for place, word in enumerate(one.words):
        shorter = without(sentence, one.words, place)
        alone = judge(grammar, [shorter])[0]
        change = alone.log_odds - one.judgement.log_odds
        assert one.leave_one_out[place] == pytest.approx(change, abs=1e-5), word.text
        assert one.without[place] == pytest.approx(alone.probability, abs=1e-5)


def test_a_single_word_can_be_left_out_too(grammar):
    assert np.isfinite(read(grammar, "mat").leave_one_out).all()


def test_integrated_gradients_are_the_mean_slope_on_the_way_from_hidden_words(grammar):
    """Against slopes measured in double precision, by a step to either side of each point."""
    import torch

    sentence = "the cats sat"
    one = read(grammar, sentence)
    ids = grammar.tokenizer(sentence)["input_ids"]
    masks = [ids[0], *[grammar.tokenizer.mask_token_id] * (len(ids) - 2), ids[-1]]
    table = grammar.model.get_input_embeddings().weight.detach().double()
    model = type(grammar.model)(grammar.model.config).double().eval()
    model.load_state_dict(grammar.model.state_dict())
    here, there = table[ids], table[masks]

    def log_odds(vectors):
        with torch.no_grad():
            logits = model(inputs_embeds=vectors[None]).logits[0]
        return float(logits[1] - logits[0])

    toward = torch.zeros_like(here)
    toward[2:4] = (here - there)[2:4]  # cat and ##s, the pieces of one word
    slopes, step = [], 1e-5
    for place in range(STEPS):
        point = there + (place + 0.5) / STEPS * (here - there)
        up, down = log_odds(point + step * toward), log_odds(point - step * toward)
        slopes.append((up - down) / (2 * step))
    assert one.integrated[1] == pytest.approx(-np.mean(slopes), abs=1e-4)
    assert one.hidden == pytest.approx(log_odds(there), abs=1e-5)


def test_many_steps_of_a_long_sentence_are_taken_in_batches(grammar, monkeypatch):
    sentence = "the cats sat on the mat"
    whole = read(grammar, sentence)
    monkeypatch.setattr("services.grammaticality.words.TOKENS_AT_ONCE", 20)
    parts = read(grammar, sentence)
    np.testing.assert_allclose(parts.integrated, whole.integrated, atol=1e-5)


def test_reading_leaves_no_gradients_in_the_weights(grammar):
    read(grammar, "the cats sat")
    assert all(weight.grad is None for weight in grammar.model.parameters())


def test_progress_is_told_and_may_end_the_work(grammar):
    told = []
    read(grammar, "the cat sat", lambda done, whole: told.append((done, whole)))
    assert told == [(3, 3)]

    def stop(done, whole):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(grammar, "the cat sat", stop)


# The masked model --------------------------------------------------------------------------------


def test_surprisals_are_those_of_the_whole_model_masking_one_token_at_a_time(masked):
    import torch

    sentence = "the cats sat on the mat"
    found = likelihood(masked, sentence)
    ids = masked.tokenizer(sentence)["input_ids"]
    for place in range(1, len(ids) - 1):
        hidden = [*ids[:place], masked.tokenizer.mask_token_id, *ids[place + 1 :]]
        with torch.inference_mode():
            logs = masked.model(torch.tensor([hidden])).logits[0, place].log_softmax(-1)
        assert found.surprisal[place - 1] == pytest.approx(-float(logs[ids[place]]), abs=1e-5)
        guess = masked.tokenizer.convert_ids_to_tokens(int(logs.argmax()))
        assert found.guesses[place - 1] == guess
        assert found.chances[place - 1] == pytest.approx(float(logs.max().exp()), abs=1e-5)
    assert found.total == pytest.approx(-found.surprisal.sum(), abs=1e-4)
    assert found.mean == pytest.approx(found.total / 7)


def test_a_word_has_the_surprisal_of_its_pieces_together(masked):
    found = likelihood(masked, "the cats sat")
    assert found.tokens == ("the", "cat", "##s", "sat")
    assert found.of_words[1] == pytest.approx(found.surprisal[1] + found.surprisal[2])


def test_the_word_of_most_disagreement_hurts_and_is_expected():
    parts = ("a", "b", "c", "d")
    found = disagreement(reading(parts, [0, 0, 0, 3]), seen(parts, [5, 5, 5, 1]))
    assert (found.word.text, found.place) == ("d", 3)
    assert found.apart == pytest.approx(2 * np.sqrt(3))


def test_where_both_say_the_same_there_is_no_disagreement():
    parts = ("a", "b", "c")
    assert disagreement(reading(parts, [0, 1, 2]), seen(parts, [3, 4, 5])) is None
    assert disagreement(reading(parts, [1, 1, 1]), seen(parts, [3, 3, 3])) is None


def test_punctuation_and_two_words_are_no_disagreement():
    parts = ("a", "b", ".")
    assert disagreement(reading(parts, [0, 0, 9]), seen(parts, [9, 9, 0])) is None


def test_the_start_of_the_page_survives_its_file(grammar, masked):
    found = examine(grammar, masked, "The cats sat.")
    again = _thawed(json.loads(json.dumps(frozen(found))), Examined)
    assert again.reading.words == found.reading.words
    assert again.reading.judgement.probability == found.reading.judgement.probability
    np.testing.assert_array_equal(again.likelihood.surprisal, found.likelihood.surprisal)


# Pairs -------------------------------------------------------------------------------------------


def test_a_pair_is_the_difference_of_what_each_sentence_gives_alone(grammar, masked):
    pair = weigh(grammar, masked, "the cat sat", "the cats sat on")
    one, other = (judge(grammar, [text])[0] for text in ("the cat sat", "the cats sat on"))
    assert pair.margin == pytest.approx(one.log_odds - other.log_odds, abs=1e-5)
    totals = [likelihood(masked, text).total for text in ("the cat sat", "the cats sat on")]
    assert pair.likelier == pytest.approx(totals[0] - totals[1], abs=1e-4)
    assert pair.agree == ((pair.margin > 0) == (pair.likelier > 0))


def test_the_same_sentence_twice_has_no_preference(grammar, masked):
    pair = weigh(grammar, masked, "the cat", "the cat")
    assert preferred(pair.margin) == preferred(pair.likelier) == -1


def test_the_second_sentence_is_named_when_it_is_empty(grammar, masked):
    with pytest.raises(UserError, match="The second sentence is empty"):
        weigh(grammar, masked, "the cat", " ")


# The app over HTTP -------------------------------------------------------------------------------


def test_the_endpoint_returns_what_the_contract_says(client):
    sentences = ["She go to school yesterday.", "The cat sat on the mat."]
    answer = client.predict(sentences, api_name="/judge")
    assert answer["model"] == "pocket-grammar"
    bad, good = answer["judgements"]
    assert set(good) == {"sentence", "acceptable", "probability", "logits"}
    assert (bad["acceptable"], good["acceptable"]) == (False, True)
    assert [bad["sentence"], good["sentence"]] == sentences
    expected = softmax(np.array(good["logits"]))[1]
    assert good["probability"] == pytest.approx(expected, abs=1e-12)


def test_the_endpoint_takes_as_many_sentences_as_the_spacefile_says(client, limits):
    many = ["A cat sat."] * limits.judged_sentences
    assert len(client.predict(many, api_name="/judge")["judgements"]) == 256


@pytest.mark.parametrize(
    ("sentences", "settings", "said"),
    [
        ([], {}, "There are 0 sentences; 1 to 256"),
        (["one"] * 257, {}, "There are 257 sentences; 1 to 256"),
        ("one", {}, "must be a list of texts; got one text"),
        (["one", 2], {}, "sentence 2 must be text; got int '2'"),
        (["one", None], {}, "sentence 2 must be text; got nothing"),
        (["one", " "], {}, "sentence 2 is empty"),
        (["one", "a\0b"], {}, "sentence 2 has a NUL character"),
        (["x" * 100_000], {}, "100,000 characters; at most 20,000"),
        (["cat " * 200, "two"], {}, "sentence 1 has 202 tokens; at most 128"),
        (["one"], {"model": "gpt-9"}, "There is no model 'gpt-9'"),
        (["one"], {"model": "pocket-bert"}, "no model 'pocket-bert' for grammaticality"),
    ],
)
def test_the_endpoint_refuses_with_a_sentence_and_keeps_serving(client, sentences, settings, said):
    with pytest.raises(Exception, match=said):
        client.predict(sentences, **settings, api_name="/judge")
    assert len(client.predict(["one"], api_name="/judge")["judgements"]) == 1


def test_half_of_a_surrogate_pair_is_refused(server, client):
    url = f"{server.url}/gradio_api/call/judge"
    body = rb'{"data": [["one", "a\ud800"], "pocket-grammar"]}'
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        event = json.loads(answer.read())["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=20) as answer:
        told = answer.read().decode()
    assert told.startswith("event: error")
    assert "sentence 2 has half of a surrogate pair (U+D800)" in told


def test_hostile_text_is_a_text_like_any_other(client):
    one = client.predict([HOSTILE], api_name="/judge")["judgements"][0]
    assert one["sentence"] == HOSTILE
    assert 0 < one["probability"] < 1
