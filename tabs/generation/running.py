"""What follows a change on the Generation tab: tokens as they are made, then the whole view."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.errors import UserError, as_user_error
from core.progress import Progress
from figures.generation.text import streamed_token, streaming_html
from models.checkpoints import Checkpoints
from tabs.generation.choices import STEM, WRITING, Choices, Controls, models_shown
from tabs.generation.numbers import snippet
from tabs.generation.pictures import checked_view, draw, text_beside
from tabs.generation.writing import Written, write
from tabs.kit.beside import Shown, is_second, shown_beside
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.notes import note_html
from tabs.kit.runs import NUMBERED, Newest, Outdated, framed, run_number, steps

AT_ONCE = 8  # runs of all visitors; they take turns at the model, token by token
OFTEN = 0.15  # seconds between two pictures of a text: a browser draws no more of them
TYPING = 400  # milliseconds without a key before a prompt is gone on from
RUNNER = f"{STEM}-runner"


@dataclass(frozen=True)
class Stage:
    """The parts of the page that a run writes to."""

    picture: gr.HTML
    table: gr.HTML
    code: gr.Code
    status: gr.HTML
    note: gr.HTML
    kept: gr.State  # a `Written`, or None

    @property
    def outputs(self) -> list[gr.components.Component]:
        """All of them."""
        return [self.picture, self.table, self.code, self.status, self.note, self.kept]


class Runs(Newest):
    """The newest run of each visitor, and whether it was asked to stop where it is."""

    def __init__(self) -> None:
        super().__init__()
        self._stopped: dict[str, int] = {}

    def stop(self, visitor: str) -> None:
        """The run of now keeps what it has and makes no further token."""
        with self._lock:
            self._stopped[visitor] = self._runs.get(visitor, 0)
            while len(self._stopped) > 10_000:  # visitors who left long ago
                self._stopped.pop(next(iter(self._stopped)))

    def stopped(self, visitor: str, number: int) -> bool:
        """Whether nobody waits for further tokens of this run."""
        return self._stopped.get(visitor) == number or self._runs.get(visitor, number) != number


def wire_runs(
    checkpoints: Checkpoints, controls: Controls, stage: Stage, again: gr.Button, stop: gr.Button
) -> None:
    """Run on every change; a newer run ends an older one, and a click on Stop ends its tokens."""
    runs = Runs()
    chosen = list(controls.values())
    runner = gr.Button(visible="hidden", elem_id=RUNNER)

    # A generator must have no annotation that Gradio takes for an input, save the request.
    def run(request: gr.Request, kept: Any, *numbered: Any) -> Iterator[dict[Any, Any]]:
        *values, number = numbered
        visitor = request.session_hash or ""
        runs.begin(visitor, number)
        yield from framed(told(visitor, number, kept, values), stage.status)

    def told(
        visitor: str, number: int, kept: Any, values: Sequence[Any]
    ) -> Iterator[dict[Any, Any]]:
        choices = Choices(**dict(zip(controls, values, strict=True)))
        one = _Run(
            checkpoints,
            choices,
            stage,
            lambda: runs.stopped(visitor, number),
            lambda: runs.check(visitor, number),
        )
        try:
            for written in one.shown(kept):
                yield _with_controls(written, choices, controls)
        except Outdated:
            return
        except Exception as error:
            yield {stage.note: note_html(as_user_error(error)), stage.status: ""}

    def anew(request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from run(request, None, *values)

    def halt(request: gr.Request) -> None:
        runs.stop(request.session_hash or "")

    outputs = [*stage.outputs, controls["branches"], controls["branch"]]
    queued: dict[str, Any] = INSIDE | {"trigger_mode": "multiple", "concurrency_id": STEM}
    queued |= {"concurrency_limit": AT_ONCE, "js": NUMBERED}
    runner.click(run, [stage.kept, *chosen, run_number()], outputs, **queued)
    again.click(anew, [*chosen, run_number()], outputs, **queued)
    # Not in the queue, where it would wait for what it is to end.
    stop.click(halt, None, None, queue=False, show_progress="hidden", api_visibility="private")
    typed = {"prompt": TYPING, "text": TYPING}
    for name, control in controls.items():
        settle = f"() => lectern.settle('{RUNNER}', {typed.get(name, 50)})"
        control.change(None, None, None, js=settle, **IN_BROWSER)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Run:
    """One run: what it is asked for, where it writes, and who waits for it."""

    checkpoints: Checkpoints
    choices: Choices
    stage: Stage
    stopped: Callable[[], bool]
    check: Callable[[], None]  # raises Outdated

    def shown(self, kept: Written | None) -> Iterator[dict[Any, Any]]:
        """What the page shows, step by step. Raises UserError, and Outdated."""
        checked_view(self.choices)
        written = None
        if self.choices.view in WRITING:
            for update in self._writing(kept):
                if isinstance(update, Written):
                    written = update
                else:
                    yield update
        stage = self.stage

        def work(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
            def show_one(choices: Choices) -> Shown:
                text = self._beside(choices, progress) if is_second(choices) else written
                drawn = draw(self.checkpoints, choices, text, progress)
                checkpoint = self.checkpoints.named(choices.model, STEM)
                return drawn.picture, drawn.table, snippet(checkpoint, choices, text)

            shown = models_shown(self.checkpoints, self.choices)
            return shown_beside(self.checkpoints, STEM, shown, show_one)

        for step in steps(work, (), self.check):
            if isinstance(step, str):
                yield {stage.status: step}
            elif isinstance(step, UserError):
                raise step
            else:
                shown = dict(zip((stage.picture, stage.table, stage.code), step, strict=True))
                told = {stage.status: "", stage.note: ""}
                yield shown | told | ({stage.kept: written} if written else {})

    def _beside(self, choices: Choices, progress: Progress) -> Written | None:
        """The text of the second model, where the view is of one text."""
        if choices.view not in WRITING:
            return None
        gpt2 = self.checkpoints.load(self.checkpoints.named(choices.model, STEM))
        return text_beside(gpt2, choices, self.stopped, progress)

    def _writing(self, kept: Written | None) -> Iterator[dict[Any, Any] | Written]:
        """The text so far as its tokens come, then the whole of it.

        A visitor who leaves is noticed where this yields: within a token, or within `OFTEN`.
        """
        gpt2 = self.checkpoints.load(self.checkpoints.named(self.choices.model, STEM))
        text, count, spent, told = "", 0, 0.0, 0.0
        for piece in write(gpt2, self.choices, kept, self.stopped):
            self.check()
            if isinstance(piece, Written):
                yield piece
            elif piece.step is None:
                text, count, spent = streaming_html(piece.prompt), 0, 0.0
            else:
                text += streamed_token(piece.step)
                count, spent = count + 1, spent + piece.step.milliseconds
                if time.monotonic() - told < OFTEN:
                    continue
                told = time.monotonic()
                status = progress_html(count, self.choices.max_new_tokens, spent / count)
                shows = {self.stage.picture: text} if self.choices.view == "write" else {}
                yield {self.stage.status: status} | shows


def _with_controls(shown: dict[Any, Any], choices: Choices, controls: Controls) -> dict[Any, Any]:
    """What is shown; where a choice led back to a branch that is there, its controls say so."""
    for value in shown.values():
        if isinstance(value, Written) and len(value.choices) < len(choices.chosen):
            return shown | {
                controls["branches"]: value.branches,
                controls["branch"]: value.last,
            }
    return shown


def progress_html(count: int, most: int, milliseconds: float) -> str:
    """One line: how many tokens are made, and how long one takes."""
    return (
        f'<p role="status">Token {count:,} of at most {most:,}, '
        f'{milliseconds:.1f} ms each <progress value="{count}" max="{most}"></progress></p>'
    )
