"""Turns at the cores: in the order in which they are due, which is soon for what is short."""

import threading
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from core.errors import BusyError
from models.checkpoints import Checkpoints
from models.serving import Desk, turns
from models.serving.turns import PATIENCE, STRETCH, USUAL, Turns


@pytest.fixture
def clock(monkeypatch):
    """The time, which stands still until it is moved."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def hall():
    """One core, where two kinds are known: one takes 0.3 s, the other 0.01."""
    hall = Turns(1)
    for _ in range(100):
        hall.took("long", 0.3)
        hall.took("short", 0.01)
    return hall


def come(hall, order, kind, waiting, asker=None):
    """Somebody comes and waits for a turn, as the so manieth."""

    def take():
        with hall.one(kind, asker=asker):
            order.append(asker or kind)

    thread = threading.Thread(target=take)
    thread.start()
    while len(hall._waiting) < waiting:
        threading.Event().wait(0.005)
    return thread


def served(hall, *came, clock=None):
    """The order in which they are served who come while somebody has a turn: (kind, seconds)."""
    order, threads = [], []
    with hall.one():
        for number, (kind, seconds) in enumerate(came, 1):
            if clock:
                clock.now += seconds
            threads.append(come(hall, order, kind, number))
    for thread in threads:
        thread.join(10)
    return order


def test_of_one_kind_who_came_first_is_served_first(hall):
    order, threads = [], []
    with hall.one():
        for name in "abc":

            def take(name=name):
                with hall.one("short"):
                    order.append(name)

            threads.append(threading.Thread(target=take))
            threads[-1].start()
            while len(hall._waiting) < len(threads):
                threading.Event().wait(0.005)
    for thread in threads:
        thread.join(10)
    assert order == ["a", "b", "c"]


def test_what_is_short_does_not_wait_behind_a_hall_that_asks_for_what_is_long(hall):
    assert served(hall, ("long", 0), ("long", 0), ("short", 0)) == ["short", "long", "long"]


def test_what_is_long_does_not_wait_for_all_that_is_short_and_comes_later(hall, clock):
    came = ("long", 0), ("short", 1), ("short", 0.3 * STRETCH)  # by when the long one is due
    assert served(hall, *came, clock=clock) == ["short", "long", "short"]


def test_who_asks_often_at_once_does_not_hold_up_who_asks_once(hall, clock):
    order, threads = [], []
    with hall.one():
        for number, asker in enumerate([*["many"] * 10, "one"], 1):
            threads.append(come(hall, order, "long", number, asker))
    for thread in threads:
        thread.join(10)
    assert order == ["many", "one", *["many"] * 9]


def test_what_takes_minutes_is_due_before_it_would_be_refused(clock):
    hall = Turns(1)
    hall._usual["minutes"] = 300.0
    came = ("minutes", 0), ("quick", PATIENCE / 2 + 1)
    assert served(hall, *came, clock=clock) == ["minutes", "quick"]


def test_a_turn_beside_others_has_one_core_and_one_alone_has_all(monkeypatch):
    entered = []
    monkeypatch.setattr(turns, "one_core", lambda: nullcontext(entered.append(1)))
    hall = Turns(2)
    with hall.one():
        assert not entered
        with hall.one():
            assert len(entered) == 1


def test_what_a_turn_takes_is_known_by_its_kind_and_waiting_is_no_part_of_it(clock):
    hall = Turns(1)
    hall._usual["other"] = 0.01  # so that it is let go first

    def other():
        with hall.one("other"):
            clock.now += 10

    with hall.one("own") as turn:
        thread = threading.Thread(target=other)
        thread.start()
        while not hall._waiting:
            threading.Event().wait(0.005)
        turn.pass_on()
    thread.join(10)
    assert hall.usual("own") < USUAL < 1 <= hall.usual("other")


def test_the_desk_knows_how_long_each_verb_takes(space, clock):
    desk = Desk(Checkpoints(space))

    def slow():
        clock.now += 3
        return "done"

    def quick():
        return "done"

    assert desk.ask(slow) == desk.ask(quick) == "done"
    known = {name.rpartition(".")[2]: seconds for name, seconds in desk._turns._usual.items()}
    assert known["quick"] < USUAL < known["slow"]


def test_the_desk_knows_who_asks(space):
    visitors = iter(["many", "many", "many", "one"])
    desk = Desk(Checkpoints(space), visitor=lambda: next(visitors))
    desk._turns = Turns(1)
    order, threads = [], []

    def verb(name):
        order.append(name)

    with desk._turns.one():
        for number, name in enumerate(("first", "second", "third", "other"), 1):
            threads.append(threading.Thread(target=desk.ask, args=(verb, name)))
            threads[-1].start()
            while len(desk._turns._waiting) < number:
                threading.Event().wait(0.005)
    for thread in threads:
        thread.join(10)
    assert order == ["first", "other", "second", "third"]


@pytest.mark.parametrize(
    ("other", "ended"), [("long", ["own", "long"]), ("short", ["short", "own"])]
)
def test_long_work_lets_go_between_its_parts_what_is_short_and_no_more(hall, other, ended):
    order = []
    with hall.one("long") as turn:
        thread = come(hall, order, other, 1)
        turn.pass_on()
        order.append("own")
    thread.join(10)
    assert order == ended


def test_who_waits_too_long_is_told_how_busy_it_is_and_when_to_come_again():
    hall = Turns(1, patience=0.05)
    with (
        hall.one(),
        pytest.raises(BusyError, match=r"1 are served before you.*in about 1 s"),
        hall.one(),
    ):
        raise AssertionError
    with hall.one():  # the refused one left no trace
        pass


def test_the_wait_that_is_told_is_that_of_what_is_served_before(hall):
    hall._usual["hours"] = 20.0
    order = []
    with hall.one():
        threads = [come(hall, order, "long", number) for number in (1, 2, 3)]
        last = turns._Waiting(due=float("inf"), number=9, kind="hours", asker=None)
        assert "4 are served before you. Try again in about 21 s" in str(hall._busy(last))
    for thread in threads:
        thread.join(10)
