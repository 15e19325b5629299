"""What follows a change on the Generation tab: tokens as they are made, then the whole view."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from core.errors import UserError, as_user_error
from core.progress import Here, Left, Progress
from figures.generation.text import streamed_token, streaming_html
from models.decoding import MOST
from services.generation.generate import STOPPED
from tabs.generation.choices import BUTTONS, STEM, TEXT, Choices
from tabs.generation.writing import Kept, Piece, TextView, Written, kept_of, write
from tabs.kit.banner import with_question
from tabs.kit.build import show_all
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.notes import note_html
from tabs.kit.runs import NUMBERED, Newest, framed, run_number, steps
from tabs.kit.scaffold import Scaffold
from tabs.kit.view import Asked, Drawn

OFTEN = 0.15  # seconds between two pictures of a text: a browser draws no more of them
TYPING = 400  # milliseconds without a key before a prompt is gone on from
AT_REST = 50  # milliseconds after any other change
RUNNER = f"{STEM}-runner"
ANOTHER = "↻ Another"
CAN_DIFFER = "(greedy, temperature) => lectern.canDiffer(greedy, temperature)"
Outputs = dict[Any, Any]  # what a run shows, by the component that shows it


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
        return self._stopped.get(visitor) == number or not self.newest(visitor, number)


# The buttons, and what follows what --------------------------------------------------------------


def draw_buttons(scaffold: Scaffold) -> None:
    """Another text; stop writing it, or write the rest of one that was stopped; the text is kept.

    They stand at the picture, where what they do is seen, also in Present and on a phone.
    """
    with gr.Row(elem_classes=[f"set-{BUTTONS}", "buttons"]):
        look: dict[str, Any] = {"size": "md", "min_width": 0}
        scaffold.parts["again"] = gr.Button("Write the rest", elem_classes=["again"], **look)
        scaffold.parts["stop"] = gr.Button("Stop", elem_classes=["stop"], **look)
        scaffold.parts["another"] = gr.Button(ANOTHER, variant="primary", **look)
    scaffold.more.append(gr.State(time_to_live=3600))  # `Kept`, or None


def wire_runs(scaffold: Scaffold) -> None:
    """Run on every change; a newer run ends an older one, and a click on Stop ends its tokens."""
    runs = Runs()

    # A generator must have no annotation that Gradio takes for an input, save the request.
    def run(request: gr.Request, *values: Any) -> Iterator[Outputs]:
        *inputs, number = values
        visitor = request.session_hash or ""
        runs.begin(visitor, number)
        begun = Run(
            scaffold,
            *scaffold.chosen(inputs),
            lambda: runs.stopped(visitor, number),
            lambda: runs.newest(visitor, number),
        )
        yield from framed(begun.outputs(), scaffold.status)

    def anew(request: gr.Request, *values: Any) -> Iterator[Outputs]:
        *inputs, number = values
        yield from run(request, *inputs, None, number)

    def halt(request: gr.Request) -> None:
        runs.stop(request.session_hash or "")

    controls, (kept,) = scaffold.controls, scaffold.more
    outputs = [scaffold.picture, scaffold.table, scaffold.code, scaffold.status, scaffold.note]
    outputs += [kept, controls["branches"], controls["branch"]]
    queued: dict[str, Any] = INSIDE | {"trigger_mode": "multiple", "concurrency_id": STEM}
    queued |= {"concurrency_limit": MOST, "js": NUMBERED}
    runner = gr.Button(visible="hidden", elem_id=RUNNER)
    runner.click(run, [*scaffold.inputs, run_number()], outputs, **queued)
    scaffold.parts["again"].click(anew, [*scaffold.inputs[:-1], run_number()], outputs, **queued)
    # Not in the queue, where it would wait for what it is to end.
    at_once: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
    scaffold.parts["stop"].click(halt, None, None, api_visibility="private", **at_once)
    for name, control in controls.items():
        wait = TYPING if name in ("prompt", "text") else AT_REST
        settle = f"() => lectern.settleReleased('{RUNNER}', {wait})"
        control.change(None, None, None, js=settle, **IN_BROWSER)  # type: ignore[attr-defined]


def wire_clicks(scaffold: Scaffold) -> None:
    """A click on a token or a branch looks at it; on an alternative it grows another branch."""
    controls = scaffold.controls
    places = [controls[name] for name in ("branches", "branch", "other", "step")]
    picked = f"lectern.picked('{STEM}-figure')"
    scaffold.picture.click(
        None,
        [controls["view"], *places],
        places,
        js=f"(view, ...places) => lectern.grown(view, places, {picked})",
        **IN_BROWSER,
    )
    # Another text has other tokens: its branches, and the places looked at, mean nothing there.
    back = '() => ["", 0, 0, 0]'
    for name in TEXT:
        controls[name].input(None, None, places, js=back, **IN_BROWSER)  # type: ignore[attr-defined]
    seed, another = controls["seed"], scaffold.parts["another"]
    other = "(seed) => [lectern.another(seed), '', 0, 0, 0]"
    another.click(None, [seed], [seed, *places], js=other, **IN_BROWSER)
    # Where nothing is drawn there is no other text, and no button that would write the same again.
    drawing = [controls["greedy"], controls["temperature"]]
    for control in drawing:
        control.change(None, drawing, another, js=CAN_DIFFER, **IN_BROWSER)  # type: ignore[attr-defined]


# One run -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One run: what it is asked for, where it shows it, and who waits for it."""

    scaffold: Scaffold
    choices: Choices
    kept: Kept | None
    stopped: Callable[[], bool]
    newest: Here

    def outputs(self) -> Iterator[Outputs]:
        """What the page shows, step by step; at last the view, or what the visitor must mend."""
        try:
            yield from self._shown()
        except Left:
            return
        except Exception as error:
            yield {self.scaffold.note: note_html(as_user_error(error)), self.scaffold.status: ""}

    def _shown(self) -> Iterator[Outputs]:
        scaffold, choices = self.scaffold, self.choices
        scaffold.tab.checked(scaffold.desk, choices)  # among others that there is such a view
        view = scaffold.tab.view(choices)
        texts: list[Written] = []
        if isinstance(view, TextView):
            texts.append((yield from self._write_first(view.streams)))

        def ready(asked: Asked[Choices]) -> Asked[Choices]:
            """The question with the text that its view shows."""
            if asked.second and texts:
                texts.append(text_beside(asked, self.kept, self.stopped))
            return replace(asked, kept=texts[-1]) if texts else asked

        def work(progress: Progress, values: Sequence[Any]) -> tuple[Any, ...]:
            return show_all(scaffold, choices, None, progress, ready)

        for step in steps(work, (), self.newest):
            if isinstance(step, str):
                yield {scaffold.status: step}
            elif isinstance(step, UserError):
                raise step
            else:
                shown = zip((scaffold.picture, scaffold.table, scaffold.code), step, strict=True)
                yield dict(shown) | {scaffold.status: "", scaffold.note: ""} | self._keeping(texts)

    def _write_first(self, streams: bool) -> Generator[Outputs, None, Written]:
        """The text so far as its tokens come; returns the whole of it.

        A visitor who leaves is noticed where this yields: within a token, or within `OFTEN`.
        """
        scaffold = self.scaffold
        asked = scaffold.tab.asked(scaffold.desk, self.choices)
        kept = kept_of(self.kept, asked.entry)
        text, count, spent, shown_at = "", 0, 0.0, 0.0
        for piece in write(scaffold.desk, asked.entry, self.choices, kept, self.stopped):
            if not self.newest():
                raise Left
            if isinstance(piece, Written):
                return piece
            if piece.step is None:
                text, count, spent = streaming_html(piece.prompt), 0, 0.0
                continue
            text += streamed_token(piece.step)
            count, spent = count + 1, spent + piece.step.milliseconds
            if time.monotonic() - shown_at >= OFTEN:
                shown_at = time.monotonic()
                status = progress_html(count, self.choices.max_new_tokens, spent / count)
                so_far = with_question(scaffold.tab, scaffold.opened, self.choices, Drawn(text))
                yield {scaffold.status: status} | ({scaffold.picture: so_far} if streams else {})
        raise AssertionError("a text ends with the whole of it")

    def _keeping(self, texts: list[Written]) -> Outputs:
        """What is kept; where a choice led back to a branch that is there, its controls say so."""
        if not texts:
            return {}
        first, controls = texts[0], self.scaffold.controls
        outputs: Outputs = {self.scaffold.more[0]: tuple(texts)}
        if len(first.choices) < len(self.choices.chosen):
            outputs |= {controls["branches"]: first.branches, controls["branch"]: first.last}
        return outputs


def text_beside(asked: Asked[Choices], kept: Kept | None, stopped: Callable[[], bool]) -> Written:
    """The text of the second model, which does not stream; one that was stopped is made anew."""
    before = kept_of(kept, asked.entry)
    if before and before.texts[0].stopped == STOPPED:
        before = None
    pieces: list[Piece | Written] = []
    for piece in write(asked.desk, asked.entry, asked.choices, before, stopped):
        asked.progress(len(pieces), asked.choices.max_new_tokens)
        pieces.append(piece)
    text = pieces[-1]
    assert isinstance(text, Written)
    return text


def progress_html(count: int, most: int, milliseconds: float) -> str:
    """One line: how many tokens are made, and how long one takes."""
    return (
        f'<p role="status">Token {count:,} of at most {most:,}, '
        f'{milliseconds:.1f} ms each <progress value="{count}" max="{most}"></progress></p>'
    )
