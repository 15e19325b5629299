"""The keeper beside the queue, over real HTTP: who gets in, and what nobody listens to."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from starlette.middleware import Middleware

from core.spacefile import Queue
from page.serving import Kept, keeper, kept_by
from page.serving.rate import Rate
from tabs.kit.gradio_inside import line
from tests.conftest import free_port

# Small, so that few requests fill it; and far more newcomers than a test has.
LIMITS = Queue(
    max_size=6,
    concurrency=1,
    session_size=4,
    waiting_bytes=20_000,
    new_sessions=60,
    new_sessions_at_once=1000,
)


class Hall:
    """A page with three endpoints, its keeper, and a clock that the test sets."""

    def __init__(self, limits: Queue = LIMITS) -> None:
        self.gate, self.calls, self.ended, self.left = threading.Event(), [], [], set()
        self.ahead = 0.0  # seconds that the keeper's clock is ahead
        with gr.Blocks(analytics_enabled=False) as self.page:
            gr.api(self.slow, api_name="slow")
            gr.api(self.quick, api_name="quick")
            gr.api(self.steps, api_name="steps")
        self.page.queue(max_size=limits.max_size, default_concurrency_limit=1, api_open=False)
        port = free_port()
        clock = lambda: time.monotonic() + self.ahead  # noqa: E731
        kept = kept_by(limits, self.left.update, clock)
        app, *_ = self.page.launch(
            server_port=port,
            quiet=True,
            _frontend=False,  # it would ask for the page itself, and give up on a busy machine
            prevent_thread_lock=True,
            app_kwargs={"middleware": [Middleware(Kept)], "lifespan": kept},
        )
        self.keeper = app.state.keeper
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{port}/gradio_api", timeout=30)

    def slow(self, text: str) -> str:
        self.calls.append(text)
        assert self.gate.wait(30)
        return text

    def quick(self, text: str) -> str:
        self.calls.append(text)
        return text

    def steps(self, text: str) -> Iterator[str]:
        self.calls.append(text)
        try:
            while not self.gate.wait(0.02):
                yield text
        finally:
            self.ended.append(text)

    def ask(self, name: str, text: str, session: str | None = None) -> httpx.Response:
        body = {"data": [text]} | ({"session_hash": session} if session else {})
        return self.web.post(f"/call/{name}", json=body)

    def asked(self, name: str, text: str, session: str | None = None) -> str:
        answer = self.ask(name, text, session)
        assert answer.status_code == 200, answer.text
        return answer.json()["event_id"]

    def read(self, name: str, event: str) -> str:
        return self.web.get(f"/call/{name}/{event}").text

    def close(self) -> None:
        self.gate.set()
        self.web.close()
        self.page.close(verbose=False)


@pytest.fixture
def hall(monkeypatch):
    monkeypatch.setattr(keeper, "OFTEN", 0.02)
    hall = Hall()
    yield hall
    hall.close()


def within(holds, seconds=30):
    """Wait until something holds; the machine may be busy."""
    late = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < late, "it did not come to hold"
        time.sleep(0.02)


def waiting(hall):
    return sum(line.waiting(hall.page).values())


def memory(hall, name):
    return hall.keeper.in_memory()[name]


# Nobody listens ----------------------------------------------------------------------------------


def test_what_nobody_listens_to_is_taken_out_and_says_so_to_who_comes_late(hall):
    events = [hall.asked("slow", str(number)) for number in range(3)]
    within(lambda: len(hall.calls) == 1)
    assert line.waiting(hall.page) == {"/slow": 2}
    hall.ahead = 11
    within(lambda: hall.keeper.dropped == 3)
    assert waiting(hall) == 0
    said = [hall.read("slow", event) for event in events[1:]]
    assert all("Nobody listened for 10 s, so this was not computed: ask ag" in s for s in said)
    assert all(s.startswith("event: error") for s in said)
    hall.gate.set()  # what ran comes to its end, and its result is not kept either
    within(lambda: line.running(hall.page) == {"/slow": 0})
    assert "Nobody listened" in hall.read("slow", events[0])
    assert hall.calls == ["0"]
    within(lambda: memory(hall, "sessions") == memory(hall, "unheard") == 0)


def test_a_stream_on_which_nothing_comes_ends_with_its_last_word(hall):
    """Gradio would break it off, with a traceback in the log and a complaint in the browser."""
    hall.gate.set()
    hall.read("quick", hall.asked("quick", "one", "visitor"))
    for session in ("visitor", "nobody"):
        within(lambda name=session: not hall.keeper._line.knows(name))
        answer = hall.web.get(f"/queue/data?session_hash={session}")
        assert answer.text == 'data: {"msg":"close_stream","event_id":null}\n\n'
        assert answer.headers["content-type"].startswith("text/event-stream")


def test_steps_that_nobody_listens_to_end_at_the_next_one(hall):
    hall.asked("steps", "a")
    within(lambda: hall.calls == ["a"])
    hall.ahead = 11
    within(lambda: hall.ended == ["a"])
    within(lambda: line.running(hall.page) == {"/steps": 0})


def test_who_listens_is_waited_for_as_long_as_it_takes(hall):
    first, second = hall.asked("slow", "a"), hall.asked("slow", "b")
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(hall.read, "slow", event) for event in (first, second)]
        within(lambda: memory(hall, "listening") == 2)
        hall.ahead = 10_000
        time.sleep(0.2)  # many a look around
        hall.gate.set()
        for answer, text in zip(answers, "ab", strict=True):
            assert answer.result(30).endswith(f'event: complete\ndata: ["{text}"]\n\n')
    assert hall.keeper.dropped == 0


def test_a_result_is_kept_for_a_minute_and_not_for_two(hall):
    events = [hall.asked("quick", text) for text in "ab"]
    within(lambda: sorted(hall.calls) == ["a", "b"])
    within(lambda: line.running(hall.page) == {"/quick": 0})
    hall.ahead = 50
    time.sleep(0.2)
    assert 'data: ["a"]' in hall.read("quick", events[0])
    hall.ahead += 61
    within(lambda: memory(hall, "unheard") == 0)
    late = hall.web.get(f"/call/quick/{events[1]}")
    assert late.status_code == 404
    assert "There is no answer of this name here: it was read already, or not in" in late.text
    within(lambda: memory(hall, "sessions") == 0)


def test_of_what_nobody_has_read_only_the_newest_is_kept(hall, monkeypatch):
    monkeypatch.setattr(keeper, "MOST_KEPT", 2)
    events = [hall.asked("quick", str(number)) for number in range(4)]
    within(lambda: len(hall.calls) == 4 and memory(hall, "unheard") == 2)
    assert [hall.web.get(f"/call/quick/{event}").status_code for event in events[:2]] == [404] * 2
    assert 'data: ["3"]' in hall.read("quick", events[3])


def test_without_a_free_slot_nothing_is_computed_before_somebody_listens(hall, monkeypatch):
    monkeypatch.setattr(keeper, "SLOTS", 1)
    first = hall.asked("quick", "first")
    within(lambda: hall.calls == ["first"])
    second = hall.asked("quick", "second")
    time.sleep(0.2)
    assert hall.calls == ["first"]
    assert line.waiting(hall.page) == {"/quick": 1}
    assert 'data: ["second"]' in hall.read("quick", second)
    assert 'data: ["first"]' in hall.read("quick", first)


def test_one_that_waits_for_a_listener_does_not_keep_the_others_waiting(hall, monkeypatch):
    monkeypatch.setattr(keeper, "SLOTS", 0)
    hall.asked("quick", "unheard")
    assert 'data: ["heard"]' in hall.read("quick", hall.asked("quick", "heard"))
    assert hall.calls == ["heard"]


def test_of_who_hangs_up_nothing_is_kept(hall):
    event = hall.asked("slow", "a")
    with hall.web.stream("GET", f"/call/slow/{event}"):
        within(lambda: hall.calls == ["a"])
    within(lambda: memory(hall, "listening") == 0)
    within(lambda: memory(hall, "unheard") == memory(hall, "sessions") == 0)
    hall.gate.set()
    within(lambda: line.running(hall.page) == {"/slow": 0})
    assert hall.web.get(f"/call/slow/{event}").status_code == 404


# Who gets in -------------------------------------------------------------------------------------


def test_a_full_queue_refuses_its_own_kind_alone_and_says_how_full_it_is(hall):
    for number in range(7):
        hall.asked("slow", str(number))
        within(lambda: len(hall.calls) == 1)  # one runs, the others wait
    refused = hall.ask("slow", "one more")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.json()["detail"] == (
        "This page is busy: 6 wait here already; ask again in about 5 s."
    )
    assert 'data: ["other"]' in hall.read("quick", hall.asked("quick", "other"))
    assert hall.keeper.admission.refused == {"kind": 1}


def test_who_finds_no_place_hears_how_long_those_before_them_take(hall):
    handler = next(fn for fn in hall.page.fns.values() if fn.api_name == "slow")
    hall.page._queue.process_time_per_fn[handler].add(15.0)
    for number in range(7):
        hall.asked("slow", str(number))
        within(lambda: len(hall.calls) == 1)
    refused = hall.ask("slow", "one more")
    assert refused.headers["Retry-After"] == "9"  # a tenth of it, by when some have left
    assert refused.json()["detail"] == (
        "This page is busy: 6 wait here already, which takes about 90 s; ask again in about 9 s."
    )


def test_one_visitor_has_no_more_than_their_share(hall):
    for number in range(4):
        hall.asked("slow", str(number), "greedy")
    for name in ("slow", "quick"):
        refused = hall.ask(name, "one more", "greedy")
        assert refused.status_code == 503
        assert "4 of your computations wait or run here already, and at most 4" in refused.text
    assert 'data: ["other"]' in hall.read("quick", hall.asked("quick", "other", "another"))
    assert hall.keeper.admission.refused == {"session": 2}


def test_visitors_take_turns_however_much_one_asks_at_once(hall):
    for number in range(4):
        hall.asked("slow", f"greedy {number}", "greedy")
        within(lambda: len(hall.calls) == 1)  # one runs, the others wait
    last = hall.asked("slow", "one call", "another")
    hall.gate.set()
    assert 'data: ["one call"]' in hall.read("slow", last)
    within(lambda: len(hall.calls) == 5)
    assert hall.calls == ["greedy 0", "greedy 1", "one call", "greedy 2", "greedy 3"]


def test_of_turns_only_what_waits_is_remembered_and_who_comes_often_is_not_last_for_ever():
    fair = line.Fair()
    for event in "abc":
        fair.join("models", "often", event)
    fair.join("models", "new", "d")
    assert [fair.place(event) for event in "abcd"] == [1, 2, 3, 1]
    fair.take("models", "a", "bcd")
    fair.take("models", "d", "bc")
    fair.join("models", "newer", "e")  # behind what was served, so beside the second of "often"
    assert fair.place("e") == fair.place("b") == 2
    for event, rest in (("b", "ce"), ("e", "c"), ("c", "")):
        fair.take("models", event, rest)
    assert not fair._events
    assert not fair._visitors


def test_what_waits_has_no_more_than_so_many_bytes(hall):
    hall.asked("slow", "a" * 15_000)
    assert 15_000 < memory(hall, "bytes_asked") < 15_100
    refused = hall.ask("quick", "a" * 10_000)
    assert refused.status_code == 503
    assert "bytes together, and at most 20,000 may wait" in refused.text
    hall.gate.set()
    within(lambda: memory(hall, "bytes_asked") == 0)
    assert hall.ask("quick", "a" * 10_000).status_code == 200


def test_a_hall_gets_in_and_no_more_newcomers_than_so_many_a_minute(monkeypatch):
    monkeypatch.setattr(keeper, "OFTEN", 0.02)
    crowd = Queue(max_size=50, concurrency=1, new_sessions=60, new_sessions_at_once=5)
    hall = Hall(crowd)
    monkeypatch.setattr(hall.keeper.admission._rate, "_clock", lambda: hall.ahead)
    try:
        assert all(hall.ask("quick", "a", f"session{n}").status_code == 200 for n in range(4))
        assert hall.ask("quick", "a").status_code == 200  # a script that names no session
        for session in ("another", None):
            refused = hall.ask("quick", "a", session)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
            assert "More than 60 new visitors a minute came from your address" in refused.text
        # Past the queue the same; who is known gets in, and makes no newcomer of themselves.
        body = {"data": [], "fn_index": 0, "session_hash": "unknown"}
        assert hall.web.post("/run/predict", json=body).status_code == 429
        assert hall.ask("quick", "a", "session0").status_code == 200
        assert hall.keeper.admission.refused == {"address": 3}
        hall.ahead = 2.5
        assert [hall.ask("quick", "a", f"late{n}").status_code for n in range(3)] == [
            200,
            200,
            429,
        ]
    finally:
        hall.close()


def test_each_address_has_a_bucket_and_a_network_of_ipv6_has_one_together():
    now = SimpleNamespace(is_=0.0)
    rate = Rate(60, 2, lambda: now.is_)
    assert [rate.take("10.0.0.1") for _ in range(3)] == [0, 0, 1]
    assert rate.take("10.0.0.2") == 0
    assert [rate.take(f"2001:db8::{n}") for n in range(3)] == [0, 0, 1]
    assert rate.take("2001:db8:0:1::1") == 0
    assert rate.take("::ffff:10.0.0.1") == 1  # as a socket for both families names it
    now.is_ = 0.5
    assert rate.take("10.0.0.1") == 0.5
    now.is_ = 600
    assert [rate.take("10.0.0.1") for _ in range(3)] == [0, 0, 1]
    assert rate.take("no address") == 0


# Who leaves --------------------------------------------------------------------------------------


def test_pages_that_go_are_told_of_and_no_session_is_made_for_them(hall):
    streams = [hall.web.stream("GET", f"/heartbeat/unknown{n}") for n in range(8)]
    for stream in streams:
        stream.__enter__()
    within(lambda: memory(hall, "pages") == 8)
    for stream in streams[1:]:
        stream.__exit__(None, None, None)
    within(lambda: hall.left == {f"unknown{n}" for n in range(1, 8)})
    assert (memory(hall, "pages"), memory(hall, "sessions")) == (1, 0)
    streams[0].__exit__(None, None, None)


def test_when_the_server_ends_everybody_leaves(monkeypatch):
    monkeypatch.setattr(keeper, "OFTEN", 1000)  # nobody looks around before that
    hall = Hall()
    with hall.web.stream("GET", "/heartbeat/here"):
        within(lambda: memory(hall, "pages") == 1)
        hall.close()
    within(lambda: hall.left == {"here"})


# What Gradio does beside -------------------------------------------------------------------------


def test_no_summary_of_all_events_is_made_and_no_list_of_them_kept(hall):
    for number in range(3):
        hall.read("quick", hall.asked("quick", str(number)))
    queue = hall.page._queue
    within(lambda: line.running(hall.page) == {"/quick": 0})
    assert queue.cached_event_analytics_summary == {"functions": {}}
    assert len(queue.event_analytics) == 1


def test_an_event_that_is_not_there_is_a_sentence(hall):
    body = {"data": [], "fn_index": 99_999, "session_hash": "mine"}
    refused = hall.web.post("/queue/join", json=body)
    assert (refused.status_code, refused.json()["detail"]) == (
        404,
        "This page has no event 99999.",
    )


def test_what_is_free_in_memory_is_given_back_now_and_then(hall, monkeypatch):
    given = threading.Event()
    monkeypatch.setattr(keeper, "give_back", given.set)
    assert not given.wait(2 * keeper.OFTEN)  # not at each look around
    hall.ahead += keeper.SELDOM
    assert given.wait(10)
