"""What stands above the tabs: what this is, and which models are ready."""

import html
from typing import Any

import gradio as gr

from services.checkpoints import Checkpoints

SENTENCE = (
    "Transformers, opened up: type a sentence and see what a real model does with it, "
    "number by number."
)
WORDS = {
    "cold": "not loaded yet",
    "loading": "loading",
    "ready": "ready",
    "unavailable": "not available",
}
SETTLED = ("ready", "unavailable")


def build_header(checkpoints: Checkpoints) -> None:
    """Title, one sentence, the models' badge; it stops asking once all models are settled."""
    with gr.Row(elem_classes=["masthead"]):
        gr.HTML(f"<h1>{html.escape(checkpoints.space.title)}</h1><p>{SENTENCE}</p>")
        with gr.Column(elem_classes=["masthead-right"], min_width=0):
            badges = gr.HTML(badges_html(checkpoints), elem_id="badges")
            gr.HTML('<button type="button" id="share">Link and QR code</button>')
    timer = gr.Timer(1.0)

    def refresh() -> tuple[str, gr.Timer]:
        entries = [e for e in checkpoints.describe() if e["tier"] == "pocket"]
        waiting = any(entry["state"] not in SETTLED for entry in entries)
        return badges_html(checkpoints), gr.Timer(active=waiting)

    timer.tick(
        refresh,
        None,
        [badges, timer],
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )

    def models() -> list[dict[str, Any]]:
        """Every checkpoint that this page offers, with what it is and where it stands."""
        return checkpoints.describe()

    gr.api(models, api_name="models")


def badges_html(checkpoints: Checkpoints) -> str:
    """How many models are ready, in words as well as in colour; opened, each with its state."""
    entries = [
        entry
        for entry in checkpoints.describe()
        if entry["tier"] == "pocket" or entry["state"] != "cold"
    ]
    ready = sum(entry["state"] == "ready" for entry in entries)
    missing = [entry for entry in entries if entry["state"] == "unavailable"]
    if missing:
        state = "unavailable"
        said = f"{missing[0]['title']} is not available"
    elif ready == len(entries):
        state, said = "ready", f"{ready} models ready" if ready > 1 else "The model is ready"
    else:
        state, said = "loading", f"{ready} of {len(entries)} models ready"
    items = "".join(
        f'<li class="{entry["state"]}">{html.escape(entry["title"])}: {WORDS[entry["state"]]}'
        f"{html.escape(': ' + entry['reason'] if entry['reason'] else '')}</li>"
        for entry in entries
    )
    return (
        f'<details class="badge {state}"><summary>{html.escape(said)}</summary>'
        f"<ul>{items}</ul></details>"
    )
