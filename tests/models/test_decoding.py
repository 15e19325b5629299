"""The decoding loop: the bits of a text among others, its numbers, places, shares, faults."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.errors import BusyError, UserError
from core.progress import Left, awaited
from models.decoding import Row, Said, cache, fits, loop, row
from models.decoding.forward import Forward, Part
from models.decoding.loop import Loop
from models.turns import Asker, asked_by
from tests.fakes.tiny_gpt2 import tiny_gpt2

NEW = 12


@pytest.fixture(scope="module", params=["tiny", "pocket"])
def gpt2(request, space):
    if request.param == "tiny":
        return tiny_gpt2(space, sharp=0.15)  # sharper, single precision itself is 1e-5 off
    checkpoints = request.getfixturevalue("checkpoints")
    return checkpoints.load(checkpoints.default("generation"))


@pytest.fixture(scope="module")
def tiny(space):
    return tiny_gpt2(space)


def prompts(model, count):
    """Prompts of 1 to 40 tokens."""
    chance, size = np.random.default_rng(count), model.vocabulary
    return [chance.integers(0, size, 1 + 7 * number % 40).tolist() for number in range(count)]


def read(model, ids):
    """(token, vocabulary): direct transformers, in double precision."""
    import copy

    exact = copy.deepcopy(model.model).double()
    with torch.inference_mode():
        return exact(torch.tensor([ids])).logits[0]


def greedy(logits, rows):
    """Choose the likeliest, and tell the logits."""
    said = []
    for numbers, one in zip(logits, rows, strict=True):
        one.asked.append(numbers.clone())
        said.append(Said(int(numbers.argmax()), len(one.asked) == one.most, None))
    return said


def written(one):
    """The ids of a row's text when it is done, and its logits."""
    list(one.coming())
    return [int(numbers.argmax()) for numbers in one.asked], torch.stack(one.asked)


# The forward pass --------------------------------------------------------------------------------


def test_every_logit_is_that_of_transformers_whenever_a_text_joins(gpt2):
    """Prompts of all lengths, each joining at another step, some read in two parts."""
    forward, texts = Forward(gpt2.model), prompts(gpt2, 9)
    ids = [list(text) for text in texts]
    places, fed, last = {}, dict.fromkeys(range(9), 0), {}
    with torch.inference_mode():
        for step in range(14):
            parts = []
            for number in range(min(9, 1 + step)):
                if number not in places:
                    places[number] = forward.cache.open(len(texts[number]) + 14)
                new = ids[number][fed[number] :][:25]
                parts.append((number, Part(places[number], new)))
                fed[number] += len(new)
            logits = forward([part for _, part in parts])
            for (number, _), row_of_logits in zip(parts, logits, strict=True):
                if fed[number] == len(ids[number]):
                    last[number] = row_of_logits
                    ids[number].append(int(row_of_logits.argmax()))
    for number, numbers in last.items():
        exact = read(gpt2, ids[number][:-1])[-1].float()
        assert torch.allclose(numbers, exact, rtol=0, atol=1e-5), number


def test_the_bits_of_a_text_do_not_depend_on_who_is_beside_it(gpt2):
    """Alone, and among texts that come and leave at every step, over several shelves."""
    whole = Loop(greedy)
    texts = prompts(gpt2, 51)
    alone = []
    for text in texts[:12]:
        alone.append(written(whole.join(Row(gpt2, text, NEW, []))))
    rows = [
        Row(gpt2, text, NEW if number < 12 else 1 + number % NEW, [])
        for number, text in enumerate(texts)
    ]
    for one in rows:
        whole.join(one)
    for one, (ids, logits) in zip(rows[:12], alone, strict=True):
        among = written(one)
        assert among[0] == ids
        assert torch.equal(among[1], logits)  # to the last bit


def test_variants_of_the_architecture_are_those_of_transformers(space):
    from transformers import GPT2Config, GPT2LMHeadModel

    for variant in (
        {"scale_attn_by_inverse_layer_idx": True},
        {"scale_attn_weights": False},
        {"activation_function": "relu"},
        {"activation_function": "gelu_new", "n_inner": 48},
        {"layer_norm_epsilon": 1e-3},
    ):
        size = {"n_embd": 32, "n_layer": 3, "n_head": 2, "n_positions": 40, "vocab_size": 60}
        network = GPT2LMHeadModel(GPT2Config(**size, **variant)).eval()
        with torch.no_grad():
            for weights in network.parameters():
                weights.add_(0.2 * torch.randn_like(weights))
        forward = Forward(network)
        ids = [3, 14, 15, 9, 26, 5]
        with torch.inference_mode():
            place = forward.cache.open(8)
            forward([Part(place, ids[:4])])
            forward([Part(place, ids[4:5])])
            ours = forward([Part(place, ids[5:])])[0]
            theirs = network(torch.tensor([ids])).logits[0, -1]
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-5), variant


