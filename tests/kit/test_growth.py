"""The longest texts that may be typed, in every view: drawn, refused, or given up when left.

A new view needs no test of its own. What grows steeply is told by `benchmarks.growth`.
"""

import time

import pytest

from benchmarks.growth import SHAPES, Cost, cost_of, exponent, searches, views
from core.progress import end_if_left
from models.serving import Desk

PATIENCE = 0.3  # seconds of a processor, after which the visitor leaves
ENDED = 6.0  # seconds after that, of a machine that does other things too; what is deaf takes more
WORST = ("one word", "other words", "spaces and joiners", "accents", "broken")


@pytest.fixture(scope="module")
def asked(checkpoints):
    """Every text of every view, and the search for the smallest edit."""
    desk = Desk(checkpoints, kept_bytes=1)
    return [*views(desk, []), *searches(desk)]


@pytest.mark.parametrize("shape", WORST)
def test_no_view_goes_on_for_a_visitor_who_has_left(asked, shape):
    costs = {}
    for name, most, work in asked:
        text = SHAPES[shape](most)
        costs[name] = cost_of(lambda text=text, work=work: work(text), most, PATIENCE)
    deaf = {name: cost for name, cost in costs.items() if cost.seconds > PATIENCE + ENDED}
    assert not deaf


def test_work_that_asks_nobody_is_found_and_work_that_does_is_given_up():
    def busy(ask):
        over = time.thread_time() + 0.5
        while time.thread_time() < over:
            if ask:
                end_if_left()

    assert cost_of(lambda: busy(ask=False), 1, 0.1).seconds > 0.4
    left = cost_of(lambda: busy(ask=True), 1, 0.1)
    assert (left.said, left.seconds < 0.4) == ("left", True)


def test_the_exponent_is_that_of_the_last_doubling():
    square = [Cost(1000, 1.0, ""), Cost(2000, 4.0, "")]
    assert exponent(square) == pytest.approx(2)
    assert exponent([Cost(1000, 0.001, ""), Cost(2000, 0.01, "")]) == 0  # noise
    assert exponent([Cost(1000, 1.0, ""), Cost(2000, 4.0, "It is too long.")]) == 0
