"""What stands below a result: the explanation, its code, its exports."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from core.paths import ASSETS
from tabs.kit.controls import group
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.gradio_inside.files import save_for_download
from tabs.kit.ids import id_of
from tabs.kit.notes import shows_user_errors
from tabs.kit.tab import Tab

MATH: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
MENU = (
    '<button type="button" data-menu aria-haspopup="true" aria-expanded="false" '
    'aria-label="Save or copy this figure">⋯</button>'
)
# What the menu leads to, by what stands further down the page.
JUMPS = {"table": "The same as a table", "code": "Code that gives this result", "link": "Link"}


def explanation(tab: Tab) -> None:
    """The short text of each view, seen with it; what holds of all of them stands further down."""
    for view in tab.views:
        text = read_explanation(tab.stem).get(view.name, "")
        with group(f"text-{view.name}"):
            gr.Markdown(text, elem_classes=["explain"])


def go_deeper(stem: str) -> None:
    """The tab's intuition and its mathematics."""
    texts = read_explanation(stem)
    with gr.Accordion("The intuition", open=False):
        gr.Markdown(texts["Intuition"], elem_classes=["explain"])
    with gr.Accordion("The mathematics", open=False):
        gr.Markdown(texts["Mathematics"], latex_delimiters=MATH, elem_classes=["explain"])


def read_explanation(stem: str) -> dict[str, str]:
    """The parts of `explain.md` by their headings; those of views by the views' names."""
    text = (ASSETS / stem / "explain.md").read_text(encoding="utf-8")
    parts = text.removeprefix("## ").split("\n## ")
    headed = (part.split("\n", 1) for part in parts)
    return {heading.removeprefix("View: ").strip(): body.strip() for heading, body in headed}


def snippet_area(value: str) -> gr.Code:
    """Where the code stands that reproduces the result on screen."""
    with gr.Accordion("Code that gives this result", open=False):
        return gr.Code(value, language="python", interactive=False, show_label=False, lines=12)


def export_menu(
    stem: str,
    inputs: Sequence[gr.components.Component],
    note: gr.HTML,
    numbers: Callable[..., tuple[str, str]],
) -> None:
    """The menu of a figure: the picture (SVG, PNG, or copied; made in the browser), its numbers.

    `numbers(*inputs)` gives the text of the CSV and of the JSON file, every digit kept.
    """
    with gr.Column(elem_classes=["menu"], min_width=0):
        gr.HTML(MENU, elem_classes=["menu-button"])
        with gr.Column(elem_classes=["exports"], min_width=0):
            for kind in ("svg", "png"):
                _picture_button(stem, f"Figure as {kind.upper()}", kind)
            for index, kind in enumerate(("csv", "json")):
                _number_button(stem, inputs, note, numbers, index, kind)
            _picture_button(stem, "Copy with sentence and link", "copy")
            for what, sentence in JUMPS.items():
                gr.HTML(f'<button type="button" data-jump="{what}">{sentence}</button>')


def _picture_button(stem: str, label: str, kind: str) -> None:
    button = gr.Button(label, size="sm")
    button.click(None, js=f"() => lectern.saveFigure('{stem}', '{kind}')", **IN_BROWSER)


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
