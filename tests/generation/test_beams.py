"""Generation: beam search against the library's, and its tree."""

import math

import pytest

from core.errors import UserError
from services.generation.beams import DROPPED, FINISHED, KEPT, ROOT, search
from services.generation.settings import Settings
from tests.fakes.tiny_gpt2 import END, VOCABULARY, tiny_gpt2

PROMPT = "Once upon a time"


def library(gpt2, prompt, settings):
    import torch

    ids = gpt2.tokenizer(prompt)["input_ids"] or [END]
    made = gpt2.model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        max_new_tokens=settings.max_new_tokens,
        num_beams=settings.beams,
        num_return_sequences=settings.beams,
        length_penalty=settings.length_penalty,
        early_stopping=settings.early_stopping,
        repetition_penalty=settings.repetition_penalty,
        no_repeat_ngram_size=settings.no_repeat_ngram_size,
        do_sample=False,
        output_scores=True,
        return_dict_in_generate=True,
    )
    rows = []
    for row in made.sequences[:, len(ids) :].tolist():
        rows.append(row[: row.index(END) + 1] if END in row else row)
    return rows, made.sequences_scores.tolist(), len(made.scores)


def same(gpt2, prompt, settings):
    """Ours, checked against the library's: texts, scores, and when it stopped."""
    found = search(gpt2, prompt, settings)
    rows, scores, steps = library(gpt2, prompt, settings)
    assert [list(one.ids) for one in found.hypotheses] == rows
    assert [one.score for one in found.hypotheses] == pytest.approx(scores, rel=1e-6, abs=1e-5)
    assert found.steps == steps
    return found


@pytest.mark.parametrize("model", range(6))
@pytest.mark.parametrize("beams", [2, 3, 8])
def test_beam_search_is_that_of_the_library(space, model, beams):
    gpt2 = tiny_gpt2(space, seed=model, sharp=0.3)
    found = same(gpt2, PROMPT, Settings(max_new_tokens=12, beams=beams))
    assert len(found.hypotheses) == beams


def test_texts_that_end_are_those_of_the_library(space):
    ended = lasted = sooner = 0
    for model in range(8):
        gpt2 = tiny_gpt2(space, seed=model, sharp=0.3, end_bias=2.0)
        for early in (False, True, "never"):
            for length_penalty in (-1.0, 0.0, 1.0, 2.5):
                settings = Settings(
                    max_new_tokens=10,
                    beams=3,
                    length_penalty=length_penalty,
                    early_stopping=early,
                )
                found = same(gpt2, PROMPT, settings)
                whys = [one.stopped for one in found.hypotheses]
                ended += whys.count("end")
                lasted += whys.count("length")
                sooner += found.steps < 10
    assert min(ended, lasted, sooner) > 5


def test_penalties_and_an_empty_prompt_are_those_of_the_library(space):
    gpt2 = tiny_gpt2(space, seed=3)
    plain = same(gpt2, "", Settings(max_new_tokens=10, beams=3))
    for options in ({"repetition_penalty": 1.5}, {"no_repeat_ngram_size": 1}):
        found = same(gpt2, PROMPT, Settings(max_new_tokens=10, beams=3, **options))
        assert found.best.ids != plain.best.ids


def test_several_end_tokens_are_those_of_the_library(space):
    gpt2 = tiny_gpt2(space, seed=1, sharp=0.3, end_bias=2.0)
    settings = Settings(max_new_tokens=8, beams=3)
    first = search(gpt2, PROMPT, settings).nodes[0].id
    assert first != END
    gpt2.model.generation_config.eos_token_id = [END, first]
    found = search(gpt2, PROMPT, settings)
    _, scores, steps = library(gpt2, PROMPT, settings)
    assert [one.score for one in found.hypotheses] == pytest.approx(scores, rel=1e-6)
    assert found.steps == steps
    assert {first, END} & {one.ids[-1] for one in found.hypotheses}
    assert len([node for node in found.nodes if node.step == 0]) == 9


def test_every_node_stands_on_one_that_was_kept(space):
    gpt2 = tiny_gpt2(space, seed=1, sharp=0.3, end_bias=2.0)
    settings = Settings(max_new_tokens=8, beams=4, length_penalty=0.8)
    found = search(gpt2, PROMPT, settings)
    for number, node in enumerate(found.nodes):
        parent = None if node.parent == ROOT else found.nodes[node.parent]
        assert node.parent < number
        assert parent is None or (parent.fate, parent.step) == (KEPT, node.step - 1)
        before = parent.total if parent else 0
        assert node.total == pytest.approx(before + node.logprob, abs=1e-4)
        assert node.score == pytest.approx(node.total / (node.step + 1) ** 0.8, abs=1e-5)
    for step in range(found.steps):
        here = [node for node in found.nodes if node.step == step]
        fates = [node.fate for node in here]
        assert len(here) == 8
        assert fates.count(KEPT) == (4 if step < 7 else 0)
        kept = [node.total for node in here if node.fate == KEPT]
        dropped = [n.total for n in here if n.fate == DROPPED and n.id != END]
        assert not kept or not dropped or min(kept) >= max(dropped)
    assert {node.fate for node in found.nodes} == {KEPT, DROPPED, FINISHED}
    best = found.nodes[found.best.node]
    assert best.fate == FINISHED
    assert found.best.total == best.total
    assert found.best.score == max(n.score for n in found.nodes if n.fate == FINISHED)


def test_the_text_of_a_hypothesis_has_no_end_token(space):
    gpt2 = tiny_gpt2(space, seed=1, sharp=0.3, end_bias=4.0)
    found = search(gpt2, PROMPT, Settings(max_new_tokens=8, beams=4))
    ended = [one for one in found.hypotheses if one.stopped == "end"]
    assert ended
    for one in ended:
        assert one.ids[-1] == END
        assert one.text == gpt2.tokenizer.decode(one.ids[:-1])


def test_totals_are_log_probabilities_of_the_text(space):
    import torch

    gpt2 = tiny_gpt2(space, seed=2, sharp=0.3)
    found = search(gpt2, PROMPT, Settings(max_new_tokens=6, beams=3))
    before = gpt2.tokenizer(PROMPT)["input_ids"]
    for one in found.hypotheses:
        with torch.inference_mode():
            logs = gpt2.model(torch.tensor([before + list(one.ids)])).logits[0].log_softmax(-1)
        at = range(len(before) - 1, len(before) + 5)
        parts = [float(logs[a, token]) for a, token in zip(at, one.ids, strict=True)]
        assert one.total == pytest.approx(math.fsum(parts), abs=1e-4)


def test_progress_is_told_and_can_end_the_search(space):
    gpt2 = tiny_gpt2(space)
    told = []
    search(gpt2, PROMPT, Settings(max_new_tokens=5, beams=2), lambda *done: told.append(done))
    assert told == [(n, 5) for n in range(1, 6)]

    class AwayError(Exception):
        pass

    def leave(done, _):
        if done == 2:
            raise AwayError

    with pytest.raises(AwayError):
        search(gpt2, PROMPT, Settings(max_new_tokens=5, beams=2), leave)


def test_one_beam_is_no_beam_search(space):
    gpt2 = tiny_gpt2(space)
    with pytest.raises(UserError, match="at least 2 beams; got 1"):
        search(gpt2, PROMPT, Settings(beams=1))
    with pytest.raises(UserError, match="at most 64"):
        search(gpt2, PROMPT, Settings(beams=2, max_new_tokens=90))
    assert VOCABULARY > 16
