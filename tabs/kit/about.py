"""What stands below a result: the explanation, its code, its exports."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from core.paths import ASSETS
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.gradio_inside.files import save_for_download
from tabs.kit.ids import id_of
from tabs.kit.notes import shows_user_errors

MATH: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def explanation(stem: str) -> None:
    """The tab's Markdown in two depths, split at its second heading: intuition, mathematics."""
    text = (ASSETS / stem / "explain.md").read_text(encoding="utf-8")
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
        for index, kind in enumerate(("csv", "json")):
            _number_button(stem, inputs, note, numbers, index, kind)


def _number_button(
    stem: str,
    inputs: Sequence[gr.components.Component],
    note: gr.HTML,
    numbers: Callable[..., tuple[str, str]],
    place: int,
    kind: str,
) -> None:
    button = gr.Button(f"Numbers as {kind.upper()}", size="sm")
    # Gradio downloads what a DownloadButton held before the click. So a hidden one holds the file,
    # and the page takes it from there when it has come.
    file = gr.DownloadButton(visible="hidden", elem_id=id_of(stem, kind))

    @shows_user_errors(note)
    def write(*values: Any) -> str:
        content = numbers(*values)[place].encode("utf-8")
        return save_for_download(content, f"lectern-{stem}.{kind}", file)

    written = button.click(write, list(inputs), [file, note], **INSIDE)
    save = "(file) => lectern.download(file.orig_name, file.url)"
    written.success(None, file, None, js=save, **IN_BROWSER)
