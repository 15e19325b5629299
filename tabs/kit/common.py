"""What every tab is made of: its areas, its examples, its code, its exports, its errors."""

import functools
import html
import json
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import gradio as gr
from gradio import processing_utils

from core.errors import ModelError, NotReadyError, UserError, as_user_error
from core.paths import ASSETS
from models.checkpoints import Checkpoints

# How every event of the page runs: quietly, the newest input wins, and not part of the contract.
INSIDE: dict[str, Any] = {
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "concurrency_id": "models",
    "api_visibility": "private",
}
# An event that runs in the browser alone; the server hears nothing of it.
IN_BROWSER: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
# For gr.HTML: a click on a button in it tells the page what the button picks (`lectern.picked`).
PICK = """element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick]");
    // What a second model shows is looked at only: its numbers are not those of the first.
    if (!button || button.closest(".duo > section + section")) return;
    element.dataset.picked = button.dataset.pick;
    trigger("click");
});"""


@dataclass(frozen=True)
class Field:
    """One input that a link carries: its name in the address, and the control that holds it."""

    name: str
    control: gr.components.Component
    lines: bool = False  # a text box with one value on each line: the name is repeated
    aliases: tuple[tuple[str, str], ...] = ()  # what a link may say, and what is meant by it


@dataclass(frozen=True)
class Room:
    """A built tab, as far as the page around it needs to know it."""

    stem: str
    fields: tuple[Field, ...]

    @property
    def controls(self) -> list[gr.components.Component]:
        """The controls in the order of the fields."""
        return [field.control for field in self.fields]


class Tab(Protocol):
    """What a module in `tabs/` offers to `app.py`."""

    STEM: str
    TITLE: str

    def build(self, checkpoints: Checkpoints) -> Room:
        """Draw the tab inside the current gr.Tab and say which inputs a link carries."""
        ...


def area(name: str) -> gr.Column:
    """One of a tab's areas: input, result, settings, examples, about. style.css places them."""
    return gr.Column(elem_classes=["area", name], min_width=0)


def result_area(stem: str) -> tuple[gr.HTML, gr.HTML, gr.HTML]:
    """The area of a result that can be clicked: its progress, its picture, the same as a table."""
    with area("result"):
        status = gr.HTML("", elem_classes=["progress-line"], min_height=0)
        picture = gr.HTML(js_on_load=PICK, elem_id=f"{stem}-figure")
        with gr.Accordion("The same as a table", open=False):
            table = gr.HTML()
    return status, picture, table


def note_area() -> gr.HTML:
    """Where a tab tells the visitor what was wrong; read aloud when it changes."""
    return gr.HTML("", elem_classes=["note"], min_height=0)


def note_html(said: str | UserError) -> str:
    """One sentence for the visitor, escaped; page.js keeps it true while a model is awaited."""
    if isinstance(said, ModelError):
        return _waiting_html(said)
    return f'<p role="alert">{html.escape(str(said))}</p>' if str(said) else ""


def _waiting_html(error: ModelError) -> str:
    sentence = on_its_way(error.title) if isinstance(error, NotReadyError) else str(error)
    # The moment makes it another text each time: Gradio draws nothing where the text is the same.
    return (
        f'<p role="alert" data-waits="{html.escape(error.name)}" '
        f'data-since="{time.monotonic_ns()}"><span>{html.escape(sentence)}</span> '
        '<span class="far" aria-live="off"></span></p>'
    )


def on_its_way(title: str) -> str:
    """What a visitor is told who waits for a model; how far it is stands beside it."""
    return (
        f"{title} is on its way. The other models work meanwhile, and this tab goes on by itself "
        "when it is here."
    )


def shows_user_errors(note: gr.HTML) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a handler whose last output is `note`: a UserError goes there, the rest stays."""

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def wrapped(*values: Any) -> Any:
            try:
                results = handler(*values)
            except Exception as error:
                return {note: note_html(as_user_error(error))}
            return (*(results if isinstance(results, tuple) else (results,)), "")

        return wrapped

    return decorate


def on_change(
    name: str,
    controls: Sequence[gr.components.Component],
    handler: Callable[..., Any],
    outputs: Sequence[gr.components.Component],
    *,
    queue: str = INSIDE["concurrency_id"],
) -> None:
    """Run a handler on the controls' values, once for all that changed in the same moment.

    `name` is the page's own for this handler; handlers of one `queue` wait for each other.

    A link or an example sets several controls at once. Gradio would start a run for each of them,
    side by side, and the answer that came last, not the newest, would stay on screen.
    """
    runner = gr.Button(visible="hidden", elem_id=f"{name}-runner")
    settle = f"() => lectern.settle('{name}-runner')"
    gr.on([c.change for c in controls], None, None, None, js=settle, **IN_BROWSER)  # type: ignore[attr-defined]
    runner.click(handler, list(controls), list(outputs), **INSIDE | {"concurrency_id": queue})


def raises_user_errors(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate an endpoint: a UserError reaches the script that called it as a gr.Error."""

    @functools.wraps(endpoint)
    def wrapped(*values: Any, **named: Any) -> Any:
        try:
            return endpoint(*values, **named)
        except UserError as error:
            raise gr.Error(str(error)) from error

    return wrapped


