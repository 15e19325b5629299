"""Texts that are written together: each is what it is alone; places, leaving, faults, eviction."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.errors import UserError
from core.spacefile import Checkpoint, Space
from models.checkpoints import Checkpoints
from models.decoding.forward import Forward
from models.decoding.loop import loop_of
from models.serving import Desk
from models.slots import Slot
from services.generation.duel import duel, line_up
from services.generation.generate import _say, continuation, generate, stream
from services.generation.settings import Settings
from tests.fakes.tiny_gpt2 import tiny_gpt2

PROMPT = "Once upon a time, there was"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


@pytest.fixture
def steps(monkeypatch):
    """How many texts each step of any model reads."""
    forward, seen = Forward.__call__, []

    def counted(self, parts):
        seen.append(len(parts))
        return forward(self, parts)

    monkeypatch.setattr(Forward, "__call__", counted)
    return seen


def mixed(count):
    """Prompts of all lengths with settings of all kinds, of which some leave early."""
    kinds = [
        {},
        {"greedy": True},
        {"temperature": 0.7, "top_k": 40, "top_p": 0.9},
        {"repetition_penalty": 1.3, "no_repeat_ngram_size": 3},
        {"min_p": 0.05, "typical_p": 0.8},
        {"temperature": 1.4},
    ]
    return [
        (
            PROMPT[: 1 + 5 * number % 27],
            Settings(4 + number % 17, seed=number, **kinds[number % 6]),
        )
        for number in range(count)
    ]


def told(made):
    """All that is told of a text, but for how long it took."""
    said = []
    for step in made.steps:
        choice = replace(step.choice, candidates=None)
        kept = step.choice.candidates
        arrays = (kept.ids, kept.raw, kept.after, kept.removed_by)
        said.append((choice, [array.tolist() for array in arrays], step.text, step.alternatives))
    return said, made.stopped


@pytest.mark.parametrize("which", ["tiny", "pocket"])
def test_a_text_is_to_the_last_bit_what_it_is_alone(which, request, gpt2, steps):
    """Mixed settings, prompts and lengths join, end and leave beside it at every step."""
    model, asked = gpt2, mixed(50)
    if which == "pocket":
        checkpoints = request.getfixturevalue("checkpoints")
        model = checkpoints.load(checkpoints.default("generation"))
    alone = [told(generate(model, *one)) for one in asked[:12]]
    assert set(steps) == {1}

    def among(number):
        if number >= 12 and number % 4 == 0:  # reads some tokens, then leaves
            _, coming = stream(model, *asked[number], every=0)
            next(coming)
            coming.close()
            return None
        return told(generate(model, *asked[number], shown=30))

    with ThreadPoolExecutor(50) as pool:
        together = list(pool.map(among, reversed(range(50))))[::-1]
    assert together[:12] == alone
    assert max(steps) > 8


def test_without_its_candidates_a_text_is_the_same(gpt2):
    for prompt, settings in mixed(6):
        whole, lean = (generate(gpt2, prompt, settings, shown=shown) for shown in (30, 0))
        assert lean.ids == whole.ids
        numbers = [
            [(s.choice.logprob, s.choice.rank, s.choice.entropy, s.choice.chance) for s in m.steps]
            for m in (whole, lean)
        ]
        assert numbers[0] == numbers[1]
        assert all(step.alternatives == () for step in lean.steps)
        assert all(step.choice.stages == () for step in lean.steps)


def test_where_nothing_is_left_to_say_only_that_text_ends(gpt2):
    from tests.fakes.tiny_gpt2 import VOCABULARY

    assert VOCABULARY > 50
    with ThreadPoolExecutor(8) as pool:
        right = [pool.submit(generate, gpt2, *one) for one in mixed(6)]
        # With every token of the vocabulary seen, a no-repeat of 1 leaves none.
        small = tiny_gpt2_that_says_little(gpt2)
        wrong = pool.submit(generate, small, "a", Settings(20, no_repeat_ngram_size=1))
        others = [pool.submit(generate, small, "a", Settings(9, seed=seed)) for seed in range(3)]
        with pytest.raises(UserError, match="forbids every token of the vocabulary"):
            wrong.result()
        assert all(len(one.result().ids) for one in [*right, *others])


def tiny_gpt2_that_says_little(gpt2):
    """The same model with a head that gives a chance to five tokens alone."""
    import copy

    import torch

    model = copy.deepcopy(gpt2.model)
    with torch.no_grad():
        head = torch.nn.Linear(32, gpt2.vocabulary, bias=True)
        head.weight.zero_()
        head.bias.fill_(-torch.inf)
        head.bias[1:6] = 0
    model.lm_head = head.eval()
    return replace(gpt2, model=model)


def test_closing_a_stream_computes_nothing_more(gpt2, steps):
    _, coming = stream(gpt2, PROMPT, Settings(50, seed=1), every=0)
    assert steps == []
    next(coming)
    coming.close()
    until(lambda: loop_of(gpt2.model, _say).texts == 0)
    seen = len(steps)
    time.sleep(0.1)
    assert len(steps) == seen


def until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_duel_writes_its_texts_at_the_same_time(gpt2, steps):
    entries = line_up(Settings(15, seed=3), beams=2)
    found = duel(gpt2, PROMPT, entries)
    assert [one.name for one in found] == list(entries)
    assert max(steps) >= 2
    for one in found:
        if one.settings.beams == 1:
            made = generate(gpt2, PROMPT, one.settings)
            assert one.ids == (made.ids[:-1] if made.stopped == "end" else made.ids)


# At the desk -------------------------------------------------------------------------------------


class Cache(Checkpoints):
    """A cache with one model in it."""

    def __init__(self, space, gpt2):
        super().__init__(Space("Tiny", gpt2.limits, replace(space.queue, concurrency=1), ()))
        self.slot = Slot("Tiny")
        self.slot.keep("head", gpt2, 1)

    def load(self, checkpoint: Checkpoint, capability="", **_):
        return self.slot.lend("head")


@pytest.fixture
def cache(space):
    return Cache(space, tiny_gpt2(space))


def test_texts_at_a_desk_with_one_turn_are_written_in_the_same_steps(cache, steps):
    desk, entry = Desk(cache), cache.slot.networks["head"].checkpoint
    assert all(getattr(verb, "takes_turns", False) for verb in (generate, continuation, duel))
    asked = [(PROMPT, Settings(30, seed=seed)) for seed in range(12)]
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda one: desk.ask(generate, entry, *one, keep=False), asked))
    assert len({one.ids for one in made}) > 6
    assert max(steps) > 4
    # Beam search inside of a duel takes turns of its own too: with one turn it does not hang.
    found = desk.ask(duel, entry, PROMPT, line_up(Settings(6), beams=2), keep=False)
    assert len(found) == 5


def test_another_verb_waits_for_a_token_and_not_for_the_texts(cache, monkeypatch):
    forward = Forward.__call__

    def slow(self, parts):
        time.sleep(0.02)
        return forward(self, parts)

    monkeypatch.setattr(Forward, "__call__", slow)
    desk, entry = Desk(cache), cache.slot.networks["head"].checkpoint
    coming = desk.stream(continuation, entry, PROMPT, Settings(50, seed=1))
    next(coming), next(coming)
    ended = threading.Event()
    threading.Thread(target=lambda: (list(coming), ended.set()), daemon=True).start()

    def count(model):
        return model.checkpoint.name

    count.__qualname__ = "count"
    for number in range(3):
        assert desk.ask(count, entry, keep=False) == "tiny-gpt2", number
    assert not ended.is_set()
    assert ended.wait(20)


def test_one_session_does_not_hold_all_places(cache, steps, monkeypatch):
    from models.decoding import loop

    monkeypatch.setattr(loop, "MOST", 8)
    monkeypatch.setattr(loop, "SHARE", 4)
    who = threading.local()
    desk = Desk(cache, visitor=lambda: who.name)
    entry, order = cache.slot.networks["head"].checkpoint, []

    def ask(name, number):
        who.name = name
        desk.ask(generate, entry, PROMPT, Settings(20, seed=number), keep=False)
        order.append(name)

    with ThreadPoolExecutor(51) as pool:
        for number in range(50):
            pool.submit(ask, "many", number)
        until(lambda: steps)
        pool.submit(ask, "one", 99)
    assert order.index("one") < 12
    assert max(steps) <= 5


def test_a_model_that_writes_does_not_leave_memory_and_one_that_is_idle_does(cache, steps):
    desk, entry = Desk(cache), cache.slot.networks["head"].checkpoint
    coming = desk.stream(continuation, entry, PROMPT, Settings(50, seed=1))
    next(coming), next(coming)
    assert not cache.slot.give_up()
    coming.close()
    del coming
    until(cache.slot.give_up)
