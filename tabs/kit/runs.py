"""How far a long computation is, told while what was on screen stays."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any

import gradio as gr

from core.errors import UserError, as_user_error
from core.progress import Here, Left, Progress, awaited, end_if_left, here
from core.text import checked_index
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.ids import id_of
from tabs.kit.notes import note_html

# Runs of all visitors. Nearly all of them wait for their turn at the model, where who asks for
# little is served first: a run that waited for a place here could not even say its verdict.
AT_ONCE = 160
MOST_RUNS = 2**53  # as far as a browser counts
OFTEN = 0.05  # seconds
LONG = 3  # pieces from which on progress is told


class Newest:
    """Which run of each visitor is the newest."""

    def __init__(self) -> None:
        self._runs: dict[str, int] = {}
        self._lock = threading.Lock()

    def begin(self, visitor: str, number: object) -> None:
        """Run `number` of this visitor, as the page counts them; the older ones are outdated.

        Two that were asked for at once may begin in either order, so the server cannot count.
        Raises UserError for what is no number.
        """
        number = checked_index(number, 0, MOST_RUNS, name="number of the run")
        with self._lock:
            self._runs[visitor] = max(number, self._runs.pop(visitor, 0))
            while len(self._runs) > 10_000:  # visitors who left long ago
                self._runs.pop(next(iter(self._runs)))

    def newest(self, visitor: str, number: int) -> bool:
        """Whether the visitor has changed nothing since."""
        return self._runs.get(visitor, number) == number


def on_change_with_progress(
    name: str,
    controls: Sequence[gr.components.Component],
    work: Callable[[Progress, Sequence[Any]], tuple[Any, ...]],
    outputs: Sequence[gr.components.Component],
    status: gr.HTML,
    note: gr.HTML,
    *,
    changed: Sequence[gr.components.Component] = (),
    early: Callable[[Progress, Sequence[Any]], tuple[Any, ...]] | None = None,
    coming: Callable[[Sequence[Any]], Iterator[tuple[Any, ...]]] | None = None,
) -> None:
    """Run `work(progress, values)` on the controls' values; a newer run ends an older one.

    A passage of 10,000 words takes half a minute; whoever types on need not wait for what was
    asked before, so runs of one visitor start at once and the outdated ones stop. Where not every
    control asks for a run, `changed` are those that do. What `early(progress, values)` gives is
    shown until the rest is there; () is nothing. So is what `coming(values)` yields, one after the
    other.
    """
    pressed = id_of(name, "runner")
    runner = gr.Button(visible="hidden", elem_id=pressed)
    settle = f"() => lectern.settle('{pressed}')"
    gr.on([c.change for c in changed or controls], None, None, None, js=settle, **IN_BROWSER)  # type: ignore[attr-defined]
    newest = Newest()

    # A generator must have no annotation that Gradio takes for an input, save the request.
    def run(request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        visitor, number = request.session_hash or "", values[-1]
        newest.begin(visitor, number)
        yield from framed(told(visitor, number, values[:-1]), status)

    def told(visitor: str, number: int, values: Sequence[Any]) -> Iterator[dict[Any, Any]]:
        def waits() -> bool:
            return newest.newest(visitor, number)

        for step in steps(early, values, waits) if early else ():
            if isinstance(step, tuple) and step:  # what is wrong is told by the work itself
                yield dict(zip(outputs, step, strict=True))
        for shown in pieces(coming(values), waits) if coming else ():
            yield dict(zip(outputs, shown, strict=True))
        for step in steps(work, values, waits):
            if isinstance(step, str):
                yield {status: step}
            elif isinstance(step, UserError):
                yield {note: note_html(step), status: ""}
            else:
                yield dict(zip(outputs, step, strict=True)) | {note: "", status: ""}

    settings = INSIDE | {"trigger_mode": "multiple", "concurrency_id": name}
    runner.click(
        run,
        [*controls, run_number()],
        [*outputs, status, note],
        concurrency_limit=AT_ONCE,
        js=NUMBERED,
        **settings,
    )


def framed(shown: Iterator[dict[Any, Any]], status: gr.HTML) -> Iterator[dict[Any, Any]]:
    """What a run shows, between two steps that show nothing.

    Gradio empties the outputs of a generator that yields nothing, as an outdated run would; and at
    the end it sends the last step again, by then perhaps after a newer run's result.
    """
    nothing = {status: gr.skip()}
    yield nothing
    yield from shown
    yield nothing


def pieces(coming: Iterator[tuple[Any, ...]], waits: Here) -> Iterator[tuple[Any, ...]]:
    """What comes while its visitor waits for it; what is wrong is told by the work itself.

    At least `OFTEN` seconds are between two of them: a browser draws no more.
    """
    shown_at = -OFTEN
    with suppress(UserError, Left), closing(coming):  # type: ignore[type-var]
        for shown in coming:
            if not waits():
                return
            if time.monotonic() - shown_at >= OFTEN:
                shown_at = time.monotonic()
                yield shown


# The page counts its runs: the last value that goes to the server is the number of this one.
NUMBERED = "(...values) => [...values.slice(0, -1), lectern.nextRun()]"


def run_number() -> gr.Number:
    """The last input of an event with `NUMBERED`."""
    return gr.Number(0, precision=0, visible=False)


def steps(
    work: Callable[[Progress, Sequence[Any]], tuple[Any, ...]],
    values: Sequence[Any],
    newest: Here,
) -> Iterator[str | UserError | tuple[Any, ...]]:
    """The progress as HTML while the work is long, then its result or the visitor's error.

    Where it is not the newest run any more, or its visitor has left, it ends and nothing follows.
    """
    news: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    closed = threading.Event()
    asked = here()

    def waits() -> bool:
        return newest() and not closed.is_set() and asked()

    def told(done: int, total: int) -> None:
        end_if_left()
        news.put((done, total))

    def run() -> tuple[Any, ...]:
        try:
            with awaited(waits):
                return work(told, values)
        finally:
            news.put(None)

    with ThreadPoolExecutor(1) as pool:
        # In the context of this run: what knows whether its visitor listens asks it there.
        future = pool.submit(copy_context().run, run)
        try:
            while (step := news.get()) is not None:
                if step[1] >= LONG:
                    yield progress_html(*step)
        finally:
            closed.set()  # a visitor who closes the page ends the work
        result: UserError | tuple[Any, ...]
        try:
            result = future.result()
        except Left:
            return
        except Exception as error:
            result = as_user_error(error)
        if newest():
            yield result


def progress_html(done: int, total: int) -> str:
    """One line: how many pieces of how many are read."""
    return (
        f'<p role="status">Reading: {done:,} of {total:,} pieces '
        f'<progress value="{done}" max="{total}"></progress></p>'
    )
