"""Gradio's queue, as far as the keeper (page/serving/keeper.py) sees it and moves it."""

import random
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
from fastapi import HTTPException, Request
from gradio.block_function import BlockFunction
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, EventQueue
from gradio.routes import App
from gradio.server_messages import CloseStreamMessage, ProcessCompletedMessage

Stage = Literal["waiting", "running", "done"]
END = f"data: {CloseStreamMessage().model_dump_json()}\n\n"  # the last word of a stream of results


@dataclass(frozen=True)
class Joining:
    """Somebody who asks for a place in the queue."""

    kind: str  # whose turn it waits for: events of one kind wait for each other
    session: str | None  # None: a script that names none
    waiting: int  # of this kind
    of_session: int  # that wait or run
    size: int  # bytes of what is asked
    before: int  # bytes of all that was asked and is not answered yet
    wait: float = 0.0  # seconds until all of this kind that wait now are answered; 0: not known


class Fair:
    """Whose turn it is in each queue: start-time fair queueing (Goyal et al. 1996), by visitor.

    An event's place is one behind the visitor's last, and never before that which was served last:
    so nobody waits for all that another asked before, and who comes often starves for nobody new.
    """

    def __init__(self) -> None:
        self._events: dict[str, tuple[str, int]] = {}  # queue and place
        self._visitors: dict[tuple[str, str], int] = {}  # the place of their last event
        self._now: dict[str, int] = {}  # the place that was served last, of each queue

    def join(self, lane: str, visitor: str, event: str) -> None:
        """An event of a visitor waits."""
        place = max(self._now.get(lane, 0), self._visitors.get((lane, visitor), 0)) + 1
        self._visitors[lane, visitor] = place
        self._events[event] = lane, place

    def place(self, event: str) -> int:
        """The lowest is served next; of equal ones the one that came first."""
        return self._events.get(event, ("", 0))[1]

    def take(self, lane: str, event: str, waiting: Collection[str]) -> None:
        """It is served, and these of its queue wait on; nothing else is remembered."""
        now = self._now[lane] = max(self._now.get(lane, 0), self.place(event))
        self._events = {
            name: one for name, one in self._events.items() if one[0] != lane or name in waiting
        }
        self._visitors = {
            key: place for key, place in self._visitors.items() if key[0] != lane or place > now
        }


