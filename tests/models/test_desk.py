"""The desk: verbs asked once however many ask, kept within bounds, in fair turns."""

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from core.errors import BusyError, UserError
from models.serving import Desk
from models.serving.results import Results, bytes_of, key_of
from models.serving.turns import Turns
from models.turns import asker, takes_turns
from tests.conftest import tiny_cache


@dataclass(frozen=True)
class Counted:
    """A result with something to weigh."""

    text: str
    numbers: np.ndarray


class Counter:
    """Verbs that count how often they are called, and wait where they are told to."""

    def __init__(self):
        self.calls = 0
        self.go = threading.Event()
        self.go.set()

    def count(self, model, text, *, size=1):
        self.calls += 1
        self.go.wait(10)
        return Counted(f"{model.checkpoint.name}: {text}", np.zeros(size))

    def long(self, model, text, *, progress):
        self.calls += 1
        for done in range(1, 4):
            self.go.wait(10)
            progress(done, 3)
        return Counted(text, np.zeros(1))


@pytest.fixture
def entry(tiny_bert):
    return tiny_bert.checkpoint


@pytest.fixture
def tiny(tiny_bert, space):
    """A desk over the tiny BERT."""
    folder = tiny_bert.checkpoint.path
    kinds = ("tokenization", "attention", "similarity")
    return Desk(tiny_cache(space, folder, "Tiny BERT", *kinds)[0])


def until(count, there):
    """Wait until `there()` is so many."""
    deadline = time.monotonic() + 10
    while there() < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def waiting(desk, count):
    """Wait until so many wait for a computation under way."""
    until(count, lambda: sum(len(one.waiters) for one in [*desk._flights._under_way.values()]))


def watching(desk, count):
    """Wait until so many watch a stream under way."""
    until(count, lambda: sum(len(one.watchers) for one in [*desk._streams._under_way.values()]))


def test_the_verb_gets_the_model_of_the_entry_and_its_result_is_kept(tiny, entry):
    counter = Counter()
    first = tiny.ask(counter.count, entry, "the cat")
    assert first.text == "tiny-bert: the cat"
    assert tiny.ask(counter.count, entry, "the cat") is first
    assert tiny.ask(counter.count, entry, "the mat") is not first
    assert counter.calls == 2


def test_what_is_not_to_be_kept_is_computed_again(tiny, entry):
    counter = Counter()
    for _ in range(2):
        tiny.ask(counter.count, entry, "the cat", keep=False)
    assert counter.calls == 2


def test_a_hall_that_asks_the_same_at_once_has_it_computed_once(tiny, entry):
    counter = Counter()
    counter.go.clear()
    with ThreadPoolExecutor(20) as hall:
        asked = [hall.submit(tiny.ask, counter.count, entry, "the cat") for _ in range(20)]
        waiting(tiny, 20)
        counter.go.set()
        results = [one.result(10) for one in asked]
    assert counter.calls == 1
    assert all(result is results[0] for result in results)


def test_an_error_is_everybodys_and_is_not_kept(tiny, entry):
    calls = []

    def refuse(model, text):
        calls.append(text)
        raise UserError("no")

    for _ in range(2):
        with pytest.raises(UserError, match="no"):
            tiny.ask(refuse, entry, "the cat")
    assert len(calls) == 2


def test_who_leaves_gets_what_they_raised_and_the_others_their_result(tiny, entry):
    counter, told = Counter(), []
    counter.go.clear()

    def leave(done, whole):
        raise UserError("left")

    with ThreadPoolExecutor(2) as hall:
        leaver = hall.submit(tiny.ask, counter.long, entry, "the cat", progress=leave)
        waiting(tiny, 1)
        stayer = hall.submit(
            tiny.ask, counter.long, entry, "the cat", progress=lambda *step: told.append(step)
        )
        waiting(tiny, 2)
        counter.go.set()
        assert stayer.result(10).text == "the cat"
        with pytest.raises(UserError, match="left"):
            leaver.result(10)
    assert counter.calls == 1
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_work_that_nobody_waits_for_ends_and_is_begun_anew(tiny, entry):
    counter = Counter()

    def leave(done, whole):
        raise UserError("left")

    with pytest.raises(UserError, match="left"):
        tiny.ask(counter.long, entry, "the cat", progress=leave)
    assert tiny.ask(counter.long, entry, "the cat", progress=lambda *step: None).text == "the cat"
    assert counter.calls == 2


def test_a_stream_is_computed_item_by_item_and_closed_with_its_reader(tiny, entry):
    made, closed = [], []

    def count(model, most):
        try:
            for number in range(most):
                made.append(number)
                yield number
        finally:
            closed.append(True)

    stream = tiny.stream(count, entry, 100)
    assert [next(stream), next(stream)] == [0, 1]
    stream.close()
    assert made == [0, 1]
    assert closed == [True]


class Written:
    """A stream that says how often it was begun and how many items were made, and can be held."""

    def __init__(self):
        self.begun, self.made, self.closed = 0, [], 0
        self.go = threading.Event()

    def write(self, model, text):
        self.begun += 1
        try:
            for number in range(4):
                if number == 2:
                    self.go.wait(10)
                if text == "wrong" and number == 3:
                    raise UserError("no")
                self.made.append(number)
                yield f"{text} {number}"
        finally:
            self.closed += 1


