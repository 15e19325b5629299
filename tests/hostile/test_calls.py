"""Whatever is asked of whatever the running page has: it takes no harm, and serves the next.

Endpoints and handlers come from /config, so those of a tab to come are asked too. The same calls
each time; `HOSTILE_MINUTES=10 pytest tests/hostile` makes others, for so long.
"""

import os
import time
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.hostile.values import anything, for_control
from tests.hostile.visitor import HANG, Call, Handler, Visitor

MINUTES = float(os.environ.get("HOSTILE_MINUTES", "0"))
CALLS = 8  # of each handler
EACH_TIME_THE_SAME = settings(
    max_examples=CALLS,
    database=None,
    deadline=None,
    derandomize=False,  # the seed is given, another for each handler
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANY = settings(EACH_TIME_THE_SAME, max_examples=25, phases=[Phase.generate, Phase.shrink])


@st.composite
def calls(draw: st.DrawFn, handler: Handler) -> Call:
    """A call with some values wrong, or all, or too few or too many, or with no list of them."""
    way = draw(st.sampled_from(("stays",) * 6 + ("leaves", "cancels")))
    values = list(handler.good)
    number = len(values)
    match draw(st.sampled_from(("some",) * 6 + ("all", "count", "body"))):
        case "some" if number:
            places = draw(st.sets(st.integers(0, number - 1), min_size=1, max_size=3))
            for place in sorted(places):
                values[place] = draw(for_control(handler.parts[place]))
        case "all" | "some":
            values = [draw(for_control(part)) for part in handler.parts]
        case "count":
            more = draw(st.lists(anything(), max_size=3))
            values = [*values, *more] if more else values[: draw(st.integers(0, number))]
        case "body":
            return Call({"data": draw(anything())}, way=way)
    if handler.name and draw(st.booleans()):
        return Call(dict(zip(handler.takes, values, strict=False)), named=True, way=way)
    beside = draw(st.sampled_from(({}, {"trigger_id": None}, {"event_data": draw(anything())})))
    return Call({"data": values} | beside, way=way)


@pytest.fixture(scope="module")
def visitor(server, client) -> Visitor:
    """Somebody at the page, from before the first call until after the last."""
    (files,) = (server.log.parent / "files").glob("lectern-*[!k]")
    return Visitor(server.url, server.log, files)


def harmless(visitor: Visitor, handler: Handler, number: int, extent: settings) -> None:
    """Raises what a call of this handler did."""

    @seed(number)
    @extent
    @given(calls(handler))
    def held(call: Call) -> None:
        visitor.makes(handler, call)

    held()
    visitor.succeeds(handler)


def test_no_call_of_any_handler_does_harm(visitor, subtests, record_property):
    begun = time.monotonic()
    number = int(time.time()) if MINUTES else 0
    extent = MANY if MINUTES else EACH_TIME_THE_SAME
    while True:
        for handler in visitor.handlers:
            with subtests.test(msg=str(handler)):
                harmless(visitor, handler, number + crc32(str(handler).encode()), extent)
        number += 1
        if time.monotonic() - begun > 60 * MINUTES:
            break
    seconds = time.monotonic() - begun
    record_property("tried", visitor.calls)  # benchmarks.attacks
    print(f"{visitor.calls:,} calls, {seconds:.0f} s, the slowest {visitor.slowest:.1f} s")
    assert visitor.calls >= CALLS * len(visitor.handlers) * 0.9


def test_nothing_is_left_but_what_somebody_was_told_of(visitor):
    stray = visitor.files / "stray.txt"
    stray.touch()
    assert str(stray) in visitor.orphans()  # they are seen
    stray.unlink()
    visitor.goes()
    late = time.monotonic() + HANG
    while visitor.orphans() and time.monotonic() < late:
        time.sleep(0.1)
    assert visitor.orphans() == []
