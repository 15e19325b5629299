"""Generation: the loop, its settings, its draws, streaming, stopping, against the library."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import UserError
from models.loaded import Loaded
from models.tokens import Pieces, decoded, labels, pieces
from services.generation.generate import gathered, generate, look, stream
from services.generation.reading import read_prompt
from services.generation.settings import LARGEST_SEED, Settings, checked_settings
from services.generation.steps import choose
from tests.fakes.tiny_gpt2 import CONTEXT, END, LAYERS, VOCABULARY, tiny_gpt2

PROMPT = "Once upon a time, there was"
HOSTILE = "</script><img src=x onerror=alert(1)> {{x}} 😀"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


def library(gpt2, prompt, **options):
    """The continuation as `generate()` of the library makes it, the end token included."""
    import torch

    ids = torch.tensor([read_prompt(gpt2, prompt, 1).ids])
    made = gpt2.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        **({"max_new_tokens": 20, "do_sample": False} | options),
    )
    return made[0, ids.shape[1] :].tolist()


def spied(gpt2, fed):
    """The same model, with the shape of all that it reads written down."""

    def forward(input_ids, **more):
        fed.append(tuple(input_ids.shape))
        return gpt2.model(input_ids=input_ids, **more)

    model = SimpleNamespace(
        __call__=forward, config=gpt2.model.config, generation_config=gpt2.model.generation_config
    )
    return replace(gpt2, model=Called(forward, model))


class Called:
    def __init__(self, forward, parts):
        self.forward, self.parts = forward, parts

    def __call__(self, **given):
        return self.forward(**given)

    def __getattr__(self, name):
        return getattr(self.parts, name)


# The library's text ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", range(4))
def test_greedy_is_the_greedy_of_the_library(space, model):
    gpt2 = tiny_gpt2(space, seed=model)
    for prompt in (PROMPT, "x", "", "The 😀 sat"):
        made = generate(gpt2, prompt, Settings(max_new_tokens=20, greedy=True))
        assert list(made.ids) == library(gpt2, prompt)


def test_greedy_with_penalties_is_that_of_the_library(gpt2):
    for options in (
        {"repetition_penalty": 1.4},
        {"no_repeat_ngram_size": 2},
        {"repetition_penalty": 0.7, "no_repeat_ngram_size": 3},
    ):
        made = generate(gpt2, PROMPT, Settings(max_new_tokens=20, greedy=True, **options))
        assert list(made.ids) == library(gpt2, PROMPT, **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"temperature": 0.7},
        {"top_k": 12},
        {"top_p": 0.8},
        {"min_p": 0.1},
        {"typical_p": 0.6},
        {"temperature": 1.5, "top_k": 40, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.9},
        {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2, "top_p": 0.9},
    ],
)
def test_a_seed_draws_what_the_library_draws_with_it(gpt2, options):
    import torch

    for seed in range(3):
        made = generate(gpt2, PROMPT, Settings(max_new_tokens=20, seed=seed, **options))
        torch.manual_seed(seed)
        asked = {"top_k": 0} | options
        assert list(made.ids) == library(gpt2, PROMPT, do_sample=True, **asked)


def test_the_seed_decides_and_the_seed_of_the_process_does_not(gpt2):
    import torch

    settings = Settings(max_new_tokens=20, seed=7)
    torch.manual_seed(1)
    first = generate(gpt2, PROMPT, settings)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert generate(gpt2, PROMPT, settings).ids == first.ids
    assert torch.equal(torch.get_rng_state(), state)
    others = {generate(gpt2, PROMPT, replace(settings, seed=seed)).ids for seed in range(5)}
    assert len(others) == 5


def test_the_same_request_gives_the_same_text_among_fifty_others(gpt2):
    asked = [
        (PROMPT[: 4 + seed % 20], Settings(max_new_tokens=8, seed=seed, top_p=0.9))
        for seed in range(51)
    ]
    alone = [generate(gpt2, *one).ids for one in asked]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda one: generate(gpt2, *one).ids, asked))
    assert together == alone
    assert len(set(alone)) > 45


# The numbers -------------------------------------------------------------------------------------


def test_the_numbers_of_every_step_are_those_of_one_pass_over_the_text(gpt2):
    import torch

    made = generate(gpt2, PROMPT, Settings(max_new_tokens=15, seed=3, temperature=1.3, top_k=50))
    ids = [*made.prompt.ids, *made.ids]
    with torch.inference_mode():
        logits = gpt2.model(torch.tensor([ids])).logits[0]
    logs = logits.log_softmax(-1).double().numpy()
    for step in made.steps:
        at = len(made.prompt.ids) + step.place - 1
        choice, row = step.choice, logs[at]
        assert choice.logprob == pytest.approx(row[choice.id], abs=1e-5)
        assert choice.rank == 1 + (row > row[choice.id] + 1e-6).sum()
        assert choice.entropy == pytest.approx(-(np.exp(row) * row).sum(), abs=1e-5)
        kept = np.sort(row)[-50:] / 1.3
        total = np.log(np.exp(kept).sum())
        assert choice.chance == pytest.approx(np.exp(row[choice.id] / 1.3 - total), abs=1e-5)
        np.testing.assert_allclose(
            choice.candidates.raw, np.exp(row[choice.candidates.ids]), atol=1e-5
        )
    assert made.mean_logprob == pytest.approx(np.mean([s.choice.logprob for s in made.steps]))


def test_every_stage_is_counted_and_candidates_know_what_removed_them(gpt2):
    settings = Settings(max_new_tokens=6, seed=1, temperature=0.8, top_k=20, top_p=0.7, min_p=0.05)
    for step in generate(gpt2, PROMPT, settings).steps:
        stages, shown = step.choice.stages, step.choice.candidates
        assert [s.name for s in stages] == ["temperature", "top_k", "top_p", "min_p"]
        assert (stages[0].removed, stages[0].left) == (0, VOCABULARY)
        assert (stages[1].removed, stages[1].left) == (VOCABULARY - 20, 20)
        assert stages[2].left == 20 - stages[2].removed < 20
        final = shown.final
        assert final.sum() == pytest.approx(1, abs=1e-5)  # all that is left is among them
        assert (final > 0).sum() == stages[-1].left
        for number, stage in enumerate(stages):
            gone = shown.removed_by == number
            assert (shown.after[number:, gone] == 0).all()
            assert (shown.after[:number, gone] > 0).all()
            if number > 1:
                before = shown.after[number - 1]
                assert stage.mass == pytest.approx(before[gone].sum(), abs=1e-5)
                assert gone.sum() == stage.removed
        assert list(shown.raw) == sorted(shown.raw, reverse=True)
        chosen = list(shown.ids).index(step.choice.id)
        assert shown.removed_by[chosen] == -1
        assert final[chosen] == pytest.approx(step.choice.chance, abs=1e-6)
        assert step.alternatives[chosen] == step.label


def test_candidates_keep_what_only_the_filters_bring_up(gpt2):
    """Typical sampling may drop all that is likeliest; what it keeps is shown all the same."""
    import torch

    logits = torch.full((VOCABULARY,), 0.0)
    logits[:40] = 9.0 + torch.arange(40) * 0.001
    logits[50:60] = 8.0
    choice = choose(
        logits, torch.tensor([1]), Settings(typical_p=0.3), torch.Generator().manual_seed(0)
    )
    assert choice.candidates.final.sum() > 0.5


def test_one_step_can_be_looked_at_with_the_whole_vocabulary(gpt2):
    settings = Settings(max_new_tokens=5, seed=2, top_k=10)
    made = generate(gpt2, PROMPT, settings)
    whole = look(gpt2, PROMPT, made.ids[:4], settings, shown=10**6)
    assert len(whole.candidates.ids) == VOCABULARY
    assert whole.candidates.raw.sum() == pytest.approx(1, abs=1e-5)
    kept = made.steps[3].choice
    assert (whole.id, whole.rank) == (kept.id, kept.rank)
    np.testing.assert_allclose(whole.candidates.raw[:20], kept.candidates.raw[:20], atol=1e-5)


def test_sampled_frequencies_agree_with_the_filtered_distribution(gpt2):
    import torch
    from scipy.stats import chisquare

    ids = torch.tensor(read_prompt(gpt2, PROMPT, 1).ids)
    with torch.inference_mode():
        logits = gpt2.model(ids[None]).logits[0, -1]
    for settings in (
        Settings(top_k=8),
        Settings(temperature=2.0, top_p=0.5),
        Settings(temperature=1.5, min_p=0.2, repetition_penalty=1.2),
    ):
        generator = torch.Generator().manual_seed(11)
        draws = [choose(logits, ids, settings, generator, shown=VOCABULARY) for _ in range(3000)]
        expected = draws[0].candidates.final.astype(float)
        counts = np.array([[d.id for d in draws].count(i) for i in draws[0].candidates.ids])
        possible = expected > 0
        assert counts[~possible].sum() == 0
        assert possible.sum() > 2
        likely = expected * len(draws) >= 5
        assert expected[likely].sum() > 0.5
        share = expected[likely] / expected[likely].sum()
        assert chisquare(counts[likely], share * counts[likely].sum()).pvalue > 0.01


# The loop ----------------------------------------------------------------------------------------


def test_the_prompt_is_read_once_and_then_one_token_a_step(gpt2):
    fed = []
    made = generate(spied(gpt2, fed), PROMPT, Settings(max_new_tokens=7, seed=1))
    assert fed == [(1, len(made.prompt.ids))] + [(1, 1)] * 6
    assert [step.fed for step in made.steps] == [len(made.prompt.ids)] + [1] * 6
    assert len(made.prompt.ids) > 3
    assert all(step.milliseconds > 0 for step in made.steps)


def test_closing_the_stream_computes_nothing_more(gpt2):
    fed = []
    _, steps = stream(spied(gpt2, fed), PROMPT, Settings(max_new_tokens=50, seed=1))
    assert fed == []
    next(steps), next(steps)
    steps.close()
    assert len(fed) == 2
    assert list(steps) == []


def test_a_visitor_who_goes_away_stops_the_computation_within_one_token(gpt2):
    fed, away = [], threading.Event()
    asked = spied(gpt2, fed)
    settings = Settings(max_new_tokens=50, seed=1)
    made = []

    def run():
        made.append(generate(asked, PROMPT, settings, stopped=away.is_set))

    thread = threading.Thread(target=run)
    slow = asked.model.forward

    def forward(**given):
        time.sleep(0.02)
        return slow(**given)

    asked.model.forward = forward
    thread.start()
    while len(fed) < 2:
        time.sleep(0.005)
    away.set()
    seen = len(fed)
    thread.join(10)
    assert len(fed) <= seen + 1
    assert made[0].stopped == "stopped"
    assert len(made[0].steps) == len(fed)


def test_nothing_of_the_computation_stays_switched_on_in_who_reads_the_stream(gpt2):
    import torch

    _, steps = stream(gpt2, PROMPT, Settings(max_new_tokens=3))
    next(steps)
    assert not torch.is_inference_mode_enabled()
    steps.close()


def test_a_text_ends_at_its_end_token_or_at_the_length(space):
    gpt2 = tiny_gpt2(space, end_bias=3.0)
    whys = set()
    for seed in range(12):
        made = generate(gpt2, PROMPT, Settings(max_new_tokens=12, seed=seed))
        whys.add(made.stopped)
        ids = list(made.ids)
        if made.stopped == "end":
            assert ids.index(END) == len(ids) - 1
            assert [step.end for step in made.steps] == [False] * (len(ids) - 1) + [True]
            assert made.steps[-1].label == "<|endoftext|>"
            ids = ids[:-1]
        else:
            assert len(ids) == 12
            assert END not in ids
        assert made.text == gpt2.tokenizer.decode(ids)
    assert whys == {"end", "length"}


def test_what_has_come_so_far_is_a_generation_too(gpt2):
    settings = Settings(max_new_tokens=5, seed=1)
    read, steps = stream(gpt2, PROMPT, settings)
    some = [next(steps), next(steps)]
    so_far = gathered(read, settings, some)
    assert (so_far.stopped, len(so_far.ids)) == ("stopped", 2)
    assert gathered(read, settings, [*some, *steps]).stopped == "length"
    assert gathered(read, settings, []).mean_logprob == 0


# Branches ----------------------------------------------------------------------------------------


def test_forcing_what_was_said_changes_nothing(gpt2):
    settings = Settings(max_new_tokens=12, seed=5, temperature=1.2)
    made = generate(gpt2, PROMPT, settings)
    again = generate(gpt2, PROMPT, settings, forced=made.ids[:6])
    assert again.ids == made.ids
    assert [s.choice.logprob for s in again.steps] == [s.choice.logprob for s in made.steps]
    assert [s.choice.forced for s in again.steps] == [True] * 6 + [False] * 6


def test_another_token_at_a_step_begins_another_text(gpt2):
    settings = Settings(max_new_tokens=12, seed=5, top_k=5)
    made = generate(gpt2, PROMPT, settings)
    other = next(
        int(i) for i in made.steps[4].choice.candidates.ids[::-1] if i not in (made.ids[4], END)
    )
    branch = generate(gpt2, PROMPT, settings, forced=[*made.ids[:4], other])
    assert branch.ids[:5] == (*made.ids[:4], other)
    assert branch.ids[5:] != made.ids[5:]
    assert branch.steps[4].choice.chance == 0  # no draw could have taken it
    assert branch.steps[4].choice.rank > 5
    assert other in branch.steps[4].choice.candidates.ids


@pytest.mark.parametrize("ids", [[VOCABULARY], [-1], [True], ["a"], [1.5]])
def test_a_forced_token_must_be_one(gpt2, ids):
    with pytest.raises(UserError, match=f"whole number from 0 to {VOCABULARY - 1}"):
        stream(gpt2, PROMPT, Settings(), forced=ids)


def test_more_forced_tokens_than_asked_for_are_refused(gpt2):
    with pytest.raises(UserError, match=r"^4 tokens are chosen already; at most 3 new"):
        stream(gpt2, PROMPT, Settings(max_new_tokens=3), forced=[1, 2, 3, 4])


# Prompts -----------------------------------------------------------------------------------------


def test_an_empty_prompt_begins_after_the_start_token(gpt2):
    made = generate(gpt2, "", Settings(max_new_tokens=5, greedy=True))
    assert (made.prompt.started, made.prompt.ids) == (True, (END,))
    assert len(made.ids) == 5
    assert not generate(gpt2, " ", Settings(max_new_tokens=1)).prompt.started


def test_a_prompt_over_the_context_is_refused_with_both_numbers(gpt2):
    prompt = "q" * (CONTEXT - 10)
    assert len(read_prompt(gpt2, prompt, 10).ids) == CONTEXT - 10
    generate(gpt2, prompt, Settings(max_new_tokens=10))
    with pytest.raises(UserError, match=f"{CONTEXT - 10} tokens and 11 new .* at most {CONTEXT}"):
        stream(gpt2, prompt, Settings(max_new_tokens=11))
    with pytest.raises(UserError, match=r"100,000 characters; at most 20,000"):
        stream(gpt2, "x" * 100_000, Settings())
    with pytest.raises(
        UserError, match=f"start token .* {CONTEXT} new ones .* {CONTEXT + 1} together"
    ):
        stream(gpt2, "", Settings(max_new_tokens=CONTEXT))


@pytest.mark.parametrize("prompt", [None, 3, ["a"], "a\0b", "\ud800"])
def test_what_is_no_text_is_refused(gpt2, prompt):
    with pytest.raises(UserError):
        stream(gpt2, prompt, Settings())


def test_hostile_text_is_only_text(gpt2):
    made = generate(gpt2, HOSTILE, Settings(max_new_tokens=3))
    assert gpt2.tokenizer.decode(made.prompt.ids) == HOSTILE


# The text of tokens ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["naïve 😀😀 日本語", "a\ufffdb", "é", "\U0001f468‍\U0001f469‍\U0001f467", " x"]
)
def test_half_a_character_is_never_shown(gpt2, text):
    ids = gpt2.tokenizer(text)["input_ids"]
    made, shown = Pieces(gpt2.tokenizer), ""
    for token in ids:
        shown += made.push(token)
        assert text.startswith(shown)
    assert shown + made.rest() == text
    assert "".join(pieces(gpt2.tokenizer, ids)) == text
    assert len(pieces(gpt2.tokenizer, ids)) == len(ids)


@pytest.mark.parametrize("seed", range(6))
def test_bytes_at_random_end_as_the_tokenizer_decodes_them(gpt2, seed):
    ids = np.random.default_rng(seed).integers(1, VOCABULARY, 60).tolist()
    made, shown = Pieces(gpt2.tokenizer), ""
    for token in ids:
        shown += made.push(token)
        assert decoded(gpt2.tokenizer, ids).startswith(shown)
    assert shown + made.rest() == gpt2.tokenizer.decode(ids)


def test_the_streamed_text_is_the_text(gpt2):
    for seed in range(6):
        made = generate(gpt2, PROMPT, Settings(max_new_tokens=20, seed=seed, temperature=3.0))
        ids = [token for token in made.ids if token != END]
        assert made.text == gpt2.tokenizer.decode(ids)


def test_a_token_that_is_no_character_is_named_by_its_bytes(gpt2):
    ids = gpt2.tokenizer("😀")["input_ids"]
    assert labels(gpt2.tokenizer, ids) == ("0xF0", "0x9F", "0x98", "0x80")
    again = gpt2.tokenizer(" the")["input_ids"]
    assert "".join(labels(gpt2.tokenizer, again)) == " the"
    assert labels(gpt2.tokenizer, [END]) == ("<|endoftext|>",)


# Settings ----------------------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max_new_tokens", 10**9, "whole number from 1 to 100; got 1,000,000,000"),
        ("max_new_tokens", 0, "from 1 to 100; got 0"),
        ("max_new_tokens", 1.5, "from 1 to 100; got 1.5"),
        ("max_new_tokens", True, "from 1 to 100; got True"),
        ("max_new_tokens", "40", "from 1 to 100; got '40'"),
        ("max_new_tokens", None, "from 1 to 100; got nothing"),
        ("max_new_tokens", INF, "from 1 to 100; got inf"),
        ("seed", -1, "seed must be a whole number from 0 to 4,294,967,295; got -1"),
        ("seed", 2**64, "got 18,446,744,073,709,551,616"),
        ("seed", 10**30, "got a number of about 31 digits"),
        ("seed", NAN, "got nan"),
        (
            "temperature",
            NAN,
            "temperature must be a number from 0.01 to 100, or 0 for greedy; got nan",
        ),
        ("temperature", -1, "got -1"),
        ("temperature", 1e-300, "got 1e-300"),
        ("temperature", "hot" * 99, "'hothot"),
        ("temperature", INF, "got inf"),
        ("top_p", 0, "top-p must be a number above 0 and at most 1 (1 switches it off); got 0"),
        ("top_p", 1.01, "got 1.01"),
        ("top_p", NAN, "got nan"),
        ("top_p", False, "got False"),
        ("top_k", -1, "top-k must be a whole number from 0 to 1,000,000"),
        ("min_p", -0.1, "min-p must be a number from 0 to 1"),
        ("min_p", 1.1, "got 1.1"),
        ("typical_p", 0, "typical mass must be a number above 0"),
        ("repetition_penalty", 0, "from 0.1 to 10"),
        ("repetition_penalty", INF, "got inf"),
        ("no_repeat_ngram_size", -2, "from 0 to 100"),
        ("beams", 0, "beams must be a whole number from 1 to 8"),
        ("beams", 9, "got 9"),
        ("length_penalty", NAN, "from -10 to 10"),
        ("greedy", 1, "greedy setting must be one of true, false; got 1"),
        ("greedy", "yes", "got 'yes'"),
        ("early_stopping", "always", "one of true, false, never; got 'always'"),
    ],
)
def test_a_bad_setting_is_refused_with_what_came_and_what_is_allowed(gpt2, name, value, said):
    with pytest.raises(UserError) as refused:
        checked_settings(gpt2.limits, **{name: value})
    assert said in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_number_too_long_to_be_written_is_refused_all_the_same(gpt2):
    with pytest.raises(UserError, match="about 9,001 digits"):
        checked_settings(gpt2.limits, seed=10**9000)


def test_good_settings_are_taken_as_they_are(gpt2):
    assert checked_settings(gpt2.limits) == Settings()
    given = {
        "max_new_tokens": 100.0,
        "top_k": 5,
        "top_p": 1,
        "seed": LARGEST_SEED,
        "early_stopping": "never",
        "greedy": True,
    }
    settings = checked_settings(gpt2.limits, **given)
    assert settings == Settings(
        max_new_tokens=100, top_k=5, seed=LARGEST_SEED, early_stopping="never", greedy=True
    )
    assert type(settings.max_new_tokens) is int
    assert type(settings.top_p) is float


def test_temperature_nought_is_greedy_and_says_so(gpt2):
    settings = checked_settings(gpt2.limits, temperature=0, max_new_tokens=10)
    assert "Temperature 0 means greedy" in settings.note
    assert not settings.draws
    greedy = generate(gpt2, PROMPT, Settings(max_new_tokens=10, greedy=True))
    assert generate(gpt2, PROMPT, settings).ids == greedy.ids
    assert Settings().note == Settings(greedy=True).note == ""
    assert "no effect" in Settings(greedy=True, top_k=3).note


def test_when_nothing_is_left_the_setting_is_named(gpt2):
    import torch

    logits = torch.zeros(4)
    with pytest.raises(UserError, match="no-repeat n-gram of 1 forbids every token"):
        choose(
            logits,
            torch.tensor([0, 1, 2, 3]),
            Settings(no_repeat_ngram_size=1),
            torch.Generator(),
        )


def test_the_tiny_model_is_one(gpt2):
    assert isinstance(gpt2, Loaded)
    assert gpt2.model.config.n_layer == LAYERS