class Line:
    """The events that wait, run, or are done and not heard of yet.

    `admit(joining)` is asked before an event is put in, and refuses it by raising;
    `joined(session, event)` is told of it afterwards. An event in `held` waits on when its turn
    comes. Visitors take turns: what one asks fifty times at once waits, but for the first, behind
    what another asks then once.
    """

    def __init__(
        self,
        app: App,
        admit: Callable[[Joining], None],
        joined: Callable[[str, str], None],
        held: Collection[str],
    ) -> None:
        blocks = app.get_blocks()
        self._queue, self._fns = blocks._queue, blocks.fns
        self._held = held
        self._sizes: dict[str, int] = {}  # of events, in bytes
        self._turns = Fair()
        push = self._queue.push

        async def asked(body: PredictBodyInternal, request: Request, username: str | None) -> Any:
            fn = self._fns.get(body.fn_index) if body.fn_index is not None else None
            if fn is None:
                raise HTTPException(404, f"This page has no event {str(body.fn_index)[:20]}.")
            size = len(await request.body())
            lane = self._queue.event_queue_per_concurrency_id.get(fn.concurrency_id)
            waiting = len(lane.queue) if lane else 0
            session = body.session_hash
            there = self.of_session(session) if session else 0
            wait = self._seconds(fn, lane) * waiting
            admit(Joining(kind_of(fn), session, waiting, there, size, self.size(), wait))
            done, event_id, state = await push(body, request, username)
            if done and isinstance(event_id, str):
                self._sizes[event_id] = size
                event = self._queue.event_ids_to_events[event_id]
                self._turns.join(fn.concurrency_id, event.session_hash, event_id)
                joined(event.session_hash, event_id)
            return done, event_id, state

        queue: Any = self._queue  # what is set here is not meant to be set
        queue.push, queue.get_events = asked, self._next
        queue.max_size = None  # it would count over all kinds
        queue.pending_messages_per_session.max_size = sys.maxsize  # of visitors who listen too
        # A summary of all events so far, by pandas after every event, for a view that is off.
        queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize
        queue.ANALYTICS_MAX_EVENTS = 1

    # What is there ------------------------------------------------------------------------------

    def knows(self, session: str) -> bool:
        """Whether anything of a session is asked, or was and may still be read."""
        return session in self._queue.pending_messages_per_session

    def of_session(self, session: str) -> int:
        """How many events of a session wait or run."""
        return sum(event in self._queue.event_ids_to_events for event in self.unread(session))

    def size(self) -> int:
        """Bytes of all that was asked and is not answered."""
        there = self._queue.event_ids_to_events
        self._sizes = {event: size for event, size in self._sizes.items() if event in there}
        return sum(self._sizes.values())

    def unread(self, session: str) -> list[str]:
        """The events of a session whose last word nobody has read."""
        return list(self._queue.pending_event_ids_session.get(session, ()))

    def readable(self, session: str) -> list[str]:
        """The unread events of a session that may be read yet; what can't be is deleted.

        Gradio deletes the messages of who hangs up, and leaves the names of what was running.
        """
        messages = self._queue.pending_messages_per_session
        for event_id in self.unread(session):
            event = self._queue.event_ids_to_events.get(event_id)
            if session not in messages or (event is not None and not event.alive):
                self.forget(session, event_id)
        return self.unread(session)

    def session_of(self, event_id: str) -> str | None:
        """Whose event this is; None where nothing is known of it any more."""
        event = self._queue.event_ids_to_events.get(event_id)
        if event is not None:
            return event.session_hash
        unread = self._queue.pending_event_ids_session.items()
        return next((session for session, events in unread if event_id in events), None)

    def stage(self, event_id: str) -> Stage:
        """Where an event stands; one that was taken out is done."""
        event = self._queue.event_ids_to_events.get(event_id)
        if event is None:
            return "done"
        return "waiting" if event in self._lane(event).queue else "running"

    # What is done about it ----------------------------------------------------------------------

    def end(self, event_id: str, sentence: str) -> None:
        """Take an event out, or stop it where it runs; who asks for it later reads what is said.

        A generator ends at its next step; what else runs ends by itself, and is not kept.
        """
        event = self._queue.event_ids_to_events.get(event_id)
        if event is None:
            return
        last = ProcessCompletedMessage(output={"error": sentence}, title="Error", success=False)
        self._queue.send_message(event, last)
        lane = self._lane(event)
        if event in lane.queue:
            lane.queue.remove(event)
            del self._queue.event_ids_to_events[event_id]
        event.alive = False

    def forget(self, session: str, event_id: str = "") -> None:
        """Delete what was said of an event; of a session without any other one, all of it."""
        unread = self._queue.pending_event_ids_session.get(session, set())
        unread.discard(event_id)
        messages = self._queue.pending_messages_per_session.get(session)
        if not unread:
            self._queue.pending_event_ids_session.pop(session, None)
            self._queue.pending_messages_per_session.pop(session, None)
        elif messages is not None:
            kept = [messages.get_nowait() for _ in range(messages.qsize())]
            for message in kept:
                if message.event_id != event_id:
                    messages.put_nowait(message)

    def _next(self) -> tuple[list[Event], bool, str] | None:
        """The next event and its kind, past those that are held. No event here is in a batch."""
        lanes = list(self._queue.event_queue_per_concurrency_id.values())
        random.shuffle(lanes)  # as Gradio does
        for lane in lanes:
            limit = lane.concurrency_limit
            if limit is None or lane.current_concurrency < limit:
                ready = [event for event in lane.queue if event._id not in self._held]
                if ready:
                    event = min(ready, key=lambda one: self._turns.place(one._id))
                    lane.queue.remove(event)
                    self._turns.take(lane.concurrency_id, event._id, self._waiting(lane))
                    return [event], False, lane.concurrency_id
        return None

    def _seconds(self, fn: BlockFunction, lane: EventQueue | None) -> float:
        """After how long one place of a queue is free again, on the average; 0 before any was."""
        limit = lane.concurrency_limit if lane else None
        known = self._queue.process_time_per_fn.get(fn)
        return known.avg_time / limit if known and limit else 0.0

    def _waiting(self, lane: EventQueue) -> set[str]:
        return {event._id for event in lane.queue}

    def _lane(self, event: Event) -> EventQueue:
        return self._queue.event_queue_per_concurrency_id[event.concurrency_id]


def waiting(page: gr.Blocks) -> dict[str, int]:
    """How many events of each kind wait, of the kinds that were ever asked for."""
    return {kind: len(lane.queue) for kind, lane in _lanes(page)}


def running(page: gr.Blocks) -> dict[str, int]:
    """How many events of each kind run, of the kinds that were ever asked for."""
    return {kind: lane.current_concurrency for kind, lane in _lanes(page)}


def _lanes(page: gr.Blocks) -> list[tuple[str, EventQueue]]:
    kinds = {fn.concurrency_id: kind_of(fn) for fn in page.fns.values()}
    lanes = list(page._queue.event_queue_per_concurrency_id.items())
    return [(kinds[name], lane) for name, lane in lanes if name in kinds]


def kind_of(fn: BlockFunction) -> str:
    """The name of an event's queue; that of an endpoint with a queue of its own is the endpoint's.

    Gradio names such a queue by the place of the handler in memory.
    """
    alone = fn.concurrency_id == str(id(fn.fn))
    return f"/{fn.api_name or fn._id}" if alone else fn.concurrency_id