def test_what_is_not_written_out_is_known_for_it(tiny):
    assert fits(tiny.model)
    assert not fits(SimpleNamespace(config=tiny.model.config))


# The cache ---------------------------------------------------------------------------------------


def test_places_are_close_together_and_what_is_empty_is_given_back():
    kept = cache.Cache(layers=1, heads=1, width=4, context=200)
    places = [kept.open(60) for _ in range(5)] + [kept.open(150)]
    for place in places:
        place.length = 3
        place.shelf.keys[:, place.number, :, :3] = float(places.index(place))
    kept.close(places[1])
    kept.close(places[0])
    kept.close(places[5])
    assert sorted(place.number for place in places[2:5]) == [0, 1, 2]
    for place in places[2:5]:
        assert (place.shelf.keys[:, place.number, :, :3] == places.index(place)).all()
    assert 0 < kept.bytes <= 2 * 4 * 4 * 64 * 8
    for place in places[2:5]:
        kept.close(place)
    assert kept.bytes == 0


def test_the_cache_is_bounded_and_one_text_always_fits(monkeypatch):
    kept = cache.Cache(layers=2, heads=2, width=8, context=1000)
    each = 2 * 4 * 2 * 2 * 8 * 64  # bytes of a place of 64 tokens
    monkeypatch.setattr(cache, "MOST_BYTES", 10 * each)
    assert kept.fits(1000)
    places = []
    while kept.fits(64):
        places.append(kept.open(64))
        assert kept.bytes <= 10 * each
    assert len(places) >= 6
    assert not kept.fits(1000)
    kept.close(places.pop())
    assert kept.fits(64)


# The loop ----------------------------------------------------------------------------------------


class Slow:
    """Chooses after it was let; counts its steps, and who was in each."""

    def __init__(self, free=0):
        self.steps, self.go = [], threading.Semaphore(free)

    def __call__(self, logits, rows):
        self.go.acquire(timeout=20)
        self.steps.append([one.asked for one in rows])
        return [self.say(one) for one in rows]

    def say(self, one):
        return Said(5, sum(one.asked in step for step in self.steps) == one.most, len(self.steps))

    def let(self, steps):
        for _ in range(steps):
            self.go.release()

    def waited(self, steps):
        until(lambda: len(self.steps) >= steps)


def until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def joined(whole, tiny, name, *, visitor=None, most=50, prompt=(1, 2), turn=None):
    who = Asker(visitor=visitor) if turn is None else Asker(turn, turn, visitor)
    with asked_by(who):
        return whole.join(Row(tiny, prompt, most, name, every=0))


def test_who_leaves_is_in_no_step_after_the_one_that_runs(tiny):
    slow = Slow(free=3)
    whole = Loop(slow)
    stays, leaves = (joined(whole, tiny, name, most=12) for name in ("stays", "leaves"))
    coming = leaves.coming()
    next(coming)
    slow.waited(3)
    coming.close()
    slow.let(9)
    assert len(list(stays.coming())) == 12
    assert sum("leaves" in step for step in slow.steps) <= 4
    until(lambda: whole.texts == 0)


def test_whom_nobody_listens_to_gives_their_place_up(tiny):
    slow, here = Slow(free=2), threading.Event()
    here.set()
    whole = Loop(slow)
    with awaited(here.is_set):
        left = joined(whole, tiny, "left")
        slow.waited(2)
        here.clear()
        slow.let(20)
        with pytest.raises(Left):
            list(left.coming())
    until(lambda: whole.texts == 0)
    assert len(slow.steps) <= 4


def test_fifty_texts_of_one_visitor_wait_behind_one_of_another(tiny, monkeypatch):
    monkeypatch.setattr(loop, "MOST", 8)
    monkeypatch.setattr(loop, "SHARE", 4)
    slow = Slow()
    whole = Loop(slow)
    for number in range(50):
        joined(whole, tiny, ("many", number), visitor="many", most=3)
    slow.let(2)
    slow.waited(2)
    assert all(len(step) <= 4 for step in slow.steps)  # the share, though places are free
    joined(whole, tiny, ("one", 0), visitor="one", most=3)
    slow.let(2)
    slow.waited(4)
    assert ("one", 0) in slow.steps[3]
    slow.let(100)
    until(lambda: whole.texts == 0)


