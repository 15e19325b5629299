"""GPT-2 and DistilGPT-2 at their real size: each token, its probability, beams, scores, lens."""

import numpy as np
import pytest
import torch

from core.errors import UserError
from services.generation.beams import search
from services.generation.generate import generate
from services.generation.reading import read_prompt
from services.generation.scores import score
from services.generation.settings import Settings
from services.generation.why import lens, occlude
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

PROMPT = "Once upon a time the little"
NEW = 6


@pytest.fixture(scope="module", params=["gpt2", "distilgpt2"])
def gpt2(built, request):
    return built(request.param)


@pytest.fixture(scope="module")
def given(gpt2):
    return gpt2.tokenizer(PROMPT, return_tensors="pt")


def logs_of(gpt2, ids):
    """(token, vocabulary): the library's log-probabilities of each next token."""
    with torch.inference_mode():
        return gpt2.model(torch.tensor([ids])).logits[0].log_softmax(dim=-1)


def test_greedy_tokens_and_log_probabilities_are_the_librarys(gpt2, given):
    made = generate(gpt2, PROMPT, Settings(max_new_tokens=NEW, greedy=True))
    expected = gpt2.model.generate(**given, do_sample=False, max_new_tokens=NEW)[0].tolist()
    ids = given["input_ids"][0].tolist()
    assert [*ids, *made.ids] == expected
    assert made.text == gpt2.tokenizer.decode(made.ids)
    logs = logs_of(gpt2, expected)[len(ids) - 1 : -1]
    for place, step in enumerate(made.steps):
        assert step.choice.logprob == pytest.approx(float(logs[place, step.choice.id]), abs=1e-5)
        entropy = -(logs[place] * logs[place].exp()).sum()
        assert step.choice.entropy == pytest.approx(float(entropy), abs=1e-5)
        kept = step.choice.candidates
        np.testing.assert_allclose(kept.raw, logs[place, kept.ids].exp().numpy(), **CLOSE)


def test_a_drawn_text_is_the_librarys_with_the_same_seed(gpt2, given):
    settings = Settings(max_new_tokens=NEW, top_k=40, top_p=0.9, temperature=0.8, seed=7)
    state = torch.get_rng_state()
    torch.manual_seed(7)
    asked = {"do_sample": True, "top_k": 40, "top_p": 0.9, "temperature": 0.8}
    expected = gpt2.model.generate(**given, **asked, max_new_tokens=NEW)[0].tolist()
    torch.set_rng_state(state)
    ids = given["input_ids"][0].tolist()
    assert [*ids, *generate(gpt2, PROMPT, settings).ids] == expected


def test_beams_are_the_librarys(gpt2, given):
    found = search(gpt2, PROMPT, Settings(max_new_tokens=4, beams=3))
    output = gpt2.model.generate(
        **given,
        do_sample=False,
        num_beams=3,
        num_return_sequences=3,
        max_new_tokens=4,
        output_scores=True,
        return_dict_in_generate=True,
    )
    length = given["input_ids"].shape[1]
    expected = [row[length:] for row in output.sequences.tolist()]
    assert [list(one.ids) for one in found.hypotheses] == expected
    scores = [one.score for one in found.hypotheses]
    np.testing.assert_allclose(scores, output.sequences_scores.numpy(), **CLOSE)


def test_scores_of_a_text_are_the_librarys(gpt2):
    text = "The wet bänk was cold."
    found = score(gpt2, text)
    start = gpt2.tokenizer.bos_token_id
    ids = gpt2.tokenizer(text)["input_ids"]
    logs = logs_of(gpt2, [start, *ids[:-1]])
    expected = logs[range(len(ids)), ids].numpy()
    np.testing.assert_allclose(found.logprobs, expected, **CLOSE)
    np.testing.assert_allclose(found.entropies, -(logs * logs.exp()).sum(-1).numpy(), **CLOSE)
    assert found.ranks.tolist() == [
        1 + int((row > row[i]).sum()) for row, i in zip(logs, ids, strict=True)
    ]


def test_each_layers_guess_goes_through_the_last_norm(gpt2, given):
    chosen = 17
    found = lens(gpt2, PROMPT, [chosen])
    with torch.inference_mode():
        body = gpt2.model.transformer
        output = gpt2.model(**given, output_hidden_states=True)
        states = [body.ln_f(state[0, -1]) for state in output.hidden_states[:-1]]
        logits = [gpt2.model.lm_head(state) for state in states] + [output.logits[0, -1]]
    chances = torch.stack(logits).softmax(dim=-1)
    assert len(found.chance) == 1 + gpt2.checkpoint.layers
    np.testing.assert_allclose(found.chance, chances[:, chosen].numpy(), **CLOSE)
    np.testing.assert_allclose(found.chances, chances.topk(5).values.numpy(), **CLOSE)


def test_a_word_left_out_is_a_prompt_read_anew(gpt2):
    why = occlude(gpt2, PROMPT, [17])
    one = why.words[1]
    left = PROMPT[: one.start].rstrip() + PROMPT[one.end :]
    logs = logs_of(gpt2, gpt2.tokenizer(left)["input_ids"])
    assert one.logprob == pytest.approx(float(logs[-1, 17]), abs=1e-5)
    whole = logs_of(gpt2, gpt2.tokenizer(PROMPT)["input_ids"])
    assert why.logprob == pytest.approx(float(whole[-1, 17]), abs=1e-5)


def test_a_thousand_and_twenty_four_tokens_fit_and_no_more(gpt2):
    word = gpt2.tokenizer("the the")["input_ids"][-1:]
    assert len(word) == 1
    text, count = " the" * 1000, len(gpt2.tokenizer(" the" * 1000)["input_ids"])
    assert len(read_prompt(gpt2, text, 1024 - count).ids) == count
    with pytest.raises(UserError, match="reads at most 1,024"):
        read_prompt(gpt2, text, 1025 - count)


@pytest.mark.parametrize("name", ["gpt2"])
def test_the_code_shown_gives_the_same_text(space, name, tmp_path):
    loaded = published.saved(space, name, tmp_path)
    entry = published.small(space, name).checkpoint
    settings = {"max_new_tokens": 5, "temperature": 0.8, "top_k": 30, "seed": 3}
    made = run("generation/generation", entry, tmp_path, prompt=PROMPT, **settings)
    found = generate(loaded, PROMPT, Settings(**settings))
    assert tuple(made.new_ids) == found.ids
    made = run("generation/score", entry, tmp_path, text=PROMPT)
    np.testing.assert_allclose(made.logprobs, score(loaded, PROMPT).logprobs, **CLOSE)
    made = run("generation/beams", entry, tmp_path, prompt=PROMPT, beams=3, max_new_tokens=4)
    found = search(loaded, PROMPT, Settings(max_new_tokens=4, beams=3))
    totals = [one.total for one in found.hypotheses]
    np.testing.assert_allclose([total for _, total, _ in made.hypotheses], totals, **CLOSE)