def test_a_hall_that_asks_for_the_same_stream_watches_one(tiny, entry):
    written = Written()
    with ThreadPoolExecutor(30) as hall:
        watched = [
            hall.submit(lambda: list(tiny.stream(written.write, entry, "a"))) for _ in range(29)
        ]
        watching(tiny, 29)
        late = tiny.stream(written.write, entry, "a")
        assert [next(late), next(late)] == ["a 0", "a 1"]  # what there is, at once
        written.go.set()
        results = [one.result(10) for one in watched]
        assert list(late) == ["a 2", "a 3"]
    assert results == [["a 0", "a 1", "a 2", "a 3"]] * 29
    assert (written.begun, written.made, written.closed) == (1, [0, 1, 2, 3], 1)
    assert not tiny._streams._under_way
    list(tiny.stream(written.write, entry, "a"))
    assert written.begun == 2  # nothing is kept


def test_other_inputs_are_another_stream(tiny, entry):
    written = Written()
    one, other = (tiny.stream(written.write, entry, text) for text in "ab")
    assert [next(one), next(other)] == ["a 0", "b 0"]
    one.close()
    other.close()
    assert (written.begun, written.closed) == (2, 2)


def test_who_leaves_a_stream_takes_nobody_with_them(tiny, entry):
    written = Written()
    written.go.set()
    first, second = (tiny.stream(written.write, entry, "a") for _ in range(2))
    assert [next(first), next(second), next(first)] == ["a 0", "a 0", "a 1"]
    first.close()
    assert written.closed == 0
    assert list(second) == ["a 1", "a 2", "a 3"]
    assert (written.begun, written.made) == (1, [0, 1, 2, 3])


def test_what_a_stream_raises_is_everybodys(tiny, entry):
    written = Written()
    written.go.set()
    first, second = (tiny.stream(written.write, entry, "wrong") for _ in range(2))
    assert next(first) == next(second) == "wrong 0"
    for stream in (first, second):
        with pytest.raises(UserError, match="no"):
            list(stream)
    assert (written.begun, written.closed) == (1, 1)
    assert not tiny._streams._under_way


def test_a_verb_that_takes_its_own_turns_is_refused_before_it_begins_and_not_after(tiny, entry):
    tiny._turns, tiny._visitor = Turns(1, patience=0.05), lambda: "visitor"
    came, held = [], threading.Event()
    place = tiny._turns.place
    tiny._turns.place = lambda kind, asker: came.append(asker) or place(kind, asker)

    @takes_turns
    def steps(model):
        for _ in range(2):
            with asker().turn():
                yield "step"
        with asker().shared():
            yield "shared"

    def hold():
        with tiny._turns.one():
            held.set()
            time.sleep(0.5)

    with ThreadPoolExecutor(1) as hall:
        hall.submit(hold)
        assert held.wait(10)
        with pytest.raises(BusyError, match="busy: 1 are served before you"):
            next(tiny.stream(steps, entry))
    assert came[1:] == ["visitor"]
    coming = tiny.stream(steps, entry)
    assert next(coming) == "step"
    held.clear()
    coming.close()
    given = []

    @takes_turns
    def two(model):
        with asker().turn():
            given.append(1)
        blocked = hall.submit(hold)
        assert held.wait(10)
        with asker().turn():  # however long that takes
            given.append(2)
        blocked.result(10)
        return tuple(given)

    with ThreadPoolExecutor(1) as hall:
        assert tiny.ask(two, entry) == (1, 2)
    assert set(came) == {None, "visitor"}


def test_tokenizers_are_asked_without_the_network(tiny, entry):
    def size(model):
        assert model.model is None
        return len(model.tokenizer)

    assert tiny.tokenize(size, entry) == 11
    assert tiny.checkpoints.describe()[0]["state"] == "cold"


# Keys and results --------------------------------------------------------------------------------


def test_values_that_are_equal_in_python_are_still_asked_apart(entry):
    counter = Counter()
    keys = [key_of(counter.count, (entry, value), {}) for value in (1, True, 1.0, "1", (1,))]
    assert len(set(keys)) == len(keys)
    assert key_of(counter.count, (entry, [1]), {}) == key_of(counter.count, (entry, (1,)), {})


def test_a_picture_is_known_by_its_pixels(entry):
    white, black = Image.new("RGB", (4, 4), "white"), Image.new("RGB", (4, 4), "black")
    keys = [key_of(print, (entry, picture), {}) for picture in (white, white.copy(), black)]
    assert keys[0] == keys[1] != keys[2]


def test_results_leave_when_the_room_is_full_and_the_least_used_first():
    results = Results(10_000)
    for name in "ab":
        results.put(name, np.zeros(500))  # 4,000 bytes each, and a little more
    assert results.get("a") is not None
    results.put("c", np.zeros(500))
    assert results.get("b") is None
    assert results.get("a") is not None
    assert results.bytes <= 10_000


def test_a_result_of_more_than_half_the_room_is_not_kept():
    results = Results(10_000)
    results.put("a", np.zeros(1_000))
    assert results.get("a") is None
    assert results.bytes == 0


def test_the_arrays_of_a_result_are_weighed_and_not_copied():
    result = Counted("x", np.zeros(1_000_000))
    assert 8_000_000 <= bytes_of(result) < 8_001_000
    assert pickle.loads(pickle.dumps(result)).text == "x"