def test_with_all_places_taken_the_next_is_of_who_has_fewest(tiny, monkeypatch):
    monkeypatch.setattr(loop, "MOST", 4)
    monkeypatch.setattr(loop, "SHARE", 3)
    slow = Slow()
    whole = Loop(slow)
    for number in range(6):
        joined(whole, tiny, ("many", number), visitor="many", most=2)
    joined(whole, tiny, ("other", 0), visitor="other", most=2)
    joined(whole, tiny, ("late", 0), visitor="late", most=2)
    slow.let(100)
    until(lambda: whole.texts == 0)
    first = {name: next(i for i, step in enumerate(slow.steps) if name in step) for name in
             [("other", 0), ("late", 0), ("many", 3), ("many", 5)]}  # fmt: skip
    assert first["other", 0] <= 1
    assert first["late", 0] <= first["many", 5]


def test_who_is_not_begun_in_time_is_told_how_many_come_first(tiny, monkeypatch):
    monkeypatch.setattr(loop, "MOST", 1)
    monkeypatch.setattr(row, "PATIENCE", 0.3)
    slow = Slow(free=1)
    whole = Loop(slow)
    joined(whole, tiny, "first", most=3)
    slow.waited(1)
    with pytest.raises(BusyError, match=r"^This page is busy: 1 are served before you"):
        list(joined(whole, tiny, "second").coming())
    slow.let(10)
    until(lambda: whole.texts == 0)
    assert not any("second" in step for step in slow.steps)


def test_an_error_of_one_text_is_its_own(tiny):
    class Picky(Slow):
        def say(self, one):
            if one.asked == "wrong" and len(self.steps) >= 2:
                return UserError("Nothing is left.")
            return super().say(one)

    slow = Picky(free=50)
    whole = Loop(slow)
    right, wrong = (joined(whole, tiny, name, most=6) for name in ("right", "wrong"))
    with pytest.raises(UserError, match="Nothing is left"):
        list(wrong.coming())
    assert len(list(right.coming())) == 6


def test_a_fault_of_the_machine_is_told_to_all_and_the_next_text_is_written(tiny):
    broken = [True]

    def choose(logits, rows):
        if broken:
            raise MemoryError
        return [Said(1, True, None) for _ in rows]

    whole = Loop(choose)
    rows = [joined(whole, tiny, name) for name in "ab"]
    for one in rows:
        with pytest.raises(MemoryError):
            list(one.coming())
    broken.clear()
    assert len(list(joined(whole, tiny, "c").coming())) == 1


def test_a_long_prompt_holds_nobody_up_for_longer_than_a_part_of_it(tiny, monkeypatch):
    monkeypatch.setattr(loop, "CHUNK", 8)
    monkeypatch.setattr(loop, "PROMPTS", 8)
    slow = Slow()
    whole = Loop(slow)
    joined(whole, tiny, "short", most=20)
    slow.let(1)
    slow.waited(1)
    long = joined(whole, tiny, "long", most=2, prompt=tuple(range(1, 41)))
    slow.let(40)
    list(long.coming())
    begun = next(number for number, step in enumerate(slow.steps) if "long" in step)
    assert begun >= 5  # "short" got its tokens while five parts were read
    assert all("short" in step for step in slow.steps[:begun])


def test_each_step_is_a_turn_and_between_two_of_them_others_have_theirs(tiny):
    from models.serving.turns import Turns

    turns, order = Turns(1), []

    def choose(logits, rows):
        order.append("token")
        return [Said(1, order.count("token") == 20, None) for _ in rows]

    whole = Loop(choose)
    with turns.one():
        one = joined(whole, tiny, "text", turn=lambda: turns.one(begun=True))
        time.sleep(0.1)
        assert order == []  # it waits for its turn as everybody does
    for _ in range(3):
        with turns.one():
            order.append("verb")
    list(one.coming())
    assert order.count("token") == 20
    assert order[-1] == "token"  # no verb waited for the whole text


def test_an_idle_loop_holds_neither_a_network_nor_a_thread(space):
    import gc
    import weakref

    gpt2 = tiny_gpt2(space, seed=5)
    network = weakref.ref(gpt2.model)
    handle = weakref.ref(gpt2)
    whole = loop.loop_of(gpt2.model, greedy)
    assert loop.loop_of(gpt2.model, greedy) is whole
    slow = Slow()
    whole._choose = slow
    one = Row(gpt2, (1, 2), 3, "text")
    whole.join(one)
    del gpt2, one
    gc.collect()
    assert handle() is not None  # in use: it cannot be evicted while it is written with
    slow.let(3)
    until(lambda: whole.texts == 0 and not whole._alive)
    until(lambda: gc.collect() is not None and network() is None)
