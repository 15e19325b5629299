"""Whoever leaves is not computed for: work ends within a second, wherever it is."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.progress import Left, always, awaited, end_if_left, here
from models.serving import Desk
from models.serving.turns import Turns
from tests.conftest import tiny_cache

PROMPTLY = 10  # seconds that a busy machine may take for what takes a fifth of one


@pytest.fixture
def entry(tiny_bert):
    return tiny_bert.checkpoint


class Visitors:
    """Who asks a desk, by the thread in which they ask; each may leave."""

    def __init__(self):
        self._left = set()
        self.name = threading.local()

    def listening(self):
        name = getattr(self.name, "is_", None)
        return lambda: name not in self._left

    def leave(self, name):
        self._left.add(name)

    def ask(self, name, desk, *question, **settings):
        self.name.is_ = name
        return desk.ask(*question, **settings)


@pytest.fixture
def visitors():
    return Visitors()


@pytest.fixture
def tiny(tiny_bert, space, visitors):
    """A desk over the tiny BERT that hears who leaves, with one turn for all."""
    kinds = ("tokenization", "attention", "similarity")
    cache, _ = tiny_cache(space, tiny_bert.checkpoint.path, "Tiny BERT", *kinds)
    desk = Desk(cache, listening=visitors.listening)
    desk._turns = Turns(1)
    return desk


class Endless:
    """A verb that asks its model without end, and tells nobody how far it is."""

    def __init__(self):
        self.begun, self.ended, self.finish = (threading.Event() for _ in range(3))

    def read(self, model, text):
        encoded = model.tensors(model.encode(text))
        self.begun.set()
        try:
            over = time.monotonic() + 2 * PROMPTLY  # of a test that fails
            while not self.finish.is_set() and time.monotonic() < over:
                model.model(**encoded)
            return text
        finally:
            self.ended.set()


def test_work_that_tells_nothing_ends_when_its_only_visitor_leaves(tiny, entry, visitors):
    verb = Endless()
    with ThreadPoolExecutor(1) as hall:
        asked = hall.submit(visitors.ask, "one", tiny, verb.read, entry, "the cat")
        assert verb.begun.wait(PROMPTLY)
        visitors.leave("one")
        with pytest.raises(Left):
            asked.result(PROMPTLY)
    assert verb.ended.is_set()
    with tiny._turns.one():  # the turn was given back
        assert tiny._flights._under_way == {}


@pytest.mark.parametrize("leaver", ["first", "second"])
def test_who_stays_gets_the_result_and_who_leaves_waits_no_longer(tiny, entry, visitors, leaver):
    verb, stayer = Endless(), {"first": "second", "second": "first"}[leaver]
    with ThreadPoolExecutor(2) as hall:
        asked = {"first": hall.submit(visitors.ask, "first", tiny, verb.read, entry, "the cat")}
        assert verb.begun.wait(PROMPTLY)
        asked["second"] = hall.submit(visitors.ask, "second", tiny, verb.read, entry, "the cat")
        deadline = time.monotonic() + PROMPTLY
        flight = next(iter(tiny._flights._under_way.values()))
        while len(flight.waiters) < 2:
            assert time.monotonic() < deadline
        visitors.leave(leaver)
        while len(flight.waiters) > 1:
            assert time.monotonic() < deadline
        if leaver == "second":  # whose thread computes nothing
            with pytest.raises(Left):
                asked[leaver].result(PROMPTLY)
        assert not verb.ended.is_set()
        verb.finish.set()
        assert asked[stayer].result(PROMPTLY) == "the cat"
        with pytest.raises(Left):
            asked[leaver].result(PROMPTLY)


def test_who_waits_for_anothers_work_leaves_wherever_that_is(tiny, entry, visitors):
    begun, go = threading.Event(), threading.Event()

    def deaf(model, text):  # no checkpoint is reached
        begun.set()
        go.wait(PROMPTLY)
        return text

    with ThreadPoolExecutor(2) as hall:
        first = hall.submit(visitors.ask, "one", tiny, deaf, entry, "the cat")
        assert begun.wait(PROMPTLY)
        second = hall.submit(visitors.ask, "two", tiny, deaf, entry, "the cat")
        visitors.leave("two")
        with pytest.raises(Left):
            second.result(PROMPTLY / 2)
        go.set()
        assert first.result(PROMPTLY) == "the cat"


def test_who_leaves_while_they_wait_for_a_turn_leave_no_trace(tiny, entry, visitors):
    verb = Endless()
    with ThreadPoolExecutor(1) as hall, tiny._turns.one():
        asked = hall.submit(visitors.ask, "one", tiny, verb.read, entry, "the cat")
        deadline = time.monotonic() + PROMPTLY
        while not tiny._turns._waiting:
            assert time.monotonic() < deadline
        visitors.leave("one")
        with pytest.raises(Left):
            asked.result(PROMPTLY)
        assert not tiny._turns._waiting
    assert not verb.begun.is_set()
    assert tiny._turns._free == 1


def test_who_leaves_while_others_go_first_gives_no_turn_away_twice():
    turns, stays = Turns(1), threading.Event()
    turns.took("long", 10)  # of that a part is done, and others go first
    begun, over = threading.Event(), threading.Event()

    def other():
        with turns.one():
            begun.set()
            over.wait(PROMPTLY)

    def leave(hall):
        with turns.one("long") as turn:
            waiting.append(hall.submit(other))
            while not turns._waiting:
                time.sleep(0.01)
            stays.set()
            turn.pass_on()

    waiting = []
    with ThreadPoolExecutor(1) as hall:
        with awaited(lambda: not stays.is_set()), pytest.raises(Left):
            leave(hall)
        assert begun.wait(PROMPTLY)
        assert turns._free == 0  # the other has it
        over.set()
        waiting[0].result(PROMPTLY)
    assert turns._free == 1


def test_a_stream_ends_within_an_item(tiny, entry, visitors):
    verb = Endless()

    def items(model, text):
        yield "first"
        yield verb.read(model, text)

    def listen():
        visitors.name.is_ = "one"
        return list(tiny.stream(items, entry, "the cat"))

    with ThreadPoolExecutor(1) as hall:
        asked = hall.submit(listen)
        assert verb.begun.wait(PROMPTLY)
        visitors.leave("one")
        with pytest.raises(Left):
            asked.result(PROMPTLY)
    assert tiny._turns._free == 1


def test_who_leaves_a_stream_within_an_item_leaves_it_to_who_watches(tiny, entry, visitors):
    verb = Endless()

    def items(model, text):
        yield verb.read(model, text)

    def listen(name):
        visitors.name.is_ = name
        return list(tiny.stream(items, entry, "the cat"))

    with ThreadPoolExecutor(2) as hall:
        first = hall.submit(listen, "first")
        assert verb.begun.wait(PROMPTLY)
        second = hall.submit(listen, "second")
        (shared,) = tiny._streams._under_way.values()
        deadline = time.monotonic() + PROMPTLY
        while len(shared.watchers) < 2:
            assert time.monotonic() < deadline
        visitors.leave("first")  # whose thread makes the item
        assert not verb.ended.wait(0.5)
        verb.finish.set()
        assert second.result(PROMPTLY) == ["the cat"]
        with pytest.raises(Left):
            first.result(PROMPTLY)


def test_cutting_text_ends_too(tiny, entry, visitors):
    def cut(model):
        while True:
            end_if_left()

    visitors.name.is_ = "one"
    visitors.leave("one")
    with pytest.raises(Left):
        tiny.tokenize(cut, entry)


def test_what_ends_takes_nobody_with_it_who_asked_anew(tiny, entry, visitors):
    going, go = threading.Event(), threading.Event()

    def slow(model, text):
        if going.is_set():
            return "anew"
        going.set()
        go.wait(PROMPTLY)
        end_if_left()
        raise AssertionError("nobody waited")

    tiny._turns = Turns(2)
    with ThreadPoolExecutor(2) as hall:
        first = hall.submit(visitors.ask, "one", tiny, slow, entry, "the cat")
        assert going.wait(PROMPTLY)
        flight = next(iter(tiny._flights._under_way.values()))
        visitors.leave("one")
        tiny._flights._anybody(next(iter(tiny._flights._under_way)), flight)
        assert (
            hall.submit(visitors.ask, "two", tiny, slow, entry, "the cat").result(PROMPTLY)
            == "anew"
        )
        go.set()
        with pytest.raises(Left):
            first.result(PROMPTLY)


def test_a_context_within_another_ends_with_either():
    assert here() is always
    with awaited(lambda: False):
        with awaited(always):
            end_if_left()
        with pytest.raises(Left):
            end_if_left()
    end_if_left()


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("pocket-bert", "attention"),
        ("pocket-grammar", "grammaticality"),
        ("pocket-masked", "masking"),
        ("pocket-qa", "answering"),
        ("pocket-nsp", "following"),
        ("pocket-gpt2", "generation"),
        ("pocket-captioner", "captioning"),
    ],
)
def test_every_layer_of_a_model_is_where_work_may_end(checkpoints, name, capability):
    import torch

    model = checkpoints.load(checkpoints.named(name, capability), capability).model
    layers = [
        layer
        for part in model.modules()
        if isinstance(part, torch.nn.ModuleList)
        for layer in part
    ]
    assert len(layers) >= 6
    for layer in layers:
        with awaited(lambda: False), pytest.raises(Left):
            layer()
