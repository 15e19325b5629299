"""Generation: each filter against the library's own processor, alone and in a row."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from services.generation.filters import FILTERS, filtered
from services.generation.settings import Settings
from services.generation.steps import choose
from tests.fakes.tiny_gpt2 import tiny_gpt2

LIBRARY = {
    "repetition_penalty": (RepetitionPenaltyLogitsProcessor, (0.5, 1.3, 10.0)),
    "no_repeat_ngram_size": (NoRepeatNGramLogitsProcessor, (1, 2, 3, 5)),
    "temperature": (TemperatureLogitsWarper, (0.01, 0.7, 5.0)),
    "top_k": (TopKLogitsWarper, (1, 5, 40, 10**6)),
    "top_p": (TopPLogitsWarper, (1e-9, 0.3, 0.5, 0.75, 0.9, 0.999999)),
    "min_p": (MinPLogitsWarper, (1e-6, 0.1, 0.5, 1.0)),
    "typical_p": (TypicalLogitsWarper, (1e-9, 0.2, 0.6, 0.95)),
}
VOCABULARY = 200


def cases():
    """Logits of every kind: random, sharp, flat, tied, extreme, partly removed."""
    chance = torch.Generator().manual_seed(0)
    for spread in (0.01, 1.0, 4.0, 30.0, 1e4):
        for _ in range(4):
            yield spread * torch.randn(VOCABULARY, generator=chance)
    for levels in (1, 2, 3, 7):  # ties, many of them at the cut
        yield torch.randint(0, levels, (VOCABULARY,), generator=chance).float()
        yield torch.randint(-levels, 1, (VOCABULARY,), generator=chance).float() / 3
    gone = 3 * torch.randn(VOCABULARY, generator=chance)
    gone[torch.rand(VOCABULARY, generator=chance) < 0.9] = -torch.inf
    yield gone
    one = torch.full((VOCABULARY,), -torch.inf)
    one[7] = 2.0
    yield one
    yield torch.tensor([3.0e36, -3.0e36] + [0.0] * (VOCABULARY - 2))


def texts():
    chance = torch.Generator().manual_seed(1)
    yield torch.tensor([5])
    yield torch.tensor([5, 6, 5])
    for size, length in ((3, 60), (VOCABULARY, 60), (8, 4)):
        yield torch.randint(0, size, (length,), generator=chance)


def acts():
    return {name: act for name, _, act in FILTERS}


@pytest.mark.parametrize("name", LIBRARY)
def test_a_filter_gives_exactly_the_logits_of_the_library(name):
    kind, settings = LIBRARY[name]
    touched = 0
    for setting in settings:
        for logits in cases():
            for ids in texts():
                ours = acts()[name](logits, ids, setting)
                theirs = kind(setting)(ids[None], logits[None].clone())[0]
                assert torch.equal(ours.logits, theirs), (setting, logits)
                gone = torch.isneginf(theirs) & ~torch.isneginf(logits)
                assert torch.equal(ours.removed, gone)
                touched += int(not torch.equal(theirs, logits))
    assert touched > 20


@pytest.mark.parametrize("seed", range(30))
def test_all_filters_in_a_row_are_those_of_the_library_in_its_order(seed):
    chance = np.random.default_rng(seed)
    chosen = {
        name: type(values[0])(chance.choice(values))
        for name, (_, values) in LIBRARY.items()
        if chance.random() < 0.7
    }
    settings = replace(Settings(), **chosen)
    row = LogitsProcessorList(
        [LIBRARY[name][0](chosen[name]) for name in LIBRARY if name in chosen]
    )
    for logits in cases():
        for ids in texts():
            ours = filtered(logits, ids, settings)
            assert [one.name for one in ours] == [name for name in LIBRARY if name in chosen]
            theirs = row(ids[None], logits[None].clone())[0]
            last = ours[-1].logits if ours else logits
            assert torch.equal(last.nan_to_num(1), theirs.nan_to_num(1))


def test_the_order_is_the_one_that_generate_builds(space):
    gpt2 = tiny_gpt2(space)
    on = {name: values[1] for name, (_, values) in LIBRARY.items()}
    config = gpt2.model.generation_config.__class__(do_sample=True, **on)
    gpt2.model._prepare_special_tokens(config)
    built = gpt2.model._get_logits_processor(config, 3, torch.tensor([[1, 2, 3]]))
    assert [type(one) for one in built] == [kind for kind, _ in LIBRARY.values()]
    assert [name for name, _, _ in FILTERS] == list(LIBRARY)


def test_without_drawing_only_the_two_that_hold_for_greedy_act():
    on = {name: values[1] for name, (_, values) in LIBRARY.items()}
    logits = next(cases())
    names = [one.name for one in filtered(logits, torch.tensor([5]), Settings(greedy=True, **on))]
    assert names == ["repetition_penalty", "no_repeat_ngram_size"]
    assert filtered(logits, torch.tensor([5]), Settings()) == []
    assert {name for name, off, _ in FILTERS} <= {field.name for field in fields(Settings)}
    assert all(getattr(Settings(), name) == off for name, off, _ in FILTERS)


# The numbers of the lecture (teaching.md, Generation 1) ------------------------------------------

LECTURE = torch.tensor([0.40, 0.25, 0.15, 0.12, 0.08]).log()


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"top_p": 0.75}, [0.5, 0.3125, 0.1875, 0, 0]),
        ({"top_k": 3, "top_p": 0.75}, [0.615, 0.385, 0, 0, 0]),
        ({"temperature": 2.0, "top_p": 0.75}, 4),
        ({"min_p": 0.5}, 2),
    ],
)
def test_the_numbers_of_the_lecture(options, left):
    chances = filtered(LECTURE, torch.tensor([0]), Settings(**options))[-1].logits.softmax(-1)
    if isinstance(left, int):
        assert (chances > 0).sum() == left
    else:
        np.testing.assert_allclose(chances, left, atol=1e-3)


def test_each_filter_says_where_it_drew_the_line():
    settings = Settings(top_k=4, top_p=0.8, min_p=0.55)
    k, p, m = filtered(LECTURE, torch.tensor([0]), settings)
    assert k.cut == pytest.approx(0.12)
    assert p.cut == pytest.approx(0.15 / 0.92)  # the last that stays, of what top-k left
    assert m.cut == pytest.approx(0.55 * 0.40 / 0.80)
    (typical,) = filtered(LECTURE, torch.tensor([0]), Settings(typical_p=0.3))
    chances = LECTURE.exp()
    entropy = -(chances * LECTURE).sum()
    away = (-LECTURE - entropy).abs()
    kept = ~typical.removed
    assert typical.cut == pytest.approx(float(away[kept].max()), abs=1e-6)
    assert away[~kept].min() > typical.cut


def test_a_stage_counts_what_it_removed_and_how_likely_that_was():
    choice = choose(
        LECTURE,
        torch.tensor([0, 2, 0]),
        Settings(repetition_penalty=2.0, no_repeat_ngram_size=2, top_k=3),
        torch.Generator().manual_seed(0),
    )
    penalty, grams, top = choice.stages
    assert (penalty.changed, penalty.removed, penalty.left) == (2, 0, 5)
    weights = np.array([0.16, 0.25, 0.0225, 0.12, 0.08])  # squared where seen: ln p * 2
    assert (grams.removed, grams.left) == (1, 4)
    assert grams.mass == pytest.approx(weights[2] / weights.sum(), abs=1e-6)
    assert (top.removed, top.left) == (1, 3)
    assert top.mass == pytest.approx(0.08 / (weights.sum() - 0.0225), abs=1e-6)
    shown = choice.candidates
    by_id = dict(zip(shown.ids.tolist(), shown.removed_by.tolist(), strict=True))
    assert by_id == {0: -1, 1: -1, 2: 1, 3: -1, 4: 2}
    assert shown.final.sum() == pytest.approx(1)