def model_choice(
    checkpoints: Checkpoints, capability: str, label: str = "Model", none: str = ""
) -> gr.Dropdown:
    """The models that the Spacefile offers for a capability, by their titles.

    Where there may be none, it is chosen at first, under the name given. What is on the Hub alone,
    and cannot come while the page runs without it, says so.
    """
    absent = {entry["name"] for entry in checkpoints.describe() if entry["absent"]}
    offered = [
        (f"{entry.title} (not here)" if entry.name in absent else entry.title, entry.name)
        for entry in checkpoints.offered(capability)
    ]
    if none:
        offered.insert(0, (none, ""))
    return gr.Dropdown(
        offered,
        value=offered[0][1],
        label=label,
        filterable=False,
        interactive=True,
    )


# Examples ----------------------------------------------------------------------------------------


def read_examples(stem: str) -> list[dict[str, Any]]:
    """The examples of a tab: `title`, `look_for` and the `inputs` that differ from the start."""
    content = tomllib.loads((ASSETS / "examples" / f"{stem}.toml").read_text(encoding="utf-8"))
    return list(content["example"])


def example_list(stem: str, fields: Sequence[Field]) -> None:
    """A list of examples, each with a line on what to look for; a click sets every input.

    What an example does not name goes back to where the page started, so that an example always
    shows the same thing. The first example is that start.
    """
    examples = read_examples(stem)
    start = {field.name: field.control.value for field in fields}
    settings = [[(start | ex["inputs"])[field.name] for field in fields] for ex in examples]
    items = "".join(
        f'<li><button type="button" data-example="{number}"><b>{html.escape(ex["title"])}</b> '
        f"<span>{html.escape(ex['look_for'])}</span></button></li>"
        for number, ex in enumerate(examples)
    )
    listed = gr.HTML(
        f'<h2>Examples</h2><ul class="examples">{items}</ul>',
        js_on_load="""element.addEventListener("click", (event) => {
            const button = event.target.closest("[data-example]");
            if (button) { element.dataset.chosen = button.dataset.example; trigger("click"); }
        });""",
        elem_id=f"{stem}-examples",
    )
    listed.click(
        None,
        None,
        [field.control for field in fields],
        js=f"() => lectern.example({json.dumps(stem)}, {json.dumps(settings)})",
        **IN_BROWSER,
    )


# Explanation, code, export -----------------------------------------------------------------------

MATH: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def explanation(stem: str) -> None:
    """The tab's Markdown in two depths, split at its second heading: intuition, mathematics."""
    text = (ASSETS / "explain" / f"{stem}.md").read_text(encoding="utf-8")
    intuition, mathematics = text.split("\n## Mathematics\n")
    with gr.Accordion("Explain: the intuition", open=True):
        gr.Markdown(intuition.removeprefix("## Intuition\n"), elem_classes=["explain"])
    with gr.Accordion("Explain: the mathematics", open=False):
        gr.Markdown(mathematics, latex_delimiters=MATH, elem_classes=["explain"])


def snippet_area(value: str) -> gr.Code:
    """Where the code stands that reproduces the result on screen."""
    with gr.Accordion("Code that gives this result", open=False):
        return gr.Code(value, language="python", interactive=False, show_label=False, lines=12)


def export_bar(
    stem: str,
    inputs: Sequence[gr.components.Component],
    note: gr.HTML,
    numbers: Callable[..., tuple[str, str]],
) -> None:
    """Buttons for the figure (SVG, PNG; made in the browser) and the numbers (CSV, JSON).

    `numbers(*inputs)` gives the text of the CSV and of the JSON file, every digit kept.
    """
    with gr.Row(elem_classes=["exports"]):
        for kind in ("svg", "png"):
            button = gr.Button(f"Figure as {kind.upper()}", size="sm")
            button.click(None, js=f"() => lectern.saveFigure('{stem}', '{kind}')", **IN_BROWSER)
        for place, kind in enumerate(("csv", "json")):
            _number_button(stem, inputs, note, numbers, place, kind)


def _number_button(
    stem: str,
    inputs: Sequence[gr.components.Component],
    note: gr.HTML,
    numbers: Callable[..., tuple[str, str]],
    place: int,
    kind: str,
) -> None:
    button = gr.Button(f"Numbers as {kind.upper()}", size="sm")
    # Gradio downloads what a DownloadButton held before the click, so a hidden one follows ours.
    link = f"{stem}-{kind}"
    file = gr.DownloadButton(visible="hidden", elem_id=link)

    @shows_user_errors(note)
    def write(*values: Any) -> str:
        content = numbers(*values)[place].encode("utf-8")
        return processing_utils.save_bytes_to_cache(
            content, f"lectern-{stem}.{kind}", file.GRADIO_CACHE
        )

    written = button.click(write, list(inputs), [file, note], **INSIDE)
    written.success(None, js=f"() => lectern.press('{link}')", **IN_BROWSER)
